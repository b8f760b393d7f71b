"""What an event costs: a bound before anybody looked, a count after."""

from __future__ import annotations

import pytest

from tests.fakes.events import plan, prospect, purchase, touchpoint
from zsf_plugin.explain.cost import Cost, bound, counted
from zsf_plugin.model import Link, Plan

BOUGHT = plan(purchase(prospect(1)))
SENT = plan(touchpoint(prospect(1), "t1"))


def person(digest: str) -> Link:
    return Link("prospect", "p1", "Lead", "00Q", {}, digest)


@pytest.mark.parametrize(
    ("asked", "link", "at_most"),
    [
        (BOUGHT, None, 3),
        (BOUGHT, person(""), 3),
        (BOUGHT, person(f"other:{BOUGHT.digest}"), 3),
        (BOUGHT, person(BOUGHT.digest), 0),
        (BOUGHT, person(f"{BOUGHT.digest}:describe"), 0),
        (SENT, None, 4),
        (SENT, person(SENT.digest), 4),
        (SENT, Link("touchpoint", "t1", "Task", "00T", {}), 0),
    ],
)
def test_nothing_is_spent_on_what_was_left_done_and_unchanged(
    asked: Plan, link: Link | None, at_most: int
) -> None:
    links = {link.key: link} if link is not None else {}
    assert bound(asked, links) == Cost(None, None, at_most)


def test_after_looking_the_cost_is_what_looking_took_and_what_writing_takes() -> None:
    assert counted(2, 1) == Cost(looked=2, to_write=1, at_most=3)
