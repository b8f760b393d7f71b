"""axe-core in the page: the accessibility faults that a program can find."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.looks import LOOKS, TWO_LOOKS, Look, looks
from tests.real_clients.node import install

HERE = Path(__file__).parent
_REPORTED_IMPACTS = ("serious", "critical")
_MAX_PLACES = 5


def assert_accessible(page: Page) -> None:
    """The page has no serious or critical finding of axe-core."""
    found = findings(page)
    assert not found, "\n".join([f"{page.url} is not accessible:", *found])


def assert_accessible_in_two_looks(page: Page) -> None:
    """Nor at the other width in the other colour scheme. `python -m tests.browser` has all four."""
    found = findings_in_looks(page, TWO_LOOKS)
    assert not found, "\n".join([f"{page.url} is not accessible:", *found])


def findings_in_looks(page: Page, chosen: Sequence[Look] = LOOKS) -> list[str]:
    """Each finding once, with the looks, or the chosen ones, in which it was found."""
    found: dict[str, list[str]] = {}
    for look in looks(page, chosen):
        for words in findings(page):
            found.setdefault(words, []).append(look.name)
    return [f"[{', '.join(names)}] {words}" for words, names in found.items()]


def findings(page: Page) -> list[str]:
    """Serious and critical findings, each in a line or two. Checked twice, since a part of the page
    is dimmed while it is fetched."""
    return _reported(page) and _reported(page)


def _reported(page: Page) -> list[str]:
    expect(page.locator(".htmx-request")).to_have_count(0)
    _inject(page)
    answer = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    return [_described(one) for one in answer if one["impact"] in _REPORTED_IMPACTS]


def _described(finding: dict[str, Any]) -> str:
    places = [
        f"    {' '.join(map(str, node['target']))}: {node['html'][:160]}"
        for node in finding["nodes"]
    ]
    more = [f"    and {len(places) - _MAX_PLACES} more"] if len(places) > _MAX_PLACES else []
    why = finding["nodes"][0].get("failureSummary", "").replace("\n", " ")
    return "\n".join(
        [
            f"{finding['impact']}: {finding['id']}: {finding['help']}. {why}",
            *places[:_MAX_PLACES],
            *more,
        ]
    )


def _inject(page: Page) -> None:
    """Add axe by the browser's debugger, which a strict content security policy allows; once per
    document."""
    if page.evaluate("typeof axe === 'object'"):
        return
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": _source(), "allowUnsafeEvalBlockedByCSP": True})
    session.detach()


@lru_cache(maxsize=1)
def _source() -> str:
    install(HERE, "tests of accessibility")
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text(
        encoding="utf-8"
    ) + "\n;null"
