"""A tour of a console's pages: opens each page once and runs all checks on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import cycle

from playwright.sync_api import Browser, Page

from tests.browser import layout_checks
from tests.browser.access import findings, findings_in_looks
from tests.browser.console import WORKSPACE, Console
from tests.browser.guard import Guard
from tests.browser.looks import WIDE, Look
from tests.browser.states import visit
from tests.console.page_checks import canaries_in, inline
from tests.console.walk import Address

#: Returns the faults of a page.
Check = Callable[[Page], list[str]]


def common_checks(console: Console, turns: Sequence[Sequence[Look]]) -> Mapping[str, Check]:
    """The checks for every state. The pages take turns with the looks in which axe sees them."""
    secrets, turn = secrets_of(console), cycle(turns)
    return {
        "secrets": lambda page: [
            f"shows {secret}" for secret in canaries_in(page.content(), secrets)
        ],
        "inline": lambda page: inline(page.content()),
        "order": layout_checks.heading_faults,
        "axe": lambda page: findings_in_looks(page, next(turn)),
        "sideways": layout_checks.overflowing,
    }


def interaction_checks() -> Mapping[str, Check]:
    """The checks for a full console: keyboard, motion, colours, sizes."""
    return {
        "keyboard": layout_checks.keyboard_faults,
        "motion": layout_checks.animations,
        "forced colours": _in_forced_colours,
        "pointer": lambda page: layout_checks.small_targets(page, 1440, 24),
        "finger": lambda page: layout_checks.small_targets(page, 360, 40),
    }


def check_pages(
    browser: Browser, console: Console, pages: Iterable[Address], checks: Mapping[str, Check]
) -> dict[str, str]:
    """Open each page once and run the checks. Returns the faults by the name of the check, a line
    each; also errors that the `browser` reported, and secrets in `addresses`."""
    width, height = WIDE
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    layout_checks.install(context)
    guard, page, urls = Guard(context, (console.emulator.url,)), context.new_page(), list[str]()
    guard.allow("status of (404|409|503)")
    page.on("request", lambda one: urls.append(one.url))
    found: dict[str, list[str]] = {name: [] for name in checks}
    for one in pages:
        page.set_viewport_size({"width": width, "height": height})
        visit(page, console, one)
        for name, check in checks.items():
            found[name] += [f"{one.path}: {words}" for words in check(page)]
    found["browser"] = guard.complaints()
    secrets = secrets_of(console)
    found["addresses"] = [
        f"{url} has {secret}" for url in urls for secret in canaries_in(url, secrets)
    ]
    context.close()
    return {name: "\n".join(complaints) for name, complaints in found.items() if complaints}


def _in_forced_colours(page: Page) -> list[str]:
    page.emulate_media(forced_colors="active")
    found = findings(page)
    page.emulate_media(forced_colors="none")
    return found


def secrets_of(console: Console) -> tuple[str, ...]:
    """Canaries of messages, tokens of the connection, and the session key."""
    tokens = console.application.store.tokens(WORKSPACE)
    of_tokens = (
        () if tokens is None else tuple(one for one in (tokens.access, tokens.refresh) if one)
    )
    return (
        "SUBJECT_CANARY",
        "CONTENT_CANARY",
        *of_tokens,
        console.parts.cipher.session_keys()[0].hex(),
    )
