"""Applies a posted draft to the rules in force, for a preview or to save it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.console.console_rules import RESTORED, save_console_rules, with_console
from zsf_plugin.console.mapping.document import DraftResult, digest_of, drafted
from zsf_plugin.console.mapping.drafts import Draft
from zsf_plugin.console.mapping.fitting import unfit
from zsf_plugin.console.options import Visitor
from zsf_plugin.model import ANY_CHANNEL, Json, JsonObject, KnownFacts, table_in
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.apps import ConsoleApp

#: History codes of a save of this page.
SAVED_CODES = ("mapping", "mode", RESTORED)
#: Attempts of a save that only a switch overtakes.
_MAX_TRIES = 5
#: Lines of history that are read to find the last save of a page.
_MAX_HISTORY = 20


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """The outcome of a save.

    `saved`: `changes` changes are in force. `refused`: the draft is invalid for these `reasons`.
    `overtaken`: someone saved this page in the meantime. The last two changed nothing.
    """

    outcome: Literal["saved", "refused", "overtaken"]
    changes: int = 0
    reasons: tuple[str, ...] = ()


def draft_result(app: ConsoleApp, workspace: str, draft: Draft) -> DraftResult:
    """What saving the draft would change, or why it cannot be saved. Raises StoreUnavailable."""
    document, _ = app.store.console_rule(workspace)
    return _drafted(app, workspace, document, draft)


def save(app: ConsoleApp, visitor: Visitor, draft: Draft, now: float) -> SavedDraft:
    """Save a draft with its line of history, and wake the drain. Raises StoreUnavailable.

    A switch set in between is no conflict: it is not part of this page.
    """
    for _ in range(_MAX_TRIES):
        saved = _save_once(app, visitor, draft, now)
        if saved is not None:
            return saved
    return SavedDraft("overtaken")


def _save_once(app: ConsoleApp, visitor: Visitor, draft: Draft, now: float) -> SavedDraft | None:
    """The outcome of one attempt; None if the console's rules changed during it."""
    workspace = visitor.workspace
    document, version = app.store.console_rule(workspace)
    if draft.seen and draft.seen != digest_of(document, draft.channel):
        return SavedDraft("overtaken")
    result = _drafted(app, workspace, document, draft)
    if result.refusals or not result.count:
        return _unchanged(result)
    line = _history_line(result, draft, visitor.name, now)
    outcome = save_console_rules(app, workspace, result.document, version, line)
    if outcome != "saved":
        return None
    app.wake(workspace)
    return SavedDraft("saved", result.count)


def _unchanged(result: DraftResult) -> SavedDraft:
    if result.refusals:
        return SavedDraft("refused", reasons=result.refusals)
    return SavedDraft("saved")


def last_save(app: ConsoleApp, workspace: str, channel: str = "") -> HistoryLine | None:
    """The last save of the page of prospects, or of that of a channel's activities, if it is known.
    Raises StoreUnavailable."""
    lines = app.store.history(workspace, codes=SAVED_CODES, limit=_MAX_HISTORY)
    return next((line for line in lines if _is_save_of(line, channel)), None)


def _is_save_of(line: HistoryLine, channel: str) -> bool:
    """Whether that page was saved, or restored; a channel inherits what is set for every one."""
    if line.code == RESTORED:
        sections = ("activity.",) if channel else ("fields.", "mode")
        return any(name.startswith(sections) for name in table_in(line.detail, "settings"))
    channels = (channel, ANY_CHANNEL) if channel else ("",)
    return line.detail.get("channel", "") in channels


def _drafted(app: ConsoleApp, workspace: str, document: JsonObject, draft: Draft) -> DraftResult:
    known = app.orgs.known_facts(workspace)
    rules = with_console(app.rulebook.rules(workspace), document)
    return drafted(rules, draft, lambda object_, name: _unfit(known, object_, name))


def _unfit(known: KnownFacts | None, object_: str, name: str) -> str | None:
    """Why the org's field cannot be filled; None if it can, or if the org was never read."""
    describe = known.facts.describes.get(object_) if known is not None else None
    if describe is None:
        return None
    field = describe.field(name)
    return "Not in Salesforce; refresh fields" if field is None else unfit(None, field)


def _history_line(result: DraftResult, draft: Draft, by: str, now: float) -> HistoryLine:
    """The changes by labels and API names, never a value."""
    mode: Mapping[str, Json] = {"mode": draft.mode} if result.mode else {}
    channel: Mapping[str, Json] = {"channel": draft.channel} if draft.channel else {}
    rows: list[Json] = [edit.as_detail() for edit in result.changed]
    if not rows:
        return HistoryLine(now, "mode", by, mode)
    return HistoryLine(now, "mapping", by, {"rows": rows, **mode, **channel})
