"""Plans the entries that come next, in a thread of its own, while a call to the org is out.

A plan depends on its event and the rules alone, so it is only a head start: each entry is fetched
again in its turn, and a plan that was made under other rules is not used.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.people import KnownPeople
from zsf_plugin.errors import Log, ZsfError, place_of
from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import Plan, Rules
from zsf_plugin.ports import Entry, RuleSource

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

_log = Log("zsf_plugin.sync")

#: A batch of fewer entries leaves no call that is out for long.
MIN_BATCH = 50
#: At most this many entries are planned ahead: about as many as one call writes.
MAX_ENTRIES = 1_000


@dataclass(slots=True, eq=False)
class Ahead:
    """The plans of one drain that were made ahead. All methods are for the drain's own thread.
    `thread` is running, or has plans that were not taken."""

    thread: threading.Thread | None = None
    _made: dict[str, tuple[Rules, Plan]] = field(default_factory=dict)
    _is_stopping: bool = False

    def start(self, store: Store, rules: RuleSource, people: KnownPeople, last: Entry) -> None:
        """Begin to plan what comes after that entry, unless that has begun. Until its plans are
        taken, `people` are the thread's."""
        if self.thread is not None:
            return
        thread = threading.Thread(
            target=self._plan, args=(store, rules, people, last), name="zsf-ahead", daemon=True
        )
        try:
            thread.start()
        except (RuntimeError, MemoryError):
            _log.warning("could not start a thread to plan ahead; planning in turn")
        else:
            self.thread = thread

    def take(self, *, is_last: bool = False) -> dict[str, tuple[Rules, Plan]]:
        """The rules and plan of each entry planned ahead, by entry id. Waits for the thread, which
        only computes; if this `is_last`, it does not finish."""
        thread, self.thread = self.thread, None
        if thread is not None:
            self._is_stopping = is_last
            thread.join()
        made, self._made = self._made, {}
        return made

    def _plan(self, store: Store, rules: RuleSource, people: KnownPeople, last: Entry) -> None:
        """The body of the thread. What fails here fails again in its turn, and is handled then."""
        try:
            in_force = rules.in_force(last.event.workspace)
            for entry in give_way_between(_following(store, last)):
                if self._is_stopping:
                    break
                of_event = in_force.rules_for(entry.event.scope)
                self._made[entry.id] = (
                    of_event,
                    decide(entry.event, of_event, entry.arrived, people),
                )
        except ZsfError as error:
            _log.info("planning ahead ended early: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a defect of ours on one entry holds that one, in its turn
            kind, place = type(error).__name__, place_of(error)
            _log.info("planning ahead ended early: %s at %s", kind, place)


def _following(store: Store, last: Entry) -> Sequence[Entry]:
    """The entries after that one, of its kind; after the last purchase the touchpoints."""
    workspace, kind = last.event.workspace, last.event.kind
    entries = store.upcoming(workspace, kind, last.id, MAX_ENTRIES)
    if not entries and kind == "purchase":
        entries = store.upcoming(workspace, "touchpoint", "", MAX_ENTRIES)
    return entries
