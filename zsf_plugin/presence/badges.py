"""Badges within a deadline: links first, the cache next, the org last. Never a guess.

Each search has a thread of its own, which copies and checks the results, reads the store and asks
the org. The caller leaves at the deadline with what is known by then, and the thread goes on
warming the cache. What fails there is logged and leaves badges unknown, with a reason. Nothing is
asked while the badges' share of the allocation is used, the workspace is paused, or the org has
just failed to answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence

from zsf_plugin.errors import ZsfError, place_of
from zsf_plugin.model import (
    Connection,
    ResultPresence,
    SearchAnswer,
    UnknownReason,
    World,
    search_answer,
)
from zsf_plugin.presence.asking import Asking, BadgeParts, Turns, blocking_reason, query_org
from zsf_plugin.presence.known import (
    BadgeCache,
    CachedFinding,
    cache_name,
    cached_findings,
    created_world,
    learn_from_cache,
    learn_from_links,
    missing_since,
)
from zsf_plugin.presence.search import BadgeSearch, Wanted

_log = logging.getLogger("zsf_plugin.presence")

#: Results asked for in one composite (salesforce-api.md §3.6).
MAX_RESULTS_PER_CALL = 100
#: Searches that may ask the org at once; the others answer from links and cache alone.
MAX_ASKING_SEARCHES = 8
#: How long a search waits for another one that asks for the same results.
MAX_WAIT_FOR_OTHERS_S = 30.0


class Badges:
    """Answers `on_search_results` for every workspace of a process."""

    def __init__(self, parts: BadgeParts) -> None:
        self._parts = parts
        self._cache = BadgeCache(parts.store, parts.clock)
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._asking_slots = threading.BoundedSemaphore(MAX_ASKING_SEARCHES)
        self._turns = Turns()
        self._stopping = threading.Event()

    def answer(
        self, workspace: str, results: Iterable[object], user: object, deadline_s: float
    ) -> SearchAnswer:
        """Each result's badge by its id, as known after a wait of at most `deadline_s` seconds."""
        search = self._search(workspace, results, user, deadline_s)
        findings = search.findings()  # before the address, which is known before any of them
        return search_answer(findings, search.instance_url)

    def look(
        self, workspace: str, results: Iterable[object], user: object, deadline_s: float
    ) -> dict[str, ResultPresence]:
        """What is known of each result by its id after a wait of at most `deadline_s` seconds, how
        and when it was found out, and why it is unknown where it is."""
        return self._search(workspace, results, user, deadline_s).findings()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Ask for nothing more, and wait a moment for what is under way."""
        self._stopping.set()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(timeout_s / len(threads))

    def _search(
        self, workspace: str, results: Iterable[object], user: object, deadline_s: float
    ) -> BadgeSearch:
        """A search in a thread of its own, after it ended or the deadline passed."""
        search = BadgeSearch(workspace, list(results), user, self._parts.is_valid)
        try:
            self._start(search)
        except RuntimeError as error:
            search.mark_all_unknown("crowded")
            _log.error("a search got no thread: %s at %s", type(error).__name__, place_of(error))
        else:
            search.finished.wait(deadline_s)
        return search

    def _start(self, search: BadgeSearch) -> None:
        """Start the search's thread. Raises RuntimeError where the process can have no more."""
        thread = threading.Thread(target=self._run, args=(search,), name="zsf-badges", daemon=True)
        with self._lock:  # a thread leaves the set under this lock: not before it is in
            thread.start()
            self._threads.add(thread)

    def _run(self, search: BadgeSearch) -> None:
        """What a search's thread does, to its end in order."""
        try:
            self._resolve(search)
        except Exception as error:  # noqa: BLE001 - a defect leaves a badge unknown, and its thread ends in order
            search.mark_all_unknown(_reason_of(error))
            _log_failure(search.workspace, error)
        finally:
            self._finish(search)

    def _finish(self, search: BadgeSearch) -> None:
        """Let the caller go on; the thread is about to end."""
        search.finished.set()
        with self._lock:
            self._threads.discard(threading.current_thread())

    def _resolve(self, search: BadgeSearch) -> None:
        """Read the results, and find them out where there is an org."""
        results = search.read()
        connection = self._parts.store.connection(search.workspace)
        if connection is None:
            search.mark_all_unknown("not_connected")
            return
        search.instance_url = connection.instance_url
        plans = search.plans(results, self._parts.rules)
        names = {result_id: cache_name(search.workspace, plan) for result_id, plan in plans.items()}
        self._find_out(Wanted(search, connection, plans, names))

    def _find_out(self, wanted: Wanted) -> None:
        """Links, cache, org: each is asked only for what the ones before it left open."""
        learn_from_links(wanted, self._parts.store)
        unknown = wanted.without(self._from_cache(wanted)).still_unknown()
        if unknown.plans:
            self._from_the_org(unknown)

    def _from_cache(self, wanted: Wanted) -> Collection[str]:
        """Take in what was found out lately; the ids of which something was."""
        cached = cached_findings(wanted, self._cache)
        learn_from_cache(wanted, cached, self._created_meanwhile(wanted.connection, cached))
        return cached

    def _created_meanwhile(
        self, connection: Connection, cached: Mapping[str, CachedFinding]
    ) -> World | None:
        """The world of the records that we created since one of these was missing."""
        since = missing_since(cached)
        return None if since is None else self._created_since(connection, since)

    def _created_since(self, connection: Connection, since: float) -> World | None:
        """The world of the records that we created since then; None where there are none, or the
        org's facts were never read. Costs no call."""
        lines = self._parts.store.created_since(connection.workspace, since)
        known = self._parts.known_facts(connection) if lines else None
        return None if known is None else created_world(lines, known.facts)

    def _from_the_org(self, wanted: Wanted) -> None:
        """Ask for what no other search asks for already; the rest is waited for."""
        if not self._asking_slots.acquire(blocking=False):
            wanted.search.mark_unknown("crowded", wanted.plans)
            return
        try:
            others = self._ask_in_turn(wanted)
        finally:
            self._asking_slots.release()
        if others:
            self._wait_for(others, wanted)

    def _ask_in_turn(self, wanted: Wanted) -> Sequence[Asking]:
        """Ask for what no other search asks for; the searches that ask for the rest."""
        turn = self._turns.take(wanted.names.values())
        mine = wanted.named(turn.names)
        try:
            self._ask_unless_cached(mine)
        except Exception as error:
            wanted.search.mark_unknown(_reason_of(error), mine.plans)
            raise
        finally:
            self._turns.end(turn, mine.reasons())
        return turn.others

    def _ask_unless_cached(self, wanted: Wanted) -> None:
        """Ask for what no search that ended since the first look has found out."""
        self._ask_in_batches(wanted.without(self._from_cache(wanted)))

    def _wait_for(self, others: Sequence[Asking], wanted: Wanted) -> None:
        """Take in what other searches found out; what they left unknown is so for their reasons."""
        for other in others:
            other.ended.wait(MAX_WAIT_FOR_OTHERS_S)
        self._from_cache(wanted)
        for other in others:
            wanted.mark_unknown(other.reasons)
        wanted.search.mark_unknown("unavailable", wanted.plans)

    def _ask_in_batches(self, wanted: Wanted) -> None:
        """Ask in as few calls as may be, until one of them may not be made."""
        for batch in wanted.batches(MAX_RESULTS_PER_CALL):
            why = self._why_not(wanted.connection)
            if why is not None:
                wanted.search.mark_unknown(why, wanted.plans)
                return
            self._ask(batch)

    def _why_not(self, connection: Connection) -> UnknownReason | None:
        """Why no call may be spent now, or None."""
        return (
            "unavailable" if self._stopping.is_set() else blocking_reason(self._parts, connection)
        )

    def _ask(self, wanted: Wanted) -> None:
        """Put these results to the org; who it could not be asked about stays unknown."""
        found = query_org(self._parts, wanted.connection, wanted.plans)
        if isinstance(found, str):
            wanted.search.mark_unknown(found, wanted.plans)
        else:
            self._keep(wanted, found)

    def _keep(self, wanted: Wanted, found: Mapping[str, ResultPresence]) -> None:
        """Keep what the org says, and take it in."""
        self._cache.keep(wanted.connection.org_id, wanted.by_name(found))
        wanted.search.learn(found, "looking", self._parts.clock.now())
        wanted.search.mark_unknown("no_key", found)


def _reason_of(error: Exception) -> UnknownReason:
    """Why the badges are unknown that this error kept from being found out."""
    return "unavailable" if isinstance(error, ZsfError) else "defect"


def _log_failure(workspace: str, error: Exception) -> None:
    kind = type(error).__name__
    if isinstance(error, ZsfError):
        _log.warning("badges of workspace %s: %s", workspace, kind)
    else:
        _log.error("badges met a defect: %s at %s", kind, place_of(error))
