"""Why a file cannot be read or written, in words. No event is known here."""

from __future__ import annotations

import errno


def reason(error: OSError) -> str:
    """Why a file cannot be read or written, in a few words."""
    if error.errno == errno.EBADF:
        return "it is closed"
    return (error.strerror or type(error).__name__).lower()
