"""A tour through the pages of a console: each is opened once, and asked everything that every page
is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from playwright.sync_api import Browser, Page

from tests.browser import eyes
from tests.browser.access import findings, findings_in_all_looks
from tests.browser.guard import Guard
from tests.browser.looks import WIDE
from tests.browser.scene import WORKSPACE, Console
from tests.browser.states import visit
from tests.console.page_checks import canaries_in, inline
from tests.console.walk import Address

#: A question to a page: its complaints.
Question = Callable[[Page], list[str]]


def everywhere(console: Console) -> Mapping[str, Question]:
    """What is asked in every state."""
    secrets = secrets_of(console)
    return {
        "secrets": lambda page: [
            f"shows {secret}" for secret in canaries_in(page.content(), secrets)
        ],
        "inline": lambda page: inline(page.content()),
        "order": eyes.out_of_order,
        "axe": findings_in_all_looks,
        "sideways": eyes.sticks_out,
    }


def by_hand() -> Mapping[str, Question]:
    """What is asked where there is most to use."""
    return {
        "keyboard": eyes.lost_to_the_keyboard,
        "motion": eyes.moves,
        "forced colours": _in_forced_colours,
        "pointer": lambda page: eyes.too_small(page, 1440, 24),
        "finger": lambda page: eyes.too_small(page, 360, 40),
    }


def tour(
    browser: Browser, console: Console, pages: Iterable[Address], questions: Mapping[str, Question]
) -> dict[str, str]:
    """Open each page once, and ask. Complaints by what was asked, a line each; beside the
    questions, what the `browser` said aside, and secrets in `addresses`."""
    width, height = WIDE
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    eyes.open_eyes(context)
    guard, page, asked = Guard(context, (console.emulator.url,)), context.new_page(), list[str]()
    guard.allow("status of (404|409|503)")
    page.on("request", lambda one: asked.append(one.url))
    found: dict[str, list[str]] = {name: [] for name in questions}
    for one in pages:
        page.set_viewport_size({"width": width, "height": height})
        visit(page, console, one)
        for name, question in questions.items():
            found[name] += [f"{one.path}: {words}" for words in question(page)]
    found["browser"] = guard.complaints()
    secrets = secrets_of(console)
    found["addresses"] = [
        f"{url} has {secret}" for url in asked for secret in canaries_in(url, secrets)
    ]
    context.close()
    return {name: "\n".join(complaints) for name, complaints in found.items() if complaints}


def _in_forced_colours(page: Page) -> list[str]:
    page.emulate_media(forced_colors="active")
    found = findings(page)
    page.emulate_media(forced_colors="none")
    return found


def secrets_of(console: Console) -> tuple[str, ...]:
    """Canaries of messages, tokens of the connection, and the key that sessions rest on."""
    tokens = console.application.store.tokens(WORKSPACE)
    of_tokens = (
        () if tokens is None else tuple(one for one in (tokens.access, tokens.refresh) if one)
    )
    return (
        "SUBJECT_CANARY",
        "CONTENT_CANARY",
        *of_tokens,
        console.parts.cipher.session_key().hex(),
    )
