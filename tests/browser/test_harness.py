"""The harness itself: faults of a page fail its test, and a page without faults passes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, Response
from playwright.sync_api import BrowserContext, Page

from tests.browser.access import assert_accessible, findings
from tests.browser.guard import Guard
from tests.browser.looks import looks
from tests.browser.serving import Server
from tests.browser.shots import FOLDER, snap

_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
_HEAD = '<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="data:,"></head>'


def small_app(**bodies: str) -> Flask:
    app = Flask("harness")

    @app.get("/<name>")
    def show(name: str) -> Response:
        headers = {"Content-Security-Policy": _POLICY}
        return Response(f"{_HEAD}<body>{bodies[name]}</body></html>", headers=headers)

    @app.get("/static/broken.js")
    def broken() -> Response:
        return Response("undefined.name", content_type="text/javascript")

    return app


@pytest.fixture
def url() -> Iterator[str]:
    app = small_app(
        fine="<main><h1>No faults</h1></main>",
        inline="<main><h1>Inline</h1><script>1</script></main>",
        styled='<main><h1 style="color:red">Styled</h1></main>',
        broken='<main><h1>Broken</h1><script src="/static/broken.js"></script></main>',
        missing='<main><h1>Missing</h1><img src="/static/none.png" alt="none"></main>',
        unnamed="<main><h1>Unnamed</h1><input><img src='data:,'></main>",
    )
    with Server(app) as server:
        yield server.url


@pytest.fixture
def watched(context: BrowserContext) -> Guard:
    return Guard(context)


@pytest.fixture
def page(context: BrowserContext, watched: Guard) -> Page:
    return context.new_page()


def test_a_page_without_faults_passes(page: Page, watched: Guard, url: str) -> None:
    page.goto(f"{url}/fine")
    assert_accessible(page)
    assert not watched.complaints()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("inline", "Content Security Policy"),
        ("styled", "Content Security Policy"),
        ("broken", "script error"),
        ("missing", "404"),
    ],
)
def test_faults_of_a_page_are_reported(
    page: Page, watched: Guard, url: str, name: str, words: str
) -> None:
    page.goto(f"{url}/{name}")
    assert any(words in message for message in watched.complaints()), watched.messages


def test_an_expected_error_is_allowed(page: Page, watched: Guard, url: str) -> None:
    watched.allow("404")
    page.goto(f"{url}/missing")
    assert not watched.complaints()


def test_a_popup_is_watched_too(page: Page, watched: Guard, url: str) -> None:
    page.goto(f"{url}/fine")
    with page.expect_popup() as opened:
        page.evaluate("window.open('/inline')")
    opened.value.wait_for_url("**/inline")
    opened.value.wait_for_load_state()
    assert any("Content Security Policy" in message for message in watched.complaints())


def test_the_guard_ignores_pages_of_other_origins(context: BrowserContext, url: str) -> None:
    watching = Guard(context, (url,))
    context.new_page().goto(f"{url}/missing")
    assert not watching.complaints()


def test_axe_finds_a_field_without_a_name_under_a_strict_policy(
    page: Page, watched: Guard, url: str
) -> None:
    page.goto(f"{url}/unnamed")
    found = findings(page)
    assert any("label" in words for words in found), found
    assert not watched.complaints()


def test_looks_go_through_all_sizes_and_restore_the_first(page: Page, url: str) -> None:
    page.goto(f"{url}/fine")
    sizes = [(look.name, page.evaluate("innerWidth")) for look in looks(page)]
    assert sizes == [
        ("1440-light", 1440),
        ("1440-dark", 1440),
        ("360-light", 360),
        ("360-dark", 360),
    ]
    assert page.evaluate("innerWidth") == 1440


def test_a_screenshot_lands_in_the_build_folder(page: Page, url: str) -> None:
    page.goto(f"{url}/fine")
    path = snap(page, "the-harness")
    assert path.parent == FOLDER
    assert path.stat().st_size > 0
