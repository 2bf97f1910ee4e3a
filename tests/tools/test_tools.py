"""The room `tools`: its names, and that nobody loads it who does not ask for it."""

from __future__ import annotations

import re
import sys

import pytest

import cds_context
from cds_context import tools

from ..processes import printed


def loaded(code: str) -> set[str]:
    """The packages, and the rooms of `tools`, that are loaded after this code."""
    command = [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"]
    names = printed(command).split()
    return {name.partition(".")[0] for name in names} | {name for name in names if name.startswith("cds_context.")}


SERVERS = {"httpx2", "jinja2", "starlette", "uvicorn"}


def test_the_package_loads_none_of_it() -> None:
    names = loaded("import cds_context")
    assert names.isdisjoint({*SERVERS, "rich", "typer", "cds_context.tools", "cds_context.cli"})


def test_the_command_line_loads_no_server_and_no_client() -> None:
    names = loaded("import cds_context.cli.app")
    assert {"cds_context.cli.send", "cds_context.cli.listen"} <= names
    assert names.isdisjoint(SERVERS)


def test_late_names_are_there_when_asked_for() -> None:
    assert {*SERVERS, "cds_context.tools.listener"} <= loaded("from cds_context.tools import listening, send")


def test_names_are_complete_and_documented() -> None:
    assert tools.__all__ == sorted(tools.__all__)
    assert all(getattr(tools, name).__doc__ for name in tools.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        tools.nothing  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] # noqa: B018


def test_no_name_is_that_of_something_else() -> None:
    assert set(tools.__all__).isdisjoint(cds_context.__all__)


def test_what_is_given_has_a_public_type() -> None:
    given = {hint for name in ("posts", "wait") for hint in _named(getattr(tools.Inbox, name))}
    given |= {hint for name in ("summary", "context", "findings") for hint in _named(getattr(tools.Post, name))}
    assert {"Post", "Summary", "Finding", "RemoteExecutionContext"} <= given
    assert {name for name in given if name[0].isupper() and name != "None"} <= {*tools.__all__, *cds_context.__all__}


def _named(member: object) -> set[str]:
    function = getattr(member, "fget", None) or getattr(member, "func", member)
    return set(re.findall(r"\w+", function.__annotations__["return"]))
