"""What operators hear of: each incident once, and once more when it is over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.messages.alerts import ALERT_WORDS
from zsf_plugin.ports import EntryCounts, WorkspaceOverview
from zsf_plugin.sync.alerts import (
    PAUSE_DELAY_S,
    Incident,
    Incidents,
    happening,
    incidents_detail,
    incidents_in,
    message,
    message_id,
    needs_last_pause,
    next_incidents,
)

NOW = 1_790_000_000.0


def overview(
    state: str | None = "connected",
    held: int = 0,
    pause: str | None = None,
    waited_s: float | None = None,
) -> WorkspaceOverview:
    since = None if waited_s is None else NOW - waited_s
    return WorkspaceOverview("acme", EntryCounts(held=held), since, state, "00D", pause, None)


@pytest.mark.parametrize(
    ("one", "kinds"),
    [
        (overview(), set()),
        (overview(None), set()),
        (overview("previewing", waited_s=9e9), set()),
        (overview("reconnect"), {"sign_in_ended"}),
        (overview(held=9), set()),
        (overview(held=10), {"entries_held"}),
        (overview(pause="quota", waited_s=PAUSE_DELAY_S), {"sync_paused"}),
        (overview(pause="unavailable", waited_s=PAUSE_DELAY_S - 1), set()),
        (overview(pause="quota"), set()),
        (overview(waited_s=9e9), set()),
        (overview("reconnect", 10, "quota", 9e9), {"sign_in_ended", "entries_held"}),
    ],
)
def test_what_needs_a_person_is_an_incident(one: WorkspaceOverview, kinds: set[str]) -> None:
    assert happening(one, (), 10, NOW) == kinds


def test_a_reported_number_of_held_entries_is_over_at_half_of_it() -> None:
    known = (Incident("entries_held", NOW, is_delivered=True),)
    assert happening(overview(held=5), known, 10, NOW) == {"entries_held"}
    assert happening(overview(held=4), known, 10, NOW) == set()
    assert happening(overview(held=0), known, 1, NOW) == set()


PAUSED = (Incident("sync_paused", NOW - 60, is_delivered=True),)


@pytest.mark.parametrize(
    ("one", "lasts"),
    [
        (overview(pause="quota", waited_s=9e9), True),
        (overview(pause="quota"), True),
        (overview(waited_s=9e9), False),
        (overview(), False),
        (overview("reconnect", waited_s=9e9), True),
        (overview("previewing"), True),
        (overview(None, waited_s=9e9), False),
    ],
)
def test_a_reported_pause_is_over_only_where_something_can_be_sent(
    one: WorkspaceOverview, lasts: bool
) -> None:
    assert ("sync_paused" in happening(one, PAUSED, 10, NOW)) is lasts


@pytest.mark.parametrize(
    ("one", "may_be"),
    [
        (overview(waited_s=PAUSE_DELAY_S), True),
        (overview(waited_s=PAUSE_DELAY_S - 1), False),
        (overview(), False),
        (overview(pause="quota", waited_s=9e9), False),
        (overview("reconnect", waited_s=9e9), False),
    ],
)
def test_the_last_pause_matters_where_an_entry_waits_long_without_one(
    one: WorkspaceOverview, may_be: bool
) -> None:
    assert needs_last_pause(one, NOW) is may_be


@pytest.mark.parametrize("kind", ["sign_in_ended", "sync_paused"])
def test_whoever_is_disconnected_does_not_read_that_it_works_again(kind: str) -> None:
    incident = Incident(kind, NOW, is_resolved=True)  # type: ignore[arg-type]
    said = repr(message(overview(None, waited_s=60.0), incident)["data"])
    assert "was disconnected" in said
    assert "again (acme)" not in said


def delivered(incidents: Incidents) -> Incidents:
    return tuple(Incident(one.kind, one.since, one.is_resolved, True) for one in incidents)


@given(looks=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_whoever_can_be_reached_always_knows_the_present_state_and_hears_nothing_twice(
    looks: list[tuple[bool, bool]],
) -> None:
    """Each look says whether it is happening, and whether the receiver answers then."""
    known: Incidents = ()
    received: list[str] = []
    is_known = False
    for number, (is_so, answers) in enumerate(looks):
        known = next_incidents(known, {"sign_in_ended"} if is_so else set(), NOW + number)
        new = [one for one in known if not one.is_delivered]
        if answers:
            received += [message_id("acme", one) for one in new]
            is_known = not new[0].is_resolved if new else is_known
            known = delivered(known)
            assert is_known == is_so
    assert len({*received}) == len(received)


def test_a_message_that_is_sent_again_has_the_same_id_and_another_has_another() -> None:
    raised = Incident("sign_in_ended", NOW)
    (again,) = next_incidents((raised,), {"sign_in_ended"}, NOW + 60)
    assert message_id("acme", again) == message_id("acme", raised)
    (over,) = next_incidents((raised,), set(), NOW + 60)
    ids = [message_id("acme", raised), message_id("acme", over), message_id("beta", raised)]
    assert len({*ids}) == 3


def test_incidents_are_stored_whole() -> None:
    known = (Incident("sign_in_ended", NOW), Incident("sync_paused", NOW, True, True))
    assert incidents_in(incidents_detail(known)) == known
    assert incidents_in({}) == ()


@pytest.mark.parametrize("kind", ALERT_WORDS)
@pytest.mark.parametrize("is_resolved", [False, True])
def test_a_message_has_a_subject_and_a_text_for_an_email(kind: str, is_resolved: bool) -> None:
    incident = Incident(kind, NOW, is_resolved)  # type: ignore[arg-type]
    body = message(overview("connected", 12, "quota", 1.0), incident)
    assert body["type"] == f"zsf.{kind}.{'resolved' if is_resolved else 'raised'}"
    data = body["data"]
    assert isinstance(data, dict)
    email = data["email"]
    assert isinstance(email, dict)
    assert "acme" in str(email["subject"])
    assert "\n" not in str(email["subject"])
    assert "acme" in str(email["text"])
    assert "{" not in f"{email['subject']}{email['text']}"
