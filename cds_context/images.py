"""Which of the registered images is meant. Reads nothing of an image but its name."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import AmbiguousImageError
from .values import Entity

ASYNCHRONOUS_STEP = "AsynchronousStepPrimaryName"
"""The image that the server adds to asynchronous steps, with the row's primary name and id and nothing else."""


def choose_image(images: Mapping[str, Entity | None], name: str | None) -> Entity | None:
    """The image of that name, or without a name the only one that a developer registered; None where there is none.

    Raises AmbiguousImageError where there are several and no name.
    """
    if name is not None:
        return images.get(name)
    registered = {key: image for key, image in images.items() if image is not None and key != ASYNCHRONOUS_STEP}
    if len(registered) > 1:
        raise AmbiguousImageError(tuple(registered))
    return next(iter(registered.values()), None)
