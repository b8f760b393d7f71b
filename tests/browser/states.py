"""The states that every page is designed for, and its addresses in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from playwright.sync_api import Page, expect

from tests.browser.people import people
from tests.browser.rich import furnish
from tests.browser.scene import WORKSPACE, Console
from tests.console.walk import Address, pages
from zsf_plugin.console.layout import TABS
from zsf_plugin.model import ReconnectReason

NOTHING = Address("nothing", "/nothing-is-here")
#: What differs each time a page is asked for: it makes no other page.
_TOKEN = re.compile(r"[\w.-]{60,}")
_BROKEN = '[switches]\nsync_prospects = "perhaps"\n'


def not_connected(console: Console) -> None:
    """As the host hands it over; prospects were purchased already."""
    console.purchase(1, 2, 3)


def empty(console: Console) -> None:
    """Connected a moment ago; nothing was synced."""
    console.connect()


def first_run(console: Console) -> None:
    """Connected here a moment ago: what waits is not sent until a first preview was seen."""
    for number, person in enumerate(people().values(), 1):
        console.purchase(100 + number, **{**person, "id": f"w{number}"})
    console.connect(previewing=True)


def full(console: Console) -> None:
    """After two busy weeks."""
    furnish(console)


def signed_out(console: Console) -> None:
    """After two busy weeks, and then somebody took the access back in Salesforce."""
    furnish(console)
    connection = console.application.orgs.connection(WORKSPACE)
    reason = ReconnectReason("revoked")
    console.application.store.save_connection(replace(connection, state="reconnect", reason=reason))


def in_error(console: Console) -> None:
    """A rule file with a mistake, and a Salesforce that is down."""
    console.connect()
    console.purchase(1, 2)
    console.rule(_BROKEN, "90-broken.toml")
    console.control("POST", "chaos", {"seed": 1, "share": 1.0, "kinds": ["html_503"]})


STATES: Mapping[str, Callable[[Console], None]] = {
    "not-connected": not_connected,
    "empty": empty,
    "first-run": first_run,
    "full": full,
    "signed-out": signed_out,
    "in-error": in_error,
}


def whole_pages(console: Console) -> list[Address]:
    """Every address that answers with a whole page of its own, those of a newest entry and of
    nothing among them."""
    newest = console.application.store.entries(WORKSPACE, limit=1)
    values = {"entry_id": newest[0].id if newest else "e0"}
    found: dict[str, Address] = {}
    for one in pages(console.flask, values):
        answer = console.asked(one.path)
        if answer.status_code // 100 != 3 and _is_whole(answer.text):
            found.setdefault(_TOKEN.sub("", answer.text), one)
    assert found
    return [*found.values(), NOTHING]


def main_pages(console: Console) -> list[Address]:
    """The pages of the top bar, the popup, and an address of nothing."""
    chosen = {endpoint for endpoint, _ in TABS} | {"connection.choose"}
    return [*(one for one in pages(console.flask) if one.endpoint in chosen), NOTHING]


def pages_in(state: str, console: Console) -> list[Address]:
    """What is looked at in a state: everything where there is most to see, else the pages that
    people know."""
    return whole_pages(console) if state == "full" else main_pages(console)


def _is_whole(text: str) -> bool:
    return text.lstrip().lower().startswith("<!doctype html")


def visit(page: Page, console: Console, one: Address) -> None:
    """Open an address, and wait for what its page fetches by itself."""
    page.goto(console.at(one.path))
    settled(page)


def settled(page: Page) -> None:
    """Wait until htmx fetches nothing more. Not by `wait_for_function`: it polls by eval, which the
    policy forbids."""
    expect(page.locator(".htmx-request")).to_have_count(0)
