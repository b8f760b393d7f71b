"""An org's fields and the badges of a search, on the command line."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

from tests.end_to_end.scene import Scene

RULE = '[fields.Lead]\nLinkedIn__c = "prospect.linkedin_url"\n'
ADA = {"id": "p1", "first_name": "Ada", "last_name": "Byron", "email": "ada@acme.example"}


def create_field(scene: Scene, field: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{scene.url}/_emulator/fields", json.dumps(field).encode(), method="POST"
    )
    urllib.request.urlopen(request, timeout=30).close()


def test_a_field_just_created_in_the_org_appears_after_a_refresh_and_its_mapping_leads_somewhere(
    tmp_path: Path,
) -> None:
    with Scene(tmp_path, "lead", rule=RULE) as scene:
        scene.move_in("first")
        before = scene.zsf("fields", "lead", "--json")["objects"]["Lead"]
        assert [line["field"] for line in before["lacking"]] == ["LinkedIn__c"]
        create_field(scene, {"object": "Lead", "name": "LinkedIn__c", "type": "url", "length": 255})
        assert scene.zsf("fields", "Lead", "--json")["objects"]["Lead"]["lacking"] != []
        after = scene.zsf("fields", "--refresh", "Lead", "--json")["objects"]["Lead"]
        assert after["lacking"] == []
        line = next(field for field in after["fields"] if field["name"] == "LinkedIn__c")
        assert (line["type"], line["length"], line["writable"], line["required"]) == (
            "url",
            255,
            True,
            False,
        )
        assert [(m["file"], m["from"]) for m in line["mapped"]] == [
            ("rules/10.toml", "prospect.linkedin_url")
        ]


def test_a_search_result_is_grey_then_purchased_then_black(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    results.write_text(json.dumps([ADA]))
    with Scene(tmp_path, "lead") as scene:
        scene.move_in("first")
        assert scene.zsf("badges", str(results), "--json")["results"]["p1"]["badge"] == "grey"
        event = {
            "hook": "on_prospect_purchased",
            "workspace": "default",
            "event_id": "e1",
            "prospect": ADA,
        }
        scene.feed(
            [
                {
                    **event,
                    "occurred_at": "2026-11-01T10:00:00Z",
                    "user": {"id": "u1", "email": "s@z.example"},
                }
            ]
        )
        scene.zsf("drain", "--json")
        badge = scene.zsf("badges", str(results), "--json")["results"]["p1"]
        assert (badge["badge"], badge["person"]["object"]) == ("black", "Lead")
        assert badge["person"]["url"] == f"{scene.url}/{badge['person']['id']}"
