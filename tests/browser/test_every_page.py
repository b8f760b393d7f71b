"""Every page in every state: what axe-core finds, sideways scrolling, order, keyboard, motion, colours, sizes, secrets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

from tests.browser.people import org
from tests.browser.scene import Console
from tests.browser.states import STATES, full, pages_in, whole_pages
from tests.browser.tour import Tour, by_hand, everywhere, tour
from zsf_plugin.emulator import Emulator

pytestmark = pytest.mark.timeout(300)  # a tour asks all pages for all tests of a state


@contextmanager
def a_console(folder: pytest.TempPathFactory) -> Iterator[Console]:
    with Emulator(org()) as stand_in, Console(folder.mktemp("console"), stand_in) as console:
        yield console


@pytest.fixture(scope="module", params=STATES)
def seen(request: pytest.FixtureRequest, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Tour:
    """The pages in a state."""
    with a_console(tmp_path_factory) as console:
        STATES[request.param](console)
        return tour(chromium, console, pages_in(request.param, console), everywhere(console))


@pytest.fixture(scope="module")
def used(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Tour:
    """All pages where there is most to use."""
    with a_console(tmp_path_factory) as console:
        full(console)
        return tour(chromium, console, whole_pages(console), by_hand())


def test_axe_finds_nothing_serious_on_any_page_in_any_look(seen: Tour) -> None:
    assert seen.told("axe") == ""


def test_no_page_scrolls_sideways(seen: Tour) -> None:
    assert seen.told("sideways") == ""


def test_every_page_reads_in_order(seen: Tour) -> None:
    assert seen.told("order") == ""


def test_nothing_is_inline_whether_the_page_came_with_it_or_a_script_added_it(seen: Tour) -> None:
    assert seen.told("inline") == ""


def test_no_page_and_no_address_holds_a_secret_or_what_a_message_said(seen: Tour) -> None:
    assert seen.told("secrets") + seen.told("addresses") == ""


def test_the_browser_complains_about_no_page(seen: Tour) -> None:
    assert seen.told("browser") == ""


def test_the_keyboard_reaches_everything_and_shows_where_it_is(used: Tour) -> None:
    assert used.told("keyboard") == ""


def test_nothing_moves_for_those_who_asked_for_that(used: Tour) -> None:
    assert used.told("motion") == ""


def test_pages_stand_forced_colours(used: Tour) -> None:
    assert used.told("forced colours") == ""


def test_nothing_is_too_small_to_hit(used: Tour) -> None:
    assert used.told("pointer") + used.told("finger") == ""
