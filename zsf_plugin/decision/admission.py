"""Admission: whether the switches let an event be stored, and without which parts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zsf_plugin.model import TOUCHPOINT_WITHOUT_TEXT, Event, Json, SkipCode, Switches


@dataclass(frozen=True, slots=True)
class Admission:
    """The event as it may be stored, or why it is skipped (then only its ids may be stored)."""

    event: Event
    skipped: SkipCode | None = None


def admit(event: Event, switches: Switches) -> Admission:
    """Skip the event, or strip what the switches forbid."""
    if event.kind == "purchase":
        return Admission(event, None if switches.sync_prospects else "prospects_off")
    if not switches.sync_activities:
        return Admission(event, "activities_off")
    return Admission(event if switches.include_contents else without_text(event))


def without_text(event: Event) -> Event:
    """The event with its touchpoint reduced to the known keys without message text. Idempotent."""
    touchpoint = event.payload.get("touchpoint")
    if not isinstance(touchpoint, dict):
        return event
    kept: dict[str, Json] = {
        key: touchpoint[key] for key in TOUCHPOINT_WITHOUT_TEXT if key in touchpoint
    }
    return replace(event, payload={**event.payload, "touchpoint": kept})
