"""What of an event may be kept: skipped by a switch with its code, or stripped of its text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.events import prospect, purchase, touchpoint
from zsf_plugin.decision.admit import Admission, admit, without_text
from zsf_plugin.model import Rules, Switches

ALL_ON = Rules(switches=Switches(include_contents=True))


def with_switches(**switches: bool) -> Rules:
    return Rules(switches=replace(Switches(include_contents=True), **switches))


def test_an_event_is_kept_as_it_is_where_every_switch_is_on() -> None:
    for event in (purchase(prospect(1)), touchpoint(prospect(1))):
        assert admit(event, ALL_ON) == Admission(event)


@pytest.mark.parametrize("contents", [True, False])
def test_each_kind_of_event_has_its_switch(contents: bool) -> None:
    bought, sent = purchase(prospect(1)), touchpoint(prospect(1))
    no_prospects = with_switches(sync_prospects=False, include_contents=contents)
    no_activities = with_switches(sync_activities=False, include_contents=contents)
    assert admit(bought, no_prospects).skipped == "prospects_off"
    assert admit(sent, no_activities) == Admission(sent, "activities_off")
    assert admit(bought, no_activities).skipped is None
    assert admit(sent, no_prospects).skipped is None


def test_contents_off_keeps_only_the_known_keys_that_hold_no_text() -> None:
    sent = touchpoint(prospect(1), sent_at="2026-11-01T10:00:00Z", note="CANARY", url="https://x.example")  # fmt: skip
    kept = admit(sent, with_switches(include_contents=False)).event.payload["touchpoint"]
    assert kept == {
        "id": "t1",
        "channel": "email",
        "step": 1,
        "sent_at": "2026-11-01T10:00:00Z",
        "url": "https://x.example",
    }


def test_taking_the_text_out_twice_is_taking_it_out_once() -> None:
    once = without_text(touchpoint(prospect(1)))
    assert without_text(once) == once


def test_an_event_without_a_touchpoint_stays_as_it_is() -> None:
    event = purchase(prospect(1))
    assert without_text(event) is event
