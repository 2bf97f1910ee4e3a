"""The conformance files: bodies of the platform's own serializer, their object graphs, and hostile bodies.

Reads `data/conformance.tar.xz`, once; knows nothing of the package. `data/README.md` says where the files come from.
"""

from __future__ import annotations

import re
import tarfile
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

ARCHIVE = Path(__file__).parent / "data" / "conformance.tar.xz"

_CUT = 300
"""What the platform's reader saw was written down up to this many characters."""
_SEEN_SEPARATOR = re.compile(r" \| (?=\$)")
_SEEN_NODE = re.compile(r"(\$(?:\.@ext\[[^\]]*\]|\.![^|]*(?= ext)|[^ ])*) (\S+) ?(.*)", re.DOTALL)


class Node(NamedTuple):
    """One node of an object graph; a string value is spelled as in JSON."""

    path: str
    type: str
    value: str


class Hostile(NamedTuple):
    """One hostile body, and what the platform's reader made of it."""

    name: str
    body: bytes
    platform_reader: str
    """`accepts` or `rejects`."""
    valid_json: bool
    seen: list[Node]
    """Members that differ from the defaults; cut short in a long one, empty if the reader rejects the body."""


@lru_cache(maxsize=1)
def _files() -> dict[str, bytes]:
    with tarfile.open(ARCHIVE, "r:xz") as archive:
        return {member.name: _content(archive, member) for member in archive}


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None, member.name
    return file.read()


def _folder(folder: str, suffix: str) -> dict[str, bytes]:
    return {
        name.removeprefix(folder).removesuffix(suffix): content
        for name, content in _files().items()
        if name.startswith(folder)
    }


def _rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in _files()[name].decode().rstrip("\n").split("\n")]


@lru_cache(maxsize=1)
def serialized() -> dict[str, bytes]:
    """The bodies that the platform's serializer wrote, by name."""
    return _folder("serialized/", ".json")


@lru_cache(maxsize=1)
def descriptions() -> dict[str, str]:
    """What each of the serialized bodies holds, by name."""
    return {name.removesuffix(".json"): text for name, _, text in _rows("serialized.tsv")}


@cache
def graph(name: str) -> list[Node]:
    """The object graph that a serialized body was written from, parents before children."""
    text = _files()[f"graphs/{name}.canon"].decode()
    return [Node(*line.split("\t")) for line in text.rstrip("\n").split("\n")]


@lru_cache(maxsize=1)
def hostile() -> list[Hostile]:
    """The hostile bodies, by the order of their table."""
    bodies = _folder("hostile/", ".json")
    return [_hostile(bodies, row) for row in _rows("hostile.tsv")[1:]]


def _hostile(bodies: dict[str, bytes], row: list[str]) -> Hostile:
    file, verdict, valid, seen = row
    name = file.removesuffix(".json")
    nodes = seen_nodes(seen) if verdict == "accepts" else []
    return Hostile(name, bodies[name], verdict, valid.startswith("yes"), nodes)


def seen_nodes(seen: str, cut: int = _CUT) -> list[Node]:
    """The nodes of one cell of the hostile table; a last one that was cut is left out."""
    parts = _SEEN_SEPARATOR.split(seen) if seen else []
    whole = parts[:-1] if len(seen) == cut else parts
    return [_seen_node(part) for part in whole]


def _seen_node(text: str) -> Node:
    match = _SEEN_NODE.fullmatch(text)
    assert match is not None, text
    return Node(match[1], match[2], match[3])
