"""The draft in a posted form, over the rules as they are now: what a preview shows, and what saving
puts in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from zsf_plugin.console.console_rules import Refused, Saved, read_console_rules, save_console_rules
from zsf_plugin.console.mapping.drafts import (
    Draft,
    Drafted,
    PostedRow,
    draft_of,
    drafted,
    seen_of,
    with_console,
)
from zsf_plugin.console.mapping.fitting import unfit
from zsf_plugin.console.telling.sources import words_for
from zsf_plugin.console.visitors import Visitor
from zsf_plugin.model.describe import KnownFacts
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.rules import FieldRule
from zsf_plugin.ports.store import HistoryLine
from zsf_plugin.wiring.console import ConsoleApp

#: What of the history says that this page was saved.
SAVED_CODES = ("mapping", "mode")
#: How often a save that only a switch overtook is tried again.
_TRIES = 5


class Form(Protocol):
    """A posted form, as Flask has it."""

    def items(self, multi: bool = False) -> Iterable[tuple[str, str]]:
        """Names and values; with `multi`, all of each name."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """The draft is in force. `changes` are how many; `waiting` the entries that use it from now
    on."""

    changes: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody saved this page in between; nothing was changed. `by` and `at` say who, where that
    is known."""

    by: str | None
    at: float | None


@dataclass(frozen=True, slots=True)
class NotKept:
    """The draft asks for what cannot be; nothing was changed."""

    reasons: tuple[str, ...]


def draft_in(form: Form) -> Draft:
    """The draft of a form."""
    return draft_of(form.items(multi=True))


def drafted_document(app: ConsoleApp, workspace: str, form: Form) -> JsonObject:
    """The console's rule document as the posted form would save it. Raises StoreUnavailable."""
    return _drafted(
        app, workspace, read_console_rules(app, workspace).document, draft_in(form)
    ).document


def save(app: ConsoleApp, visitor: Visitor, draft: Draft, now: float) -> Kept | Overtaken | NotKept:
    """Put a draft in force, with its line of history, and wake a drain. Raises StoreUnavailable.

    A switch that was flipped in between overtakes nobody: it is no part of this page.
    """
    workspace = visitor.workspace
    for _ in range(_TRIES):
        layer = read_console_rules(app, workspace)
        if draft.seen and draft.seen != seen_of(layer.document):
            break
        taken = _drafted(app, workspace, layer.document, draft)
        if taken.refusals:
            return NotKept(taken.refusals)
        if not taken.count:
            return Kept(0, 0)
        saved = save_console_rules(
            app, workspace, taken.document, layer.version, _line(taken, draft, visitor.name, now)
        )
        if isinstance(saved, Refused):
            return NotKept(tuple(str(finding) for finding in saved.findings))
        if isinstance(saved, Saved):
            app.wake(workspace)
            return Kept(taken.count, waiting_for(app, workspace))
    last = next(iter(app.store.history(workspace, codes=SAVED_CODES, limit=1)), None)
    return Overtaken(last.by if last is not None else None, last.at if last is not None else None)


def waiting_for(app: ConsoleApp, workspace: str) -> int:
    """How many entries a changed mapping reaches: those that wait, and those that are held."""
    counts = app.store.counts(workspace)
    return counts.pending + counts.held


def _drafted(app: ConsoleApp, workspace: str, document: JsonObject, draft: Draft) -> Drafted:
    known = app.orgs.known_facts(workspace)
    rules = with_console(app.rulebook.rules(workspace), document)
    return drafted(rules, draft, lambda object_, name: _unfit(known, object_, name))


def _unfit(known: KnownFacts | None, object_: str, name: str) -> str | None:
    """Why the org's field cannot be filled, whatever a page may have offered; None where it can, or
    was never read."""
    describe = known.facts.describe(object_) if known is not None else None
    if describe is None:
        return None
    field = describe.field(name)
    return "There is no such field; refresh fields" if field is None else unfit(None, field)


def _line(taken: Drafted, draft: Draft, by: str, now: float) -> HistoryLine:
    """What was done, by labels and API names; never a value."""
    rows: list[Json] = [_told(row) for row in taken.changed]
    mode: Mapping[str, Json] = {"mode": draft.mode} if taken.mode else {}
    if not rows:
        return HistoryLine(now, "mode", by, mode)
    return HistoryLine(now, "mapping", by, {"rows": rows, **mode})


def _told(row: PostedRow) -> JsonObject:
    was = None if row.is_new else row.key
    what = (
        words_for(FieldRule("", (row.source,))).label if row.is_new and row.fixed is None else None
    )
    told = {
        "object": row.object,
        "was": was,
        "field": row.to or None,
        "overwrite": row.overwrite or None,
        "from": what,
    }
    return {key: value for key, value in told.items() if value is not None}
