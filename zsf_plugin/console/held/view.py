"""What the page shows: each cause with its fix, and whose entries wait. Reads only."""

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
from zsf_plugin.console.held.several_match import policy_lock, policy_of
from zsf_plugin.console.presenters.causes import HeldCause, key_of, merged_by_cause
from zsf_plugin.console.presenters.records import field_setup_url, known_org
from zsf_plugin.messages.text import admin_message
from zsf_plugin.ports import Entry, ReleasedBy
from zsf_plugin.wiring.apps import ConsoleApp

#: Entries of a cause that are read to name their sellers.
_MAX_SAMPLE = 30
#: Events named for a cause whose calls could not be stored.
_MAX_EVENTS = 3
_WEEK_S = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class ShownCause:
    """One cause on the page, with the newest of its entries.

    `field` is what it is about, where the cause names one; `values` are those that the field's
    picklist lacks, with how many entries each, and `others` of the entries have another; `source`
    is there where prospects lack what the field is mapped from. `policy` is the one for several
    matches, with who says so, and `policy_lock` the rule file that keeps it.
    """

    cause: HeldCause
    newest: Sequence[Entry]
    field: MappedField | None = None
    values: Sequence[tuple[str, int]] = ()
    others: int = 0
    setup_url: str | None = None
    fallback: Fallback | None = None
    policy: tuple[str, str] | None = None
    policy_lock: str | None = None

    @property
    def title(self) -> str:
        """What it is: the message of a validation rule, if that is what refused its entries."""
        if self.fallback is not None:
            return self.fallback.title
        return replace(self.cause, admin_message=self.admin_message).title

    @property
    def admin_message(self) -> str:
        """What an admin of the org wrote for its entries; "" if they differ, or there is none."""
        cause = self.cause.cause
        found = {admin_message(cause, salesforce_message_of(entry)) for entry in self.newest}
        return found.pop() if len(found) == 1 else ""

    @property
    def todo(self) -> str:
        """What to do about it."""
        return (self.fallback or self.cause).todo

    @property
    def summary(self) -> str:
        """Whose entries, and of which kind."""
        return kinds_and_sellers(self.newest)

    @property
    def row(self) -> str:
        """The id of the field's row in the mapping; of the object's table where the cause names no
        field."""
        return self.field.row if self.field else f"map-{self.cause.object or ''}"

    @property
    def salesforce_message(self) -> str | None:
        """Message from Salesforce of the newest."""
        if not self.newest or self.cause.fix == "several" or self.admin_message:
            return None
        return salesforce_message_of(self.newest[0])

    @property
    def events(self) -> list[str]:
        """The newest calls that left nothing but their ids."""
        if self.cause.can_retry:
            return []
        return event_ids(self.newest[:_MAX_EVENTS])

    @property
    def report(self) -> str:
        """What Zaplify needs to know."""
        return report_text(self.newest, self.newest[0].event.workspace) if self.newest else ""


@dataclass(frozen=True, slots=True)
class HeldPage:
    """All of it. `releases` counts the entries put back in 7 days, by what released them."""

    causes: tuple[ShownCause, ...]
    releases: Mapping[ReleasedBy, int]

    @property
    def released(self) -> int:
        """How many were put back."""
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
        """How many entries "all" means."""
        return sum(shown.cause.entries for shown in self.causes if shown.cause.can_retry_with_all)

    @property
    def in_doubt(self) -> int:
        """How many "all" leaves to be looked at one by one."""
        return sum(shown.cause.entries for shown in self.causes if shown.cause.fix == "look")

    @property
    def need_decision(self) -> int:
        """How many only a person releases or drops."""
        return sum(shown.cause.entries for shown in self.causes if not shown.cause.is_automatic)

    @property
    def calls(self) -> int:
        """About how many calls trying all of them takes."""
        return estimated_calls(self.retried_with_all)


def held_page(app: ConsoleApp, workspace: str) -> HeldPage:
    """The page. Raises StoreUnavailable."""
    causes = tuple(_shown(app, workspace, cause) for cause in causes_of(app, workspace))
    return HeldPage(causes, app.store.released(workspace, app.clock.now() - _WEEK_S))


def causes_of(app: ConsoleApp, workspace: str) -> list[HeldCause]:
    """The causes, most entries first."""
    return merged_by_cause(app.store.held_groups(workspace), known_org(app, workspace).label)


def fingerprint_of(causes: Iterable[HeldCause]) -> str:
    """A fingerprint of the held entries, to detect a change."""
    return key_of(";".join(f"{cause.key} {cause.entries} {cause.since}" for cause in causes))


def cause_with(app: ConsoleApp, workspace: str, key: str) -> HeldCause | None:
    """The cause of that key, as long as anything is held by it."""
    return next((cause for cause in causes_of(app, workspace) if cause.key == key), None)


def estimated_calls(entries: int) -> int:
    """About how many calls trying so many again takes: a look and writes for each 200
    (docs/call-budget.md)."""
    return 2 if entries <= 1 else 4 * -(-entries // 200)


def label_of_field(app: ConsoleApp, workspace: str, cause: HeldCause) -> MappedField | None:
    """The field that a cause is about; None where it names none."""
    if not cause.object or not cause.field:
        return None
    return mapped_field(app, workspace, cause.object, cause.field)


def _shown(app: ConsoleApp, workspace: str, cause: HeldCause) -> ShownCause:
    """The cause with what makes it go away."""
    newest = app.store.entries(workspace, state="held", cause=cause.group, limit=_MAX_SAMPLE)
    shown = ShownCause(cause, newest, label_of_field(app, workspace, cause))
    if cause.fix == "several":
        policy, lock = policy_of(app, workspace), policy_lock(app, workspace)
        return replace(shown, policy=policy, policy_lock=lock)
    return _with_fix(app, shown, shown.field) if shown.field else shown


def _with_fix(app: ConsoleApp, shown: ShownCause, field: MappedField) -> ShownCause:
    """The cause with what can be fixed of its field here."""
    if shown.cause.fix == "picklist":
        return _with_picklist(app, shown, field)
    if shown.cause.fix == "fill" and shown.newest:
        return _with_fallback(app, shown, field)
    return shown


def _with_picklist(app: ConsoleApp, shown: ShownCause, field: MappedField) -> ShownCause:
    values, others = unknown_values(app, field, shown.cause.group)
    url = field_setup_url(app.store.connection(field.workspace), field.object, field.name)
    return replace(shown, values=values, others=others, setup_url=url)


def _with_fallback(app: ConsoleApp, shown: ShownCause, field: MappedField) -> ShownCause:
    source = empty_source(app, field, shown.newest[0].event)
    fallback = Fallback(field, source, shown.cause.entries) if source else None
    return replace(shown, fallback=fallback)
