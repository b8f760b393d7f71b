"""One search under way: plans of its results, and what is known of each so far. Asks nobody."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.presence import merged
from zsf_plugin.model import (
    UNSEEN,
    Connection,
    Event,
    Finding,
    JsonObject,
    KnownBy,
    Plan,
    Why,
    text_at,
)
from zsf_plugin.ports import RuleSource
from zsf_plugin.sync.defects import place_of

_log = logging.getLogger("zsf_plugin.presence")

#: Whether a document is valid by the prospect's schema.
IsValid = Callable[[JsonObject], bool]


class Search:
    """The results of one hook call. Filled by its own thread, read by the caller when the time is
    up.

    `instance_url` is the address of the org, once it is known.
    """

    def __init__(
        self, workspace: str, results: Sequence[object], user: object, is_valid: IsValid
    ) -> None:
        self.workspace = workspace
        self.instance_url: str | None = None
        self.finished = threading.Event()
        self._results = results
        self._user = user
        self._is_valid = is_valid
        self._lock = threading.Lock()
        self._findings: dict[str, Finding] = {}
        for id_ in _ids(results):
            self._findings[id_] = Finding(why="late")

    def read(self) -> dict[str, JsonObject]:
        """Copies of the valid results by id; the others are marked as unreadable."""
        found: dict[str, JsonObject] = {}
        for result in self._results:
            document = _as_object(result)
            id_ = text_at(document, "id")
            if document is not None and id_ in self._findings and self._is_valid(document):
                found[id_] = document
        count = len(self._results)
        lost = count - len(found)
        if lost:
            _log.info("%d of %d search results are repeated or cannot be read", lost, count)
        self.mark_unknown("unreadable", [id_ for id_ in self._findings if id_ not in found])
        return found

    def plans(self, results: Mapping[str, JsonObject], rules: RuleSource) -> dict[str, Plan]:
        """A plan by result id, as a purchase of it would have; a result that breaks the deciding
        stays unknown."""
        user = _as_object(self._user) or {}
        found: dict[str, Plan] = {}
        for id_, result in results.items():
            payload: JsonObject = {"prospect": result, "user": user}
            event = Event("purchase", self.workspace, "", "", payload)
            try:
                found[id_] = decide(event, rules.rules_for(self.workspace, event.scope))
            except Exception as error:  # noqa: BLE001 - one result must not take the badges of the others
                kind = type(error).__name__
                _log.error("a search result met a defect: %s at %s", kind, place_of(error))
                self.mark_unknown("defect", [id_])
        return found

    def learn(self, found: Mapping[str, Finding], by: KnownBy, at: float | None = None) -> None:
        """Take in what was found out, by what and when, where nothing was known yet."""
        with self._lock:
            for id_, new in found.items():
                self._findings[id_] = _learned(self._findings[id_], new, by, at)

    def mark_unknown(self, why: Why, ids: Iterable[str] | None = None) -> None:
        """Say why those of the ids (None: of all results) are unknown that are, where no other
        reason was given yet."""
        with self._lock:
            for id_ in list(self._findings) if ids is None else ids:
                if self._findings[id_].why == "late":
                    self._findings[id_] = replace(self._findings[id_], why=why)

    def findings(self) -> dict[str, Finding]:
        """What is known of each result now."""
        with self._lock:
            return dict(self._findings)

    def still_unknown(self, ids: Iterable[str]) -> list[str]:
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

    def reasons(self) -> dict[str, Why]:
        """Why results are unknown, by name."""
        findings = self.search.findings()
        reasons: dict[str, Why] = {}
        for id_, name in self.names.items():
            why = findings[id_].why
            if why is not None:
                reasons[name] = why
        return reasons

    def mark_unknown(self, reasons: Mapping[str, Why]) -> None:
        """Say why results are unknown, by name, where no other reason was given yet."""
        for id_, name in self.names.items():
            if name in reasons:
                self.search.mark_unknown(reasons[name], [id_])


def _learned(before: Finding, new: Finding, by: KnownBy, at: float | None) -> Finding:
    """What is known now; by what and when, where nothing was known of the person yet."""
    known = merged(before, new)
    after = replace(before, person=known.person, company=known.company)
    if before.person == UNSEEN and after.person != UNSEEN:
        return replace(after, by=by, at=at, why=None)
    return after


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
