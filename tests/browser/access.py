"""axe-core in the page: what a machine can find of a page's accessibility. A person has to look for
the rest."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.looks import looks
from tests.real_clients.node import install

HERE = Path(__file__).parent
_GRAVE = ("serious", "critical")
_SHOWN = 5


def assert_accessible(page: Page) -> None:
    """The page as it stands has no serious or critical finding of axe-core."""
    found = findings(page)
    assert not found, "\n".join([f"{page.url} is not accessible:", *found])


def assert_accessible_in_all_looks(page: Page) -> None:
    """The same at both widths, light and dark."""
    found = findings_in_all_looks(page)
    assert not found, "\n".join([f"{page.url} is not accessible:", *found])


def findings_in_all_looks(page: Page) -> list[str]:
    """Each finding once, with the looks it was found in."""
    found: dict[str, list[str]] = {}
    for look in looks(page):
        for words in findings(page):
            found.setdefault(words, []).append(look.name)
    return [f"[{', '.join(names)}] {words}" for words, names in found.items()]


def findings(page: Page) -> list[str]:
    """Serious and critical findings, each in a line or two. What is dimmed while it is fetched is
    looked at again."""
    return _found(page) and _found(page)


def _found(page: Page) -> list[str]:
    expect(page.locator(".htmx-request")).to_have_count(0)
    _inject(page)
    answer = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    return [_words(one) for one in answer if one["impact"] in _GRAVE]


def _words(finding: dict[str, Any]) -> str:
    places = [
        f"    {' '.join(map(str, node['target']))}: {node['html'][:160]}"
        for node in finding["nodes"]
    ]
    more = [f"    and {len(places) - _SHOWN} more"] if len(places) > _SHOWN else []
    why = finding["nodes"][0].get("failureSummary", "").replace("\n", " ")
    return "\n".join(
        [f"{finding['impact']}: {finding['id']}: {finding['help']}. {why}", *places[:_SHOWN], *more]
    )


def _inject(page: Page) -> None:
    """By the browser's debugger, which a strict content security policy lets through; once a
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
