"""Badges within a deadline: from links first, then the cache, then the org. Never a guess.

Each search has its own thread, which copies and checks the results, reads the store and queries the
org. At the deadline the caller returns with what is known, and the thread goes on filling the
cache. Failures are logged and leave badges unknown, with a reason. No call is made while badges are
throttled, the workspace is paused, or the org has just failed to answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextvars import copy_context
from functools import partial
from itertools import islice

from zsf_plugin.errors import Log, ZsfError, place_of
from zsf_plugin.model import (
    Connection,
    ResultPresence,
    SearchAnswer,
    UnknownReason,
    World,
    search_answer,
)
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
from zsf_plugin.presence.querying import (
    BadgeParts,
    OrgQuery,
    QueryCoordinator,
    blocking_reason,
    query_org,
)
from zsf_plugin.presence.search import MAX_READ, BadgeSearch, PendingResults

_log = Log("zsf_plugin.presence")

#: Results that are read of anything but a list or a tuple, which may have no end.
MAX_RESULTS = 100_000
#: Writing the badge of a result takes this long at most, in seconds.
_BADGE_S = 1e-5
#: Even if there is no time for badges, results are listed for so long, in seconds.
_MIN_LISTING_S = 0.25
#: Results queried in one composite request (salesforce-api.md §3.6).
MAX_RESULTS_PER_CALL = 100
#: Searches that may query the org at the same time; the others use links and cache only.
MAX_QUERYING_SEARCHES = 8
#: How long a search waits for another one that queries the same results.
MAX_WAIT_FOR_OTHERS_S = 30.0
#: Threads of searches at the same time; a search beyond them is answered without one.
MAX_THREADS = 64
#: How long a stop waits for running searches: nobody waits for their answers any more.
MAX_STOP_S = 2.0


class Badges:
    """Answers `on_search_results` for every workspace of a process."""

    def __init__(self, parts: BadgeParts) -> None:
        self._parts = parts
        self._cache = BadgeCache(parts.store, parts.clock)
        self._lock = threading.RLock()
        self._threads: set[threading.Thread] = set()
        self._query_slots = threading.BoundedSemaphore(MAX_QUERYING_SEARCHES)
        self._queries = QueryCoordinator()
        self._stopping = threading.Event()

    def answer(
        self, workspace: str, results: Iterable[object], user: object, deadline_s: float
    ) -> SearchAnswer:
        """Each result's badge by its id, as known after at most `deadline_s` seconds."""
        search = self._search(workspace, results, user, deadline_s)
        findings = search.findings()  # read before the address, which is set before any finding
        return search_answer(findings, search.instance_url)

    def find(
        self, workspace: str, results: Iterable[object], user: object, deadline_s: float
    ) -> dict[str, ResultPresence]:
        """The presence of each result by its id, as known after at most `deadline_s` seconds: how
        and when it was found, or why it is unknown."""
        return self._search(workspace, results, user, deadline_s).findings()

    def stop(self, timeout_s: float = MAX_STOP_S) -> None:
        """Stop querying, and wait up to `timeout_s` seconds, at most `MAX_STOP_S`, for all running
        searches together."""
        deadline = time.monotonic() + min(timeout_s, MAX_STOP_S)
        self._stopping.set()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _search(
        self, workspace: str, results: Iterable[object], user: object, deadline_s: float
    ) -> BadgeSearch:
        """Start a search in its own thread, and return it when it ends or the deadline passes."""
        deadline = time.monotonic() + deadline_s
        listed, is_cut = list_results(results, max(deadline, time.monotonic() + _MIN_LISTING_S))
        if is_cut:
            _log.warning("only the first %d results of a search were read", len(listed))
        elif len(listed) > MAX_READ:
            _log.info("only the first %d of %d results are looked up", MAX_READ, len(listed))
        search = BadgeSearch(workspace, listed, user, self._parts.validate)
        if self._start(search):
            left_s = deadline - time.monotonic() - len(listed) * _BADGE_S
            search.finished.wait(max(left_s, 0.0))
        else:
            search.mark_all_unknown("crowded")
        return search

    def _start(self, search: BadgeSearch) -> bool:
        """Start the search's thread; whether there was room for it."""
        run = partial(copy_context().run, self._run, search)
        thread = threading.Thread(target=run, name="zsf-badges", daemon=True)
        with self._lock:  # a thread removes itself under this lock, so only after it was added
            if len(self._threads) >= MAX_THREADS:
                return False
            try:
                thread.start()
            except (RuntimeError, MemoryError) as error:
                kind, place = type(error).__name__, place_of(error)
                _log.error("could not start a thread for a search: %s at %s", kind, place)
                return False
            self._threads.add(thread)
            return True

    def _run(self, search: BadgeSearch) -> None:
        """The body of a search's thread."""
        try:
            self._resolve(search)
        except Exception as error:  # noqa: BLE001 - a defect leaves badges unknown, and must not end the thread unfinished
            search.mark_all_unknown(_reason_of(error))
            _log_failure(search.workspace, error)
        finally:
            self._finish(search)

    def _finish(self, search: BadgeSearch) -> None:
        """Release the caller; the thread is about to end."""
        search.finished.set()
        with self._lock:
            self._threads.discard(threading.current_thread())

    def _resolve(self, search: BadgeSearch) -> None:
        """Read the results, and resolve them if the workspace is connected."""
        results = search.read()
        connection = self._parts.store.connection(search.workspace)
        if connection is None:
            search.mark_all_unknown("not_connected")
            return
        search.instance_url = connection.instance_url
        self._parts.load()
        plans = search.plans(results, self._parts.rules)
        name = partial(cache_name, connection.org_id, search.workspace)
        names = {result_id: name(plan) for result_id, plan in plans.items()}
        self._resolve_pending(PendingResults(search, connection, plans, names))

    def _resolve_pending(self, pending: PendingResults) -> None:
        """Links, cache, org: each only for the results that the previous ones left unknown."""
        learn_from_links(pending, self._parts.store)
        unknown = pending.without(self._apply_cache(pending)).still_unknown()
        if unknown.plans:
            self._query_shared(unknown)

    def _apply_cache(self, pending: PendingResults) -> Collection[str]:
        """Apply cached findings; returns the ids of the results that have one."""
        cached = cached_findings(pending, self._cache)
        learn_from_cache(pending, cached, self._created_after_missing(pending.connection, cached))
        return cached

    def _created_after_missing(
        self, connection: Connection, cached: Mapping[str, CachedFinding]
    ) -> World | None:
        """The world of the records that we created since the earliest "missing" finding."""
        since = missing_since(cached)
        return None if since is None else self._created_since(connection, since)

    def _created_since(self, connection: Connection, since: float) -> World | None:
        """The world of the records that we created since then; None if there are none, or the org's
        facts were never read. Costs no call."""
        lines = self._parts.store.created_since(connection.workspace, connection.org_id, since)
        known = self._parts.known_facts(connection) if lines else None
        return None if known is None else created_world(lines, known.facts)

    def _query_shared(self, pending: PendingResults) -> None:
        """Query what no other search is querying; wait for the others."""
        if not self._query_slots.acquire(blocking=False):
            pending.search.mark_unknown("crowded", pending.plans)
            return
        try:
            others = self._query_own_share(pending)
        finally:
            self._query_slots.release()
        if others:
            self._wait_for(others, pending)

    def _query_own_share(self, pending: PendingResults) -> Sequence[OrgQuery]:
        """Query what no other search is querying; returns the searches that query the others."""
        share = self._queries.take(pending.names.values())
        mine = pending.named(share.names)
        try:
            self._query_unless_cached(mine)
        except Exception as error:
            pending.search.mark_unknown(_reason_of(error), mine.plans)
            raise
        finally:
            self._queries.end(share, mine.reasons())
        return share.others

    def _query_unless_cached(self, pending: PendingResults) -> None:
        """Query what no search that ended meanwhile has put into the cache."""
        self._query_in_batches(pending.without(self._apply_cache(pending)))

    def _wait_for(self, others: Sequence[OrgQuery], pending: PendingResults) -> None:
        """Apply what other searches found; results they left unknown get their reasons."""
        for other in others:
            other.ended.wait(MAX_WAIT_FOR_OTHERS_S)
        self._apply_cache(pending)
        for other in others:
            pending.mark_unknown(other.reasons)
        pending.search.mark_unknown("unavailable", pending.plans)

    def _query_in_batches(self, pending: PendingResults) -> None:
        """Query in as few calls as possible, until a call may not be made."""
        for batch in pending.batches(MAX_RESULTS_PER_CALL):
            why = self._blocking_reason(pending.connection)
            if why is not None:
                pending.search.mark_unknown(why, pending.plans)
                return
            self._query_batch(batch)

    def _blocking_reason(self, connection: Connection) -> UnknownReason | None:
        """Why no call may be made now, or None."""
        return (
            "unavailable" if self._stopping.is_set() else blocking_reason(self._parts, connection)
        )

    def _query_batch(self, pending: PendingResults) -> None:
        """Query the org about these results; those without a match key stay unknown."""
        found = query_org(self._parts, pending.connection, pending.plans)
        if isinstance(found, str):
            pending.search.mark_unknown(found, pending.plans)
        else:
            self._save_findings(pending, found)

    def _save_findings(self, pending: PendingResults, found: Mapping[str, ResultPresence]) -> None:
        """Store what the org answered in the cache, and apply it."""
        self._cache.store_findings(pending.connection.org_id, pending.by_name(found))
        pending.search.learn(found, "looking", self._parts.clock.now())
        pending.search.mark_unknown("no_key", found)


def _reason_of(error: Exception) -> UnknownReason:
    """The reason to show for badges that this error left unknown."""
    return "unavailable" if isinstance(error, ZsfError) else "defect"


def list_results(results: Iterable[object], deadline: float) -> tuple[list[object], bool]:
    """(the results, whether there are more of them). All of a list or tuple; of anything else at
    most `MAX_RESULTS`, of what is slow to read the first at least until the deadline, and of what
    fails those before. Raises what fails at once, and RuntimeError for what would end the host."""
    if type(results) in (list, tuple):  # not one of the host's own, which may do anything
        return list(results), False
    listed: list[object] = []
    try:
        for result in islice(results, MAX_RESULTS + 1):
            if len(listed) == MAX_RESULTS or (listed and time.monotonic() > deadline):
                return listed, True
            listed.append(result)
    except (GeneratorExit, SystemExit) as error:
        if not listed:
            raise RuntimeError(type(error).__name__) from error
        return listed, True
    except Exception:
        if not listed:
            raise
        return listed, True
    return listed, False


def _log_failure(workspace: str, error: Exception) -> None:
    kind = type(error).__name__
    if isinstance(error, ZsfError):
        _log.warning("could not look up badges of workspace %s: %s", workspace, kind)
    else:
        _log.error("defect in badges: %s at %s", kind, place_of(error))
