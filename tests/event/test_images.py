"""The room `images`: which of the registered images is meant."""

from __future__ import annotations

import pickle

import pytest

from cds_context import (
    AmbiguousImageError,
    AmbiguousTargetError,
    ArgumentError,
    CdsContextError,
    Entity,
    TruncatedContextError,
)
from cds_context.event.images import ASYNCHRONOUS_STEP, choose_image, find_image

ROW, OTHER = Entity("account", attributes={"name": "A"}), Entity("account", attributes={"name": "B"})


@pytest.mark.parametrize(
    ("images", "name", "image"),
    [
        ({}, None, None),
        ({}, "Before", None),
        ({"Before": ROW}, None, ROW),
        ({"Before": ROW}, "Before", ROW),
        ({"Before": ROW}, "before", None),
        ({"": ROW}, "", ROW),
        ({"Before": ROW, "After": OTHER}, "After", OTHER),
        ({ASYNCHRONOUS_STEP: ROW}, None, None),
        ({ASYNCHRONOUS_STEP: ROW}, ASYNCHRONOUS_STEP, ROW),
        ({ASYNCHRONOUS_STEP: ROW, "Image": OTHER}, None, OTHER),
        ({"Before": None}, None, None),
        ({"Before": None, "Image": OTHER}, None, OTHER),
        ({"Before": None, "Image": OTHER}, "Before", None),
    ],
)
def test_an_image_is_chosen(images: dict[str, Entity | None], name: str | None, image: Entity | None) -> None:
    assert choose_image(images, name) is image


@pytest.mark.parametrize(
    ("images", "name", "image"),
    [
        ({}, "Before", None),
        ({"Before": ROW}, None, ROW),
        ({"Before": ROW}, "Before", ROW),
        ({"Before": None, "Image": OTHER}, "Before", None),
        ({"Before": None}, "before", None),
        ({ASYNCHRONOUS_STEP: ROW}, "Before", None),
        ({ASYNCHRONOUS_STEP: ROW, "Image": OTHER}, ASYNCHRONOUS_STEP, ROW),
    ],
)
def test_a_name_finds_its_image_or_none_where_none_is_registered(
    images: dict[str, Entity | None], name: str | None, image: Entity | None
) -> None:
    assert find_image(images, name) is image


@pytest.mark.parametrize("name", ["before", "", "Bfeore"])
def test_a_name_that_no_registered_image_has_is_an_error(name: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        find_image({"Before": ROW, ASYNCHRONOUS_STEP: ROW, "it's": OTHER}, name)
    assert str(caught.value) == f"no image is called {name!r}, name one of them: 'Before', \"it's\""


def test_several_without_a_name_are_an_error_that_names_them() -> None:
    with pytest.raises(AmbiguousImageError) as caught:
        choose_image({"Before": ROW, ASYNCHRONOUS_STEP: ROW, "it's": OTHER}, None)
    assert caught.value.names == ("Before", "it's")
    assert str(caught.value) == "several images are registered, name one of them: 'Before', \"it's\""


@pytest.mark.parametrize(
    "error",
    [AmbiguousImageError(("a", "b")), AmbiguousTargetError(2), TruncatedContextError(("input_parameters",))],
    ids=lambda error: type(error).__name__,
)
def test_errors_pickle_with_what_they_carry(error: CdsContextError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, CdsContextError)
    assert (str(again), vars(again)) == (str(error), vars(error))
