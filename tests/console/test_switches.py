"""Each state of a switch, in the words of the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zsf_plugin.console.configuration.switches import (
    NAMES,
    Name,
    Pause,
    Switch,
    not_started,
    switch_of,
)
from zsf_plugin.console.presenters.deciders import Decider
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.model import (
    Availability,
    AvailabilityCode,
    Connection,
    JsonObject,
    Layer,
    Rule,
    Switches,
)
from zsf_plugin.ports import Allocation, EntryCounts, HistoryLine
from zsf_plugin.wiring.status import WorkspaceStatus

NOW = 1_790_000_000.0
SHIPPED = Rule(
    "shipped/10.toml",
    "shipped",
    {"switches": {"sync_prospects": True, "sync_activities": True, "include_contents": False}},
)
CONNECTION = Connection(
    "acme",
    "00D1",
    "0051",
    "ada@acme.example",
    "production",
    "",
    "",
    "client",
    False,
    "68.0",
    NOW - 60,
)
GERMANY_AND_FRANCE = (
    "prospect.location.country_code == 'DE' || prospect.location.country_code == 'FR'"
)


def status(**changes: object) -> WorkspaceStatus:
    """A syncing workspace with 412 waiting entries."""
    plain = WorkspaceStatus(
        workspace="acme",
        counts=EntryCounts(pending=410, writing=2),
        held=(),
        paused=None,
        allocation=Allocation(),
        throttled_until={},
        shares={},
        next_throttled=None,
        connection=CONNECTION,
        switches=Switches(),
    )
    return replace(plain, **changes)


def rule(file: str, layer: Layer, when: str | None = None, **switches: bool) -> Rule:
    return Rule(file, layer, {"switches": dict(switches)}, when)


def flipped(name: Name, now: bool, by: str | None = "Amaïa Etxeberria-Lindqvist") -> HistoryLine:
    detail: JsonObject = {"switch": name, "was": not now, "now": now, "version": 1}
    return HistoryLine(NOW - 3600, "switch", by, detail)


def switch(
    name: Name,
    *rules: Rule,
    history: tuple[HistoryLine, ...] = (),
    status: WorkspaceStatus | None = None,
) -> Switch:
    return switch_of(name, [SHIPPED, *rules], status or _STATUS, history)


_STATUS = status()


def words(sentence: RichText) -> str:
    """The sentence as text, with times in seconds from now."""
    return "".join(f"[{part.at - NOW:+.0f}]" if isinstance(part, At) else part for part in sentence)


def pause(switch: Switch) -> str:
    return paused_words(switch.pause)


def why_not_started(status: WorkspaceStatus) -> str:
    return paused_words(not_started(status))


def paused_words(pause: Pause | None) -> str:
    assert pause is not None
    head, text = pause
    return f"{words(head)} {words(text)}"


def test_an_untouched_switch_has_its_default() -> None:
    stands = {name: (switch(name).on, words(switch(name).since)) for name in NAMES}
    assert stands == {
        "sync_prospects": (True, "On by default"),
        "sync_activities": (True, "On by default"),
        "include_contents": (False, "Off by default"),
    }


def test_each_switch_describes_its_current_state() -> None:
    assert switch("sync_prospects").about == (
        "Purchased prospects are matched in Salesforce, then linked or created."
    )
    assert (
        switch("sync_activities").about
        == "Sent e-mails and LinkedIn touchpoints appear as completed activities."
    )
    assert (
        switch("include_contents").about
        == "Activities show that a message was sent, without its text."
    )
    on = switch("include_contents", rule("console", "console", include_contents=True))
    assert on.about == "Activities include the message text."


def test_a_switch_that_is_on_says_since_when_and_by_whom() -> None:
    one = switch(
        "sync_activities",
        rule("console", "console", sync_activities=True),
        history=(flipped("sync_activities", True),),
    )
    assert (one.on, words(one.since)) == (True, "On since [-3600], by Amaïa Etxeberria-Lindqvist")


def test_a_switch_that_is_off_says_that_new_events_are_skipped() -> None:
    off = rule("console", "console", sync_prospects=False, sync_activities=False)
    prospects = switch("sync_prospects", off, history=(flipped("sync_prospects", False, by=None),))
    assert (prospects.on, words(prospects.since)) == (False, "Off since [-3600]")
    assert prospects.forgoes == "Prospects purchased while this is off are skipped for good."
    activities = switch("sync_activities", off)
    assert activities.forgoes == "Activities are skipped for good while this is off."
    assert switch("include_contents", off).forgoes == (
        "Contents are not stored while this is off: messages sent meanwhile never get their text."
    )


def test_a_reverted_change_is_not_shown_as_the_last_one() -> None:
    one = switch(
        "sync_activities",
        rule("console", "console", sync_activities=True),
        history=(flipped("sync_activities", False),),
    )
    assert words(one.since) == "On, set here"


def test_the_last_change_is_that_of_the_same_switch() -> None:
    history = (
        flipped("sync_activities", False, by="Jörg"),
        flipped("sync_prospects", True, by="Ada"),
    )
    assert words(switch("sync_prospects", history=history).since) == "On since [-3600], by Ada"


@pytest.mark.parametrize("on", [True, False])
def test_a_file_that_sets_it_for_everyone_locks_it(on: bool) -> None:
    one = switch(
        "sync_activities",
        rule("console", "console", sync_activities=not on),
        rule("rules/10-eu.toml", "config", sync_activities=on),
    )
    assert (one.on, one.locked_by) == (on, "rules/10-eu.toml")


def test_a_file_that_sets_it_for_some_leaves_it_unlocked_and_is_named() -> None:
    one = switch(
        "sync_prospects",
        rule("rules/10-eu.toml", "config", GERMANY_AND_FRANCE, sync_prospects=False),
    )
    assert (one.on, one.locked_by) == (True, None)
    assert one.some == (Decider("10-eu.toml turns this off for DE and FR."),)


def test_an_activity_pause_says_why_what_waits_and_when_it_is_checked_again() -> None:
    reported = Allocation(used=14_000, limit=20_000, seen_at=NOW - 300)
    throttled = status(allocation=reported, throttled_until={"activities": NOW + 600})
    assert pause(switch("sync_activities", status=throttled)) == (
        "Paused since [-300]. The org has used 70 % of today’s API calls; the rest is reserved for "
        "purchases. 412 entries wait. Continues automatically at about [+600]."
    )
    assert switch("sync_prospects", status=throttled).pause is None


def test_when_purchases_are_throttled_the_remaining_calls_are_reserved() -> None:
    reported = Allocation(used=16_000, limit=20_000, seen_at=NOW)
    throttled = status(
        allocation=reported, throttled_until={"purchases": NOW + 9, "activities": NOW + 9}
    )
    for name in ("sync_prospects", "sync_activities"):
        assert "80 % of today’s API calls; the rest is reserved for others." in pause(
            switch(name, status=throttled)
        )


@pytest.mark.parametrize("code", ["quota", "unavailable", "reconnect"])
def test_a_paused_workspace_pauses_both_and_leaves_the_reason_to_the_page(
    code: AvailabilityCode,
) -> None:
    paused = status(paused=Availability(code, "", NOW - 60, NOW + 3600))
    for name in ("sync_prospects", "sync_activities"):
        one = switch(name, status=paused)
        assert (one.is_paused, one.pause) == (True, None)


def test_a_paused_workspace_never_pauses_the_contents() -> None:
    paused = status(paused=Availability("quota", "", NOW - 60, NOW + 3600))
    on = rule("console", "console", include_contents=True)
    assert not switch("include_contents", on, status=paused).is_paused


def test_before_the_first_preview_nothing_is_sent_and_the_switch_keeps_its_setting() -> None:
    previewing = status(
        connection=replace(CONNECTION, state="previewing"), counts=EntryCounts(pending=214)
    )
    one = switch("sync_prospects", status=previewing)
    assert (one.on, one.is_paused) == (True, True)
    assert why_not_started(previewing) == (
        "Nothing has been sent since [-60]. Syncing starts when you have seen a preview and "
        "decided on the 214 waiting entries."
    )
    nothing = replace(previewing, counts=EntryCounts())
    assert why_not_started(nothing).endswith("seen a preview and pressed Start syncing.")


def test_without_a_connection_nothing_is_sent_yet() -> None:
    unconnected = status(connection=None, counts=EntryCounts(pending=1))
    assert switch("sync_prospects", status=unconnected).is_paused
    assert why_not_started(unconnected) == (
        "Nothing is sent yet. 1 entry waits for a connection to Salesforce."
    )


def test_a_syncing_workspace_has_started() -> None:
    assert not_started(_STATUS) is None


def test_a_switch_that_is_off_is_not_also_paused() -> None:
    off = rule("console", "console", sync_prospects=False)
    assert switch("sync_prospects", off, status=status(connection=None)).is_paused is False
