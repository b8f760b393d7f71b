"""Every page in every state: what axe-core finds, sideways scrolling, keyboard, motion, forced colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import pytest
from playwright.sync_api import Page

from tests.browser.access import findings, findings_in_all_looks
from tests.browser.guard import Guard
from tests.browser.people import org
from tests.browser.scene import Console
from tests.browser.states import STATES, full, pages_in, visit, whole_pages
from tests.console.walk import Address
from zsf_plugin.emulator import OrgSpec

#: A telephone, a small one, and where the layout changes.
_WIDTHS = (1440, 1101, 1100, 641, 640, 360, 320)
_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
  const style = getComputedStyle(one);
  const longest = (words) => Math.max(...words.split(",").map(parseFloat));
  return longest(style.transitionDuration) > 0.001 || (style.animationName !== "none" && longest(style.animationDuration) > 0.001);
}).map((one) => one.outerHTML.slice(0, 100))"""
#: What can be used, is shown, and is not one of a group that is one stop of the keyboard.
_USABLE = """() => {
  window.usable = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((one) =>
    one.checkVisibility({visibilityProperty: true}) && one.getClientRects().length && !one.disabled && one.type !== "hidden"
    && one.tabIndex >= 0 && !(one.type === "radio" && !one.checked && [...document.getElementsByName(one.name)].some((other) => other.form === one.form)));
  return usable.length;
}"""
_FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body) return {body: true, at: -1, seen: true, shown: true, html: ""};
  const style = (part) => part && getComputedStyle(part);
  const seen = [one, one.nextElementSibling, one.parentElement, one.closest("label")].some((part) => part &&
    ((style(part).outlineStyle !== "none" && parseFloat(style(part).outlineWidth) > 0) || style(part).boxShadow !== "none"));
  const box = one.getBoundingClientRect();
  const shown = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {body: false, at: usable.indexOf(one), seen, shown, html: one.outerHTML.slice(0, 120)};
}"""
#: Each is aimed at beside its middle: what is hit there has to be it, or what belongs to it.
_SMALL = """(least) => {
  const all = "button, select, summary, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), .button";
  const hits = (one, x, y) => { const met = document.elementFromPoint(x, y); return met && (one.contains(met) || met.contains(one) && met.matches("label, button, a")); };
  return [...document.querySelectorAll(all)].filter((one) => !one.closest('[aria-hidden=true]') && one.checkVisibility({visibilityProperty: true}) && one.getClientRects().length).filter((one) => {
    one.scrollIntoView({block: "center", inline: "center"});
    const box = one.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2, far = least / 2 - 1;
    if (box.width < 2 || box.height < 2) return false;
    return (box.height < least && !(hits(one, x, y - far) && hits(one, x, y + far))) || (box.width < least && !(hits(one, x - far, y) && hits(one, x + far, y)));
  }).map((one) => `${Math.round(one.getBoundingClientRect().width)} × ${Math.round(one.getBoundingClientRect().height)}: ${one.outerHTML.slice(0, 100)}`);
}"""
_MOST_STOPS = 500


@dataclass(frozen=True, slots=True)
class Scene:
    """A console, and the pages to look at."""

    console: Console
    pages: list[Address]


@pytest.fixture
def org_spec() -> OrgSpec:
    return org()


@pytest.fixture(params=STATES)
def scene(request: pytest.FixtureRequest, console: Console, guard: Guard) -> Scene:
    """The console in one of its states, and what is looked at in it."""
    STATES[request.param](console)
    guard.allow("status of (404|503)")
    return Scene(console, pages_in(request.param, console))


@pytest.fixture
def busy(console: Console, guard: Guard) -> Console:
    """The console after two weeks."""
    full(console)
    guard.allow("status of 404")
    return console


def test_axe_finds_nothing_serious_on_any_page_in_any_look(page: Page, scene: Scene) -> None:
    found = []
    for one in scene.pages:
        visit(page, scene.console, one)
        found += [f"{one.path} {words}" for words in findings_in_all_looks(page)]
    assert not found, "\n".join(found)


def test_no_page_scrolls_sideways(page: Page, scene: Scene) -> None:
    too_wide = []
    for one in scene.pages:
        visit(page, scene.console, one)
        too_wide += [f"{one.path} {words}" for words in map(partial(too_wide_at, page), _WIDTHS) if words]
    assert not too_wide, "\n".join(too_wide)


def too_wide_at(page: Page, width: int) -> str:
    """What sticks out of a window of that width."""
    page.set_viewport_size({"width": width, "height": 780})
    over = page.evaluate(_WIDE)
    return f"is {over} px too wide for {width}: {page.evaluate(_WIDEST)}" if over > 0 else ""


_WIDEST = """() => [...document.querySelectorAll("main *, header *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1
  && !one.closest(".tabs")).slice(-3).map((one) => one.outerHTML.slice(0, 100)).join(" | ")"""


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, busy: Console) -> None:
    complaints = []
    for one in whole_pages(busy):
        visit(page, busy, one)
        complaints += [f"{one.path}: {words}" for words in walked_by_tab(page)]
    assert not complaints, "\n".join(complaints)


def walked_by_tab(page: Page) -> list[str]:
    """Press Tab until it has come round; what was not reached, or not seen to be."""
    missing = set(range(page.evaluate(_USABLE)))
    complaints = []
    rounds = 0
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        now = page.evaluate(_FOCUSED)
        rounds += now["body"]
        if rounds > 1 or (now["at"] >= 0 and now["at"] not in missing):
            break
        missing.discard(now["at"])
        complaints += [f"focus is not seen on {now['html']}"] * (not now["seen"])
        complaints += [f"focus is off the screen on {now['html']}"] * (not now["shown"])
    names = page.evaluate("(all) => all.map((at) => usable[at].outerHTML.slice(0, 120))", sorted(missing))
    return [*complaints, *(f"the keyboard does not reach {name}" for name in names)]


def test_nothing_moves_for_those_who_asked_for_that(page: Page, busy: Console) -> None:
    page.emulate_media(reduced_motion="reduce")
    moving = []
    for one in whole_pages(busy):
        visit(page, busy, one)
        moving += [f"{one.path}: {html}" for html in page.evaluate(_MOVING)]
    assert not moving, "\n".join(moving)


def test_pages_stand_forced_colours(page: Page, busy: Console) -> None:
    page.emulate_media(forced_colors="active")
    found = []
    for one in whole_pages(busy):
        visit(page, busy, one)
        found += [f"{one.path}: {words}" for words in findings(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("width", "least"), [(1440, 24), (360, 40)])
def test_nothing_is_too_small_to_hit(page: Page, busy: Console, width: int, least: int) -> None:
    page.set_viewport_size({"width": width, "height": 780})
    small = []
    for one in whole_pages(busy):
        visit(page, busy, one)
        small += [f"{one.path}: {words}" for words in page.evaluate(_SMALL, least)]
    assert not small, "\n".join(small)


def test_every_page_reads_in_order(page: Page, scene: Scene) -> None:
    wrong = []
    for one in scene.pages:
        visit(page, scene.console, one)
        wrong += [f"{one.path}: {words}" for words in reading_order(page)]
    assert not wrong, "\n".join(wrong)


def reading_order(page: Page) -> list[str]:
    """One heading of the page, and none that skips a level."""
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter((one) => one.checkVisibility()).map((one) => +one.tagName[1])"
    )
    found = [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of the page"]
    found += [f"a heading of level {low} follows one of {high}" for high, low in pairwise(levels) if low > high + 1]
    return found + ([] if page.title() else ["no title"])
