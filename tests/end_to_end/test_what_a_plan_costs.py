"""The costs reported by `rules explain`, `drain` and `badges` match the org's count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.scene import Scene

ADA = {
    "id": "p1",
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@acme.example",
    "company": {"id": "c1", "name": "Acme", "domain": "acme.example"},
}
EVENT = {
    "hook": "on_prospect_purchased",
    "workspace": "default",
    "event_id": "e1",
    "occurred_at": "2026-11-01T10:00:00Z",
    "prospect": ADA,
    "user": {"id": "u1", "email": "s@z.example"},
}


@pytest.fixture(params=["lead", "contact"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    with Scene(tmp_path, request.param) as made:
        made.move_in("first")
        yield made


def explained(scene: Scene, event: dict[str, Any], *more: str) -> tuple[dict[str, Any], int]:
    """(the reported cost, the calls counted by the org)."""
    path = scene.folder / "event.json"
    path.write_text(json.dumps(event))
    before = scene.org("calls")["api_calls"]
    cost = scene.zsf("rules", "explain", str(path), "--json", *more)["cost"]
    return cost, scene.org("calls")["api_calls"] - before


def test_a_plan_states_its_cost_before_and_after_looking_and_the_org_counts_the_same(
    scene: Scene,
) -> None:
    assert explained(scene, EVENT) == ({"looked": None, "to_write": None, "at_most": 3}, 0)
    assert explained(scene, EVENT, "--live") == ({"looked": 2, "to_write": 1, "at_most": 3}, 2)
    assert explained(scene, EVENT, "--live") == ({"looked": 1, "to_write": 1, "at_most": 2}, 1)

    scene.feed([EVENT])
    before = scene.org("calls")["api_calls"]
    report = scene.zsf("drain", "--json")
    assert report["calls_by_purpose"] == {"purchases": 2}
    assert (report["calls"], scene.org("calls")["api_calls"] - before) == (2, 2)

    assert explained(scene, EVENT) == ({"looked": None, "to_write": None, "at_most": 0}, 0)
    assert explained(scene, EVENT, "--live") == ({"looked": 0, "to_write": 0, "at_most": 0}, 0)
    changed = {**EVENT, "prospect": {**ADA, "title": "Countess"}}
    assert explained(scene, changed) == ({"looked": None, "to_write": None, "at_most": 3}, 0)
    assert explained(scene, changed, "--live") == ({"looked": 1, "to_write": 1, "at_most": 2}, 1)


def test_a_plan_names_the_new_record_that_another_refers_to(tmp_path: Path) -> None:
    with Scene(tmp_path, "contact") as scene:
        scene.move_in("first")
        path = scene.folder / "event.json"
        path.write_text(json.dumps(EVENT))
        lines = scene.text("rules", "explain", str(path), "--live").splitlines()
    (account,) = [line.split() for line in lines if line.split()[:1] == ["AccountId"]]
    assert account == ["AccountId", "-", "the", "new", "Account"]
    assert sum("may still refuse a value" in line for line in lines) == 1


TOUCHPOINT = {
    **{name: value for name, value in EVENT.items() if name != "hook"},
    "hook": "on_touchpoint_sent",
    "event_id": "e2",
    "touchpoint": {
        "id": "t1",
        "channel": "email",
        "sent_at": "2026-11-02T10:00:00Z",
        "subject": "Hello",
    },
}


def test_an_activity_in_an_org_without_our_field_costs_no_more_than_is_stated(
    tmp_path: Path,
) -> None:
    with Scene(tmp_path, "lead", external_id=False) as scene:
        scene.move_in("first")
        scene.feed([EVENT])
        scene.zsf("drain", "--json")
        scene.move_in("second")
        assert explained(scene, TOUCHPOINT) == ({"looked": None, "to_write": None, "at_most": 4}, 0)
        assert explained(scene, TOUCHPOINT, "--live") == (
            {"looked": 3, "to_write": 1, "at_most": 4},
            3,
        )


def test_an_event_that_a_switch_skips_costs_nothing(tmp_path: Path) -> None:
    with Scene(tmp_path, "lead", rule="[switches]\nsync_prospects = false\n") as scene:
        scene.move_in("first")
        assert explained(scene, EVENT) == ({"looked": 0, "to_write": 0, "at_most": 0}, 0)


def test_a_search_states_its_cost(scene: Scene) -> None:
    results = scene.folder / "results.json"
    results.write_text(json.dumps([ADA]))
    first, again = (scene.zsf("badges", str(results), "--json")["cost"] for _ in range(2))
    assert first == {"calls": 2, "calls_by_purpose": {"badges": 1, "upkeep": 1}}
    assert again == {"calls": 0, "calls_by_purpose": {}}
