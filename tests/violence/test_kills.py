"""Drain processes that die at one step after another, or stand still past their lease: nothing
lost, nothing twice."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.violence.conftest import Stage
from tests.violence.judge import judge
from tests.violence.processes import Spawned
from tests.violence.scene import LONG_S, Scene
from tests.violence.steps import LABELS


def assert_all_is_well(scene: Scene) -> None:
    scene.drain_until_empty()
    assert scene.held() == []
    assert judge(scene).findings == ()


@pytest.mark.parametrize("external_id", [True, False], ids=["with-id", "without-id"])
@pytest.mark.parametrize("label", LABELS)
def test_drains_killed_at_one_step_after_another_leave_nothing_lost_and_nothing_twice(
    stage: Stage, label: str, external_id: bool
) -> None:
    scene = stage.scene(external_id=external_id)
    if label.startswith("token"):
        scene.emulator.tell("POST", "sessions/expire")
    for number in range(1, 9):
        scene.drain(f"--kill-at={label}:{number}", "--max=12", "--passes=3")
        scene.reconnect_where_asked()
    assert sum(scene.kills.values()) >= (1 if label.startswith("token") else 4)
    assert_all_is_well(scene)


@pytest.mark.parametrize("mode", ["lead", "contact"])
def test_a_drain_killed_at_every_tenth_step_in_turn_makes_progress_all_the_same(
    stage: Stage, mode: str
) -> None:
    scene = stage.scene(mode=mode)
    for _ in range(12):
        scene.drain("--kill-at=any:40", "--max=10", "--passes=9")
        scene.let_pass(1.0)
    assert_all_is_well(scene)


@pytest.mark.parametrize("call", range(1, 9))
def test_the_command_itself_at_real_speed_killed_at_any_call(
    stage: Stage, tmp_path: Path, call: int
) -> None:
    scene = stage.scene(external_id=call % 2 == 0)
    places = {
        "ZSF_CONFIG_DIR": str(scene.folder / "config"),
        "ZSF_DATA_DIR": str(scene.folder / "data"),
    }
    scene.emulator.tell("POST", "settings", {"latency_ms": 30})
    scene.emulator.tell("POST", "calls/reset")
    process = Spawned("zsf_plugin.cli.main", ["drain"], places)
    deadline = time.monotonic() + 60
    while scene.emulator.tell("GET", "calls")["api_calls"] < call and time.monotonic() < deadline:
        if process.poll() is not None:
            break
        time.sleep(0.001)
    with suppress(ProcessLookupError):  # it may have been done before
        os.kill(process.pid, signal.SIGKILL)
    process.wait(60)
    scene.emulator.tell("POST", "settings", {"latency_ms": 0})
    scene.clock.turn_on(time.time() - scene.clock.now())
    assert_all_is_well(scene)


def standing_still(pid: int) -> bool:
    return (
        Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T"
    )


NEEDS_PROC = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="needs /proc to see a process stand still"
)


def wake_up_too_late(scene: Scene, step: str) -> list[str]:
    """A drain stands still at that step until its lease is over and others have done its work: what
    it sends then."""
    process, report = scene.start_drain(f"--stop-at={step}")
    deadline = time.monotonic() + 120
    while not standing_still(process.pid) and time.monotonic() < deadline:
        time.sleep(0.002)
    scene.let_pass(LONG_S)
    scene.drain_until_empty()
    counts, asked = scene.counts(), len(scene.emulator.tell("GET", "requests"))
    os.kill(process.pid, signal.SIGCONT)
    told = scene.ended(process, report)["reports"]["default"]
    assert (told["done"], told["held"]) == (0, 0)
    assert scene.counts() == counts
    return [str(one["body"]) for one in scene.emulator.tell("GET", "requests")[asked:]]


@NEEDS_PROC
@pytest.mark.parametrize("external_id", [True, False], ids=["with-id", "without-id"])
@pytest.mark.parametrize(
    "step",
    ["answer:1", "answer:2", "answer:3", "answer:4", "committed:9", "committed:12"],
)
def test_a_drain_that_stood_still_past_its_lease_settles_nothing_and_writes_nothing_more(
    stage: Stage, step: str, external_id: bool
) -> None:
    scene = stage.scene(external_id=external_id, people=40)
    sent = wake_up_too_late(scene, step)
    assert [body for body in sent if '"method":"POST"' in body or '"method":"PATCH"' in body] == []
    assert_all_is_well(scene)


@NEEDS_PROC
@pytest.mark.parametrize("step", ["send:3", "send:4"])
def test_a_request_that_a_standing_drain_had_in_its_hand_collides_where_records_carry_their_key(
    stage: Stage, step: str
) -> None:
    scene = stage.scene(people=40)
    wake_up_too_late(scene, step)
    assert_all_is_well(scene)
