"""One search under way: plans of its results, and what is known of each so far. Asks nobody."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.presence import merge_presence
from zsf_plugin.errors import place_of
from zsf_plugin.model import (
    UNKNOWN_PRESENCE,
    Connection,
    Event,
    JsonObject,
    KnownBy,
    Plan,
    ResultPresence,
    UnknownReason,
    text_at,
)
from zsf_plugin.ports import RuleSource

_log = logging.getLogger("zsf_plugin.presence")

#: Whether a document is valid by the prospect's schema.
IsValid = Callable[[JsonObject], bool]
_Value = TypeVar("_Value")


class BadgeSearch:
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
        self._findings = dict.fromkeys(_ids(results), ResultPresence(why="late"))

    def read(self) -> dict[str, JsonObject]:
        """Copies of the valid results by id; the others are marked as unreadable."""
        documents = map(_as_object, self._results)
        found = {str(one["id"]): one for one in documents if one is not None and self._is_read(one)}
        self._mark_unreadable(found)
        return found

    def _is_read(self, document: JsonObject) -> bool:
        return text_at(document, "id") in self._findings and self._is_valid(document)

    def _mark_unreadable(self, found: Collection[str]) -> None:
        """Say of all results but those found that they cannot be read."""
        count = len(self._results)
        lost = count - len(found)
        if lost:
            _log.info("%d of %d search results are repeated or cannot be read", lost, count)
        self.mark_unknown("unreadable", [id_ for id_ in self._findings if id_ not in found])

    def plans(self, results: Mapping[str, JsonObject], rules: RuleSource) -> dict[str, Plan]:
        """A plan by result id, as a purchase of it would have; a result that breaks the deciding
        stays unknown."""
        user = _as_object(self._user) or {}
        found: dict[str, Plan] = {}
        for id_, result in results.items():
            try:
                found[id_] = self._plan(result, user, rules)
            except Exception as error:  # noqa: BLE001 - one result must not take the badges of the others
                self._record_defect(id_, error)
        return found

    def _plan(self, result: JsonObject, user: JsonObject, rules: RuleSource) -> Plan:
        event = Event("purchase", self.workspace, "", "", {"prospect": result, "user": user})
        return decide(event, rules.rules_for(self.workspace, event.scope))

    def _record_defect(self, id_: str, error: Exception) -> None:
        kind = type(error).__name__
        _log.error("a search result met a defect: %s at %s", kind, place_of(error))
        self.mark_unknown("defect", [id_])

    def learn(
        self, found: Mapping[str, ResultPresence], by: KnownBy, at: float | None = None
    ) -> None:
        """Take in what was found out, by what and when, where nothing was known yet."""
        with self._lock:
            for id_, new in found.items():
                self._findings[id_] = _learned(self._findings[id_], new, by, at)

    def mark_all_unknown(self, why: UnknownReason) -> None:
        """Say why all results are unknown that are, where no other reason was given yet."""
        self.mark_unknown(why, self._findings)

    def mark_unknown(self, why: UnknownReason, ids: Iterable[str]) -> None:
        """Say why those of the ids are unknown that are, where no other reason was given yet."""
        self.give_reasons(dict.fromkeys(ids, why))

    def give_reasons(self, reasons: Mapping[str, UnknownReason]) -> None:
        """Say by id why results are unknown, where no other reason was given yet."""
        with self._lock:
            for id_, why in reasons.items():
                self._findings[id_] = _with_reason(self._findings[id_], why)

    def findings(self) -> dict[str, ResultPresence]:
        """What is known of each result now."""
        with self._lock:
            return dict(self._findings)

    def still_unknown(self, ids: Iterable[str]) -> list[str]:
        """Those of the ids whose person is still unknown."""
        findings = self.findings()
        return [id_ for id_ in ids if findings[id_].person == UNKNOWN_PRESENCE]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Results of a search that are to be found out: plans and names in the cache by result id."""

    search: BadgeSearch
    connection: Connection
    plans: Mapping[str, Plan]
    names: Mapping[str, str]

    def only(self, ids: Collection[str]) -> Wanted:
        """These results alone."""
        return replace(self, plans=_picked(self.plans, ids), names=_picked(self.names, ids))

    def without(self, ids: Collection[str]) -> Wanted:
        """All but these results."""
        return self.only([id_ for id_ in self.plans if id_ not in ids])

    def still_unknown(self) -> Wanted:
        """The results whose person is still unknown."""
        return self.only(self.search.still_unknown(self.plans))

    def batches(self, size: int) -> Iterator[Wanted]:
        """The results in parts of at most that size."""
        ids = iter(self.plans)
        while batch := list(islice(ids, size)):
            yield self.only(batch)

    def named(self, names: Collection[str]) -> Wanted:
        """The results of these names alone."""
        return self.only([id_ for id_, name in self.names.items() if name in names])

    def reasons(self) -> dict[str, UnknownReason]:
        """Why results are unknown, by name."""
        findings = self.search.findings()
        reasons = ((name, findings[id_].why) for id_, name in self.names.items())
        return {name: why for name, why in reasons if why is not None}

    def mark_unknown(self, reasons: Mapping[str, UnknownReason]) -> None:
        """Say why results are unknown, by name, where no other reason was given yet."""
        by_id = {id_: reasons[name] for id_, name in self.names.items() if name in reasons}
        self.search.give_reasons(by_id)

    def by_name(self, found: Mapping[str, ResultPresence]) -> dict[str, ResultPresence]:
        """What was found out, by name instead of id."""
        return {self.names[id_]: finding for id_, finding in found.items()}


def _picked(table: Mapping[str, _Value], ids: Iterable[str]) -> dict[str, _Value]:
    return {id_: table[id_] for id_ in ids}


def _with_reason(finding: ResultPresence, why: UnknownReason) -> ResultPresence:
    """The finding with why it is unknown, where no other reason was given yet."""
    return replace(finding, why=why) if finding.why == "late" else finding


def _learned(
    before: ResultPresence, new: ResultPresence, by: KnownBy, at: float | None
) -> ResultPresence:
    """What is known now; by what and when, where nothing was known of the person yet."""
    known = merge_presence(before, new)
    after = replace(before, person=known.person, company=known.company)
    if before.person == UNKNOWN_PRESENCE and after.person != UNKNOWN_PRESENCE:
        return replace(after, by=by, at=at, why=None)
    return after


def _ids(results: Sequence[object]) -> list[str]:
    """All ids: a broken result has a badge too, if it has an id."""
    return [id_ for id_ in map(_id_of, results) if id_]


def _id_of(result: object) -> str:
    id_ = result.get("id") if isinstance(result, Mapping) else None
    return id_ if isinstance(id_, str) else ""


def _as_object(value: object) -> JsonObject | None:
    """A copy as plain JSON, or None for what is none."""
    document = _as_json(value)
    return document if isinstance(document, dict) else None


def _as_json(value: object) -> object:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return None
