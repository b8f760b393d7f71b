"""Each kind of fault, once, at each of the first calls: an answer that breaks costs nothing but
time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.violence.backlog import backlog
from tests.violence.conftest import Stage
from tests.violence.judge import judge
from tests.violence.scene import Scene

#: Each at so many calls of one scene, with fresh work before each.
FAULTS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("drop_before", {}, 5),
    ("drop_after_commit", {}, 5),
    ("reset_mid_body", {}, 5),
    ("html_503", {}, 5),
    ("late_commit", {"delay_ms": 150}, 5),
    ("truncated_json", {}, 4),
    ("html_page", {"status": 200}, 4),
    ("html_page", {"status": 502, "committed": True}, 4),
    ("status", {"status": 500, "body": []}, 3),
    ("delay", {"delay_ms": 50}, 2),
    ("session_expired", {}, 4),
    ("daily_limit", {"times": 2}, 3),
    ("concurrent_limit", {}, 3),
    ("lock_row", {"sub": 1}, 2),
    ("duplicate_detected", {}, 2),
    ("null_reference", {"sub": 2}, 2),
    ("sub_failure", {"status": 500, "sub": 1, "committed": True}, 3),
    ("sub_failure", {"status": 503, "sub": 1}, 3),
    ("sub_failure", {"status": 400, "sub": 0}, 3),
)


def assert_all_is_well(scene: Scene) -> None:
    assert scene.held() == []
    assert judge(scene).findings == ()


def stage_fault(scene: Scene, kind: str, **more: Any) -> None:
    scene.emulator.tell(
        "POST", "faults", {"kind": kind, "match": {"path_contains": "/composite"}, **more}
    )


def met(scene: Scene) -> dict[str, int]:
    return dict(scene.emulator.tell("GET", "faults")["met"])


def refreshes(scene: Scene) -> int:
    """How many of the last requests ask for a refresh."""
    seen = scene.emulator.tell("GET", "requests")
    return sum("grant_type=refresh_token" in str(one["body"]) for one in seen)


@pytest.mark.parametrize("external_id", [True, False], ids=["with-id", "without-id"])
@pytest.mark.parametrize(
    ("kind", "more", "calls"),
    FAULTS,
    ids=["-".join(map(str, (kind, *more.values()))) for kind, more, _ in FAULTS],
)
def test_a_fault_at_one_call_after_another_costs_nothing(
    stage: Stage, kind: str, more: dict[str, Any], calls: int, external_id: bool
) -> None:
    scene = stage.scene(mode="lead" if calls % 2 else "contact", external_id=external_id, people=0)
    work = backlog(2, 4 * calls, 1)
    for after in range(calls):
        scene.feed(work[after::calls])
        stage_fault(scene, kind, after=after, **more)
        scene.drain("--max=6", "--passes=9")
        scene.drain_until_empty()
    assert met(scene)[kind] >= calls - 1
    assert_all_is_well(scene)


def test_a_session_that_expires_in_the_middle_is_renewed_once(stage: Stage) -> None:
    scene = stage.scene()
    before = refreshes(scene)
    stage_fault(scene, "session_expired", after=1)
    scene.drain()
    assert refreshes(scene) - before == 1
    assert all(counts.pending + counts.writing == 0 for counts in scene.counts().values())
    assert_all_is_well(scene)


def test_the_daily_limit_pauses_and_what_waited_goes_out_later(stage: Stage) -> None:
    scene = stage.scene()
    scene.emulator.tell("POST", "settings", {"daily_limit": 2})
    report = scene.drain()["reports"]["default"]
    assert report["paused"]["code"] == "quota"
    assert scene.held() == []
    scene.emulator.tell("POST", "settings", {"daily_limit": 115_000})
    scene.drain_until_empty()
    assert_all_is_well(scene)


def test_two_processes_that_meet_an_expired_session_at_once_rotate_once_and_nobody_is_asked_to_sign_in(
    stage: Stage,
) -> None:
    scene = stage.scene()
    before = refreshes(scene)
    scene.emulator.tell("POST", "sessions/expire")
    scene.emulator.tell(
        "POST",
        "faults",
        {"kind": "delay", "delay_ms": 300, "match": {"path_contains": "oauth2/token"}},
    )
    started = [scene.start_drain("--ask", "--max=1") for _ in range(3)]
    for process, report in started:
        assert scene.ended(process, report)["asked"] == "answered"
    assert refreshes(scene) - before == 1
    scene.reconnect_where_asked()
    assert scene.reconnected == 0
    scene.drain_until_empty()
    assert_all_is_well(scene)


def test_a_token_endpoint_that_is_busy_is_waited_for(stage: Stage) -> None:
    scene = stage.scene()
    scene.emulator.tell("POST", "sessions/expire")
    scene.emulator.tell("POST", "faults", {"kind": "token_busy", "times": 2})
    scene.drain_until_empty()
    assert scene.reconnected == 0
    assert_all_is_well(scene)


@pytest.mark.parametrize("external_id", [True, False], ids=["with-id", "without-id"])
def test_a_lost_answer_to_a_refresh_costs_the_sign_in_at_worst_and_nothing_else(
    stage: Stage, external_id: bool
) -> None:
    scene = stage.scene(external_id=external_id)
    stage_fault(scene, "session_expired", after=2)
    scene.emulator.tell("POST", "faults", {"kind": "rotation_lost"})
    scene.drain("--max=12", "--passes=9")
    scene.grants_at_risk += met(scene)["rotation_lost"]
    assert scene.grants_at_risk == 1
    scene.drain_until_empty()
    assert scene.reconnected <= 1
    assert_all_is_well(scene)


def test_a_revoked_sign_in_asks_for_a_person_and_loses_nothing(stage: Stage) -> None:
    scene = stage.scene()
    stage_fault(scene, "grant_revoked", after=2)
    scene.grants_at_risk = 1
    report = scene.drain("--max=12", "--passes=9")["reports"]["default"]
    assert report["paused"]["code"] == "reconnect"
    scene.drain_until_empty()
    assert scene.reconnected == 1
    assert_all_is_well(scene)


@pytest.mark.parametrize("external_id", [True, False], ids=["with-id", "without-id"])
def test_a_call_that_hangs_is_given_up_after_the_time_that_was_set_and_looked_for_before_it_is_repeated(
    stage: Stage, external_id: bool
) -> None:
    scene = stage.scene(external_id=external_id)
    stage_fault(scene, "late_commit", after=2, delay_ms=1500, hang_ms=2500)
    told = scene.drain("--read-timeout=1")
    assert told["steps"]["send"] > told["steps"]["answer"]
    scene.drain_until_empty()
    assert_all_is_well(scene)


@pytest.mark.parametrize("external_id", [True, False], ids=["with-id", "without-id"])
@pytest.mark.parametrize("after", [2, 3])
def test_another_workspace_at_the_same_companies_does_not_create_what_a_lost_request_may_still_create(
    stage: Stage, after: int, external_id: bool
) -> None:
    scene = stage.scene(external_id=external_id, workspaces=2)
    stage_fault(scene, "late_commit", after=after, delay_ms=1500)
    for workspace in ("default", "w1"):
        scene.ended(*scene.start_drain(workspaces=[workspace]))
    scene.drain_until_empty()
    assert_all_is_well(scene)
