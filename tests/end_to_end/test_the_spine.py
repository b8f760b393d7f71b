"""From a host's events to Salesforce and back, over real HTTP in real processes, checked by the
audit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.audit import Audit
from tests.end_to_end.scene import Scene
from tests.end_to_end.stream import stream


def audited(scene: Scene, events: list[dict[str, object]]) -> list[str]:
    dump = scene.org("records")
    users = {str(row["Email"]).casefold(): str(row["Id"]) for row in scene.org("users")}
    return Audit(dump, events, scene.mode, users).findings()


@pytest.mark.parametrize(
    ("mode", "external_id"),
    [("contact", True), ("lead", False)],
    ids=["contact-with-id", "lead-without-id"],
)
def test_everything_arrives_once_and_a_second_round_writes_nothing(
    tmp_path: Path, mode: str, external_id: bool
) -> None:
    events = stream()
    with Scene(tmp_path, mode, external_id=external_id) as scene:
        scene.move_in("first")
        counts = scene.feed(events)
        assert (counts["refused"], counts["duplicate"], counts["held"]) == (0, 2, 3)
        scene.zsf("drain", "--json")
        entries = scene.entries()
        assert len(entries) == len({event["event_id"] for event in events})
        assert {entry["state"] for entry in entries} == {"done", "held"}
        held = sorted(entry["cause"]["group"] for entry in entries if entry["state"] == "held")
        assert held == [
            "INVALID_EVENT:/prospect/email",
            "INVALID_EVENT:/prospect/id",
            "INVALID_EVENT:/touchpoint/channel",
        ]
        assert audited(scene, events) == []
        scene.org("calls/reset", "POST")
        scene.move_in("second")
        scene.feed(events, "again-")
        scene.zsf("drain", "--json")
        written = scene.org("calls")["writes"]
        assert written == 0 if external_id else written < 20


def test_shortened_values_are_reported_and_message_texts_appear_nowhere(tmp_path: Path) -> None:
    events = stream()
    with Scene(tmp_path, "lead") as scene:
        scene.move_in("first")
        scene.feed(events)
        (tmp_path / "events.jsonl").unlink()
        scene.zsf("drain", "--json")
        (long,) = [
            e["id"] for e in scene.entries() if e["kind"] == "purchase" and e["prospect"] == "p3"
        ]
        steps = [step["text"] for step in scene.zsf("outbox", "show", long, "--json")["steps"]]
        assert any(text.startswith("Title shortened from ") for text in steps)
        on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        on_wire = "".join(str(request) for request in scene.org("requests"))
        for place in (on_disk.decode("utf-8", "replace"), on_wire, "".join(scene.printed)):
            assert "CONTENT_CANARY" not in place


def test_with_contents_on_the_text_arrives_shortened_to_its_field(tmp_path: Path) -> None:
    with Scene(tmp_path, "lead", rule="[switches]\ninclude_contents = true\n") as scene:
        scene.move_in("first")
        scene.feed(stream())
        scene.zsf("drain", "--json")
        texts = [
            task["Description"] for task in scene.org("records")["Task"] if task["Description"]
        ]
        assert texts
        assert all(text.startswith("CONTENT_CANARY") and len(text) == 32000 for text in texts)


def test_status_and_status_codes_report_the_state(tmp_path: Path) -> None:
    with Scene(tmp_path, "contact") as scene:
        scene.move_in("first")
        scene.feed(stream())
        scene.zsf("drain", "--json")
        status = scene.zsf("status", "--json")
        assert (status["pending"], status["writing"], status["held"]) == (0, 0, 3)
        assert status["connection"]["state"] == "connected"
        assert status["connection"]["instance_url"] == scene.url
        assert status["connection"]["org_name"] == "Acme (emulator)"
        assert status["api"]["used"] == scene.org("calls")["api_calls"]
        assert set(status["api"]["calls_by_purpose"]) == {"purchases", "activities", "upkeep"}
