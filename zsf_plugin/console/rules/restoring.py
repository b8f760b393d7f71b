"""Returns to a former version of the console's rules: as a new save, so that this can be undone in
the same way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.console.console_rules import RESTORED, findings_in, save_console_rules
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.rules.versions import SettingChange
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.ports import HistoryLine, SavedRules
from zsf_plugin.wiring.apps import ConsoleApp

#: Sections whose values the history names; a field's value may be a customer's.
_NAMED = ("mode", "switches", "match")


@dataclass(frozen=True, slots=True)
class Restored:
    """The outcome. `stale`: someone saved since the changes were shown; `refused`: this version of
    the product does not accept the document, for these `reasons`. Both change nothing."""

    outcome: Literal["saved", "stale", "refused"]
    reasons: tuple[str, ...] = ()


def saved_version(app: ConsoleApp, workspace: str, version: int) -> SavedRules | None:
    """That version, if it is still stored. Raises StoreUnavailable."""
    found = app.store.console_rule_versions(workspace, before=version + 1, limit=1)
    return next((one for one in found if one.version == version), None)


def refusals_of(saved: SavedRules) -> tuple[str, ...]:
    """Why this version of the product does not accept the document; nothing if it does."""
    return tuple(map(str, findings_in(saved.document)))


def restore(
    app: ConsoleApp, visitor: Visitor, to: SavedRules, seen: int, changes: Iterable[SettingChange]
) -> Restored:
    """Save the document of that version again, if `seen` is still the newest one; `changes` are
    those that the visitor has seen. Raises StoreUnavailable."""
    reasons = refusals_of(to)
    if reasons:
        return Restored("refused", reasons)
    detail: JsonObject = {
        "restored": to.version,
        "version": seen + 1,
        "settings": {".".join(one.path): _value(one, to.document) for one in changes},
    }
    line = HistoryLine(app.clock.now(), RESTORED, visitor.name, detail)
    outcome = save_console_rules(app, visitor.workspace, to.document, seen, line)
    if outcome == "saved":
        app.wake(visitor.workspace)
    return Restored(outcome)


def _value(change: SettingChange, document: JsonObject) -> Json:
    """The value that the history names; None for what it does not."""
    if change.path[0] not in _NAMED:
        return None
    value: Json = document
    for name in change.path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
