"""One search on its way: plans of its results, and what is known of each so far. Asks nobody."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.presence import merged
from zsf_plugin.model.badge import UNSEEN, Finding, KnownBy, Why
from zsf_plugin.model.event import Event, text_at
from zsf_plugin.model.json import JsonObject
from zsf_plugin.model.link import Connection
from zsf_plugin.model.plan import Plan
from zsf_plugin.ports.rules import RuleSource

_log = logging.getLogger("zsf_plugin.presence")

#: Whether a document is valid by the prospect's schema.
IsValid = Callable[[JsonObject], bool]


class Search:
    """The results of one hook call. Filled by its own thread, read by the caller when the time is
    up."""

    def __init__(
        self, workspace: str, results: Sequence[object], user: object, is_valid: IsValid
    ) -> None:
        self.workspace = workspace
        self.finished = threading.Event()
        self._results = _readable(results, is_valid)
        self._user = _as_object(user) or {}
        self._lock = threading.Lock()
        self._findings: dict[str, Finding] = {}
        for id_ in _ids(results):
            self._findings[id_] = Finding(why="late" if id_ in self._results else "unreadable")

    def plans(self, rules: RuleSource) -> dict[str, Plan]:
        """A plan by result id, as a purchase of it would have; a result that breaks the deciding
        stays unknown."""
        found: dict[str, Plan] = {}
        for id_, result in self._results.items():
            payload: JsonObject = {"prospect": result, "user": self._user}
            event = Event("purchase", self.workspace, "", "", payload)
            try:
                found[id_] = decide(event, rules.rules_for(self.workspace, event.scope))
            except Exception as error:  # noqa: BLE001 - one result must not take the badges of the others
                _log.error("a search result met a defect: %s", type(error).__name__)
                self.blame([id_], "defect")
        return found

    def learn(self, found: Mapping[str, Finding], by: KnownBy, at: float | None = None) -> None:
        """Take in what was found out, by what and when, where nothing was known yet."""
        with self._lock:
            for id_, new in found.items():
                self._findings[id_] = _learned(self._findings[id_], new, by, at)

    def blame(self, ids: Iterable[str], why: Why) -> None:
        """Say why those of the ids are unknown that are, where no other reason was said yet."""
        with self._lock:
            for id_ in ids:
                if self._findings[id_].why == "late":
                    self._findings[id_] = replace(self._findings[id_], why=why)

    def blame_all(self, why: Why) -> None:
        """Say why all are unknown that still are."""
        self.blame(list(self._results), why)

    def findings(self) -> dict[str, Finding]:
        """What is known of each result now."""
        with self._lock:
            return dict(self._findings)

    def cold(self, ids: Iterable[str]) -> list[str]:
        """Those of the ids whose person is still unknown."""
        findings = self.findings()
        return [id_ for id_ in ids if findings[id_].person == UNSEEN]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Results of a search that are to be found out: plans and names in the cache by result id."""

    search: Search
    connection: Connection
    plans: Mapping[str, Plan]
    names: Mapping[str, str]

    def only(self, ids: Iterable[str]) -> Wanted:
        """These results alone."""
        plans, names = {}, {}
        for id_ in ids:
            plans[id_] = self.plans[id_]
            names[id_] = self.names[id_]
        return replace(self, plans=plans, names=names)

    def named(self, names: Collection[str]) -> Wanted:
        """The results of these names alone."""
        return self.only([id_ for id_, name in self.names.items() if name in names])


def _learned(before: Finding, new: Finding, by: KnownBy, at: float | None) -> Finding:
    """What is known now; by what and when, where nothing was known of the person yet."""
    known = merged(before, new)
    after = replace(before, person=known.person, company=known.company)
    if before.person == UNSEEN and after.person != UNSEEN:
        return replace(after, by=by, at=at, why=None)
    return after


def _readable(results: Sequence[object], is_valid: IsValid) -> dict[str, JsonObject]:
    """The valid results by id."""
    found: dict[str, JsonObject] = {}
    for result in results:
        document = _as_object(result)
        id_ = text_at(document, "id")
        if document is not None and id_ is not None and is_valid(document):
            found[id_] = document
    lost = len(results) - len(found)
    if lost:
        _log.info("%d of %d search results are repeated or cannot be read", lost, len(results))
    return found


def _ids(results: Sequence[object]) -> list[str]:
    """All ids: a broken result has a badge too, if it has an id."""
    ids: list[str] = []
    for result in results:
        id_ = result.get("id") if isinstance(result, Mapping) else None
        if isinstance(id_, str) and id_:
            ids.append(id_)
    return ids


def _as_object(value: object) -> JsonObject | None:
    """A copy as plain JSON, or None for what is none."""
    try:
        document = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
