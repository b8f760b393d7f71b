"""The audit of a real run finds every record or value that is deleted, duplicated or blanked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.audit.audit import FILLED, TRANSLATED, Audit, Row
from tests.end_to_end.scene import Scene
from tests.end_to_end.stream import stream

#: Fields whose blanking must be found, in addition to the audit's own list.
_ALSO = {
    "Lead": ("OwnerId", "Zaplify_Id__c"),
    "Contact": ("AccountId", "OwnerId", "Zaplify_Id__c"),
    "Account": ("Zaplify_Id__c",),
    "Task": ("ActivityDate", "IsClosed", "OwnerId", "Subject", "WhoId", "Zaplify_Id__c"),
}


def tampered(dump: dict[str, list[Row]], rng: random.Random) -> Iterator[str]:
    """Change `dump` in one way at a time, yield a description, then restore it."""
    for kind, rows in dump.items():
        whole = list(rows)
        for number in rng.sample(range(len(whole)), min(6, len(whole))):
            rows[:] = whole[:number] + whole[number + 1 :]
            yield f"{kind} deleted"
            rows[:] = [*whole, {**whole[number], "Id": "doubled", "Zaplify_Id__c": None}]
            yield f"{kind} doubled"
        rows[:] = whole
        for field in (*FILLED.get(kind, ()), *TRANSLATED.get(kind, ()), *_ALSO[kind]):
            filled = [row for row in whole if row.get(field)]
            for row in rng.sample(filled, min(3, len(filled))):
                kept, row[field] = row[field], None
                yield f"{kind}.{field} blanked"
                row[field] = kept


@pytest.mark.parametrize("mode", ["lead", "contact"])
def test_each_tampering_with_a_real_org_is_found(tmp_path: Path, mode: str) -> None:
    events: list[dict[str, Any]] = stream()
    with Scene(tmp_path, mode) as scene:
        scene.move_in("first")
        scene.feed(events)
        scene.zsf("drain", "--json")
        records = scene.org("records")
        users = {str(row["Email"]).casefold(): str(row["Id"]) for row in scene.org("users")}
    dump = {kind: records[kind] for kind in ("Lead", "Contact", "Account", "Task")}
    audit = Audit(dump, events, mode, users)
    assert audit.findings() == []
    unseen = [
        how
        for how in tampered(dump, random.Random(7))
        if not Audit(dump, events, mode, users).findings()
    ]
    assert unseen == []
    assert Audit(dump, events, mode, users).findings() == []
