"""The room `images`: which of the registered images is meant."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from cds_context import (
    AmbiguousImageError,
    AmbiguousTargetError,
    ArgumentError,
    CdsContextError,
    Entity,
    EntityImageCollection,
    MissingImageError,
    TruncatedContextError,
)
from cds_context.event.images import ASYNCHRONOUS_STEP, choose_image, find_image
from cds_context.testing import truncate, update

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


def test_a_required_image_is_there_or_an_error() -> None:
    imaged = update("contact", before={"a": 1}, pre_image="Before", post_image={"After": ["a"]})
    assert imaged.pre_image(required=True) == imaged.pre_image("Before", required=True) == imaged.pre_image()
    assert imaged.post_image(required=True) == imaged.post_image("After")
    bare = update("contact", asynchronous=True)
    questions: list[tuple[Callable[[], object], str, tuple[str, str | None, tuple[str, ...]]]] = [
        (
            lambda: imaged.pre_image("before", required=True),
            "the step has no pre-image called 'before', but 'Before': register it again",
            ("pre", "before", ("Before",)),
        ),
        (
            lambda: bare.pre_image(required=True),
            "the step has no pre-image: register it again",
            ("pre", None, ()),
        ),
        (
            lambda: bare.post_image("After", required=True),
            "the step has no post-image called 'After': register it again",
            ("post", "After", ()),
        ),
        (bare.compare_images, "the step has no pre-image: register it again", ("pre", None, ())),
    ]
    for ask, words, told in questions:
        with pytest.raises(MissingImageError) as caught:
            ask()
        assert str(caught.value) == words
        assert (caught.value.kind, caught.value.name, caught.value.names) == told
    assert bare.pre_image("Before") is None
    with pytest.raises(AmbiguousImageError):
        replace(imaged, pre_entity_images=EntityImageCollection({"a": ROW, "b": ROW})).pre_image(required=True)


def test_a_required_image_that_the_server_cut_is_no_fault_of_the_registration() -> None:
    cut = truncate(update("contact", pre_image="Before"))
    for ask in (cut.pre_image, cut.post_image):
        with pytest.raises(TruncatedContextError):
            ask(required=True)


def test_images_are_compared_as_such() -> None:
    context = update(
        "contact",
        before={"name": "A", "rollup": 1, "same": 2, "gone": 3},
        after={"rollup": 2, "gone": None},
        pre_image="Before",
        post_image={"After": ["rollup", "same", "gone", "contactid", "modifiedon"]},
    )
    changes = context.compare_images("Before", "After")
    assert changes == context.compare_images()
    assert {column: str(change.status) for column, change in changes.columns.items()} == {
        "name": "unknown",
        "rollup": "changed",
        "same": "unchanged",
        "gone": "unknown",
        "contactid": "unchanged",
        "modifiedon": "unknown",
    }
    assert not changes.submitted


@pytest.mark.parametrize(
    "error",
    [
        AmbiguousImageError(("a", "b")),
        AmbiguousTargetError(2),
        MissingImageError("pre", "a", ("b",)),
        TruncatedContextError(("input_parameters",)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_pickle_with_what_they_carry(error: CdsContextError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, CdsContextError)
    assert (str(again), vars(again)) == (str(error), vars(error))
