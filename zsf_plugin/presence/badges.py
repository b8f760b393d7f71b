"""Badges within a deadline: links first, the cache next, the org last. Never raises, never a guess.

Each search has a thread of its own; the caller leaves at the deadline with what is known by then,
and the thread goes on warming the cache. Nothing is asked while the badges' share of the allocation
is used, the workspace is paused, or the org has just failed to answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

from zsf_plugin.errors import ZsfError
from zsf_plugin.model.badge import Finding, SearchAnswer, Why, answer_of
from zsf_plugin.model.link import Connection
from zsf_plugin.model.world import World
from zsf_plugin.presence.asking import BadgeParts, ask, why_not
from zsf_plugin.presence.cache import BadgeCache, name_of
from zsf_plugin.presence.known import (
    cached_findings,
    created_world,
    learn_from_cache,
    learn_from_links,
    missing_since,
)
from zsf_plugin.presence.search import Search, Wanted
from zsf_plugin.presence.turns import Turn, Turns

_log = logging.getLogger("zsf_plugin.presence")

#: Results asked for in one composite (salesforce-api.md §3.6).
MAX_RESULTS_A_QUESTION = 100
#: Searches that may be under way at once; the next ones answer from links and cache alone.
MAX_SEARCHES = 8
#: How long a search waits for another one that asks for the same results.
MAX_WAIT_FOR_OTHERS_S = 30.0


class Badges:
    """Answers `on_search_results` for every workspace of a process."""

    def __init__(self, parts: BadgeParts) -> None:
        self._parts = parts
        self._cache = BadgeCache(parts.store, parts.clock)
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._turns = Turns()
        self._stopping = threading.Event()

    def answer(
        self, workspace: str, results: Iterable[object], user: object, deadline_s: float
    ) -> SearchAnswer:
        """Each result's badge by its id, after at most `deadline_s` seconds. Raises
        StoreUnavailable."""
        findings = self.look(workspace, results, user, deadline_s)
        connection = self._parts.store.connection(workspace)
        return answer_of(findings, connection.instance_url if connection is not None else None)

    def look(
        self, workspace: str, results: Iterable[object], user: object, deadline_s: float
    ) -> dict[str, Finding]:
        """What is known of each result by its id after at most `deadline_s` seconds, how and when
        it was found out, and why it is unknown where it is."""
        search = Search(workspace, list(results), user, self._parts.is_valid)
        thread = threading.Thread(target=self._run, args=(search,), name="zsf-badges", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()
        search.finished.wait(deadline_s)
        return search.findings()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Ask for nothing more, and wait a moment for what is under way."""
        self._stopping.set()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(timeout_s / len(threads))

    def _run(self, search: Search) -> None:
        """What a search's thread does, to its end in order."""
        try:
            self._find_out(search)
        except ZsfError as error:
            search.blame_all("unavailable")
            _log.warning("badges of workspace %s: %s", search.workspace, type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a defect leaves a badge unknown, and its thread ends in order
            search.blame_all("defect")
            at, kind = error.__traceback__, type(error).__name__
            _log.error("badges met a defect: %s at line %s", kind, at.tb_lineno if at else "?")
        finally:
            search.finished.set()
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _find_out(self, search: Search) -> None:
        """Links, cache, org: each is asked only for what the ones before it left open."""
        connection = self._parts.store.connection(search.workspace)
        if connection is None:
            search.blame_all("not_connected")
            return
        plans = search.plans(self._parts.rules)
        names = {}
        for result_id, plan in plans.items():
            names[result_id] = name_of(search.workspace, plan)
        wanted = Wanted(search, connection, plans, names)
        learn_from_links(wanted, self._parts.store)
        cached = self._from_cache(wanted)
        cold = wanted.only([id_ for id_ in search.cold(plans) if id_ not in cached])
        if cold.plans:
            self._from_the_org(cold)

    def _from_cache(self, wanted: Wanted) -> set[str]:
        """Take in what was found out lately; the ids of which something was."""
        cached = cached_findings(wanted, self._cache)
        since = missing_since(cached)
        created = None if since is None else self._created_since(wanted.connection, since)
        learn_from_cache(wanted, cached, created)
        return set(cached)

    def _created_since(self, connection: Connection, since: float) -> World | None:
        """The world of the records that we created since then; None where there are none."""
        lines = self._parts.store.created_since(connection.workspace, since)
        if not lines:
            return None
        return created_world(lines, self._parts.crm_of(connection).facts())

    def _from_the_org(self, wanted: Wanted) -> None:
        """Ask for what no other search asks for already; the rest is waited for."""
        turn = Turn() if self._is_crowded() else self._turns.take(wanted.names.values())
        try:
            self._ask_by_the_hundred(wanted.named(turn.names))
        finally:
            self._turns.end(turn)
        for other in turn.others:
            other.wait(MAX_WAIT_FOR_OTHERS_S)
        if turn.others:
            self._from_cache(wanted)
        wanted.search.blame(wanted.plans, "unavailable" if turn.others else "crowded")

    def _is_crowded(self) -> bool:
        with self._lock:
            return len(self._threads) > MAX_SEARCHES

    def _ask_by_the_hundred(self, wanted: Wanted) -> None:
        """Ask in as few calls as may be, until one of them may not be made."""
        todo = list(wanted.plans)
        for start in range(0, len(todo), MAX_RESULTS_A_QUESTION):
            why = self._why_not(wanted.connection)
            if why is not None:
                wanted.search.blame(todo[start:], why)
                return
            self._ask(wanted.only(todo[start : start + MAX_RESULTS_A_QUESTION]))

    def _why_not(self, connection: Connection) -> Why | None:
        """Why no call may be spent now, or None."""
        return "unavailable" if self._stopping.is_set() else why_not(self._parts, connection)

    def _ask(self, wanted: Wanted) -> None:
        """Put these results to the org, and keep what it says; who it could not be asked about
        stays unknown."""
        found = ask(self._parts, wanted.connection, wanted.plans)
        if isinstance(found, str):
            wanted.search.blame(wanted.plans, found)
            return
        by_name = {wanted.names[id_]: finding for id_, finding in found.items()}
        self._cache.keep(wanted.connection.org_id, by_name)
        wanted.search.learn(found, "looking", self._parts.clock.now())
        wanted.search.blame(found, "no_key")
