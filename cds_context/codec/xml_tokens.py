"""The tokens of a context in XML text.

How it works: expat judges the document, and everything dangerous is refused: document types with their entities,
processing instructions, other encodings. A document that expat accepts is regular, so one pattern cuts it into its
tags, which is several times as fast as a call from expat for each of them.

One thing expat refuses and servers write: references to characters that XML 1.0 excludes, such as `&#x1;`, wherever a
column holds one. So expat judges a copy in which they are blanks, and the pattern reads the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from ..errors import Fault
from ..wire.formats import WHITE
from .building import END, Token
from .scopes import OUTSIDE, Given, Scope, root_scope

_PIECE = 1 << 16
"""How many characters are cut into tags at a time: all tags at once would take many times the body's memory."""

_TAG = re.compile(
    r"<(/?)([^\s/>]+)"  # an end; the name
    r"""([^"'>/]*(?:(?:"[^"]*"|'[^']*')[^"'>/]*)*)(/?)>"""  # attributes; an element without content
    r"([^<]*)((?:</[^>]*>[^<]*)?)"  # text; the end of an element that holds only text, and text behind it
)
_ATTRIBUTE = re.compile(r"""([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DECLARATION = re.compile(r"\s*<\?[^>]*>")
_LITERAL = re.compile(r"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));")
_NUMBERS = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_SURROGATES = re.compile("[\ud800-\udfff]")


def read_tokens(body: bytes, *, with_namespaces: bool = False) -> Iterator[Token]:
    """The tokens inside of the document's element. Raises Fault, at once or on the way.

    `with_namespaces` makes the names pairs of namespace and name.
    """
    _judge(body)
    text = body.decode().removeprefix("\ufeff")
    text = _DECLARATION.sub("", text, count=1) if text.lstrip(WHITE).startswith("<?") else text
    if "<!" in text:
        text = _LITERAL.sub(_as_text, text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _tokens(text, with_namespaces=with_namespaces)


def _judge(body: bytes) -> None:
    # With a separator, expat resolves prefixes and refuses unknown ones; it also refuses a namespace that holds the
    # separator, so this is a character that XML excludes.
    parser = expat.ParserCreate("utf-8", "\x01")
    parser.XmlDeclHandler = _refuse_declaration
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.ProcessingInstructionHandler = _refuse_instruction
    try:
        parser.Parse(_NUMBERS.sub(_as_blank, body) if b"&#" in body else body, True)  # noqa: FBT003 - expat takes it by position only
    except expat.ExpatError as error:
        reason = f"malformed XML: {expat.ErrorString(error.code)}, at line {error.lineno} column {error.offset + 1}"
    else:
        return
    raise Fault(reason)


def _refuse_declaration(version: str, encoding: str | None, _: int) -> None:
    if version != "1.0" or (encoding or "utf-8").lower() != "utf-8":
        raise Fault("an XML declaration of another version than 1.0, or of another encoding than UTF-8")


def _refuse_doctype(*_: object) -> None:
    raise Fault("a document type, which servers do not write")


def _refuse_instruction(*_: object) -> None:
    raise Fault("a processing instruction, which servers do not write")


def _as_blank(match: re.Match[bytes]) -> bytes:
    code = int(match[1], 16) if match[1] else int(match[2])
    return b"&#32;" if code <= 0x10FFFF else match[0]


def _as_text(match: re.Match[str]) -> str:
    return (match[1] or "").replace("&", "&amp;").replace("<", "&lt;")


def _pieces(text: str) -> Iterator[list[tuple[str, str, str, str, str, str]]]:
    at, size = 0, len(text)
    while at < size:
        cut = text.find("<", at + _PIECE)
        while cut >= 0 and text[cut + 1] == "/":
            cut = text.find("<", cut + 1)
        end = size if cut < 0 else cut
        yield _TAG.findall(text, at, end)
        at = end


def _tokens(text: str, *, with_namespaces: bool) -> Iterator[Token]:  # noqa: C901, PLR0912 - one loop: calls for each tag would cost more
    scope = OUTSIDE
    scopes: list[Scope] = []
    for piece in _pieces(text):
        for is_end, tag, attributes, is_empty, content, end in piece:
            if is_end:
                yield END
                scope = scopes.pop()
            else:
                given = None
                inner = scope
                if attributes:
                    given = scope.given.get(attributes) or given_of(attributes, scope)
                    inner = given.inner
                if not scopes:
                    inner = _root(tag, given or OUTSIDE.read({}, [], ""))
                    scopes.append(scope)
                    scope = inner
                    if is_empty:
                        yield END
                else:
                    name: Any = tag[tag.index(":") + 1 :] if ":" in tag else tag
                    if with_namespaces:
                        name = inner.namespace_of(tag.rpartition(":")[0]), name
                    if end and not is_empty:
                        yield name, given, text_of_references(content) if "&" in content else content, True
                        if end[-1] != ">":
                            _blank(end[end.index(">") + 1 :])
                        continue
                    if is_empty:
                        yield name, given, "", True
                    else:
                        yield name, given, None, False
                        scopes.append(scope)
                        scope = inner
            if content:
                _blank(content)
            if end:  # of the element around
                yield END
                scope = scopes.pop()
                if end[-1] != ">":
                    _blank(end[end.index(">") + 1 :])


def _blank(text: str) -> None:
    if text.strip(WHITE):
        raise Fault("expected elements, found text")


def _root(tag: str, given: Given) -> Scope:
    prefix, _, name = tag.rpartition(":")
    return root_scope(prefix, name, given)


def given_of(text: str, scope: Scope) -> Given:
    """What attributes say, which are cut from their tag."""
    declared: dict[str, str] = {}
    attributes: list[tuple[str, str, str]] = []
    for tag, double, single in _ATTRIBUTE.findall(text):
        value = text_of_references(double or single)
        prefix, _, name = tag.rpartition(":")
        if prefix == "xmlns" or tag == "xmlns":
            declared[name if prefix else ""] = value
        else:
            attributes.append((prefix, name, value))
    given = scope.read(declared, attributes, text)
    scope.remember(text, given)
    return given


def text_of_references(text: str) -> str:
    """The text that is spelled, with its references; two references to surrogates make one character."""
    text = _REFERENCE.sub(_character, text)
    if _SURROGATES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    # Zeros may stand in front of a number, and more of them than Python converts.
    return _NAMED[name] if name else chr(int(hexadecimal, 16) if hexadecimal else int(decimal.lstrip("0") or "0"))
