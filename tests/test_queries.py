"""The room `queries`: texts that parse, with the columns and conditions they must have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from cds_context import ArgumentError, queries
from cds_context.queries import Query, failed_jobs, step, steps, webhooks

ID = "75c2dd85-e89e-e711-8122-000d3aa2331c"
STEP_COLUMNS = {"name", "description", "asyncautodelete", "filteringattributes", "mode", "stage"}
ALL = [webhooks(), steps(ID), step(ID), failed_jobs(ID)]


def xml(query: Query) -> ET.Element:
    return ET.fromstring(query.fetch_xml)  # noqa: S314 - our own text


def options(query: Query) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(query.path).query, strict_parsing=True).items()}


def conditions(query: Query) -> set[tuple[str | None, str | None]]:
    found = xml(query).findall("entity/filter/condition")
    assert all(each.get("operator") == "eq" for each in found)
    return {(each.get("attribute"), each.get("value")) for each in found}


def columns(query: Query) -> set[str | None]:
    return {each.get("name") for each in xml(query).findall("entity/attribute")}


@pytest.mark.parametrize("query", ALL)
def test_paths_and_xml_are_well_formed(query: Query) -> None:
    parts = urlsplit(query.path)
    assert parts.path.startswith("/api/data/v9.2/")
    assert (parts.scheme, parts.netloc, parts.fragment) == ("", "", "")
    assert query.path.isascii()
    assert " " not in query.path
    assert query.path.count("?") == 1
    assert xml(query).tag == "fetch"


def test_webhooks() -> None:
    query = webhooks()
    assert urlsplit(query.path).path == "/api/data/v9.2/serviceendpoints"
    assert options(query) == {"$select": "serviceendpointid,name,authtype,url", "$filter": "contract eq 8"}
    assert columns(query) == {"serviceendpointid", "name", "authtype", "url"}
    assert conditions(query) == {("contract", "8")}


def test_steps_of_a_webhook() -> None:
    query = steps(ID)
    assert urlsplit(query.path).path == (
        f"/api/data/v9.2/serviceendpoints({ID})/serviceendpoint_sdkmessageprocessingstep"
    )
    assert set(options(query)["$select"].split(",")) == STEP_COLUMNS | {"sdkmessageprocessingstepid"}
    assert columns(query) == STEP_COLUMNS | {"sdkmessageprocessingstepid"}
    assert conditions(query) == {("eventhandler", ID)}


def test_one_step() -> None:
    query = step(ID)
    assert urlsplit(query.path).path == f"/api/data/v9.2/sdkmessageprocessingsteps({ID})"
    assert set(options(query)["$select"].split(",")) == STEP_COLUMNS
    assert options(query)["$expand"] == (
        "plugintypeid($select=friendlyname),eventhandler_serviceendpoint($select=name),"
        "sdkmessagefilterid($select=primaryobjecttypecode),sdkmessageid($select=name)"
    )
    assert conditions(query) == {("sdkmessageprocessingstepid", ID)}


def test_a_step_without_a_table_is_not_joined_away() -> None:
    links = xml(step(ID)).findall("entity/link-entity")
    assert {link.get("name"): link.get("link-type") for link in links} == {
        "serviceendpoint": "outer",
        "sdkmessage": "inner",
        "sdkmessagefilter": "outer",
    }


def test_failed_jobs_of_a_step() -> None:
    query = failed_jobs(ID)
    assert urlsplit(query.path).path == "/api/data/v9.2/asyncoperations"
    assert options(query) == {
        "$select": "name,friendlymessage,errorcode,message,completedon",
        "$filter": f"statuscode eq 31 and _owningextensionid_value eq {ID}",
        "$orderby": "completedon desc",
    }
    assert columns(query) == {"name", "friendlymessage", "errorcode", "message", "completedon"}
    assert conditions(query) == {("statuscode", "31"), ("owningextensionid", ID)}
    order = xml(query).find("entity/order")
    assert order is not None
    assert order.attrib == {"attribute": "completedon", "descending": "true"}


ABOUT_ONE: list[Callable[[Any], Query]] = [steps, step, failed_jobs]


@pytest.mark.parametrize("ask", ABOUT_ONE)
def test_an_id_is_text_or_a_uuid(ask: Callable[[Any], Query]) -> None:
    assert ask(UUID(ID)) == ask(ID) == ask(f"{{{ID.upper()}}}")


@pytest.mark.parametrize("ask", ABOUT_ONE)
@pytest.mark.parametrize("text", ["", f"{ID})/delete", f'{ID}"/>', "' or 1 eq 1", None])
def test_what_is_no_id_is_an_error(ask: Callable[[Any], Query], text: Any) -> None:
    with pytest.raises(ArgumentError):
        ask(text)


def test_every_query_is_tested_here() -> None:
    assert set(queries.__all__) == {"Query", "failed_jobs", "step", "steps", "webhooks"}
