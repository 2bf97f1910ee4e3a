"""The writer of XML text: elements in, the spelling of the platform's serializer out."""

from __future__ import annotations

import re
from typing import Any

from ..wire import written
from .elements import Elements, Tag

_SPECIAL = re.compile("[&<>\0-\x08\x0b-\x1f\ufffe\uffff]")
_SPECIAL_IN_ATTRIBUTES = re.compile('[&<>"\0-\x1f\ufffe\uffff]')
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


class XmlElements(Elements):
    """A document in XML, with `indent` spaces a level if it is for people."""

    def __init__(self, indent: int = 0) -> None:
        super().__init__()
        self._indent = indent
        self._parts: list[str] = []
        self._names: list[str] = []
        self._is_open = False
        """Whether the element that was begun last has no content yet, and so its tag no end."""

    def _begin(self, tag: Tag) -> None:
        self._start(tag)
        self._names.append(_qualified(tag))
        self._is_open = True

    def _end(self) -> None:
        name = self._names.pop()
        if self._is_open:
            self._parts.append("/>")
            self._is_open = False
        else:
            self._break()
            self._parts.append(f"</{name}>")

    def _scalar(self, tag: Tag, value: Any, kind: str) -> None:
        self._start(tag)
        text = written.text(value, kind)
        written.check_text(text)
        self._parts.append(f">{_SPECIAL.sub(_escaped, text)}</{_qualified(tag)}>" if text else "/>")

    def _start(self, tag: Tag) -> None:
        if self._is_open:
            self._parts.append(">")
            self._is_open = False
        self._break()
        self._parts.append(f"<{_qualified(tag)}")
        if tag.type_name:
            self._parts.append(f' i:type="{tag.type_name}"')
        if tag.is_nil:
            self._parts.append(' i:nil="true"')
        for prefix, namespace in tag.declared.items():
            name = f"xmlns:{prefix}" if prefix else "xmlns"
            self._parts.append(f' {name}="{_SPECIAL_IN_ATTRIBUTES.sub(_escaped, namespace)}"')

    def _break(self) -> None:
        if self._indent and self._parts:
            self._parts.append("\n" + " " * (self._indent * len(self._names)))

    def finish(self) -> bytes:
        """The whole document, in UTF-8."""
        return "".join(self._parts).encode()


def _qualified(tag: Tag) -> str:
    return f"{tag.prefix}:{tag.name}" if tag.prefix else tag.name


def _escaped(match: re.Match[str]) -> str:
    return _NAMED.get(match[0]) or f"&#x{ord(match[0]):X};"
