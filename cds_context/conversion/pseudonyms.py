"""Replacements for scalars, one to one, from a key: words, ids, numbers, dates and bytes.

Only scalars are known here; `redaction` chooses the scalars to replace.

How it works: the key and the original seed an endless hash, and the replacement is drawn from the hash. Ids are long
enough that two draws never collide in practice. Words and numbers keep their length, and so can collide: they are drawn
again until the replacement is free.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Hashable, Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from html import escape, unescape
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from ..errors import ArgumentError
from ..model.rows import NIL
from ..wire.numbers import DoubleDecimal, parse_decimal

T = TypeVar("T", bound=Hashable)
Number: TypeAlias = int | float | Decimal

_PATIENCE = 64
"""After so many draws that gave a taken replacement or the original, the search moves on to a larger space, and at last
takes the original."""
_RECENT = 10_000
"""The most replacements that are remembered; others are drawn anew, with the same result."""

# An id counts as one only if its letters are all of one case. Ids in either case with the same replacement would make
# two texts that differ only in case equal.
_ID = "|".join(
    f"[0-9{letters}]{{8}}-(?:[0-9{letters}]{{4}}-){{3}}[0-9{letters}]{{12}}|[0-9{letters}]{{32}}"
    for letters in ("a-f", "A-F")
)
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,7})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
# White space and ASCII punctuation stand between words, and stay.
_WORD = r"[^\s!-/:-@\[-`{-~]+"
_TOKEN = re.compile(rf"(?<![0-9A-Za-z])(?:(?P<id>{_ID})|(?P<day>{_DAY})(?P<time>{_TIME})?)(?![0-9A-Za-z])|{_WORD}")

# FetchXML and its paging cookies stay queries: elements, attributes, and the values of these attributes are kept.
_MARKUP = ("<fetch", "<cookie")
# The parts of a tag, one after the other: a pattern for the whole would try a long name again from each of its letters.
_OPENING = re.compile(r"</?[\w:.-]+")
_ATTRIBUTE = re.compile(r"""(\s+)([\w:.-]+)(\s*=\s*)(?:"([^"<]*)"|'([^'<]*)')""")
_CLOSING = re.compile(r"\s*[/?]?>")
_DEEPEST = 3
"""How deep queries may stand in attributes of queries: a cookie does, and some tools put a query into another."""
_QUERY_WORDS = frozenset(
    {
        *("aggregate", "aggregatelimit", "alias", "attribute", "count", "dategrouping", "descending", "distinct"),
        *("entityname", "from", "groupby", "intersect", "link-type", "mapping", "name", "no-lock", "operator"),
        *("output-format", "page", "returntotalrecordcount", "to", "top", "type", "valueof", "version", "visible"),
    }
)

_FIRST = datetime(1, 1, 2, tzinfo=timezone.utc)
_SPAN = datetime(9999, 12, 31, tzinfo=timezone.utc) - _FIRST


class _OneToOne(Generic[T]):
    """One replacement for each original; no two originals share one.

    Only the original of a replacement is kept. A draw is repeatable, and a replacement once taken stays taken, so
    drawing again leads to the same replacement. `space` names the set that an original is drawn from, for sets that
    can grow. In a nearly full space each original would need a hundred draws; so once one original found nothing in
    it, later ones begin with the larger space.
    """

    def __init__(self, draw: Callable[[T, int], T], space: Callable[[T], str] | None = None) -> None:
        self._draw: Callable[[T, int], T] = draw
        self._space = space
        self._originals: dict[T, T] = {}
        self._attempts: dict[T, int] = {}
        """For each original whose first draw was taken by another, the number of the draw that succeeded."""
        self._full: dict[str, int] = {}
        """For each nearly full space, the number of the first draw from a larger one."""
        self._recent: dict[T, T] = {}

    def __call__(self, original: T) -> T:
        if original not in self._recent:
            if len(self._recent) == _RECENT:
                self._recent.clear()
            self._recent[original] = self._drawn(original)
        return self._recent[original]

    def _drawn(self, original: T) -> T:
        attempt = self._attempts.get(original, 0)
        while not self._takes(new := self._draw(original, attempt), original, attempt):
            attempt = self._next(original, attempt + 1)
        if attempt:
            self._attempts[original] = attempt
        return new

    def _takes(self, new: T, original: T, attempt: int) -> bool:
        is_another = new != original or attempt > _PATIENCE
        return is_another and self._originals.setdefault(new, original) == original

    def _next(self, original: T, attempt: int) -> int:
        if self._space is None:
            return attempt
        space = self._space(original)
        if attempt % _PATIENCE == 0:
            self._full[space] = attempt
        return max(attempt, self._full.get(space, 0))


class Pseudonyms:
    """The replacements for one key: equal for equal originals, different for different originals."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._words = _OneToOne(self._word, _shape)
        self._numbers = _OneToOne(self._digits)
        self._data = _OneToOne(self._bytes)
        days = int.from_bytes(self._stream("shift", 0, b"", 4), "big") % 7300 - 3650
        self._shift = timedelta(days=days + 1 if days >= 0 else days)

    def _stream(self, purpose: str, attempt: int, original: bytes, length: int) -> bytes:
        head = f"{purpose} {attempt} ".encode()
        return hashlib.shake_256(self._key + head + original).digest(length)

    def text(self, text: str) -> str:
        """Word for word: lengths, case, digits, white space and ASCII punctuation stay.

        Ids in the text are replaced as by `id`. Days in ISO 8601 move as by `date`, and times beside them stay.
        """
        return self._text(text, 0)

    def _text(self, text: str, depth: int) -> str:
        is_markup = depth < _DEEPEST and text.lstrip().startswith(_MARKUP)
        return "".join(self._markup(text, depth)) if is_markup else self._words_of(text)

    def _words_of(self, text: str) -> str:
        return _TOKEN.sub(self._token, text)

    def _token(self, match: re.Match[str]) -> str:
        text = match[0]
        if match["id"]:
            new = self.id(UUID(text))
            same_form = str(new) if "-" in text else new.hex
            return same_form.upper() if text.isupper() else same_form
        if match["day"]:
            return self._day(match["day"]) + (match["time"] or "")
        return self._words(text)

    def _day(self, text: str) -> str:
        try:
            day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.utc)
        except ValueError:  # digits that are no date, such as the 31st of February
            return "-".join(map(self._words, text.split("-")))
        return self.date(day).date().isoformat()

    def _word(self, word: str, attempt: int) -> str:
        # Originals can have any letter, replacements only 26 of each case, so short words may have to grow.
        shape = word + "a" * (attempt // _PATIENCE)
        stream = self._stream("word", attempt, word.encode("utf-8", "surrogatepass"), len(shape))
        return "".join(
            letters[byte % len(letters)] for letters, byte in zip(map(_alphabet, shape), stream, strict=True)
        )

    def _markup(self, text: str, depth: int) -> Iterator[str]:
        done = 0
        for opening, end in _tags(text):
            yield self._character_data(text[done : opening.start()])
            yield opening[0]
            done = opening.end()
            while attribute := _ATTRIBUTE.match(text, done, end):
                yield self._attribute(attribute, depth)
                done = attribute.end()
            yield text[done:end]
            done = end
        yield self._character_data(text[done:])

    def _character_data(self, text: str) -> str:
        return escape(self._words_of(_unescaped(text)), quote=False)

    def _attribute(self, match: re.Match[str], depth: int) -> str:
        blank, name, equals, *values = match.groups()
        quote = match[0][-1]
        value = values[quote == "'"]
        if name not in _QUERY_WORDS:
            value = escape(self._text(_unescaped(value), depth + 1))
        return f"{blank}{name}{equals}{quote}{value}{quote}"

    def id(self, uuid: UUID) -> UUID:
        """Another id; zeros stay."""
        return uuid if uuid == NIL else UUID(bytes=self._stream("id", 0, uuid.bytes, 16), version=4)

    def number(self, number: Number) -> Number:
        """Other digits: sign, how many there are, scale and zero stay, order does not.

        Equal numbers of different types stay equal. Infinities, NaN and floats beyond 1E±300 are kept.
        """
        exact = Decimal(float.__repr__(number)) if isinstance(number, float) else Decimal(number)
        if not exact.is_finite() or not exact or (isinstance(number, float) and abs(exact.adjusted()) > 300):
            return number
        # Not by `as_tuple`, which holds each digit as an object.
        text = str(exact).upper().partition("E")[0].lstrip("-").replace(".", "").lstrip("0")
        exponent = exact.adjusted() - len(text) + 1
        significant = text.rstrip("0")
        zeros = len(text) - len(significant)
        new = self._numbers(f"{significant}E{exponent + zeros}").partition("E")[0]
        return _like(number, Decimal(f"{'-' * exact.is_signed()}{new}{'0' * zeros}E{exponent}"))

    def _digits(self, number: str, attempt: int) -> str:
        significant, _, exponent = number.partition("E")
        stream = self._stream("number", attempt, number.encode(), len(significant))
        new = bytearray(stream.translate(_DIGITS))
        for end in (0, -1):  # not zero, so that as many digits stay significant
            new[end] = b"123456789"[stream[end] % 9]
        return f"{new.decode()}E{exponent}"

    def date(self, moment: datetime) -> datetime:
        """A date moved by a number of days, around the ends of the calendar; its first and last day stay."""
        if moment.tzinfo is None:
            raise ArgumentError("a datetime without a time zone, which no context holds")
        if not _FIRST <= moment < _FIRST + _SPAN:
            return moment
        utc = moment.astimezone(timezone.utc)
        return (_FIRST + (utc - _FIRST + self._shift) % _SPAN).astimezone(moment.tzinfo)

    def data(self, data: bytes) -> bytes:
        """Other bytes of the same length."""
        return self._data(data) if data else data

    def _bytes(self, data: bytes, attempt: int) -> bytes:
        return self._stream("data", attempt, data, len(data))


def _tags(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """How each tag begins, and where it ends."""
    start = 0
    while opening := _OPENING.search(text, start):
        start = opening.end()
        while attribute := _ATTRIBUTE.match(text, start):
            start = attribute.end()
        if closing := _CLOSING.match(text, start):
            start = closing.end()
            yield opening, start


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a character by a number of thousands of digits
        return text


_DIGITS = bytes(b"0123456789"[byte % 10] for byte in range(256))
"""The digit that each byte is drawn as."""


def _shape(word: str) -> str:
    return "".join(_alphabet(character)[0] for character in word)


def _alphabet(character: str) -> str:
    return digits if character.isdigit() else ascii_uppercase if character.isupper() else ascii_lowercase


def _like(number: Number, new: Decimal) -> Number:
    """The new number as the type of the old."""
    if isinstance(number, DoubleDecimal):
        return parse_decimal(f"{new:E}")
    if isinstance(number, Decimal):
        return new
    return float(new) if isinstance(number, float) else int(new)
