"""A visitor who may only view: every page without a button that fails, and every write refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from tests.console.mapping_page import ADA, MappingBench
from tests.console.outbox import connect, keep
from tests.console.test_held import OWN, REFUSED, SHARED, UNASKED, hold
from tests.console.walk import Address, pages, reads, writes
from tests.fakes.events import prospect, purchase
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.console.security import EDITING_PAGES, OPEN_ENDPOINTS, QUESTIONS
from zsf_plugin.emulator import Emulator
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import ReconnectReason
from zsf_plugin.ports import Store
from zsf_plugin.wiring.apps import CommandApp

VIEWER = Visitor("acme", "Vera Viewer", "u-9", "view")
EDITOR = replace(VIEWER, role="edit")
_NOWHERE = "http://127.0.0.1:9"


def console_of(application: CommandApp, visitor: Visitor) -> Flask:
    app = build_app(application.console(), ConsoleOptions(lambda _: visitor))
    app.config["WTF_CSRF_ENABLED"] = False
    return app


class _Targets(HTMLParser):
    """Collects (method, address) of each form, button, link and request of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("method", "get").upper(), given.get("action", "")))
        named = (("formaction", "POST"), ("hx-post", "POST"), ("hx-get", "GET"))
        self.found += [(method, given[name]) for name, method in named if name in given]
        if tag == "a" and given.get("href", "").startswith("/"):
            self.found.append(("GET", given["href"]))


def targets_of(app: Flask, html: str) -> Iterator[tuple[str, str]]:
    """(method, endpoint) of what a page lets a visitor do."""
    parser = _Targets()
    parser.feed(html)
    adapter = app.url_map.bind("localhost")
    for method, address in parser.found:
        try:
            yield method, adapter.match(urlsplit(address).path, method=method)[0]
        except HTTPException:
            yield method, f"no page: {address}"


def edits_on(app: Flask, html: str) -> list[str]:
    """What a page offers that a viewer would be refused."""
    return [
        f"{method} {endpoint}"
        for method, endpoint in targets_of(app, html)
        if endpoint in EDITING_PAGES or (method == "POST" and endpoint not in QUESTIONS)
    ]


def edits_in(app: Flask, entry_id: str = "e0", *more: str) -> dict[str, list[str]]:
    """The edits that each page offers."""
    browser = app.test_client()
    paths = [*(one.path for one in pages(app, {"entry_id": entry_id})), *more]
    found = {path: edits_on(app, browser.get(path, follow_redirects=True).text) for path in paths}
    return {path: edits for path, edits in found.items() if edits}


def nothing(_: Store) -> str:
    """Not connected; nothing was purchased."""
    return "e0"


def connected_to_nothing(store: Store, **changes: Any) -> None:
    """Connect to an address of this machine where nobody answers."""
    connect(store, instance_url=_NOWHERE)
    found = store.connection("acme")
    assert found is not None
    store.save_connection(replace(found, login_url=_NOWHERE, **changes))


def first_run(store: Store) -> str:
    """Just connected: entries wait for the first preview."""
    connected_to_nothing(store, state="previewing")
    return keep(store, purchase(prospect(1)))


def signed_out(store: Store) -> str:
    """The sign-in ended while entries wait."""
    connected_to_nothing(store, state="reconnect", reason=ReconnectReason("revoked"))
    return keep(store, purchase(prospect(1)))


@pytest.mark.parametrize("state", [nothing, first_run, signed_out])
def test_no_page_offers_a_viewer_what_would_be_refused(
    application: CommandApp, state: Callable[[Store], str]
) -> None:
    entry_id = state(application.store)
    assert edits_in(console_of(application, VIEWER), entry_id) == {}
    assert edits_in(console_of(application, EDITOR), entry_id)


def test_no_held_cause_offers_a_viewer_what_would_be_refused(application: CommandApp) -> None:
    connected_to_nothing(application.store)
    for number, cause in enumerate([*OWN, *UNASKED, *REFUSED, SHARED], 1):
        hold(application, number, cause)
    viewing, editing = (console_of(application, one) for one in (VIEWER, EDITOR))
    held = viewing.test_client().get("/held").text
    unfolded = [f"/held?cause={part[:10]}&ask=all" for part in held.split('id="cause-')[1:]]
    assert len(unfolded) > 10
    assert edits_in(viewing, "e1", *unfolded) == {}
    some = unfolded[::5]
    assert len(edits_in(editing, "e1", *some)) > len(some)


def test_the_mapping_of_an_org_offers_a_viewer_nothing_that_would_be_refused(
    tmp_path: Path, emulator: Emulator
) -> None:
    bench = MappingBench(tmp_path, emulator)
    bench.connect()
    bench.page("/mapping?read=1")
    assert edits_on(bench.client.application, bench.page("/mapping"))
    bench.visitor = replace(ADA, role="view")
    page = bench.page("/mapping")
    assert edits_on(bench.client.application, page) == []
    assert "prospect.email" in page or "E-mail" in page
    assert "View only" in page
    assert '<input type="hidden" name="Lead.' not in page


def test_no_answer_to_a_question_offers_a_viewer_what_would_be_refused(
    application: CommandApp,
) -> None:
    app = console_of(application, VIEWER)
    given = {"pasted": "e-mail\nada@acme.example", "event": "{}"}
    for one in writes(app):
        if one.endpoint in QUESTIONS:
            answer = app.test_client().post(one.path, data=given)
            assert edits_on(app, answer.text) == [], one
    table = app.test_client().post("/search.csv", data=given)
    assert (table.status_code, table.mimetype) == (200, "text/csv")


def test_every_write_of_a_viewer_is_refused_in_words(application: CommandApp) -> None:
    app = console_of(application, VIEWER)
    browser = app.test_client()
    for one in writes(app):
        for headers in ({}, {"HX-Request": "true"}):
            answer = browser.post(one.path, headers=headers)
            is_refused = answer.status_code == 403 and "not change it" in answer.text
            assert is_refused is (one.endpoint not in QUESTIONS), one


def test_every_page_that_leads_to_a_change_is_refused_to_a_viewer(application: CommandApp) -> None:
    app = console_of(application, VIEWER)
    browser = app.test_client()
    refused = {one.endpoint for one in reads(app) if browser.get(one.path).status_code == 403}
    assert refused == EDITING_PAGES


def test_a_viewer_sees_every_other_page(application: CommandApp) -> None:
    entry_id = first_run(application.store)
    app = console_of(application, VIEWER)
    browser = app.test_client()

    whom = {"id": prospect(1)["id"]}

    def shown(one: Address) -> bool:
        answer = browser.get(one.path, query_string=whom, follow_redirects=True)
        return answer.status_code == 200

    for one in pages(app, {"entry_id": entry_id}):
        assert shown(one) or one.endpoint in EDITING_PAGES, one


@pytest.mark.parametrize("state", [nothing, first_run, signed_out, connected_to_nothing])
@pytest.mark.parametrize("visitor", [VIEWER, EDITOR], ids=["viewer", "editor"])
def test_every_part_of_a_page_answers_in_any_state(
    application: CommandApp, state: Callable[[Store], str | None], visitor: Visitor
) -> None:
    """A page in a tab asks for its parts, whatever has become of the workspace meanwhile."""
    app = console_of(application, visitor)
    entry_id = state(application.store) or "e0"
    for one in pages(app, {"entry_id": entry_id}):
        answer = app.test_client().get(one.path, headers={"HX-Request": "true"})
        assert answer.status_code != 500, one


def test_a_preview_seen_by_a_viewer_starts_nothing(tmp_path: Path, emulator: Emulator) -> None:
    bench = MappingBench(tmp_path, emulator)
    bench.connect()
    store = bench.app.store
    found = store.connection("default")
    assert found is not None
    store.save_connection(replace(found, state="previewing"))
    bench.visitor = replace(ADA, role="view")
    lines = store.history("default")
    assert bench.client.post("/mapping/preview").status_code == 200
    after = store.connection("default")
    assert after is not None
    assert (after.state, store.history("default")) == ("previewing", lines)


def test_opening_the_mapping_as_a_viewer_reads_no_fields(
    tmp_path: Path, emulator: Emulator
) -> None:
    bench = MappingBench(tmp_path, emulator)
    bench.connect()
    bench.visitor = replace(ADA, role="view")
    bench.page("/mapping?read=1")
    assert bench.app.orgs.known_facts("default") is None


def test_a_visitor_may_edit_unless_the_host_says_otherwise(client: FlaskClient) -> None:
    assert Visitor("acme", "Ada").may_edit
    assert not VIEWER.may_edit
    assert "View only" not in client.get("/connection").text


@pytest.mark.parametrize("role", ["viewer", "admin", "", None, "EDIT"])
def test_a_role_that_does_not_exist_is_refused(role: str) -> None:
    with pytest.raises(ConfigurationError, match="'view' or 'edit'"):
        Visitor("acme", "Ada", "u-1", role)  # type: ignore[arg-type]


def test_open_endpoints_are_the_same_for_a_viewer(application: CommandApp) -> None:
    browser = console_of(application, VIEWER).test_client()
    assert browser.get("/badge.css").status_code == 200
    assert browser.get("/health").status_code == 200
    assert "connection.finish" in OPEN_ENDPOINTS & EDITING_PAGES
