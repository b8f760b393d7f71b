"""Rules: one file (`Rule`), and all layers merged for one event (`Rules`). Reading them is up to
`rulebook`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from zsf_plugin.model.json import Json, JsonObject, table_in

Mode = Literal["lead", "contact"]
Overwrite = Literal["if_blank", "always", "if_ours", "on_create"]
Misfit = Literal["leave_out", "hold"]
TooLong = Literal["shorten", "hold"]
Compare = Literal["text", "email", "domain", "linkedin", "phone"]
Many = Literal["hold", "oldest", "newest_activity", "same_owner"]
Alerts = Literal["hold", "save"]
SharedMailbox = Literal["next_key", "hold", "connect"]
UnaskedPolicy = Literal["hold", "create"]
Layer = Literal["shipped", "console", "config", "workspace"]

#: The activity table that every channel inherits; a channel's own table overrides it key by key.
ANY_CHANNEL = "*"


def channel_name(channel: str) -> str:
    """A channel's name as rules and events are compared by it: `Email ` is `email`."""
    return channel.strip().casefold()


def field_tables(document: JsonObject) -> Iterator[tuple[tuple[str, str], JsonObject]]:
    """Each table of a rule that fills fields, with its path: the section, and the object or
    channel."""
    for section in ("fields", "activity"):
        tables = table_in(document, section)
        for name in tables:
            yield (section, name), table_in(tables, name)


def field_entries(document: JsonObject) -> Iterator[tuple[tuple[str, str, str], Json]]:
    """Each entry of a rule that fills a field, with its path."""
    for path, table in field_tables(document):
        for name, entry in table.items():
            yield (*path, name), entry


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule document, valid by `rule.schema.json`, and where it came from. Without `when` it
    always applies."""

    file: str
    layer: Layer
    document: JsonObject
    when: str | None = None

    @property
    def name(self) -> str:
        """The rule's own name, or the name of its file."""
        name = self.document.get("name")
        return name if isinstance(name, str) else self.file


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one Salesforce field is filled: by the first expression that is not null, else by
    `default`.

    `value` is a constant (then `sources` is empty). `values` maps values to others before fitting.
    `origin` is the rule file.
    """

    field: str
    sources: tuple[str, ...] = ()
    value: Json = None
    default: Json = None
    values: Mapping[str, Json] | None = None
    overwrite: Overwrite = "if_blank"
    misfit: Misfit = "leave_out"
    too_long: TooLong = "shorten"
    origin: str = ""


@dataclass(frozen=True, slots=True)
class MatchPart:
    """One field of a match key and how its values are compared."""

    field: str
    compare: Compare = "text"


MatchKey = tuple[MatchPart, ...]


@dataclass(frozen=True, slots=True)
class Switches:
    """The three On/Off switches."""

    sync_prospects: bool = True
    sync_activities: bool = True
    include_contents: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """For each purpose, the share of the org's daily API calls (0..1, used by anyone) at which it
    is throttled; and the maximum number of calls per second."""

    api_share: float = 0.8
    activities_share: float = 0.7
    badges_share: float = 0.5
    calls_per_second: float = 10.0


@dataclass(frozen=True, slots=True)
class Rules:
    """All layers merged for one event. `origins` maps a key's JSON pointer to the file that set it.

    `fields` is keyed by object, `activities` by channel, then both by Salesforce field API name.
    `undecided` are the files of rules whose condition costs too much for this event: they do not
    apply, but what they switch off is off. `shares_people`: the fields of a person are the same for
    every event with the same prospect and user.
    """

    mode: Mode = "lead"
    switches: Switches = Switches()
    match: Mapping[str, tuple[MatchKey, ...]] = field(default_factory=dict)
    many: Many = "hold"
    alerts: Alerts = "hold"
    shared_mailbox: SharedMailbox = "next_key"
    unasked: UnaskedPolicy = "hold"
    fields: Mapping[str, Mapping[str, FieldRule]] = field(default_factory=dict)
    activities: Mapping[str, Mapping[str, FieldRule]] = field(default_factory=dict)
    owner: tuple[str, ...] = ("user.email",)
    assignment_rules: bool = False
    limits: Limits = Limits()
    origins: Mapping[str, str] = field(default_factory=dict)
    undecided: tuple[str, ...] = ()
    shares_people: bool = True

    def field_rule(self, object_: str, name: str) -> FieldRule | None:
        """The rule that fills that field, ignoring case, or None."""
        table = self.fields.get(object_, {})
        lowered = {key.lower(): table[key] for key in table}
        return table.get(name) or lowered.get(name.lower())
