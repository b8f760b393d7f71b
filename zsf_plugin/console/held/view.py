"""What the page shows: each cause with its fix, whose entries wait, and one cause's entries
unfolded. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zsf_plugin.console.console_rules import lock_of
from zsf_plugin.console.held.choosing import Choices
from zsf_plugin.console.held.fallbacks import Fallback, fallback_for
from zsf_plugin.console.held.picklists import PicklistFix, picklist_fix
from zsf_plugin.console.labels import clipped
from zsf_plugin.console.telling.causes import HeldCause, by_cause, key_of, of_kind
from zsf_plugin.console.telling.deciders import origin_of
from zsf_plugin.console.telling.entries import salesforces_words, seller_of
from zsf_plugin.console.telling.records import field_setup_url, named_records
from zsf_plugin.console.telling.stories import Story, story_of
from zsf_plugin.console.telling.values import label_of
from zsf_plugin.console.telling.waiting import waiting_of
from zsf_plugin.model.rules import Rules
from zsf_plugin.ports.store import Entry, EntryFilter
from zsf_plugin.wiring.console import ConsoleApp

PAGE = 50
#: So many entries of a cause are looked at for whose they are.
_SAMPLE = 30
_WEEK_S = 7 * 86_400.0
_KINDS = {"purchase": "purchases", "touchpoint": "activities"}


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """One held entry of an unfolded cause. `said`: Salesforce's own words; `named`: the records in
    them."""

    story: Story
    said: str | None
    named: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A cause's entries, a page of them; `older` pages on."""

    entries: tuple[HeldEntry, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One cause on the page.

    `fallback` is there where prospects lack what the field is mapped from, `row` is the mapping's
    row to go to, `below` says whose entries and of which kind, `picklist` is a fix in place,
    `first` the entry that a choice begins with, `events` the newest calls that left nothing but
    their ids, `report` what Zaplify needs to know, `said` what Salesforce said of the newest.
    """

    cause: HeldCause
    below: str
    picklist: PicklistFix | None
    setup_url: str | None
    first: str | None
    policy: str | None
    policy_origin: str | None
    policy_lock: str | None
    fallback: Fallback | None
    row: str
    events: tuple[str, ...]
    report: str | None
    said: str | None
    unfolded: Unfolded | None


@dataclass(frozen=True, slots=True)
class HeldPage:
    """All of it. `tried_with_all` are the entries that "all" means, `unclear` those that it leaves
    to be looked at one by one, `wait_for_word` those that only a person releases or drops, `calls`
    about what trying takes. `released` counts those put back in 7 days, `by_themselves` those of
    them that nobody had to; `print` tells this page from one with other entries."""

    causes: tuple[Shown, ...]
    entries: int
    tried_with_all: int
    unclear: int
    wait_for_word: int
    released: int
    by_themselves: int
    calls: int
    print: str


def held_page(app: ConsoleApp, workspace: str, unfold: str = "", before: str = "") -> HeldPage:
    """The page with one cause's entries unfolded, by its key. Raises StoreUnavailable."""
    causes = causes_of(app, workspace)
    released = app.store.released(workspace, app.clock.now() - _WEEK_S)
    tried = sum(cause.entries for cause in causes if cause.goes_with_all)
    return HeldPage(
        causes=tuple(
            _shown(app, workspace, cause, before if cause.key == unfold else None)
            for cause in causes
        ),
        entries=sum(cause.entries for cause in causes),
        tried_with_all=tried,
        unclear=sum(cause.entries for cause in causes if cause.fix == "look"),
        wait_for_word=sum(cause.entries for cause in causes if not cause.by_itself),
        released=sum(released.values()),
        by_themselves=released["change"] + released["link"],
        calls=about_calls(tried),
        print=print_of(causes),
    )


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


def _shown(app: ConsoleApp, workspace: str, cause: HeldCause, before: str | None) -> Shown:
    sample = app.store.entries(workspace, state="held", cause=cause.group, limit=_SAMPLE)
    fix = None
    if cause.fix == "picklist" and cause.object and cause.field:
        fix = picklist_fix(app, workspace, cause.group, cause.object, cause.field)
    fallback = fallback_for(app, workspace, cause, list(sample))
    if fallback is not None:
        cause = replace(
            cause, title=fallback.title(cause.entries), todo=fallback.todo(cause.entries)
        )
    connection = app.store.connection(workspace)
    rules = app.rulebook.rules_for(workspace, {"workspace": workspace})
    several = cause.fix == "several"
    return Shown(
        cause=of_kind(
            cause,
            "touchpoint" if {entry.kind for entry in sample} == {"touchpoint"} else "purchase",
        ),
        below=_whose(sample),
        picklist=fix,
        setup_url=field_setup_url(connection, fix.object, fix.field) if fix is not None else None,
        first=sample[0].id if several and sample else None,
        policy=rules.many if several else None,
        policy_origin=origin_of(app, workspace, rules.origins.get("/match/many", ""))
        if several
        else None,
        policy_lock=lock_of(app.rulebook.rules(workspace), "match", "many") if several else None,
        fallback=fallback,
        row=row_of(rules, cause.object or "", cause.field)
        if cause.field
        else f"map-{cause.object or ''}",
        events=tuple(clipped(entry.event.event_id) for entry in sample[:3])
        if not cause.can_retry
        else (),
        report=_report(sample, workspace) if cause.fix == "report" else None,
        said=salesforces_words(sample[0], 600) if sample and not several else None,
        unfolded=None if before is None else unfolded(app, workspace, cause, before),
    )


def unfolded(app: ConsoleApp, workspace: str, cause: HeldCause, before: str) -> Unfolded:
    """A page of the cause's entries, newest first."""
    wanted = EntryFilter(state="held", cause=cause.group)
    page = app.store.page(workspace, wanted, before=before or None, limit=PAGE)
    connection, waiting = app.store.connection(workspace), waiting_of(app, workspace)
    entries = tuple(
        HeldEntry(
            story=story_of(entry, waiting),
            said=salesforces_words(entry, 600),
            named=named_records(entry, connection),
        )
        for entry in page.entries
    )
    return Unfolded(entries, page.older)


def row_of(rules: Rules, object_: str, field: str) -> str:
    """The id of the mapping's row that fills the field; of the empty one where none does."""
    rule = rules.filling(object_, field)
    return f"row-{object_}-{rule.field}" if rule is not None else f"row-{object_}-need-{field}"


def _whose(sample: Sequence[Entry]) -> str:
    """`purchases · Björn Åkerlund, Zoë and 4 more`, as far as the newest of them tell."""
    kinds = " and ".join(
        words for kind, words in _KINDS.items() if any(entry.kind == kind for entry in sample)
    )
    sellers = list(dict.fromkeys(name for entry in sample if (name := seller_of(entry))))
    more = f" and {len(sellers) - 2} more" if len(sellers) > 2 else ""
    names = (", " if more else " and ").join(sellers[:2]) + more
    return " · ".join(part for part in (kinds, names) if part)


def _report(sample: Sequence[Entry], workspace: str) -> str:
    """What Zaplify's developers need, and nothing of anybody's data."""
    lines = [f"Salesforce plugin, workspace {workspace}: events that could not be taken"]
    for entry in sample:
        why = entry.cause.text if entry.cause is not None else ""
        lines.append(
            f"- {entry.kind} {clipped(entry.event.event_id)}, entry {entry.id}: {clipped(why, 300)}"
        )
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Choosing:
    """The records of one entry, looked up on the page, in whose cause they stand, and the entry
    after it."""

    key: str
    choices: Choices
    next: str | None
