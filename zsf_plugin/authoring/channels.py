"""Which fields of rules fill the activity of an event. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.model import ANY_CHANNEL, Event, FieldRule, Rules, channel_name, text_at


def filled_channel(rules: Rules, event: Event) -> str:
    """The event's channel as rules name it, if they fill its activities; else every channel."""
    name = channel_name(text_at(event.payload, "touchpoint", "channel") or ANY_CHANNEL)
    return name if rules.activities.get(name) else ANY_CHANNEL


def activity_fields(rules: Rules, event: Event) -> Mapping[str, FieldRule]:
    """What fills an activity of the event's channel."""
    return rules.activities.get(filled_channel(rules, event), {})
