"""Small events as hosts send them, and the plans that the shipped rules make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.merge import merge
from zsf_plugin.model import Event, Json, JsonObject, Mode, Plan, Rule, Rules
from zsf_plugin.rulebook import Rulebook

NOWHERE = Path("/nonexistent")
SELLER = {"id": "u1", "email": "seller@zaplify.example", "name": "Seller"}


@lru_cache(maxsize=64)
def _shipped() -> tuple[Rule, ...]:
    return Rulebook(NOWHERE, lambda _: {}).rules("default")


def rules(mode: Mode = "lead", **document: Json) -> Rules:
    """The shipped rules with one more on top."""
    return merge([*_shipped(), Rule("test.toml", "config", {"mode": mode, **document})])


def prospect(number: int, **changes: Json) -> dict[str, Json]:
    """A complete prospect; a change of None removes the key."""
    whole: dict[str, Json] = {
        "id": f"p{number}",
        "first_name": f"Ada{number}",
        "last_name": f"Lovelace{number}",
        "email": f"ada{number}@acme{number}.example",
        "title": "Engineer",
        "company": {
            "id": f"c{number}",
            "name": f"Acme {number}",
            "domain": f"acme{number}.example",
        },
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


def purchase(person: JsonObject, event_id: str = "e1") -> Event:
    return Event(
        "purchase",
        "default",
        event_id,
        "2026-11-01T10:00:00Z",
        {"prospect": person, "user": SELLER},
    )


def touchpoint(person: JsonObject, event_id: str = "t1", **changes: Json) -> Event:
    sent: dict[str, Json] = {
        "id": event_id,
        "channel": "email",
        "step": 1,
        "subject": "Hello",
        "content": {"text": "CONTENT_CANARY"},
        **changes,
    }
    payload: dict[str, Json] = {"prospect": person, "touchpoint": sent, "user": SELLER}
    return Event("touchpoint", "default", event_id, "2026-11-01T23:30:00Z", payload)


def plan(event: Event, mode: Mode = "lead", **document: Json) -> Plan:
    return decide(event, rules(mode, **document))


def plans(events: Sequence[Event], mode: Mode = "lead") -> list[Plan]:
    in_force = rules(mode)
    return [decide(event, in_force) for event in events]


def renamed(event: Event, event_id: str) -> Event:
    return replace(event, event_id=event_id)
