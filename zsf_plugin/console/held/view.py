"""The Held page: each cause with its fix and its newest entries. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.console.held.entries import (
    event_ids,
    kinds_and_sellers,
    report_text,
    salesforce_message_of,
)
from zsf_plugin.console.held.fixes import (
    Fallback,
    MappedField,
    empty_source,
    mapped_field,
    unknown_values,
)
from zsf_plugin.console.held.policies import Policy, policy_of
from zsf_plugin.console.presenters.causes import HeldCause, key_of, merged_by_cause
from zsf_plugin.console.presenters.records import field_setup_url, known_org
from zsf_plugin.messages.text import admin_message
from zsf_plugin.model import channel_name, text_at
from zsf_plugin.ports import Entry, ReleasedBy
from zsf_plugin.wiring.apps import ConsoleApp

#: Entries of a cause that are read to name their sellers.
_MAX_SAMPLE = 30
#: Events that are named for a cause whose hook calls could not be stored.
_MAX_EVENTS = 3
_WEEK_S = 7 * 86_400.0
_HIDDEN = (
    "Salesforce requires this field, but the connected user can’t see it. Give that user access to "
    "it in Salesforce, then refresh the fields in Field mapping and map it."
)


@dataclass(frozen=True, slots=True)
class ShownCause:
    """One cause on the page, with the newest of its entries.

    `field` is the field that the cause names. `values` are the values that its picklist lacks,
    each with its number of entries; `others` of the entries have another value. `fallback` is set
    if prospects have no value for the field. `policy` is the setting of matching that holds the
    entries. `setup_url` opens the field in Salesforce's Setup.
    """

    cause: HeldCause
    newest: Sequence[Entry]
    field: MappedField | None = None
    values: Sequence[tuple[str, int]] = ()
    others: int = 0
    setup_url: str | None = None
    fallback: Fallback | None = None
    policy: Policy | None = None

    @property
    def title(self) -> str:
        """What happened: an admin's validation message, if one refused the entries."""
        if self.fallback is not None:
            return self.fallback.title
        return replace(self.cause, admin_message=self.admin_message).title

    @property
    def admin_message(self) -> str:
        """The org's own validation message; "" if there is none, or if entries differ."""
        cause = self.cause.cause
        found = {admin_message(cause, salesforce_message_of(entry)) for entry in self.newest}
        return found.pop() if len(found) == 1 else ""

    @property
    def todo(self) -> str:
        """What to do."""
        return _HIDDEN if self.is_hidden else (self.fallback or self.cause).todo

    @property
    def is_hidden(self) -> bool:
        """Whether the connected user cannot see the field to fill, so that it has no row in the
        mapping."""
        return self.cause.fix == "fill" and self.field is not None and self.field.is_hidden

    @property
    def summary(self) -> str:
        """The kinds and sellers of its entries."""
        return kinds_and_sellers(self.newest)

    @property
    def row(self) -> str:
        """The ID of the field's row in the mapping; of the object's table if the cause names no
        field."""
        return self.field.row if self.field else f"map-{self.cause.object or ''}"

    @property
    def channel(self) -> str:
        """The channel whose activities fill the field; "" if prospects do."""
        touchpoints = [entry for entry in self.newest if entry.kind == "touchpoint"]
        if self.cause.object != "Task" or not touchpoints:
            return ""
        return channel_name(text_at(touchpoints[0].payload, "touchpoint", "channel") or "")

    @property
    def salesforce_message(self) -> str | None:
        """The message from Salesforce for the newest entry."""
        if not self.newest or self.cause.fix == "choose" or self.admin_message:
            return None
        return salesforce_message_of(self.newest[0])

    @property
    def events(self) -> list[str]:
        """The IDs of the newest events, if the cause cannot be retried: only IDs were stored."""
        if self.cause.can_retry:
            return []
        return event_ids(self.newest[:_MAX_EVENTS])

    @property
    def report(self) -> str:
        """The report for Zaplify."""
        return report_text(self.newest, self.newest[0].event.workspace) if self.newest else ""


@dataclass(frozen=True, slots=True)
class HeldPage:
    """The whole page. `releases` counts the entries released in the last 7 days, by what released
    them."""

    causes: tuple[ShownCause, ...]
    releases: Mapping[ReleasedBy, int]

    @property
    def released(self) -> int:
        """How many entries were released."""
        return sum(self.releases.values())

    @property
    def released_automatically(self) -> int:
        """How many of those were released automatically."""
        return self.releases["change"] + self.releases["link"]

    @property
    def print(self) -> str:
        """A fingerprint of the entries on the page."""
        return fingerprint_of(shown.cause for shown in self.causes)

    @property
    def entries(self) -> int:
        """How many are held."""
        return sum(shown.cause.entries for shown in self.causes)

    @property
    def retried_with_all(self) -> int:
        """How many entries “Retry all” releases."""
        return sum(shown.cause.entries for shown in self.causes if shown.cause.can_retry_with_all)

    @property
    def in_doubt(self) -> int:
        """How many in-doubt entries “Retry all” leaves for a person to check."""
        return sum(shown.cause.entries for shown in self.causes if shown.cause.fix == "look")

    @property
    def need_decision(self) -> int:
        """How many entries need a person's decision."""
        return sum(shown.cause.entries for shown in self.causes if not shown.cause.is_automatic)

    @property
    def calls(self) -> int:
        """About how many API calls “Retry all” takes."""
        return estimated_calls(self.retried_with_all)


def held_page(app: ConsoleApp, workspace: str) -> HeldPage:
    """The page of a workspace. Raises StoreUnavailable."""
    causes = tuple(_shown(app, workspace, cause) for cause in causes_of(app, workspace))
    return HeldPage(causes, app.store.released(workspace, app.clock.now() - _WEEK_S))


def causes_of(app: ConsoleApp, workspace: str) -> list[HeldCause]:
    """The causes, most entries first."""
    return merged_by_cause(app.store.held_groups(workspace), known_org(app, workspace).label)


def fingerprint_of(causes: Iterable[HeldCause]) -> str:
    """A fingerprint of the held entries, to detect a change."""
    return key_of(";".join(f"{cause.key} {cause.entries} {cause.since}" for cause in causes))


def cause_with(app: ConsoleApp, workspace: str, key: str) -> HeldCause | None:
    """The cause with that key; None if it holds no entries."""
    return next((cause for cause in causes_of(app, workspace) if cause.key == key), None)


def estimated_calls(entries: int) -> int:
    """About how many API calls retrying that many entries takes: lookups and writes for each 200
    (docs/call-budget.md)."""
    return 2 if entries <= 1 else 4 * -(-entries // 200)


def label_of_field(app: ConsoleApp, workspace: str, cause: HeldCause) -> MappedField | None:
    """The field that the cause names, if any."""
    if not cause.object or not cause.field:
        return None
    return mapped_field(app, workspace, cause.object, cause.field)


def _shown(app: ConsoleApp, workspace: str, cause: HeldCause) -> ShownCause:
    """The cause with its fix."""
    newest = app.store.entries(workspace, state="held", cause=cause.group, limit=_MAX_SAMPLE)
    shown = ShownCause(cause, newest, label_of_field(app, workspace, cause))
    if cause.setting is not None:
        shown = replace(shown, policy=policy_of(app, workspace, cause.setting))
    return _with_fix(app, shown, shown.field) if shown.field else shown


def _with_fix(app: ConsoleApp, shown: ShownCause, field: MappedField) -> ShownCause:
    """The cause with the fix for its field, if the page offers one."""
    if shown.cause.fix == "picklist":
        return _with_picklist(app, shown, field)
    if shown.cause.fix == "fill" and shown.newest and not field.is_hidden:
        return _with_fallback(app, shown, field)
    if shown.cause.fix in ("access", "fill"):
        return replace(shown, setup_url=_setup_url(app, field))
    return shown


def _with_picklist(app: ConsoleApp, shown: ShownCause, field: MappedField) -> ShownCause:
    values, others = unknown_values(app, field, shown.cause.group)
    return replace(shown, values=values, others=others, setup_url=_setup_url(app, field))


def _setup_url(app: ConsoleApp, field: MappedField) -> str | None:
    """Where an admin edits the field in Salesforce."""
    return field_setup_url(app.store.connection(field.workspace), field.object, field.name)


def _with_fallback(app: ConsoleApp, shown: ShownCause, field: MappedField) -> ShownCause:
    source = empty_source(app, field, shown.newest[0].event)
    fallback = Fallback(field, source, shown.cause.entries) if source else None
    return replace(shown, fallback=fallback)
