"""Which of the registered images is meant. Reads nothing of an image but its name."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import AmbiguousImageError, ArgumentError
from ..model.rows import Entity

ASYNCHRONOUS_STEP = "AsynchronousStepPrimaryName"
"""The image that the server adds to asynchronous steps, with the row's primary name and id and nothing else."""


def choose_image(images: Mapping[str, Entity | None], name: str | None) -> Entity | None:
    """The image of that name, or without a name the only one that a developer registered; None where there is none.

    Raises AmbiguousImageError where there are several and no name.
    """
    if name is not None:
        return images.get(name)
    registered = _registered(images)
    if len(registered) > 1:
        raise AmbiguousImageError(tuple(registered))
    return next(iter(registered.values()), None)


def find_image(images: Mapping[str, Entity | None], name: str | None) -> Entity | None:
    """As `choose_image`, but a name that none of the registered images has is an ArgumentError.

    Where none is registered there is nothing to mistake: a server that cut a post took all of them.
    """
    registered = _registered(images)
    if name is not None and name not in images and registered:
        raise ArgumentError(f"no image is called {name!r}, name one of them: {', '.join(map(repr, registered))}")
    return choose_image(images, name)


def names_of(images: Mapping[str, Entity | None]) -> tuple[str, ...]:
    """The names under which a developer registered the images that are there."""
    return tuple(_registered(images))


def _registered(images: Mapping[str, Entity | None]) -> dict[str, Entity]:
    return {key: image for key, image in images.items() if image is not None and key != ASYNCHRONOUS_STEP}
