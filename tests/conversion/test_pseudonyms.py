"""The room `pseudonyms`: what survives of a scalar, and that replacements are one to one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from html import escape, unescape
from string import ascii_letters
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context import ArgumentError
from cds_context.conversion import pseudonyms
from cds_context.conversion.pseudonyms import (
    Pseudonyms,
    _tags,  # pyright: ignore[reportPrivateUsage] # compared with a pattern that is short and slow
)
from cds_context.testing.strategy_scalars import dates, decimals, integers, texts
from cds_context.wire.numbers import DoubleDecimal, parse_decimal

ID = UUID("6d81597f-0f9f-e711-8122-000d3aa2331c")
FIRST = datetime(1, 1, 1, tzinfo=timezone.utc)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=timezone.utc)


def made() -> Pseudonyms:
    return Pseudonyms(b"key")


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("", ""),
        (" -- / ...", r" -- / \.\.\."),
        ("amelie.brandt@example.com", r"[a-z]{6}\.[a-z]{6}@[a-z]{7}\.[a-z]{3}"),
        ("+49 30 555 0134", r"\+\d\d \d\d \d{3} \d{4}"),
        ("Zoë ÄB 中\n😀\ud83d", r"[A-Z][a-z]{2} [A-Z]{2} [a-z]\n[a-z]{2}"),
        ("2018-02-30", r"\d{4}-\d\d-\d\d"),
    ],
)
def test_length_case_digits_and_punctuation_of_a_text_stay(text: str, shape: str) -> None:
    new = made().text(text)
    assert re.fullmatch(shape, new)
    assert not set(re.findall(r"\w\w+", text)) & set(re.findall(r"\w\w+", new))


def test_a_word_is_replaced_alike_in_every_text() -> None:
    pseudonyms = made()
    first, last = pseudonyms.text("Amelie"), pseudonyms.text("Brandt")
    assert pseudonyms.text("Brandt, Amelie") == f"{last}, {first}"


def test_ids_in_texts_become_what_the_id_becomes() -> None:
    pseudonyms = made()
    new = str(pseudonyms.id(ID))
    text = f"{ID}|{{{str(ID).upper()}}}|{ID.hex}|{UUID(int=0)}"
    assert pseudonyms.text(text) == f"{new}|{{{new.upper()}}}|{UUID(new).hex}|{UUID(int=0)}"
    assert pseudonyms.id(ID).version == 4
    assert pseudonyms.id(UUID(int=0)) == UUID(int=0)
    assert str(ID)[:8] not in pseudonyms.text(f"x{ID}")  # no id, but words


def test_ids_in_texts_keep_their_case() -> None:
    pseudonyms = made()
    digits, mixed = UUID(int=0x11111111_1111_1111_1111_111111111111), f"{str(ID)[:18].upper()}{str(ID)[18:]}"
    assert pseudonyms.text(str(digits)) == str(pseudonyms.id(digits))
    assert len({pseudonyms.text(text) for text in (mixed, str(ID), str(ID).upper())}) == 3


def test_days_in_texts_move_with_the_dates() -> None:
    pseudonyms = made()
    moment = datetime(2018, 5, 7, 1, 5, 11, tzinfo=timezone(timedelta(hours=2)))
    assert pseudonyms.text(moment.isoformat()) == pseudonyms.date(moment).isoformat()
    assert pseudonyms.text("on 2018-05-07")[3:] == pseudonyms.date(moment).date().isoformat()


def test_a_query_stays_one_and_what_it_looks_for_does_not() -> None:
    query = (
        '<fetch top="5"><!-- Amelie --><entity name="contact"><attribute name="fullname" alias="n"/><filter>'
        "<condition attribute='lastname' operator='eq' value='Brandt &amp; O&apos;Neil'/>"
        f'<condition attribute="ownerid" operator="in"><value uiname="Amelie">{{{ID}}}</value></condition>'
        "</filter></entity></fetch>"
    )
    pseudonyms = made()
    brandt, neil, amelie = (pseudonyms.text(name) for name in ("Brandt", "Neil", "Amelie"))
    o = pseudonyms.text("O")
    assert pseudonyms.text(query) == (
        f'<fetch top="5">&lt;!-- {amelie} --&gt;<entity name="contact"><attribute name="fullname" alias="n"/><filter>'
        f"<condition attribute='lastname' operator='eq' value='{brandt} &amp; {o}&#x27;{neil}'/>"
        f'<condition attribute="ownerid" operator="in"><value uiname="{amelie}">{{{pseudonyms.id(ID)}}}</value>'
        "</condition></filter></entity></fetch>"
    )


_TAG = re.compile(r"""</?[\w:.-]+(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*[/?]?>""")


@given(st.lists(st.sampled_from(["<", "</", ">", "/>", "?>", " ", "\n", "a", "b-c", "=", '"', "'", "d:e", "&lt;"])))
def test_a_tag_is_its_name_and_attributes(parts: list[str]) -> None:
    text = "".join(parts)
    assert [(opening.start(), end) for opening, end in _tags(text)] == [tag.span() for tag in _TAG.finditer(text)]


def test_what_is_left_open_is_no_tag() -> None:
    assert list(_tags('<a b="1" c')) == []


def test_queries_in_queries_are_queries_to_the_third() -> None:
    text, found = "<fetch><x>Amelie</x></fetch>", made().text("<fetch><x>Amelie</x></fetch>")
    for _ in range(2):
        text, found = (f'<fetch a="{escape(inner)}"/>' for inner in (text, found))
    assert made().text(text) == found
    deeper = f'<fetch a="{escape(text)}"/>'
    assert made().text(deeper) != f'<fetch a="{escape(found)}"/>'
    assert "Amelie" not in made().text(deeper)


@pytest.mark.parametrize("text", ["<fetch>&#{};</fetch>", "<fetch a='&#{};'/>"])
def test_a_character_of_more_digits_than_python_reads_is_text(text: str) -> None:
    number = "7" * 5000
    new = made().text(text.format(number))
    assert len(unescape(new)) == len(text.format(number))
    assert number not in new


def test_words_stay_one_to_one_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"{first}{second}" for first in ascii_letters for second in ascii_letters]
    once = [made().text(word) for word in words]
    in_a_row = made()
    assert [in_a_row.text(word) for word in words] != once  # which takes no care of what others have
    expected = [in_a_row.text(word) for word in words]
    monkeypatch.setattr(pseudonyms, "_RECENT", 3)
    forgetful = made()
    for _ in range(2):
        assert [forgetful.text(word) for word in words] == expected
    assert len(set(expected)) == len(words)


def test_numbers_that_have_no_more_room_stay_one_to_one() -> None:
    numbers = made()
    assert {numbers.number(digit) for digit in range(1, 10)} == {*range(1, 10)}


def test_many_short_words_take_few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    class Counting(Pseudonyms):
        def _word(self, word: str, attempt: int) -> str:
            drawn.append(word)
            return super()._word(word, attempt)

    words = [chr(0x4E00 + number) for number in range(5000)]  # for which there are 26 replacements of one letter
    once = Counting(b"key")
    expected = [once.text(word) for word in words]
    assert len(set(expected)) == len(words)
    assert len(drawn) < 10 * len(words)
    monkeypatch.setattr(pseudonyms, "_RECENT", 3)
    again = Counting(b"key")
    for _ in range(2):
        assert [again.text(word) for word in words] == expected


def test_a_paging_cookie_keeps_its_columns() -> None:
    cookie = f'<cookie page="2"><accountid last="{{{ID}}}" first="{{{ID}}}" /></cookie>'
    new = made().id(ID)
    assert made().text(cookie) == cookie.replace(str(ID), str(new))
    paged = f'<fetch paging-cookie="{cookie.replace("<", "&lt;").replace(chr(34), "&quot;")}"/>'
    assert str(new) in made().text(paged)
    assert "accountid" in made().text(paged)


@pytest.mark.parametrize(
    ("number", "shape"),
    [
        (0, "0"),
        (-0.0, "-0.0"),
        (float("inf"), "inf"),
        (1.5e305, r"1\.5e\+305"),
        (Decimal("0.00"), r"0\.00"),
        (Decimal("-Infinity"), "-Infinity"),
        (7, "[1-9]"),
        (15000, r"[1-9]{2}000"),
        (-120, r"-[1-9]{2}0"),
        (Decimal("15000.00"), r"[1-9]{2}000\.00"),
        (Decimal("-0.0450"), r"-0\.0[1-9]{2}0"),
        (4.5, r"[1-9]\.[1-9]"),
        (1.25e-9, r"[1-9]\.\d[1-9]e-09"),
    ],
)
def test_sign_length_scale_and_zero_of_a_number_stay(number: Any, shape: str) -> None:
    new: Any = made().number(number)
    assert re.fullmatch(shape, str(new))
    assert type(new) is type(number)


def test_equal_numbers_of_other_types_and_scales_stay_equal() -> None:
    numbers: list[Any] = [15, 15.0, Decimal(15), Decimal("15.000"), parse_decimal("1.5E+01")]
    pseudonyms = made()
    new = {pseudonyms.number(number) for number in numbers}
    assert len(new) == 1
    assert new != {15}
    assert isinstance(pseudonyms.number(numbers[-1]), DoubleDecimal)


def test_dates_move_by_the_same_whole_days_and_keep_their_zone() -> None:
    pseudonyms = made()
    moment = datetime(2017, 9, 26, 0, 4, 8, tzinfo=timezone(timedelta(hours=-7), "-0700"))
    moved = pseudonyms.date(moment)
    shift = moved - moment
    assert shift % timedelta(days=1) == timedelta(0) != shift
    assert moved.tzinfo is moment.tzinfo
    for other in (moment + timedelta(days=9000), datetime(1988, 11, 2, tzinfo=timezone.utc)):
        assert pseudonyms.date(other) - other == shift


def test_the_first_and_the_last_day_of_the_calendar_stay() -> None:
    assert [made().date(FIRST), made().date(LAST)] == [FIRST, LAST]


def test_a_date_that_would_leave_the_calendar_comes_in_at_its_other_end() -> None:
    second, last_but_one = FIRST + timedelta(days=1), LAST - timedelta(days=1)
    for key in range(20):
        early, late = (Pseudonyms(bytes([key])).date(moment) for moment in (second, last_but_one))
        assert len({early, late, second, last_but_one}) == 4
        assert (early - late) % timedelta(days=1) == (second - last_but_one) % timedelta(days=1)


def test_a_date_without_a_zone_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="time zone"):
        made().date(datetime(2017, 9, 26))  # noqa: DTZ001 - that is the error


def test_keys_give_other_shifts_both_ways() -> None:
    moment = datetime(2017, 9, 26, tzinfo=timezone.utc)
    shifts = [(Pseudonyms(bytes([key])).date(moment) - moment).days for key in range(50)]
    assert min(shifts) < 0 < max(shifts)
    assert 0 not in shifts


def test_short_words_and_numbers_that_run_out_stay_different() -> None:
    pseudonyms = made()
    letters = [*map(chr, range(0xE0, 0x180)), *ascii_letters]
    assert len({pseudonyms.text(letter) for letter in letters}) == len(letters)
    assert sorted(map(pseudonyms.number, range(10))) == [*range(10)]
    assert {pseudonyms.data(bytes([byte])) for byte in range(256)} == {bytes([byte]) for byte in range(256)}
    assert pseudonyms.data(b"") == b""


@given(st.lists(texts() | st.text(max_size=8), max_size=30))
def test_texts_are_equal_afterwards_if_they_were_before(originals: list[str]) -> None:
    _assert_same_pattern(originals, made().text)


@given(st.lists(integers() | decimals() | st.integers(-20, 20), max_size=30))
def test_numbers_are_equal_afterwards_if_they_were_before(originals: list[Any]) -> None:
    _assert_same_pattern(originals, made().number)


@given(st.lists(dates() | dates().map(lambda moment: moment.astimezone(timezone.utc)), max_size=20))
def test_dates_are_equal_afterwards_if_they_were_before(originals: list[datetime]) -> None:
    _assert_same_pattern(originals, made().date)


@given(st.lists(st.floats(allow_nan=False), max_size=30))
def test_floats_are_equal_afterwards_if_they_were_before(originals: list[float]) -> None:
    _assert_same_pattern(originals, made().number)


def _assert_same_pattern(originals: list[Any], replace: Any) -> None:
    new = [replace(original) for original in originals]
    assert [new.index(item) for item in new] == [originals.index(item) for item in originals]


def test_ids_are_different() -> None:
    assert len({made().id(uuid4()) for _ in range(100)}) == 100
