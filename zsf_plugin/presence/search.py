"""One running search: the plans of its results, and what is known of each so far. No I/O."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from zsf_plugin.decision.copying import copy_as_json, copy_with_ids
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.payload import Violation, first_needed, ignore_wrong_values
from zsf_plugin.decision.presence import merge_presence
from zsf_plugin.errors import Log, place_of
from zsf_plugin.model import (
    IGNORED,
    UNKNOWN_PRESENCE,
    Connection,
    Event,
    JsonObject,
    KnownBy,
    Plan,
    ResultPresence,
    UnknownReason,
    result_id,
    text_at,
)
from zsf_plugin.model.host_values import id_text
from zsf_plugin.ports import RuleSource

_log = Log("zsf_plugin.presence")

#: Results of a search that are read; the others stay unknown. Reading one takes about 70
#: microseconds, for which the caller and others wait.
MAX_READ = 5_000
#: Reading results takes no longer than this, in seconds; then the others stay unknown.
MAX_READING_S = 10.0
#: The first violation of the prospect's schema in a document, or None.
Validator = Callable[[JsonObject], Violation | None]
_Value = TypeVar("_Value")


class BadgeSearch:
    """The results of one hook call. Its own thread fills it; the caller reads it at the deadline.

    `instance_url` is the org's address, once it is known.
    """

    def __init__(
        self, workspace: str, results: Sequence[object], user: object, validate: Validator
    ) -> None:
        self.workspace = id_text(workspace) or ""
        self.instance_url: str | None = None
        self.finished = threading.Event()
        self._results = results
        self._read = MAX_READ
        self._user = user
        self._validate = validate
        self._lock = threading.Lock()
        self._findings = dict.fromkeys(_ids(results), ResultPresence(why="late"))

    def read(self) -> dict[str, JsonObject]:
        """The payloads of the valid results by id, read as those of purchases; marks the others as
        unreadable."""
        payloads = filter(None, map(self._payload, self._in_time(self._results[:MAX_READ])))
        found = {text_at(one, "prospect", "id") or "": one for one in payloads}
        self._mark_unreadable(found)
        return found

    def _payload(self, result: object) -> JsonObject | None:
        """A copy of the result without values of a wrong type; None if it is not valid."""
        call, not_json = copy_with_ids({"prospect": result})
        document = call["prospect"]
        if not isinstance(document, dict) or text_at(document, "id") not in self._findings:
            return None
        document, ignored, fault = ignore_wrong_values(document, self._validate, "/prospect")
        return {"prospect": document, IGNORED: not_json + ignored} if fault is None else None

    def _in_time(self, results: Sequence[object]) -> Iterator[object]:
        """The results, until reading them took too long: each may be as large as an event."""
        end = time.monotonic() + MAX_READING_S
        for count, result in enumerate(results):
            if time.monotonic() > end:
                self._read = count
                return
            yield result

    def _mark_unreadable(self, found: Collection[str]) -> None:
        """Mark all results but those found as unreadable."""
        read = self._results[: self._read]
        lost = len(read) - len(found)
        if lost:
            _log.info("%d of %d search results are repeated or cannot be read", lost, len(read))
        self.mark_unknown("unreadable", [id_ for id_ in _ids(read) if id_ not in found])

    def plans(self, results: Mapping[str, JsonObject], rules: RuleSource) -> dict[str, Plan]:
        """The plan that a purchase of each result would have, by result id; a result that cannot be
        planned stays unknown."""
        user, _ = copy_as_json(self._user)
        found: dict[str, Plan] = {}
        for id_, payload in results.items():
            try:
                plan = self._plan({**payload, "user": user}, rules)
            except Exception as error:  # noqa: BLE001 - one result must not take the badges of the others
                self._record_defect(id_, error)
                continue
            if plan is None:
                self.mark_unknown("unreadable", [id_])
            else:
                found[id_] = plan
        return found

    def _plan(self, payload: JsonObject, rules: RuleSource) -> Plan | None:
        """The plan; None if a match key reads a value of a wrong type."""
        event = Event("purchase", self.workspace, "", "", payload)
        in_force = rules.rules_for(self.workspace, event.scope)
        return None if first_needed(payload[IGNORED], in_force) else decide(event, in_force)

    def _record_defect(self, id_: str, error: Exception) -> None:
        kind = type(error).__name__
        _log.error("defect in a search result: %s at %s", kind, place_of(error))
        self.mark_unknown("defect", [id_])

    def learn(
        self, found: Mapping[str, ResultPresence], by: KnownBy, at: float | None = None
    ) -> None:
        """Add findings for results that are still unknown, with how and when they were found."""
        with self._lock:
            for id_, new in found.items():
                self._findings[id_] = _merged_finding(self._findings[id_], new, by, at)

    def mark_all_unknown(self, why: UnknownReason) -> None:
        """Give all unknown results that are read this reason, unless they have one."""
        self.mark_unknown(why, list(islice(self._findings, MAX_READ)))

    def mark_unknown(self, why: UnknownReason, ids: Iterable[str]) -> None:
        """Give the unknown results among these ids this reason, unless they have one."""
        self.give_reasons(dict.fromkeys(ids, why))

    def give_reasons(self, reasons: Mapping[str, UnknownReason]) -> None:
        """Give unknown results their reasons, by id, unless they have one."""
        with self._lock:
            for id_, why in reasons.items():
                self._findings[id_] = _with_reason(self._findings[id_], why)

    def findings(self) -> dict[str, ResultPresence]:
        """What is known of each result now."""
        with self._lock:
            return dict(self._findings)

    def still_unknown(self, ids: Iterable[str]) -> list[str]:
        """The given ids whose person is still unknown."""
        findings = self.findings()
        return [id_ for id_ in ids if findings[id_].person == UNKNOWN_PRESENCE]


@dataclass(frozen=True, slots=True)
class PendingResults:
    """Results of a search that are not resolved yet: plans and cache names by result id."""

    search: BadgeSearch
    connection: Connection
    plans: Mapping[str, Plan]
    names: Mapping[str, str]

    def only(self, ids: Collection[str]) -> PendingResults:
        """Only these results."""
        return replace(self, plans=_picked(self.plans, ids), names=_picked(self.names, ids))

    def without(self, ids: Collection[str]) -> PendingResults:
        """All but these results."""
        return self.only([id_ for id_ in self.plans if id_ not in ids])

    def still_unknown(self) -> PendingResults:
        """The results whose person is still unknown."""
        return self.only(self.search.still_unknown(self.plans))

    def batches(self, size: int) -> Iterator[PendingResults]:
        """The results in batches of at most that size."""
        ids = iter(self.plans)
        while batch := list(islice(ids, size)):
            yield self.only(batch)

    def named(self, names: Collection[str]) -> PendingResults:
        """Only the results with these cache names."""
        return self.only([id_ for id_, name in self.names.items() if name in names])

    def reasons(self) -> dict[str, UnknownReason]:
        """Why results are unknown, by cache name."""
        findings = self.search.findings()
        reasons = ((name, findings[id_].why) for id_, name in self.names.items())
        return {name: why for name, why in reasons if why is not None}

    def mark_unknown(self, reasons: Mapping[str, UnknownReason]) -> None:
        """Give unknown results their reasons, by cache name, unless they have one."""
        by_id = {id_: reasons[name] for id_, name in self.names.items() if name in reasons}
        self.search.give_reasons(by_id)

    def by_name(self, found: Mapping[str, ResultPresence]) -> dict[str, ResultPresence]:
        """The findings by cache name instead of id."""
        return {self.names[id_]: finding for id_, finding in found.items()}


def _picked(table: Mapping[str, _Value], ids: Iterable[str]) -> dict[str, _Value]:
    return {id_: table[id_] for id_ in ids}


def _with_reason(finding: ResultPresence, why: UnknownReason) -> ResultPresence:
    """The finding with this reason for being unknown, unless it has one."""
    return replace(finding, why=why) if finding.why == "late" else finding


def _merged_finding(
    before: ResultPresence, new: ResultPresence, by: KnownBy, at: float | None
) -> ResultPresence:
    """Both findings merged; with how and when, if the person was unknown before."""
    known = merge_presence(before, new)
    after = replace(before, person=known.person, company=known.company)
    if before.person == UNKNOWN_PRESENCE and after.person != UNKNOWN_PRESENCE:
        return replace(after, by=by, at=at, why=None)
    return after if new.why is None else _with_reason(after, new.why)


def _ids(results: Sequence[object]) -> list[str]:
    """All ids: an invalid result gets a badge too, if it has an id."""
    return [id_ for id_ in map(result_id, results) if id_]
