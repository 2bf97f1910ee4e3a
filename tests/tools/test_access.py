"""The room `tools.access`: who may see the page."""

from __future__ import annotations

import base64

import pytest

from cds_context.tools.access import Guard, is_loopback

HOST = "127.0.0.1:8765"
OPEN = Guard("127.0.0.1", None)


def basic(password: str) -> dict[str, str]:
    return {"host": HOST, "authorization": "Basic " + base64.b64encode(f"me:{password}".encode()).decode()}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_addresses_of_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.com", "", "localhost.example.com"])  # noqa: S104 - this is what is refused
def test_addresses_that_others_reach(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", [HOST, "localhost", "LOCALHOST:80", "[::1]:8765", "[::1]", "127.0.0.2"])
def test_the_page_is_known_by_addresses_and_as_localhost(host: str) -> None:
    assert OPEN.refusal({"host": host}, writes=False) is None


@pytest.mark.parametrize("host", ["203.0.113.5:8765", "0.0.0.0:8765", "[2001:db8::1]"])
def test_an_address_of_others_leads_to_this_machine_through_a_tunnel_only(host: str) -> None:
    refusal = OPEN.refusal({"host": host}, writes=False)
    assert refusal is not None
    assert refusal[0] == 421
    assert Guard("0.0.0.0", None).refusal({"host": host}, writes=False) is None  # noqa: S104 - bound to all of them


def test_the_page_is_known_by_the_name_it_was_bound_to() -> None:
    assert Guard("devbox", None).refusal({"host": "devbox:1"}, writes=False) is None


@pytest.mark.parametrize(
    "host", ["", "attacker.example:8765", "localhost.attacker.example", "1.2.3.4.attacker.example"]
)
def test_a_name_that_somebody_bound_to_this_machine_is_refused(host: str) -> None:
    refusal = OPEN.refusal({"host": host}, writes=False)
    assert refusal is not None
    assert refusal[0] == 421
    assert OPEN.refusal({}, writes=False) == refusal


@pytest.mark.parametrize(
    "name", ["x-forwarded-for", "forwarded", "via", "x-forwarded-host", "x-forwarded-server", "cf-connecting-ip"]
)
def test_what_comes_through_a_tunnel_is_refused(name: str) -> None:
    assert OPEN.refusal({"host": HOST, name: "x"}, writes=False) == (
        403,
        "the page is not shown through proxies and tunnels",
    )


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_cannot_load_anything(site: str) -> None:
    headers = {"host": HOST, "sec-fetch-site": site, "sec-fetch-dest": "image"}
    assert OPEN.refusal(headers, writes=False) == (403, "the page is not for other sites")


def test_a_link_to_the_page_can_be_followed() -> None:
    headers = {"host": HOST, "sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}
    assert OPEN.refusal(headers, writes=False) is None


@pytest.mark.parametrize(
    "origin", [None, "null", "https://attacker.example", "http://localhost:8765", "https://" + HOST]
)
def test_only_the_page_itself_can_ask_for_something(origin: str | None) -> None:
    headers = {"host": HOST} | ({"origin": origin} if origin else {})
    assert OPEN.refusal(headers, writes=True) == (403, "the page is not for other sites")
    assert OPEN.refusal({"host": HOST, "origin": f"http://{HOST}"}, writes=True) is None


def test_the_key_is_the_password() -> None:
    guard = Guard("127.0.0.1", "s3cret-€")
    assert guard.refusal(basic("s3cret-€"), writes=False) is None
    missing = guard.refusal({"host": HOST}, writes=False)
    assert missing == (401, "the page asks for its key, as password")
    assert guard.refusal(basic("guess"), writes=False) == missing
    assert Guard("127.0.0.1", "\udcff").refusal(basic("guess"), writes=False) == missing  # a byte of the command line
    for authorization in (
        "Basic",
        "Basic ???",
        "Basic é",
        "Bearer czNjcmV0",
        "Basic " + base64.b64encode(b"x").decode(),
    ):
        assert guard.refusal({"host": HOST, "authorization": authorization}, writes=False) == missing
