"""Badges within a deadline: links first, the cache next, the org last. Never raises, never a guess.

Each search has a thread of its own; the caller leaves at the deadline with what is known by then,
and the thread goes on warming the cache. Nothing is asked while the badges' share of the allocation
is spent, the workspace rests, or the org has just failed to answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.decision.presence import (
    collect_lookups,
    linked,
    newly_created,
    presence,
    with_converted_contacts,
)
from zsf_plugin.errors import ZsfError
from zsf_plugin.model.badge import UNSEEN, Finding, SearchAnswer, Why, answer_of
from zsf_plugin.model.describe import Record
from zsf_plugin.model.link import Connection
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.world import World
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Crm
from zsf_plugin.ports.rules import RuleSource
from zsf_plugin.ports.store import Store
from zsf_plugin.presence.cache import BadgeCache, name_of
from zsf_plugin.presence.search import IsValid, Search
from zsf_plugin.sync.availability import ORG_ERRORS, OrgAvailability, OrgError

_log = logging.getLogger("zsf_plugin.presence")

#: Results asked for in one composite (salesforce-api.md §3.6).
MAX_RESULTS_A_QUESTION = 100
#: Searches that may be under way at once; the next ones answer from links and cache alone.
MAX_SEARCHES = 8
#: How long a search waits for another one that asks for the same results.
MAX_WAIT_FOR_OTHERS_S = 30.0


@dataclass(frozen=True, slots=True)
class BadgeParts:
    """What badges are made with."""

    store: Store
    rules: RuleSource
    clock: Clock
    availability: OrgAvailability
    crm_of: Callable[[Connection], Crm]
    is_valid: IsValid


class Badges:
    """Answers `on_search_results` for every workspace of a process."""

    def __init__(self, parts: BadgeParts) -> None:
        self._parts = parts
        self._cache = BadgeCache(parts.store, parts.clock)
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._asking: dict[str, threading.Event] = {}
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
        try:
            connection = self._parts.store.connection(search.workspace)
            if connection is not None:
                self._find_out(search, connection)
            else:
                search.blame_all("not_connected")
        except ZsfError as error:
            search.blame_all("unavailable")
            _log.warning("badges of workspace %s: %s", search.workspace, type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a defect leaves a badge unknown, and its thread ends in order
            search.blame_all("defect")
            at = error.__traceback__
            _log.error(
                "badges met a defect: %s at line %s",
                type(error).__name__,
                at.tb_lineno if at else "?",
            )
        finally:
            search.finished.set()
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _find_out(self, search: Search, connection: Connection) -> None:
        plans = search.plans(self._parts.rules)
        self._from_links(search, plans)
        names = {id_: name_of(search.workspace, plan) for id_, plan in plans.items()}
        cached = self._from_cache(search, connection, plans, names)
        cold = [id_ for id_ in search.cold(plans) if id_ not in cached]
        if cold:
            self._from_the_org(search, connection, {id_: plans[id_] for id_ in cold}, names)

    def _from_links(self, search: Search, plans: Mapping[str, Plan]) -> None:
        keys = {target.link for plan in plans.values() for target in plan.targets.values()}
        links = self._parts.store.links(search.workspace, keys)
        for id_, plan in plans.items():
            person = linked(links.get(plan.targets["Lead"].link))
            account = plan.targets.get("Account")
            company = linked(links.get(account.link)) if account is not None else UNSEEN
            search.learn({id_: Finding(person, company)}, "link")

    def _from_cache(
        self,
        search: Search,
        connection: Connection,
        plans: Mapping[str, Plan],
        names: Mapping[str, str],
    ) -> set[str]:
        """What was found out lately; a record that we created since then turns its badge at once.
        The ids it knows."""
        cached = self._cache.fresh(connection.org_id, set(names.values()))
        kept = {id_: cached[name] for id_, name in names.items() if name in cached}
        missing_since = [at for known, at in kept.values() if not known.exists]
        ours = self._created_since(connection, missing_since)
        for id_, (known, at) in kept.items():
            found = known
            if ours is not None and not known.exists:
                found = newly_created(plans[id_], known, ours)
            if found.person != known.person:
                search.learn({id_: found}, "our_write")
            else:
                search.learn({id_: found}, "looking", at)
        search.blame(kept, "no_key")
        return set(kept)

    def _created_since(self, connection: Connection, moments: Sequence[float]) -> World | None:
        """The world of the records that we created since the first of these moments; None where
        there are none."""
        if not moments:
            return None
        lines = self._parts.store.created_since(connection.workspace, min(moments))
        if not lines:
            return None
        records = [Record(line.object, line.record_id, line.after) for line in lines]
        return World(self._parts.crm_of(connection).facts()).learned((), records)

    def _from_the_org(
        self,
        search: Search,
        connection: Connection,
        plans: Mapping[str, Plan],
        names: Mapping[str, str],
    ) -> None:
        """Ask for what is cold, a hundred at a time; what another search asks for already is waited
        for."""
        mine, theirs = self._shared_out([names[id_] for id_ in plans])
        try:
            todo = [id_ for id_ in plans if names[id_] in mine]
            for start in range(0, len(todo), MAX_RESULTS_A_QUESTION):
                chunk = todo[start : start + MAX_RESULTS_A_QUESTION]
                why = self._why_not(connection)
                if why is not None:
                    search.blame(todo[start:], why)
                    break
                self._ask(search, connection, {id_: plans[id_] for id_ in chunk}, names)
        finally:
            self._done_asking(mine)
        for event in theirs:
            event.wait(MAX_WAIT_FOR_OTHERS_S)
        if theirs:
            self._from_cache(search, connection, plans, {id_: names[id_] for id_ in plans})
        search.blame(plans, "unavailable" if theirs else "crowded")

    def _ask(
        self,
        search: Search,
        connection: Connection,
        plans: Mapping[str, Plan],
        names: Mapping[str, str],
    ) -> None:
        """Put these results to the org, and keep what it says; who it could not be asked about
        stays unknown."""
        found = self._asked(connection, plans)
        if isinstance(found, str):
            search.blame(plans, found)
            return
        self._cache.keep(connection.org_id, {names[id_]: known for id_, known in found.items()})
        search.learn(found, "looking", self._parts.clock.now())
        search.blame(found, "no_key")

    def _shared_out(self, names: Sequence[str]) -> tuple[set[str], list[threading.Event]]:
        """(names this search has to ask for, signals of those that others are asking for)."""
        with self._lock:
            if len(self._threads) > MAX_SEARCHES:
                return set(), []
            theirs = list(
                {id(e): e for name in names if (e := self._asking.get(name)) is not None}.values()
            )
            mine = {name for name in names if name not in self._asking}
            self._asking |= dict.fromkeys(mine, threading.Event())
            return mine, theirs

    def _done_asking(self, names: set[str]) -> None:
        with self._lock:
            ended = [self._asking.pop(name) for name in names]
        for event in ended:
            event.set()

    def _why_not(self, connection: Connection) -> Why | None:
        """Why badges may spend no call now, or None. The last of the purposes, they are the first
        to be throttled."""
        if self._stopping.is_set():
            return "unavailable"
        try:
            crm = self._parts.crm_of(connection)
            found = self._parts.availability.check_asking(connection, crm, "badges")
        except ORG_ERRORS as error:
            return self._pause_for(connection, error)
        return None if found.may_ask else found.code

    def _asked(self, connection: Connection, plans: Mapping[str, Plan]) -> dict[str, Finding] | Why:
        """What the org says of these results, or why it could not answer."""
        try:
            crm = self._parts.crm_of(connection)
            facts = crm.facts()
            lookups, fields = collect_lookups(plans.values(), facts)
            records = crm.find(lookups, fields, "badges") if lookups else ()
            world = World(facts).learned(lookups, with_converted_contacts(records))
        except ORG_ERRORS as error:
            return self._pause_for(connection, error)
        return {id_: presence(plan, world) for id_, plan in plans.items()}

    def _pause_for(self, connection: Connection, error: OrgError) -> Why:
        """Keep what the error pauses, and say why there is no badge."""
        _log.info("badges of workspace %s pause: %s", connection.workspace, type(error).__name__)
        return self._parts.availability.record(connection, error, "badges").code
