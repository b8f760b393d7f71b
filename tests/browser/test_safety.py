"""Other sites and other workspaces in a real browser: they cannot write, read or frame the console."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask, request
from playwright.sync_api import Page, expect

from tests.browser.console import ADA, WORKSPACE, Console, Options
from tests.browser.guard import Guard
from tests.browser.people import org
from tests.browser.serving import Server
from tests.browser.states import full, visit, whole_pages
from tests.console.page_checks import canaries_in
from tests.console.walk import writes
from zsf_plugin.console import Visitor
from zsf_plugin.emulator import OrgSpec

_FORM = (
    '<form id="form" method="post" action="{0}"><input name="switch" value="sync_prospects"></form>'
)
#: The script of a hostile site: submits a form or fetches an address.
_SCRIPT = """
const query = new URLSearchParams(location.search);
if (query.get("do") === "post") document.getElementById("form").submit();
if (query.get("do") === "fetch") fetch(query.get("at"), {credentials: "include"}).then(
  (answer) => answer.text()).then((text) => { document.title = "read " + text.length; }, () => { document.title = "refused"; });
"""


@pytest.fixture
def org_spec() -> OrgSpec:
    return org()


@pytest.fixture
def other_site() -> Iterator[str]:
    """Another site: it has another host name, since cookies of `127.0.0.1` are not sent to
    `localhost`."""
    app = Flask("other_site")

    @app.get("/")
    def attack() -> str:
        at = request.args["at"]
        body = {
            "post": _FORM.format(at),
            "link": f'<a href="{at}" target="_blank">Your entry is held</a>',
            "frame": f'<iframe src="{at}" title="the console"></iframe>',
        }
        return f"<!doctype html><link rel=icon href=data:,><title>start</title>{body.get(request.args['do'], '')}<script>{_SCRIPT}</script>"

    with Server(app) as server:
        yield server.url.replace("127.0.0.1", "localhost")


def unchanged(console: Console) -> tuple[object, ...]:
    """Everything that a write of another site could change."""
    store = console.application.store
    return (
        store.console_rule(WORKSPACE),
        store.counts(WORKSPACE),
        store.connection(WORKSPACE),
        store.history(WORKSPACE),
    )


def test_a_form_of_another_site_changes_nothing(
    page: Page, connected: Console, guard: Guard, other_site: str
) -> None:
    guard.allow("status of 4..")
    connected.purchase(1)
    page.goto(connected.url)
    before = unchanged(connected)
    for one in writes(connected.flask):
        page.goto(f"{other_site}/?do=post&at={connected.at(one.path)}")
        page.wait_for_url(connected.at(one.path))
        assert "Nothing was changed." in page.locator("main").inner_text()
    assert unchanged(connected) == before


def test_a_link_in_a_web_mailer_leaves_the_forms_of_open_pages_usable(
    page: Page, connected: Console, other_site: str
) -> None:
    page.goto(connected.at("/search?example=1"))
    mailer = page.context.new_page()
    mailer.goto(f"{other_site}/?do=link&at={connected.at('/activity')}")
    with page.context.expect_page() as opened:
        mailer.get_by_role("link").click()
    expect(opened.value).to_have_url(connected.at("/activity"))
    page.locator("#look-up").click()
    expect(page.locator("#results")).to_contain_text("3 prospects")


def test_another_site_reads_nothing(
    page: Page, connected: Console, guard: Guard, other_site: str
) -> None:
    guard.allow("CORS|ERR_FAILED|ERR_BLOCKED")
    page.goto(f"{other_site}/?do=fetch&at={connected.at('/activity')}")
    page.wait_for_function("document.title !== 'start'")
    assert page.title() == "refused"


def test_another_site_cannot_frame_it(
    page: Page, connected: Console, guard: Guard, other_site: str
) -> None:
    guard.allow("frame|ERR_BLOCKED|status of 403")
    page.goto(f"{other_site}/?do=frame&at={connected.at('/activity')}")
    frame = page.frames[1]
    assert not frame.url.startswith(connected.url)
    assert "Activity" not in frame.content()


class TestFramed:
    """In a frame, by a host that is allowed to."""

    @pytest.fixture
    def console_options(self, other_site: str) -> Options:
        return Options(frame_ancestors=(other_site,))

    def test_the_host_may_frame_it(self, page: Page, connected: Console, other_site: str) -> None:
        page.goto(f"{other_site}/?do=frame&at={connected.at('/activity')}")
        expect(
            page.frame_locator("iframe").get_by_role("heading", name="Activity", exact=True)
        ).to_be_visible()

    def test_no_other_site_may_frame_it(
        self, page: Page, connected: Console, guard: Guard, other_site: str
    ) -> None:
        guard.allow("frame|ERR_BLOCKED")
        page.goto(
            f"{other_site.replace('localhost', '127.0.0.1')}/?do=frame&at={connected.at('/activity')}"
        )
        assert not page.frames[1].url.startswith(connected.url)


class TestInAHost:
    """Under a path of a host that knows its users by its own cookie."""

    @pytest.fixture
    def console_options(self) -> Options:
        return Options(mount="/tools/zsf", guest=None)

    def test_every_address_of_a_page_stays_under_the_hosts_path(
        self, page: Page, console: Console, guard: Guard
    ) -> None:
        guard.allow("status of 40[49]")
        console.sign_in(page.context, ADA)
        full(console)
        wrong = []
        for one in whole_pages(console)[:-1]:
            visit(page, console, one)
            found = page.evaluate(
                "[...document.querySelectorAll('[href],[src],[action]')].map((one) => one.href || one.src || one.action)"
            )
            own = [
                address
                for address in found
                if isinstance(address, str) and address.startswith(origin(console))
            ]
            wrong += [
                f"{one.path}: {address}" for address in own if not address.startswith(console.url)
            ]
        assert not wrong, "\n".join(wrong)

    def test_the_consoles_cookie_is_limited_to_the_hosts_path_and_hidden_from_scripts(
        self, page: Page, console: Console
    ) -> None:
        console.sign_in(page.context, ADA)
        page.goto(console.url)
        (cookie,) = [
            one for one in page.context.cookies(console.url) if one["name"].startswith("zsf")
        ]
        assert (cookie["path"], cookie["httpOnly"], cookie["sameSite"]) == (
            "/tools/zsf/",
            True,
            "Lax",
        )
        assert cookie["name"] not in page.evaluate("document.cookie")

    def test_a_visitor_who_is_not_signed_in_sees_only_a_request_to_sign_in(
        self, page: Page, console: Console, guard: Guard
    ) -> None:
        guard.allow("status of 401")
        full(console)
        for path in ("/", "/activity", "/activity/e1", "/held"):
            page.goto(console.at(path))
            assert "Sign in first" in page.locator("main").inner_text()
            assert "Norðurljós" not in page.content()

    def test_each_visitor_sees_only_their_own_workspace(
        self, page: Page, console: Console, guard: Guard
    ) -> None:
        guard.allow("status of 4..")
        full(console)
        addresses = [one.path for one in whole_pages(console)]
        console.sign_in(page.context, Visitor("globex", "Hedy Lamarr"))
        seen = []
        for path in addresses:
            page.goto(console.at(path))
            texts = ("Kestrel Fjord", "Hällström", "Adébáyò", "Lefèvre", "e-84213")
            seen += [f"{path}: {words}" for words in canaries_in(page.content(), texts)]
        assert not seen, "\n".join(seen)


def origin(console: Console) -> str:
    """The host's origin, with a slash."""
    parts = urlsplit(console.url)
    return f"{parts.scheme}://{parts.netloc}/"
