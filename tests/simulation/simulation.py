"""One run: a scenario's processes until all events are fed, then drains without faults until
nothing is due.

`fault_injector` and `crm` inject the faults; `oracle` checks the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from tests.simulation.crm import NO_NETWORK_FAULTS, Network
from tests.simulation.disk import SqliteFile
from tests.simulation.fault_injector import RandomFaults
from tests.simulation.final_drains import FinalDrains
from tests.simulation.happenings import Act, Acted, DrainBegan, DrainEnded, Received
from tests.simulation.login import Login
from tests.simulation.monitored_store import Engine, LeaseMonitor
from tests.simulation.org import ORG_ID, OTHER_ORG_ID, Org
from tests.simulation.process_state import OwnerRegistry, ProcessState
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import START, FaultInjector, Process, Scheduler, VirtualClock
from tests.simulation.second_user import SecondUser
from tests.simulation.trace import Trace
from zsf_plugin.errors import ZsfError
from zsf_plugin.model import Connection, Json, Receipt, Tokens, Write
from zsf_plugin.ports import Entry
from zsf_plugin.sync.drain import DrainLimits, drain
from zsf_plugin.sync.report import DrainReport

#: Waits of the background drains (`sync.scheduler`); longer here when busy, or most steps would be
#: retries.
_BUSY_S = (2.0, 20.0, 45.0)
_TROUBLE_S = 30.0
_IDLE_S = 400.0
DAY_S = 86_400.0
#: Time until an admin signs in again.
_SIGN_IN_S = 90.0


class Simulation:
    """One run of a scenario. `fault_injector` replaces the random faults of the scenario; `engine`
    a SQLite file of its own."""

    def __init__(
        self,
        scenario: Scenario,
        fault_injector: FaultInjector | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.scenario = scenario
        self.rng = Random(f"run {scenario.seed}")
        self.trace = Trace(START)
        self.fault_injector = fault_injector or RandomFaults(self.rng, scenario.process_faults)
        self.scheduler = Scheduler(self.rng, self.trace, self.fault_injector)
        self.clock = VirtualClock(self.scheduler)
        self.org = Org(scenario.external_id, segments=2 if scenario.knows_segment else 1)
        other = Org(scenario.external_id, segments=self.org.segments, org_id=OTHER_ORG_ID)
        self.orgs = {ORG_ID: self.org, OTHER_ORG_ID: other}
        self.network = Network(scenario.network_faults, self.rng)
        self.network.meddle = self._meddle
        self._second_user = SecondUser(self.org, self.rng, edits_keys=scenario.edits_keys)
        self.lease_monitor = LeaseMonitor()
        self.login = Login(self.scheduler, self.lease_monitor)
        self.login.loses_answer = lambda: self.network.happens(scenario.login_loss_rate)
        self.lease_monitor.stored_tokens = lambda workspace, success: self.login.record_stored(
            workspace, success=success
        )
        self.owner_registry = OwnerRegistry()
        self.receipts: dict[tuple[str, str], Receipt] = {}
        #: How often the host has called each hook.
        self.calls: Counter[tuple[str, str]] = Counter()
        self.passes = 0
        self.closing = False
        self.still_held: Sequence[Entry] = ()
        self.bought_again: dict[tuple[str, str], Receipt] = {}
        #: By stage of the final drains and workspace.
        self.drains_needed: dict[tuple[str, str], int] = {}
        self._idle: dict[str, Process] = {}
        #: Those that are in the middle of a drain.
        self._draining: set[Process] = set()
        self.engine = engine or SqliteFile()
        self.store = self.engine.new_store(self.scheduler, self.lease_monitor)

    def run(self) -> None:
        """Set up, run with faults, then drain without them, if they end."""
        self._set_up()
        self._start()
        self.scheduler.run()
        if self.scenario.faults_end and not self.scheduler.failures:
            FinalDrains(self).run()

    def __enter__(self) -> Simulation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Delete the data."""
        self.store.close()
        self.engine.close()

    def _set_up(self) -> None:
        for org in self.orgs.values():
            org.rows["User"]["005000000000001AAA"] = {"Email": "seller@zaplify.example"}
        for it in self.scenario.known:
            company: Json = it.get("company")
            name = company.get("name") if isinstance(company, dict) else None
            values: dict[str, Json] = {
                "FirstName": it.get("first_name"),
                "LastName": it["last_name"],
                "Email": it["email"],
                "Title": "known before",
            }
            if it["as"] == "Lead":
                values["Company"] = name or "Somewhere"
            self.org.create(str(it["as"]), values, "before", START)
        for workspace in self.scenario.workspaces:
            self.sign_in(workspace)
            self.store.save_console_rule(workspace, self.scenario.rules[0], expected_version=0)
            if self.scenario.signed_out:
                self.login.expire(workspace)

    def sign_in(self, workspace: str, org_id: str = ORG_ID) -> None:
        access, refresh = self.login.sign_in(workspace)
        connection = Connection(
            workspace, org_id, "005000000000009AAA", "admin", "custom", "http://127.0.0.1", "http://127.0.0.1",
            "client", False, "68.0", self.clock.now(),
        )  # fmt: skip
        self.store.save_connection(
            connection, Tokens(access, refresh, refreshed_at=self.clock.now())
        )

    def _start(self) -> None:
        scenario = self.scenario
        for workspace in scenario.workspaces:
            for number in range(scenario.drainers):
                self._spawn_restarting(
                    f"drain-{workspace}-{number}", lambda it, of=workspace: self._run_drain(it, of)
                )
            for number in range(scenario.refreshers):
                self._spawn_restarting(
                    f"badges-{workspace}-{number}",
                    lambda it, of=workspace: self._run_badge_search(it, of),
                )
        self._spawn_restarting("host", self._run_host)
        at_end = self._stop_faults if scenario.faults_end else self._end
        self.scheduler.at(START + scenario.duration_s, at_end)
        for act, times in (
            (self._act, scenario.user_actions),
            (self._end_session, scenario.sessions_end),
            (self._use_up_quota, scenario.quotas),
            (self._lock_rows, scenario.locks),
            (self._move, scenario.moves),
            (self._set_clock, scenario.clock_jumps),
            (self._merge, scenario.merges),
        ):
            for _ in range(times):
                self._at_random_time(act)
        for version, document in enumerate(scenario.rules[1:], start=1):
            self._at_random_time(
                lambda version=version, document=document: self._change_rules(version, document)
            )

    def _spawn_restarting(
        self, name: str, work: Callable[[ProcessState], None], delay: float = 0.0
    ) -> None:
        """Start a process that is restarted with empty state after each kill."""
        machine = "one" if self.scenario.one_machine else name
        process = self.scheduler.spawn(
            name, machine, lambda: work(ProcessState(self, process)), delay
        )
        process.on_killed = lambda: self._spawn_restarting(
            name, work, self.rng.choice((0.1, 3.0, 40.0))
        )

    def _at_random_time(self, act: Callable[[], str]) -> None:
        self.scheduler.at(
            START + self.rng.random() * self.scenario.duration_s, lambda: self.scheduler.log(act())
        )

    def _run_drain(self, me: ProcessState, workspace: str) -> None:
        """A background drain: pass after pass, with the waits of the real one."""
        limits = DrainLimits(max_entries=self.scenario.batch, stopping=lambda: self.closing)
        while not self.closing:
            try:
                wait = self.wait_s(workspace, self.drain_once(me, workspace, limits))
            except ZsfError as error:
                self.scheduler.log(f"the pass failed: {type(error).__name__}")
                wait = _TROUBLE_S
            self._idle[me.process.name] = me.process
            if not self.closing:
                self.scheduler.sleep(_IDLE_S if wait is None else max(wait, 0.05))
            self._idle.pop(me.process.name, None)

    def drain_once(self, me: ProcessState, workspace: str, limits: DrainLimits) -> DrainReport:
        self.passes += 1
        self.scheduler.log("begins a pass")
        self.scheduler.note(DrainBegan())
        self._draining.add(me.process)
        try:
            report = drain(me.parts, workspace, limits)
        finally:
            self._draining.discard(me.process)
        self.scheduler.note(DrainEnded(report))
        paused = report.paused.code if report.paused is not None else ""
        busy = "busy" if report.busy else ""
        self.scheduler.log(f"ends a pass: {report.done} done, {report.held} held {paused}{busy}")
        return report

    def wait_s(self, workspace: str, report: DrainReport) -> float | None:
        if report.busy:
            return self.rng.choice(_BUSY_S)
        if report.paused is not None:
            if report.paused.code == "reconnect":
                self._schedule_sign_in(workspace)
            return None if report.paused.until is None else report.paused.until - self.clock.now()
        return None if report.next_due_at is None else report.next_due_at - self.clock.now()

    def _schedule_sign_in(self, workspace: str) -> None:
        def act() -> None:
            if not self.is_connected(workspace) and not self.closing:
                self.scheduler.log(f"an admin signs {workspace} in again")
                self.trace.count("signed in again")
                self.sign_in(workspace)
                self._wake()

        self.scheduler.at(self.scheduler.now + _SIGN_IN_S, act)

    def _run_badge_search(self, me: ProcessState, workspace: str) -> None:
        """A badge search: needs a session now and then, and competes with the drains for the refresh."""
        while not self.closing:
            try:
                me.client(workspace).facts(refresh=True)
            except ZsfError as error:
                self.scheduler.log(f"no badge: {type(error).__name__}")
            self.scheduler.sleep(self.rng.choice((5.0, 60.0)))

    def _run_host(self, me: ProcessState) -> None:
        """The host: calls each hook until it has a receipt; after a crash it repeats calls without
        one."""
        for fed in self.scenario.fed:
            self.scheduler.sleep(0.0 if self.closing else fed.after_s)
            while fed.key not in self.receipts:
                self.calls[fed.key] += 1
                receipt = me.intake.receive(fed.hook, fed.call)
                self.scheduler.note(Received(fed.key, receipt))
                if receipt["accepted"] and self.scheduler.current is me.process:
                    self.receipts[fed.key] = receipt
                    self._wake()
                    self.scheduler.log(f"has a receipt for {fed.key[1]}: {receipt['state']}")
                else:
                    self.scheduler.sleep(1.0)

    def _wake(self) -> None:
        for process in self._idle.values():
            process.wake_at = min(process.wake_at, max(self.scheduler.now, process.stalled_until))

    def _act(self) -> str:
        return self._second_user.act(self.scheduler.now)

    def _end_session(self) -> str:
        workspace = self.rng.choice(self.scenario.workspaces)
        self.login.expire(workspace)
        return f"the session of {workspace} ends"

    def _use_up_quota(self) -> str:
        self.network.quota_used_until = self.scheduler.now + 120.0
        return "the org's allocation is spent for two minutes"

    def _set_clock(self) -> str:
        """The org's clock, which is right, stays as it is."""
        if self.closing:
            return "nobody sets the clock any more"
        seconds = self.rng.choice((DAY_S, -DAY_S))
        self.clock.set_by(seconds)
        self._note_act("clock ahead" if seconds > 0 else "clock back")
        self.trace.count("clock set")
        return f"the clock is set by {seconds:.0f} s"

    def _merge(self) -> str:
        merged = self._second_user.merge_any(self.scheduler.now)
        if merged is None:
            return "a person finds nothing to merge"
        self._note_act("merge", merged)
        return f"a person merges {merged} into a copy"

    def _meddle(self, writes: Sequence[Write]) -> None:
        """What a person in Salesforce does between our lookup and our write."""
        if self.closing or not self.network.happens(self.scenario.meddling):
            return
        self.scheduler.log("a person is faster")
        if self.scenario.leavers and any("OwnerId" in write.values for write in writes):
            self.org.deactivate_users()
        merged = self._second_user.meddle(writes, self.scheduler.now)
        if merged is not None:
            self.scheduler.note(Acted("merge", during_drain=True, record_id=merged))

    def _lock_rows(self) -> str:
        self.org.locked = self.scheduler.now + 8.0
        return "rows are locked for eight seconds"

    def _move(self) -> str:
        """The first workspace is disconnected and connected to the other org."""
        workspace = self.scenario.workspaces[0]
        connection = self.store.connection(workspace)
        if self.closing or connection is None:
            return "nothing moves any more"
        org_id = ORG_ID if connection.org_id == OTHER_ORG_ID else OTHER_ORG_ID
        self.store.forget_connection(workspace)
        self.sign_in(workspace, org_id)
        self.trace.count("move")
        self._note_act("move")
        self._wake()
        return f"{workspace} moves to {org_id}"

    def _change_rules(self, version: int, document: dict[str, Json]) -> str:
        for workspace in self.scenario.workspaces:
            self.store.save_console_rule(workspace, document, expected_version=version)
        self._note_act("rules")
        return f"the rules change: {document['mode']}"

    def _note_act(self, what: Act, record_id: str | None = None) -> None:
        in_doubt = sum(self.store.counts(of).writing for of in self.scenario.workspaces)
        self.scheduler.note(
            Acted(what, bool(self._draining), record_id, in_doubt, self.store.count_left())
        )

    def _stop_faults(self) -> None:
        """Stop injecting faults; zombies and late requests that are under way continue."""
        self.scheduler.log("no faults from here on")
        first = self.store.connection(self.scenario.workspaces[0])
        if first is not None and first.org_id == OTHER_ORG_ID:
            self.scheduler.log(self._move())
        self.closing = True
        self.fault_injector.over = True
        self.network.network_faults = replace(
            NO_NETWORK_FAULTS, rows=self.scenario.network_faults.rows
        )
        self.network.quota_used_until = self.org.locked = 0.0
        self.login.loses_answer = lambda: False
        self._wake()

    def _end(self) -> None:
        """End everything at once. Late requests that are under way still arrive."""
        self.scheduler.log("everything ends here")
        self.closing = True
        self.scheduler.kill_all()

    def is_connected(self, workspace: str) -> bool:
        connection = self.store.connection(workspace)
        return connection is not None and connection.state == "connected"
