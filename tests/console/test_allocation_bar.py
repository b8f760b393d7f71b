"""The allocation bar shows every call once, in rank order, and never guesses."""

from __future__ import annotations

import pytest

from zsf_plugin.console.activity.allocation_bar import AllocationBar, allocation_bar
from zsf_plugin.decision.budget import next_throttled, shares, throttling
from zsf_plugin.model import Limits, Switches
from zsf_plugin.ports import Allocation, EntryCounts
from zsf_plugin.wiring.status import WorkspaceStatus

NOW = 1_790_000_000.0
SHIPPED = Limits()
OURS = {"badges": 2750, "purchases": 3020, "activities": 1960}


def bar(allocation: Allocation, limits: Limits = SHIPPED) -> AllocationBar:
    usage = (allocation.used, allocation.limit)
    return allocation_bar(
        WorkspaceStatus(
            workspace="default",
            counts=EntryCounts(),
            held=(),
            paused=None,
            allocation=allocation,
            throttled_until=throttling(*usage, allocation.seen_at, limits, NOW).until,
            shares=shares(limits),
            next_throttled=next_throttled(*usage, limits),
            connection=None,
            switches=Switches(),
        )
    )


def test_purposes_come_in_rank_order_then_other_apps_then_free_calls() -> None:
    made = bar(Allocation(14210, 20000, NOW, OURS))
    assert [(s.purpose, s.calls) for s in made.segments] == [
        ("purchases", 3020),
        ("activities", 1960),
        ("badges", 2750),
        ("others", 6480),
    ]
    assert (made.free, made.percent) == (5790, "71 %")


def test_segments_are_adjacent_and_end_at_the_used_share() -> None:
    segments = bar(Allocation(14210, 20000, NOW, OURS)).segments
    ends = [segment.start + segment.width for segment in segments]
    assert [segment.start for segment in segments[1:]] == ends[:-1]
    assert ends[-1] == pytest.approx(71.05)


def test_a_throttled_purpose_says_since_when() -> None:
    made = bar(Allocation(14210, 20000, NOW - 60, OURS))
    since = {segment.purpose: segment.throttled_since for segment in made.segments}
    assert since == {"purchases": None, "activities": NOW - 60, "badges": NOW - 60, "others": None}


def test_the_next_throttled_purpose_has_its_share_and_a_time_at_the_last_days_pace() -> None:
    throttled = bar(Allocation(14210, 20000, NOW, OURS)).next_throttled
    assert throttled is not None
    assert (throttled.purpose, throttled.percent) == ("purchases", "80 %")
    assert throttled.about == pytest.approx(NOW + 1790 / (14210 / 86400))


def test_throttling_that_is_more_than_a_day_away_has_no_time() -> None:
    throttled = bar(Allocation(100, 20000, NOW, {})).next_throttled
    assert throttled is not None
    assert (throttled.purpose, throttled.about) == ("badges", None)


def test_nothing_is_throttled_next_when_everything_is() -> None:
    assert bar(Allocation(19000, 20000, NOW, OURS)).next_throttled is None


def test_an_unknown_limit_has_our_calls_and_neither_marks_nor_shares() -> None:
    made = bar(Allocation(None, None, None, OURS))
    assert made.limit is None
    assert made.used == 7730
    assert made.marks == ()
    assert made.next_throttled is None


def test_upkeep_is_shown_if_there_was_any() -> None:
    made = bar(Allocation(100, 1000, NOW, {"upkeep": 4}))
    assert [(s.purpose, s.calls) for s in made.segments if s.calls] == [
        ("upkeep", 4),
        ("others", 96),
    ]


def test_our_unreported_calls_never_make_the_use_of_others_negative() -> None:
    made = bar(Allocation(10, 1000, NOW, {"purchases": 12}))
    assert (made.used, made.segments[-1].calls) == (12, 0)


def test_more_used_than_allowed_still_fits_the_bar() -> None:
    made = bar(Allocation(30000, 20000, NOW, OURS))
    assert made.free == 0
    assert sum(segment.width for segment in made.segments) == pytest.approx(100)


def test_marks_that_would_overlap_alternate_sides() -> None:
    assert [(m.percent, m.before) for m in bar(Allocation(1, 100, NOW, {})).marks] == [
        ("50 %", False),
        ("70 %", False),
        ("80 %", False),
    ]
    near = bar(Allocation(1, 100, NOW, {}), Limits(0.8, 0.76, 0.5)).marks
    assert [m.before for m in near] == [False, True, False]


def test_purposes_with_the_same_share_have_one_mark() -> None:
    marks = bar(Allocation(1, 100, NOW, {}), Limits(0.8, 0.8, 0.8)).marks
    assert [(m.percent, m.words) for m in marks] == [("80 %", "all pause")]


def test_the_bar_has_a_text_alternative() -> None:
    assert bar(Allocation(14210, 20000, NOW, OURS)).spoken == (
        "14,210 of 20,000 calls used: 3,020 purchases, 1,960 activities, 2,750 badges, 6,480 other apps in the org; 5,790 free"
    )
