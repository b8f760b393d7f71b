"""Every page in every state: what axe-core finds, sideways scrolling, order, keyboard, motion,
colours, sizes, secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

from tests.browser.people import org
from tests.browser.scene import Console
from tests.browser.states import STATES, full, pages_in, whole_pages
from tests.browser.tour import by_hand, everywhere, tour
from zsf_plugin.emulator import Emulator

pytestmark = pytest.mark.timeout(300)  # a tour asks every page everything

NONE: Mapping[str, str] = {}


@contextmanager
def a_console(folder: pytest.TempPathFactory) -> Iterator[Console]:
    with Emulator(org()) as emulator, Console(folder.mktemp("console"), emulator) as console:
        yield console


@pytest.mark.parametrize("state", STATES)
def test_every_page_is_accessible_in_order_and_keeps_secrets(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory, state: str
) -> None:
    """One tour answers it all: shared by several tests, two processes would each make it."""
    with a_console(tmp_path_factory) as console:
        STATES[state](console)
        assert tour(chromium, console, pages_in(state, console), everywhere(console)) == NONE


def test_every_page_is_fit_for_keyboard_finger_and_a_persons_own_settings(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Where there is most to use."""
    with a_console(tmp_path_factory) as console:
        full(console)
        assert tour(chromium, console, whole_pages(console), by_hand()) == NONE
