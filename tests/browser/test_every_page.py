"""Every page in every state: axe-core, sideways scrolling, headings, keyboard, motion, colours, sizes
and secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

from tests.browser.console import Console
from tests.browser.looks import TOUR_LOOKS, Look
from tests.browser.people import org
from tests.browser.states import STATES, full, pages_in, whole_pages
from tests.browser.tour import check_pages, common_checks, interaction_checks
from zsf_plugin.emulator import Emulator

pytestmark = pytest.mark.timeout(300)  # a tour runs every check on every page

NONE: Mapping[str, str] = {}


@contextmanager
def a_console(folder: pytest.TempPathFactory) -> Iterator[Console]:
    with Emulator(org()) as emulator, Console(folder.mktemp("console"), emulator) as console:
        yield console


def turns_of(state: str) -> Sequence[Sequence[Look]]:
    """Each page is seen in one look, which is another one in the next state. `python -m
    tests.browser` sees every page in four."""
    first = [*STATES].index(state) % len(TOUR_LOOKS)
    return [(look,) for look in TOUR_LOOKS[first:] + TOUR_LOOKS[:first]]


@pytest.mark.parametrize("state", STATES)
def test_every_page_is_accessible_and_well_ordered_and_keeps_secrets(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory, state: str
) -> None:
    """One test, so that only one process makes the tour."""
    with a_console(tmp_path_factory) as console:
        STATES[state](console)
        checks = common_checks(console, turns_of(state))
        assert check_pages(chromium, console, pages_in(state, console), checks) == NONE


def test_every_page_suits_keyboard_finger_and_browser_settings(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with a_console(tmp_path_factory) as console:
        full(console)
        assert check_pages(chromium, console, whole_pages(console), interaction_checks()) == NONE
