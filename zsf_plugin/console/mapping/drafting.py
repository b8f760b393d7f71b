"""The draft in a posted form, over the rules as they are now: what a preview shows, and what saving
puts in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.console.console_rules import save_console_rules, with_console
from zsf_plugin.console.mapping.document import DraftResult, digest_of, drafted
from zsf_plugin.console.mapping.drafts import Draft
from zsf_plugin.console.mapping.fitting import unfit
from zsf_plugin.console.options import Visitor
from zsf_plugin.model import Json, JsonObject, KnownFacts
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.apps import ConsoleApp

#: What of the history says that this page was saved.
SAVED_CODES = ("mapping", "mode")
#: How often a save that only a switch overtook is tried again.
_MAX_TRIES = 5


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """The outcome of a save.

    `saved`: `changes` changes are in force, and `waiting` entries use them from now on. `refused`:
    the draft is invalid for these `reasons`. `overtaken`: `by` saved this page in the meantime, at
    `at` (seconds since 1970), if known. The last two changed nothing.
    """

    outcome: Literal["saved", "refused", "overtaken"]
    changes: int = 0
    waiting: int = 0
    reasons: tuple[str, ...] = ()
    by: str | None = None
    at: float | None = None


def drafted_document(app: ConsoleApp, workspace: str, draft: Draft) -> JsonObject:
    """The console's rule document as saving the draft would make it. Raises StoreUnavailable."""
    document, _ = app.store.console_rule(workspace)
    return _drafted(app, workspace, document, draft).document


def save(app: ConsoleApp, visitor: Visitor, draft: Draft, now: float) -> SavedDraft:
    """Put a draft in force, with its line of history, and wake a drain. Raises StoreUnavailable.

    A switch that was set in between is no conflict: it is not part of this page.
    """
    for _ in range(_MAX_TRIES):
        saved = _save_once(app, visitor, draft, now)
        if saved is not None:
            return saved
    return _overtaken(app, visitor.workspace)


def _save_once(app: ConsoleApp, visitor: Visitor, draft: Draft, now: float) -> SavedDraft | None:
    """What became of saving; None where the console's rules changed under it."""
    workspace = visitor.workspace
    document, version = app.store.console_rule(workspace)
    if draft.seen and draft.seen != digest_of(document):
        return _overtaken(app, workspace)
    taken = _drafted(app, workspace, document, draft)
    if taken.refusals or not taken.count:
        return _unchanged(taken)
    line = _history_line(taken, draft, visitor.name, now)
    outcome = save_console_rules(app, workspace, taken.document, version, line)
    return _saved(app, workspace, taken.count) if outcome == "saved" else None


def _unchanged(taken: DraftResult) -> SavedDraft:
    if taken.refusals:
        return SavedDraft("refused", reasons=taken.refusals)
    return SavedDraft("saved")


def _saved(app: ConsoleApp, workspace: str, changes: int) -> SavedDraft:
    app.wake(workspace)
    counts = app.store.counts(workspace)
    return SavedDraft("saved", changes, counts.pending + counts.held)


def _overtaken(app: ConsoleApp, workspace: str) -> SavedDraft:
    for last in app.store.history(workspace, codes=SAVED_CODES, limit=1):
        return SavedDraft("overtaken", by=last.by, at=last.at)
    return SavedDraft("overtaken")


def _drafted(app: ConsoleApp, workspace: str, document: JsonObject, draft: Draft) -> DraftResult:
    known = app.orgs.known_facts(workspace)
    rules = with_console(app.rulebook.rules(workspace), document)
    return drafted(rules, draft, lambda object_, name: _unfit(known, object_, name))


def _unfit(known: KnownFacts | None, object_: str, name: str) -> str | None:
    """Why the org's field cannot be filled, whatever a page may have offered; None where it can, or
    was never read."""
    describe = known.facts.describes.get(object_) if known is not None else None
    if describe is None:
        return None
    field = describe.field(name)
    return "Not in Salesforce; refresh fields" if field is None else unfit(None, field)


def _history_line(taken: DraftResult, draft: Draft, by: str, now: float) -> HistoryLine:
    """What was done, by labels and API names; never a value."""
    mode: Mapping[str, Json] = {"mode": draft.mode} if taken.mode else {}
    rows: list[Json] = [edit.as_detail() for edit in taken.changed]
    if not rows:
        return HistoryLine(now, "mode", by, mode)
    return HistoryLine(now, "mapping", by, {"rows": rows, **mode})
