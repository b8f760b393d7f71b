"""What the page shows: each cause with its fix, whose entries wait, and one cause's entries
unfolded. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from zsf_plugin.console.console_rules import lock_of
from zsf_plugin.console.held.fixes import Fallback, PicklistFix, fallback_for, picklist_fix
from zsf_plugin.console.labels import clipped
from zsf_plugin.console.telling.causes import HeldCause, by_cause, key_of
from zsf_plugin.console.telling.deciders import origin_of
from zsf_plugin.console.telling.entries import salesforces_words, seller_of
from zsf_plugin.console.telling.records import field_setup_url, named_records
from zsf_plugin.console.telling.stories import Story, story_of
from zsf_plugin.console.telling.values import label_of
from zsf_plugin.console.telling.waiting import Waiting, waiting_of
from zsf_plugin.messages.text import reason_text
from zsf_plugin.model.link import Connection
from zsf_plugin.model.rules import Rules
from zsf_plugin.ports.store import Entry, EntryFilter
from zsf_plugin.wiring.console import ConsoleApp

PAGE_SIZE = 50
#: So many entries of a cause are looked at for whose they are.
_MAX_SAMPLE = 30
#: So many of those whose call left nothing are named.
_MAX_EVENTS = 3
_MAX_SAID_LENGTH = 600
_MAX_REASON_LENGTH = 300
_WEEK_S = 7 * 86_400.0
_KINDS = {"purchase": "purchases", "touchpoint": "activities"}

#: One held entry: its story, Salesforce's own words, and the records named in them (object, id,
#: address).
HeldEntry: TypeAlias = "tuple[Story, str | None, tuple[tuple[str, str, str], ...]]"


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A cause's entries, a page of them; `older` pages on."""

    entries: tuple[HeldEntry, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class ShownCause:
    """One cause on the page.

    `below` says whose entries and of which kind, `row` is the mapping's row to go to, `said` what
    Salesforce said of the newest. `picklist` is a fix in place, `fallback` is there where prospects
    lack what the field is mapped from, `first` the entry that a choice begins with, `events` the
    newest calls that left nothing but their ids, `report` what Zaplify needs to know.
    """

    cause: HeldCause
    below: str
    row: str
    picklist: PicklistFix | None = None
    setup_url: str | None = None
    fallback: Fallback | None = None
    first: str | None = None
    policy: str | None = None
    policy_origin: str | None = None
    policy_lock: str | None = None
    events: tuple[str, ...] = ()
    report: str | None = None
    said: str | None = None
    unfolded: Unfolded | None = None


@dataclass(frozen=True, slots=True)
class HeldPage:
    """All of it. `released` counts those put back in 7 days, `by_themselves` those of them that
    nobody had to; `print` tells this page from one with other entries."""

    causes: tuple[ShownCause, ...]
    released: int
    by_themselves: int
    print: str

    @property
    def entries(self) -> int:
        """How many are held."""
        return sum(shown.cause.entries for shown in self.causes)

    @property
    def tried_with_all(self) -> int:
        """How many entries "all" means."""
        return sum(shown.cause.entries for shown in self.causes if shown.cause.goes_with_all)

    @property
    def unclear(self) -> int:
        """How many "all" leaves to be looked at one by one."""
        return sum(shown.cause.entries for shown in self.causes if shown.cause.fix == "look")

    @property
    def wait_for_word(self) -> int:
        """How many only a person releases or drops."""
        return sum(shown.cause.entries for shown in self.causes if not shown.cause.by_itself)

    @property
    def calls(self) -> int:
        """About how many calls trying all of them takes."""
        return about_calls(self.tried_with_all)


def held_page(app: ConsoleApp, workspace: str, unfold: str = "", before: str = "") -> HeldPage:
    """The page with one cause's entries unfolded, by its key. Raises StoreUnavailable."""
    causes = causes_of(app, workspace)
    released = app.store.released(workspace, app.clock.now() - _WEEK_S)
    return HeldPage(
        causes=tuple(_with_entries(app, workspace, cause, unfold, before) for cause in causes),
        released=sum(released.values()),
        by_themselves=released["change"] + released["link"],
        print=print_of(causes),
    )


def _with_entries(
    app: ConsoleApp, workspace: str, cause: HeldCause, unfold: str, before: str
) -> ShownCause:
    shown = _shown(app, workspace, cause)
    if cause.key != unfold:
        return shown
    return replace(shown, unfolded=unfolded(app, workspace, cause, before))


def causes_of(app: ConsoleApp, workspace: str) -> list[HeldCause]:
    """The causes, most entries first."""
    known = app.orgs.known_facts(workspace)
    facts = known.facts if known is not None else None
    return by_cause(
        app.store.held(workspace), lambda object_, field: label_of(facts, object_, field)
    )


def print_of(causes: Sequence[HeldCause]) -> str:
    """What tells that other entries are held than those that a page shows."""
    return key_of(";".join(f"{cause.key} {cause.entries} {cause.since}" for cause in causes))


def cause_with(app: ConsoleApp, workspace: str, key: str) -> HeldCause | None:
    """The cause of that key, as long as anything is held by it."""
    return next((cause for cause in causes_of(app, workspace) if cause.key == key), None)


def about_calls(entries: int) -> int:
    """About how many calls trying so many again takes: a look and writes for each 200
    (docs/call-budget.md)."""
    return 2 if entries <= 1 else 4 * -(-entries // 200)


def _shown(app: ConsoleApp, workspace: str, cause: HeldCause) -> ShownCause:
    """The cause with what makes it go away."""
    sample = app.store.entries(workspace, state="held", cause=cause.group, limit=_MAX_SAMPLE)
    rules = app.rulebook.rules_for(workspace, {"workspace": workspace})
    shown = ShownCause(cause, _whose(sample), _row_to_go_to(rules, cause))
    shown = _with_sample(shown, sample, workspace)
    if cause.fix == "picklist":
        shown = _with_picklist(app, workspace, shown)
    elif cause.fix == "fill":
        shown = _with_fallback(app, workspace, shown, sample)
    elif cause.fix == "several":
        shown = _with_policy(app, workspace, shown, rules)
    return shown


def _with_sample(shown: ShownCause, sample: Sequence[Entry], workspace: str) -> ShownCause:
    """What the newest entries tell of the cause."""
    if not sample:
        return shown
    if shown.cause.fix == "several":
        return replace(shown, first=sample[0].id)
    shown = replace(shown, said=salesforces_words(sample[0], _MAX_SAID_LENGTH))
    if shown.cause.fix == "report":
        shown = replace(shown, report=_report(sample, workspace))
    if shown.cause.can_retry:
        return shown
    events = tuple(clipped(entry.event.event_id) for entry in sample[:_MAX_EVENTS])
    return replace(shown, events=events)


def _with_picklist(app: ConsoleApp, workspace: str, shown: ShownCause) -> ShownCause:
    cause = shown.cause
    if not cause.object or not cause.field:
        return shown
    fix = picklist_fix(app, workspace, cause.group, cause.object, cause.field)
    if fix is None:
        return shown
    url = field_setup_url(app.store.connection(workspace), fix.object, fix.field)
    return replace(shown, picklist=fix, setup_url=url)


def _with_fallback(
    app: ConsoleApp, workspace: str, shown: ShownCause, sample: Sequence[Entry]
) -> ShownCause:
    """Where prospects lack what the field is mapped from, the cause says so."""
    cause = shown.cause
    fallback = fallback_for(app, workspace, cause, sample)
    if fallback is None:
        return shown
    title, todo = fallback.title(cause.entries), fallback.todo(cause.entries)
    return replace(shown, fallback=fallback, cause=replace(cause, title=title, todo=todo))


def _with_policy(app: ConsoleApp, workspace: str, shown: ShownCause, rules: Rules) -> ShownCause:
    return replace(
        shown,
        policy=rules.many,
        policy_origin=origin_of(app, workspace, rules.origins.get("/match/many", "")),
        policy_lock=lock_of(app.rulebook.rules(workspace), "match", "many"),
    )


def unfolded(app: ConsoleApp, workspace: str, cause: HeldCause, before: str) -> Unfolded:
    """A page of the cause's entries, newest first."""
    wanted = EntryFilter(state="held", cause=cause.group)
    page = app.store.page(workspace, wanted, before=before or None, limit=PAGE_SIZE)
    connection, waiting = app.store.connection(workspace), waiting_of(app, workspace)
    entries = tuple(_held_entry(entry, connection, waiting) for entry in page.entries)
    return Unfolded(entries, page.older)


def _held_entry(entry: Entry, connection: Connection | None, waiting: Waiting) -> HeldEntry:
    said = salesforces_words(entry, _MAX_SAID_LENGTH)
    return story_of(entry, waiting), said, named_records(entry, connection)


def _row_to_go_to(rules: Rules, cause: HeldCause) -> str:
    """The id of the mapping's row that fills the field, of the empty one where none does; of the
    object's table where the cause names no field."""
    object_, field = cause.object or "", cause.field
    if not field:
        return f"map-{object_}"
    rule = rules.filling(object_, field)
    return f"row-{object_}-{rule.field}" if rule is not None else f"row-{object_}-need-{field}"


def _whose(sample: Sequence[Entry]) -> str:
    """`purchases · Björn Åkerlund, Zoë and 4 more`, as far as the newest of them tell."""
    present = {entry.kind for entry in sample}
    kinds = " and ".join(words for kind, words in _KINDS.items() if kind in present)
    sellers = list(dict.fromkeys(seller_of(entry) for entry in sample))
    names = _names([name for name in sellers if name])
    return " · ".join(part for part in (kinds, names) if part)


def _names(sellers: Sequence[str]) -> str:
    """The first two of them, and how many more there are."""
    if len(sellers) > 2:
        return f"{', '.join(sellers[:2])} and {len(sellers) - 2} more"
    return " and ".join(sellers)


def _report(sample: Sequence[Entry], workspace: str) -> str:
    """What Zaplify's developers need, and nothing of anybody's data."""
    lines = [f"Salesforce plugin, workspace {workspace}: events that could not be taken"]
    for entry in sample:
        why = clipped(reason_text(entry.reason, entry.cause) or "", _MAX_REASON_LENGTH)
        lines.append(f"- {entry.kind} {clipped(entry.event.event_id)}, entry {entry.id}: {why}")
    return "\n".join(lines)
