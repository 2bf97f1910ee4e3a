"""Text made safe to show: no text of a payload can command a terminal or turn the direction of a line."""

from __future__ import annotations

import re

from rich.text import Text

# Escape sequences begin with ESC or an upper control character. The controls of direction (U+061C, U+200E, U+200F,
# U+202A to U+202E, U+2066 to U+2069) would make a line look different from its text.
_UNSAFE = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff"
_IN_TEXT = re.compile(f"[\x00-\x1f{_UNSAFE}]")
_IN_JSON = re.compile(f"[{_UNSAFE}]")  # where controls are escaped already, but for those between values
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(content: str) -> str:
    """The text with every character escaped that a terminal would obey instead of show."""
    return _IN_TEXT.sub(_escape, content)


def visible_json(document: str) -> str:
    """JSON with such escapes; its line ends and blanks stay."""
    return _IN_JSON.sub(_escape, document)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"


def text(content: str, style: str = "") -> Text:
    """Text of a payload for rich, made safe to show: markup in it is not interpreted."""
    return Text(visible(content), style)
