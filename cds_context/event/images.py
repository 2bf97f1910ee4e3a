"""The choice among the registered images. Only the names of images are read here."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import AmbiguousImageError, ArgumentError
from ..model.records import keys_of
from ..model.rows import Entity

ASYNCHRONOUS_STEP = "AsynchronousStepPrimaryName"
"""The image that the server adds to asynchronous steps; it holds only the row's primary name and id."""


def choose_image(images: Mapping[str, Entity | None], name: str | None) -> Entity | None:
    """The image of this name, or without a name the only image that a developer registered; None if there is none.

    Raises AmbiguousImageError if there are several images and no name.
    """
    if name is not None:
        return images.get(name)
    keys = keys_of(images)
    if not keys:
        return None
    names = [key for key in keys if key != ASYNCHRONOUS_STEP]
    if len(names) <= 1:  # as mostly; without a name, no image is read
        return images[names[0]] if names else None
    registered = _registered(images)
    if len(registered) > 1:
        raise AmbiguousImageError(tuple(registered))
    return next(iter(registered.values()), None)


def find_image(images: Mapping[str, Entity | None], name: str | None) -> Entity | None:
    """As `choose_image`, but raises ArgumentError for a name that none of the registered images has.

    Without any image a name gives None: a server that cuts a post removes all images.
    """
    if name is not None and name not in images and (registered := _registered(images)):
        raise ArgumentError(f"no image is called {name!r}, name one of them: {', '.join(map(repr, registered))}")
    return choose_image(images, name)


def names_of(images: Mapping[str, Entity | None]) -> tuple[str, ...]:
    """The names of the images that a developer registered."""
    return tuple(_registered(images))


def _registered(images: Mapping[str, Entity | None]) -> dict[str, Entity]:
    return {key: image for key, image in images.items() if image is not None and key != ASYNCHRONOUS_STEP}
