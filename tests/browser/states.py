"""The states that every page is designed for, and the pages to visit in each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from playwright.sync_api import Page, expect

from tests.browser.console import WORKSPACE, Console
from tests.browser.full_console import fill_console
from tests.browser.people import people
from tests.console.walk import Address, pages
from zsf_plugin.console.layout import TABS
from zsf_plugin.model import ReconnectReason

#: Pages that an address shows only with a query.
_QUERIED = (
    Address("mapping.activities", "/mapping/activities?channel=email"),
    Address("activity.person", "/person?id=p5"),
    Address("mapping.fill", "/mapping/fill?fill=Task.Subject&channel=email"),
)
MISSING_PAGE = Address("nothing", "/nothing-is-here")
#: Tokens differ in each response, so they are removed before pages are compared.
_TOKEN = re.compile(r"[\w.-]{60,}")
_LONG = "when = \"user.id == 'u1'\"\n[fields.Lead]\n" + "".join(
    f'Field{number}__c = "prospect.title"\n' for number in range(40)
)
_BROKEN = '[switches]\nsync_prospects = "perhaps"\n'


def not_connected(console: Console) -> None:
    """Not connected yet; prospects were purchased already."""
    console.purchase(1, 2, 3)


def empty(console: Console) -> None:
    """Just connected; nothing was synced."""
    console.connect()


def first_run(console: Console) -> None:
    """Just connected: nothing is sent before the first preview."""
    for number, person in enumerate(people().values(), 1):
        console.purchase(100 + number, **{**person, "id": f"w{number}"})
    console.connect(previewing=True)


def full(console: Console) -> None:
    """After two busy weeks."""
    fill_console(console)


def signed_out(console: Console) -> None:
    """After two busy weeks; then an admin revoked access in Salesforce."""
    fill_console(console)
    connection = console.application.orgs.connection(WORKSPACE)
    reason = ReconnectReason("revoked")
    console.application.store.save_connection(replace(connection, state="reconnect", reason=reason))


def in_error(console: Console) -> None:
    """A rule file with a mistake, one with many keys, and Salesforce is down."""
    console.connect()
    console.rule(_LONG, "80-long.toml")
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
    """Every address that answers with a whole page of its own, including the newest entry's, a
    person's and one that does not exist."""
    newest = console.application.store.entries(WORKSPACE, limit=1)
    values = {"entry_id": newest[0].id if newest else "e0", "number": "1"}
    found: dict[str, Address] = {}
    for one in (*pages(console.flask, values), *_QUERIED):
        response = console.fetch(one.path)
        if response.status_code // 100 != 3 and _is_whole(response.text):
            found.setdefault(_TOKEN.sub("", response.text), one)
    assert found
    return [*found.values(), MISSING_PAGE]


def main_pages(console: Console) -> list[Address]:
    """The pages of the top bar, the popup, and an address that does not exist."""
    chosen = {endpoint for endpoint, _ in TABS} | {"connection.choose"}
    return [*(one for one in pages(console.flask) if one.endpoint in chosen), MISSING_PAGE]


def pages_in(state: str, console: Console) -> list[Address]:
    """The pages to visit in a state: all if the console is full, else the main ones."""
    return whole_pages(console) if state == "full" else main_pages(console)


def _is_whole(text: str) -> bool:
    return text.lstrip().lower().startswith("<!doctype html")


def visit(page: Page, console: Console, one: Address) -> None:
    """Open an address, and wait for everything that its page fetches."""
    page.goto(console.at(one.path))
    wait_until_settled(page)


def wait_until_settled(page: Page) -> None:
    """Wait until htmx fetches nothing more. `wait_for_function` polls with eval, which the policy
    forbids."""
    expect(page.locator(".htmx-request")).to_have_count(0)
