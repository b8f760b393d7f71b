"""Compressed responses: which are, that they say the same, and how much a first visit loads."""

from __future__ import annotations

import gzip
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.console.outbox import connect, keep
from tests.fakes.events import prospect, purchase
from zsf_plugin.console.layout import TABS
from zsf_plugin.wiring.apps import CommandApp

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
MAX_FIRST_VISIT_BYTES = 150_000
LINKED = re.compile(r'<(?:link|script)[^>]* (?:href|src)="([^"]+)"')
#: Fragments that a page fetches as soon as it is open.
FETCHED = re.compile(r'hx-get="([^"]+)"[^>]*hx-trigger="load')
SCRIPT = "/static/vendor/htmx.min.js"


def fetch(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    """The response to a browser that accepts gzip, or to one with these `headers`."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path.replace("&amp;", "&"), headers={**GZIP, **sent}, buffered=True)


def test_pages_style_sheets_and_scripts_are_compressed_and_say_the_same(
    client: FlaskClient,
) -> None:
    for path in ("/mapping", "/static/console.css", SCRIPT):
        compressed, plain = fetch(client, path), fetch(client, path, Accept_Encoding="")
        assert compressed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        for one in (compressed, plain):
            assert "Accept-Encoding" in one.headers["Vary"]
        assert int(compressed.headers["Content-Length"]) < len(plain.data) / 2
        if path != "/mapping":  # a page's tokens differ each time
            assert gzip.decompress(compressed.data) == plain.data


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0"])
def test_a_browser_that_does_not_accept_gzip_gets_none(client: FlaskClient, accepted: str) -> None:
    got = fetch(client, SCRIPT, Accept_Encoding=accepted)
    assert "Content-Encoding" not in got.headers
    assert got.data.startswith(b"var htmx")


def test_a_file_that_the_browser_has_is_not_sent_again(client: FlaskClient) -> None:
    first = fetch(client, SCRIPT)
    again = fetch(client, SCRIPT, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_of_a_file_is_sent_as_it_was_asked_for(client: FlaskClient) -> None:
    part = fetch(client, SCRIPT, Range="bytes=0-999")
    assert (part.status_code, len(part.data)) == (206, 1000)
    assert "Content-Encoding" not in part.headers


def test_the_length_of_a_page_does_not_betray_what_it_holds(client: FlaskClient) -> None:
    """The same page has many lengths; tokens alone vary it by a few bytes."""
    lengths = {len(fetch(client, "/search").data) for _ in range(40)}
    assert max(lengths) - min(lengths) > 30


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_that_another_site_opens_is_not_compressed(client: FlaskClient, site: str) -> None:
    headers = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "navigate"}
    page = fetch(client, "/activity?words=guess", **headers)
    assert page.status_code == 200
    assert "Content-Encoding" not in page.headers
    assert fetch(client, SCRIPT, **headers).headers["Content-Encoding"] == "gzip"


def test_a_file_for_download_stays_as_it_is(client: FlaskClient) -> None:
    csv = fetch(client, "/activity.csv")
    assert csv.status_code == 200
    assert "Content-Encoding" not in csv.headers


@pytest.mark.parametrize("endpoint", [endpoint for endpoint, _ in TABS])
def test_a_first_visit_loads_at_most_150_kb(
    client: FlaskClient, application: CommandApp, endpoint: str
) -> None:
    """A page and all that it needs; no host needs to compress anything."""
    connect(application.store)
    for number in range(60):
        keep(application.store, purchase(prospect(number), f"e{number}"))
    path = "/" + endpoint.split(".")[0]
    html = gzip.decompress(fetch(client, path).data).decode()
    needed = {path, *LINKED.findall(html), *FETCHED.findall(html)}
    assert len(needed) > 5
    assert sum(len(fetch(client, one).data) for one in needed) <= MAX_FIRST_VISIT_BYTES
