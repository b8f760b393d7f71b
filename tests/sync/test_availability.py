"""Whether an org may be called now: each reason once, with its code, and what an error pauses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.org import facts
from zsf_plugin.errors import NotSent, OtherOrg, QuotaReached, ReconnectRequired, Unavailable
from zsf_plugin.messages.availability import AVAILABILITY_WORDS, availability_text
from zsf_plugin.model import (
    Availability,
    AvailabilityCode,
    Connection,
    JsonObject,
    ReconnectReason,
    Tokens,
)
from zsf_plugin.ports import Purpose, Store, Usage, WorkspacePause
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store
from zsf_plugin.sync.availability import OrgAvailability, OrgError

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
NOWHERE = Path("/nonexistent")


@dataclass
class Workspace:
    """One workspace, connected; its org has reported no calls yet."""

    store: Store
    clock: FakeClock
    crm: FakeCrm
    rule: JsonObject = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.availability = self.another_process()
        self.save()

    def another_process(self) -> OrgAvailability:
        rules = Rulebook(NOWHERE, lambda _: self.rule)
        return OrgAvailability(self.store, rules, self.clock)

    def save(self, workspace: str = "w", **changes: object) -> None:
        connection = Connection(
            workspace, self.crm.org.org_id, "005000000000009AAA", "admin", "custom",
            "http://127.0.0.1", "http://127.0.0.1", "client", False, "68.0", self.clock.now(),
        )  # fmt: skip
        self.store.save_connection(replace(connection, **changes), Tokens("access", "refresh"))

    def connection(self, workspace: str = "w") -> Connection:
        connection = self.store.connection(workspace)
        assert connection is not None
        return connection

    def use_calls(self, calls: int) -> None:
        self.store.note_usage(self.crm.org.org_id, calls, 100, self.clock.now())

    def code(self, purpose: Purpose | None = None, workspace: str = "w") -> str:
        return self.availability.check(self.store.connection(workspace), purpose).code

    def codes(self) -> dict[str, str]:
        return {purpose: self.code(purpose) for purpose in PURPOSES}

    def asking(self, purpose: Purpose) -> str:
        return self.availability.check_fresh(self.connection(), self.crm, purpose).code

    def record(self, error: OrgError, purpose: Purpose) -> Availability:
        return self.availability.record(self.connection(), error, purpose)


@pytest.fixture
def w(tmp_path: Path) -> Iterator[Workspace]:
    store = open_store(Settings(tmp_path, tmp_path, secret_key="k" * 40))
    yield Workspace(store, FakeClock(), FakeCrm(facts()))
    store.close()


def every(code: str) -> dict[str, str]:
    return dict.fromkeys(PURPOSES, code)


def test_a_connected_org_may_be_called_for_every_purpose(w: Workspace) -> None:
    assert (w.codes(), w.code()) == (every("available"), "available")


def test_without_a_connection_no_call_is_allowed(w: Workspace) -> None:
    w.store.forget_connection("w")
    assert (w.codes(), w.code()) == (every("not_connected"), "not_connected")


def test_a_sign_in_that_ended_stops_every_purpose_and_keeps_its_reason(w: Workspace) -> None:
    w.save(state="reconnect", reason=ReconnectReason("revoked"))
    assert (w.codes(), w.code()) == (every("reconnect"), "reconnect")
    found = w.availability.check(w.connection())
    since = w.connection().connected_at
    assert found == Availability("reconnect", since=since, reason=ReconnectReason("revoked"))


def test_before_the_first_preview_nothing_is_sent_but_lookups_are_allowed(
    w: Workspace,
) -> None:
    w.save(state="previewing")
    sending, looking = "previewing", "available"
    assert w.codes() == {
        "purchases": sending, "activities": sending, "badges": looking, "upkeep": looking,
    }  # fmt: skip
    w.clock.time += 60
    since = w.connection().connected_at
    assert w.availability.check(w.connection()) == Availability("previewing", since=since)


def test_a_pause_stops_every_purpose_until_it_ends(w: Workspace) -> None:
    now = w.clock.now()
    w.store.pause("w", WorkspacePause("unavailable", "maintenance", now, now + 60))
    assert w.codes() == every("unavailable")
    assert w.availability.check(w.connection()) == Availability(
        "unavailable", "maintenance", now, now + 60
    )
    w.clock.time += 60
    assert w.codes() == every("available")


def test_a_pause_without_an_end_lasts(w: Workspace) -> None:
    w.store.pause("w", WorkspacePause("unavailable", "", w.clock.now()))
    w.clock.time += 1e9
    assert w.code() == "unavailable"


@pytest.mark.parametrize(
    ("set_back_s", "code"), [(60, "unavailable"), (61, "available"), (3600, "available")]
)
def test_a_pause_from_the_future_lasts_as_far_as_two_clocks_may_lie_apart(
    w: Workspace, set_back_s: float, code: str
) -> None:
    """One further ahead is left behind by a clock that was set back."""
    now = w.clock.now()
    w.store.pause("w", WorkspacePause("unavailable", "", now, now + 60))
    w.clock.time -= set_back_s
    assert w.code() == code


@pytest.mark.parametrize(
    ("used", "throttled"),
    [
        (49, set()),
        (50, {"badges"}),
        (70, {"badges", "activities"}),
        (80, {"badges", "activities", "purchases"}),
    ],
)
def test_a_purpose_whose_share_is_used_is_throttled_and_upkeep_never_is(
    w: Workspace, used: int, throttled: set[str]
) -> None:
    w.use_calls(used)
    assert {purpose for purpose, code in w.codes().items() if code == "throttled"} == throttled
    assert w.code("upkeep") == w.code() == "available"


@pytest.mark.parametrize(("workspace", "code"), [("w", "throttled"), ("sibling", "available")])
def test_shares_are_those_that_the_rules_give_the_workspace(
    w: Workspace, workspace: str, code: str
) -> None:
    w.save("sibling")
    w.rule = {"when": "workspace == 'w'", "limits": {"badges_share": 0.2}}
    w.use_calls(20)
    assert w.code("badges", workspace) == code


def test_throttling_names_the_purpose_and_the_next_check(w: Workspace) -> None:
    w.use_calls(50)
    found = w.availability.check(w.connection(), "badges")
    assert (found.detail, found.until) == ("badges", w.clock.now() + 900)


def test_an_outdated_reading_costs_one_call_only_for_the_purpose_that_it_throttles(
    w: Workspace,
) -> None:
    w.use_calls(50)
    w.clock.time += 901
    w.crm.reported_usage = Usage(60, 100)
    assert (w.asking("activities"), w.crm.usage_calls) == ("available", 0)
    assert (w.asking("badges"), w.crm.usage_calls) == ("throttled", 1)
    assert (w.asking("badges"), w.crm.usage_calls) == ("throttled", 1)


def test_an_org_that_reports_no_usage_may_be_called(w: Workspace) -> None:
    w.use_calls(50)
    w.clock.time += 901
    assert (w.asking("badges"), w.crm.usage_calls) == ("available", 1)


def test_a_check_that_fails_anyway_costs_no_call(w: Workspace) -> None:
    w.use_calls(50)
    w.clock.time += 901
    w.store.pause("w", WorkspacePause("unavailable", "", w.clock.now(), w.clock.now() + 60))
    assert (w.asking("badges"), w.crm.usage_calls) == ("unavailable", 0)


@pytest.mark.parametrize(
    ("purpose", "code"), [("purchases", "previewing"), ("badges", "available")]
)
def test_before_the_first_preview_only_lookups_are_allowed(
    w: Workspace, purpose: Purpose, code: str
) -> None:
    w.save(state="previewing")
    assert w.asking(purpose) == code


def test_after_a_failed_badge_lookup_badges_make_no_call(w: Workspace) -> None:
    w.use_calls(50)
    w.record(Unavailable("slow", 1000.0), "badges")
    w.clock.time += 901
    assert (w.asking("badges"), w.crm.usage_calls) == ("unavailable", 0)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_an_ended_sign_in_is_recorded_once_for_all_purposes(w: Workspace, purpose: Purpose) -> None:
    for _ in range(2):
        assert w.record(ReconnectRequired("session"), purpose).code == "reconnect"
    assert w.code("purchases") == "reconnect"
    assert [line.code for line in w.store.history("w")] == ["sign_in_ended"]


def test_the_reason_a_sign_in_ended_is_stored_with_its_data(w: Workspace) -> None:
    error = OtherOrg("00D000000000001EAA", "00D000000000002EAA")
    data = {"belongs_to": "00D000000000001EAA", "came_from": "00D000000000002EAA"}
    reason = ReconnectReason("other_org", data)
    now = w.clock.now()
    assert w.record(error, "upkeep") == Availability("reconnect", since=now, reason=reason)
    assert w.connection().reason == reason
    (line,) = w.store.history("w")
    assert (line.at, line.detail) == (now, {"code": "other_org", "data": data})


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_day_that_is_used_up_pauses_the_workspace_whoever_meets_it(
    w: Workspace, purpose: Purpose
) -> None:
    assert w.record(QuotaReached("daily", 1800.0), purpose).until == w.clock.now() + 1800
    assert (w.code("purchases"), w.code("badges")) == ("quota", "quota")


def test_a_day_that_is_used_up_throttles_the_other_workspaces_of_the_org(w: Workspace) -> None:
    w.save("sibling")
    w.use_calls(10)
    w.record(QuotaReached("daily", 1800.0), "purchases")
    assert (w.code("purchases", "sibling"), w.code(None, "sibling")) == ("throttled", "available")


@pytest.mark.parametrize(("reported", "kept"), [(10, 100), (100, 100), (120, 120)])
def test_a_day_that_is_used_up_leaves_no_call_of_the_allocation(
    w: Workspace, reported: int, kept: int
) -> None:
    """An org may allow usage over its limit; the higher number stays."""
    w.use_calls(reported)
    w.clock.time += 1
    w.record(QuotaReached("daily", 1800.0), "purchases")
    allocation = w.store.allocation(w.crm.org.org_id, w.clock.now())
    assert (allocation.used, allocation.limit, allocation.seen_at) == (
        kept,
        100,
        w.clock.now(),
    )


def test_a_used_up_day_invents_no_allocation_that_the_org_did_not_report(w: Workspace) -> None:
    w.record(QuotaReached("daily", 1800.0), "purchases")
    assert w.store.allocation(w.crm.org.org_id, w.clock.now()).limit is None


@pytest.mark.parametrize(
    ("error", "code", "detail"),
    [
        (Unavailable("maintenance", 60.0), "unavailable", "maintenance"),
        (NotSent("refused", 60.0), "unavailable", "refused"),
        (QuotaReached("concurrent", 60.0), "concurrent", ""),
    ],
)
def test_other_failures_pause_only_the_purpose_that_met_them(
    w: Workspace, error: OrgError, code: str, detail: str
) -> None:
    now = w.clock.now()
    found = w.record(error, "badges")
    assert (found.code, found.detail, found.since, found.until) == (code, detail, now, now + 60)
    assert w.codes() == every("available") | {"badges": code}
    w.record(error, "activities")
    assert w.codes() == every(code)
    w.clock.time += 60
    assert w.codes() == every("available")


def test_a_failure_met_by_upkeep_pauses_nothing(w: Workspace) -> None:
    assert w.record(Unavailable("maintenance"), "upkeep").code == "unavailable"
    assert w.codes() == every("available")


def test_a_failed_lookup_is_forgotten_if_a_person_requests_another(w: Workspace) -> None:
    w.save("sibling")
    w.availability.forget_failed_lookup("w")
    for workspace in ("w", "sibling"):
        w.availability.record(w.connection(workspace), Unavailable("slow"), "badges")
    w.availability.forget_failed_lookup("w")
    assert (w.code("badges"), w.code("badges", "sibling")) == ("available", "unavailable")


@pytest.mark.parametrize("since", [None, 1_789_999_000.0])
def test_a_pause_holds_for_every_process_from_its_start(w: Workspace, since: float | None) -> None:
    until = w.clock.now() + 60
    found = Availability("quota", "purchases", since, until)
    assert w.availability.pause(w.connection(), found) == found
    assert w.store.paused("w") == WorkspacePause(
        "quota", "purchases", since or w.clock.now(), until, w.connection().org_id
    )


def test_a_pause_keeps_the_code_of_its_error(w: Workspace) -> None:
    w.record(Unavailable("login_rate", data={"error": "login rate exceeded"}), "purchases")
    found = w.another_process().check(w.connection())
    assert (found.code, found.error) == ("unavailable", "login_rate")
    assert availability_text(found).startswith("Salesforce refused the sign-in: this user signed")


def test_a_failed_lookup_concerns_one_process_and_a_pause_all(w: Workspace) -> None:
    w.record(Unavailable("slow"), "badges")
    other = w.another_process()
    assert other.check(w.connection(), "badges").is_available
    w.record(Unavailable("slow"), "purchases")
    assert not other.check(w.connection(), "badges").is_available


def test_a_failed_lookup_pauses_lookups_in_that_org_alone(w: Workspace) -> None:
    w.record(Unavailable("slow"), "badges")
    assert w.code("badges") == "unavailable"
    w.save(org_id="00D000000000009AAA")
    assert w.availability.check(w.connection(), "badges").is_available


def test_every_code_has_a_text_and_every_text_has_a_code() -> None:
    assert set(AVAILABILITY_WORDS) == set(get_args(AvailabilityCode))


@pytest.mark.parametrize(
    ("code", "detail", "words"),
    [
        ("unavailable", "HTTP 503", "Salesforce does not answer: HTTP 503"),
        ("unavailable", "", "Salesforce does not answer"),
        ("reconnect", "", "sign in again: run `zsf connect`"),
    ],
)
def test_the_stored_detail_is_part_of_the_text(code: str, detail: str, words: str) -> None:
    assert availability_text(Availability(code, detail)) == words


def test_the_reason_a_sign_in_ended_determines_the_text() -> None:
    found = Availability("reconnect", reason=ReconnectReason("inactive"))
    assert availability_text(found).startswith("the Salesforce user or org is inactive: ")


def test_a_throttled_purpose_is_not_repeated_in_the_words() -> None:
    texts = {availability_text(Availability("throttled", purpose)) for purpose in ("badges", "")}
    assert len(texts) == 1
