"""What a page that maps activities has besides the page of prospects: the channels, and recent
touchpoints whose values are the samples (a made-up one if a channel has none). Reads the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from zsf_plugin.console.mapping.fitting import format_value
from zsf_plugin.console.mapping.mapping_context import MADE_UP, MappingContext, Prospect, name_of
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.sources import TOUCHPOINT_FIELDS, Source
from zsf_plugin.messages.text import channel_words
from zsf_plugin.model import (
    ANY_CHANNEL,
    Event,
    JsonObject,
    Rule,
    channel_name,
    table_in,
    text_at,
)
from zsf_plugin.ports import Entry, EntryFilter
from zsf_plugin.wiring.apps import ConsoleApp

#: The entries that are read to find touchpoints and their channels.
_MAX_ENTRIES = 200
#: Touchpoints to choose from.
_MAX_TOUCHPOINTS = 20

#: The longest name of a channel that can be added.
MAX_CHANNEL_LENGTH = 60

#: Fields that mean something else than for a purchase.
_LABELS = {
    "occurred_at": "Happened on",
    "user.name": "Sent by: name",
    "user.email": "Sent by: e-mail",
    "user.id": "Sent by: ID in Zaplify",
}
#: The channel of the made-up touchpoint that only what is set for every channel fills.
_OTHER = "other"
_MADE_UP_TOUCHPOINT: JsonObject = {
    "id": "made-up",
    "subject": "Closing the books faster at Norðurljós Orka",
    "content": {"text": "Hi Ragnhildur, how long does your month-end close take?"},
    "sent_at": "2026-01-01T09:30:00Z",
    "campaign": {"id": "made-up", "name": "Nordic CFOs"},
    "step": 2,
    "url": "https://app.zaplify.example/touchpoints/made-up",
}


def with_activities(
    context: MappingContext, app: ConsoleApp, visitor: Visitor, entry_id: str, channel: str
) -> MappingContext:
    """The context of the page that maps a channel's activities, with the touchpoint of that entry,
    else the newest of the channel. Raises StoreUnavailable."""
    stored = _recent(app, visitor.workspace)
    named = _named_in(context.rules)
    known = channels_in(named, stored)
    recent = tuple(_touchpoints(stored, channel, named)) or (_made_up(visitor, channel),)
    return replace(
        context,
        prospect=next((one for one in recent if one.id == entry_id), recent[0]),
        recent_prospects=recent,
        sources=(*TOUCHPOINT_FIELDS, *map(_of_touchpoint, context.sources)),
        channel=channel,
        channels=known,
        is_new_channel=channel not in known,
    )


def can_be_channel(name: str) -> bool:
    """Whether a channel of that name can be mapped before any touchpoint or rule names it."""
    return name.isprintable() and 0 < len(name) <= MAX_CHANNEL_LENGTH


def _of_touchpoint(source: Source) -> Source:
    """The field as a touchpoint has it."""
    return replace(source, label=_LABELS.get(source.path, source.label))


def _recent(app: ConsoleApp, workspace: str) -> Sequence[Entry]:
    """The newest touchpoints that have their payload."""
    wanted = EntryFilter(kind="touchpoint")
    page = app.store.page(workspace, wanted, limit=_MAX_ENTRIES, max_scanned=_MAX_ENTRIES)
    return [entry for entry in page.entries if _channel_of(entry)]


def _channel_of(entry: Entry) -> str:
    return channel_name(text_at(entry.payload, "touchpoint", "channel") or "")


def _named_in(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The channels that have a table in a rule, in order."""
    tables = (channel for rule in rules for channel in table_in(rule.document, "activity"))
    return tuple(dict.fromkeys(map(channel_name, tables)))


def channels_in(named: Sequence[str], entries: Iterable[Entry]) -> tuple[str, ...]:
    """The channels that rules name, then those of touchpoints, after what is set for all."""
    seen = dict.fromkeys(sorted(map(_channel_of, entries)))
    return tuple(dict.fromkeys((ANY_CHANNEL, *named, *seen)))


def channel_label(channel: str) -> str:
    """The channel in words."""
    if channel == ANY_CHANNEL:
        return "Every channel"
    name, _ = channel_words(channel)
    return name


def _touchpoints(
    entries: Iterable[Entry], channel: str, named: Sequence[str]
) -> Iterator[Prospect]:
    """The touchpoints that the channel's table fills, up to `_MAX_TOUCHPOINTS`; what is set for
    every channel alone fills those of a channel that no rule names."""
    found = [one for one in entries if channel in (_channel_of(one), _table_of(one, named))]
    for entry in found[:_MAX_TOUCHPOINTS]:
        yield Prospect(entry.id, _title(entry, channel), entry.event, entry.state)


def _table_of(entry: Entry, named: Sequence[str]) -> str:
    channel = _channel_of(entry)
    return channel if channel in named else ANY_CHANNEL


def _title(entry: Entry, channel: str) -> str:
    """`Ada Lovelace, 12 Nov 2026`; with its channel among those of every channel."""
    name = name_of(entry.payload.get("prospect"))
    words = channel_label(_channel_of(entry)) if channel == ANY_CHANNEL else ""
    return ", ".join(filter(None, (name, words, format_value(entry.event.occurred_at))))


def _made_up(visitor: Visitor, channel: str) -> Prospect:
    """A made-up touchpoint, sent by the visitor."""
    sent = {**_MADE_UP_TOUCHPOINT, "channel": _OTHER if channel == ANY_CHANNEL else channel}
    user: JsonObject = {"id": visitor.id or "made-up", "name": visitor.name}
    payload: JsonObject = {"touchpoint": sent, "prospect": MADE_UP, "user": user}
    event = Event("touchpoint", visitor.workspace, "made-up", "2026-01-01T09:30:00Z", payload)
    return Prospect("", name_of(MADE_UP), event)
