"""The event that a rule is tried on: that of a chosen entry, pasted JSON, or the newest one."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from zsf_plugin.console.options import Visitor
from zsf_plugin.console.rules.kept_events import KeptEvent, kept_event, kept_events
from zsf_plugin.console.rules.pasted_event import CallDefaults, read_pasted
from zsf_plugin.wiring.apps import ConsoleApp


@dataclass(frozen=True, slots=True)
class Given:
    """What a person chose and typed: an entry, pasted JSON, which takes precedence, and a rule."""

    entry: str = ""
    pasted: str = ""
    rule: str = ""


def chosen_event(app: ConsoleApp, visitor: Visitor, given: Given) -> KeptEvent | None:
    """The event; None if there is none. A pasted one has no entry. Raises UnreadableEvent and
    StoreUnavailable."""
    workspace = visitor.workspace
    if given.pasted.strip():
        defaults = CallDefaults(workspace, _user(visitor), _moment(app.clock.now()))
        event = read_pasted(given.pasted, defaults, app.explainer.read_event)
        return KeptEvent("", "", event)
    known = kept_event(app, workspace, given.entry) if given.entry else None
    return known or next(iter(kept_events(app, workspace)), None)


def _user(visitor: Visitor) -> dict[str, str]:
    return {"id": visitor.id or "visitor", "name": visitor.name}


def _moment(at: float) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).isoformat(timespec="seconds")
