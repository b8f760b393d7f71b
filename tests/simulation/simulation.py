"""One run: the processes of a scenario, until everything was fed; then calm, until nothing is due.

What may go wrong is `fate`'s and `crm`'s to say, what must not is `judge`'s.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from tests.simulation.colleague import Colleague
from tests.simulation.crm import CALM, Sky
from tests.simulation.disk import SimulatedStore, Watch, folder, new_file
from tests.simulation.fate import Chance
from tests.simulation.login import Login
from tests.simulation.memory import Census, Memory
from tests.simulation.org import ORG_ID, Org
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import START, Fate, Process, Scheduler, VirtualClock
from tests.simulation.story import Story
from zsf_plugin.decision.causes import OUTCOME_UNCLEAR
from zsf_plugin.errors import ZsfError
from zsf_plugin.model import Connection, Json, Receipt, Tokens
from zsf_plugin.ports import Entry
from zsf_plugin.sync.drain import DrainLimits, drain
from zsf_plugin.sync.report import DrainReport

#: As the background drains wait (`sync.scheduler`); a busy one here longer, or most of a run would
#: be knocking.
_BUSY_S = (2.0, 20.0, 45.0)
_TROUBLE_S = 30.0
_IDLE_S = 400.0
#: An admin who is asked to sign in again does so after a while.
_SIGN_IN_S = 90.0
_MOST_PASSES = 100


class Simulation:
    """A world for one scenario. `fate` replaces the misfortune that the scenario's odds would
    bring."""

    def __init__(self, scenario: Scenario, fate: Fate | None = None) -> None:
        self.scenario = scenario
        self.rng = Random(f"run {scenario.seed}")
        self.story = Story(START)
        self.fate = fate or Chance(self.rng, scenario.odds)
        self.scheduler = Scheduler(self.rng, self.story, self.fate)
        self.clock = VirtualClock(self.scheduler)
        self.org = Org(scenario.external_id, segments=2 if scenario.knows_segment else 1)
        self.sky = Sky(scenario.weather, self.rng)
        self.watch = Watch()
        self.login = Login(self.scheduler, self.watch)
        self.login.loses = lambda: self.sky.falls(scenario.login_loses)
        self.watch.stored_tokens = lambda workspace, well: self.login.stored(workspace, well=well)
        self.census = Census()
        self.receipts: dict[tuple[str, str], Receipt] = {}
        self.passes = 0
        self.closing = False
        self.unmended: Sequence[Entry] = ()
        self._idle: dict[str, Process] = {}
        self._folder = folder()
        self.file = new_file(self._folder)
        self.store = SimulatedStore(self.file, self.scheduler, self.watch)

    def run(self) -> None:
        """Set up, let it happen, settle the dust."""
        self._set_up()
        self._start()
        self.scheduler.run()
        if not self.scheduler.broken:
            self._settle_the_dust()

    def close(self) -> None:
        """The file goes."""
        self.store.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _set_up(self) -> None:
        self.org.rows["User"]["005000000000001AAA"] = {"Email": "seller@zaplify.example"}
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
            self._sign_in(workspace)
            self.store.save_console_rule(workspace, self.scenario.rules[0], expected_version=0)
            if self.scenario.signed_out:
                self.login.expire(workspace)

    def _sign_in(self, workspace: str) -> None:
        access, refresh = self.login.sign_in(workspace)
        connection = Connection(
            workspace, ORG_ID, "005000000000009AAA", "admin", "custom", "http://127.0.0.1", "http://127.0.0.1",
            "client", False, "68.0", self.scheduler.now,
        )  # fmt: skip
        self.store.save_connection(
            connection, Tokens(access, refresh, refreshed_at=self.scheduler.now)
        )

    def _start(self) -> None:
        scenario = self.scenario
        for workspace in scenario.workspaces:
            for number in range(scenario.drainers):
                self._keep_alive(
                    f"drain-{workspace}-{number}", lambda it, of=workspace: self._drains(it, of)
                )
            for number in range(scenario.refreshers):
                self._keep_alive(
                    f"badges-{workspace}-{number}", lambda it, of=workspace: self._looks(it, of)
                )
        self._keep_alive("host", self._feeds)
        self.scheduler.at(START + scenario.lasts_s, self._calm)
        for act, times in (
            (self._colleague(), scenario.acts),
            (self._end_session, scenario.sessions_end),
            (self._spend_quota, scenario.quotas),
            (self._lock_rows, scenario.locks),
        ):
            for _ in range(times):
                self._some_time(act)
        for version, document in enumerate(scenario.rules[1:], start=1):
            self._some_time(
                lambda version=version, document=document: self._change_rules(version, document)
            )

    def _keep_alive(self, name: str, work: Callable[[Memory], None], delay: float = 0.0) -> None:
        """A process that is started anew after each death, with nothing remembered."""
        machine = "one" if self.scenario.one_machine else name
        process = self.scheduler.spawn(name, machine, lambda: work(Memory(self, process)), delay)
        process.on_killed = lambda: self._keep_alive(name, work, self.rng.choice((0.1, 3.0, 40.0)))

    def _some_time(self, act: Callable[[], str]) -> None:
        self.scheduler.at(
            START + self.rng.random() * self.scenario.lasts_s, lambda: self.scheduler.tell(act())
        )

    def _drains(self, me: Memory, workspace: str) -> None:
        """A background drain: pass after pass, waiting in between as the real one does."""
        limits = DrainLimits(max_entries=self.scenario.batch, stopping=lambda: self.closing)
        while not self.closing:
            try:
                wait = self._wait_s(me, workspace, self._pass(me, workspace, limits))
            except ZsfError as error:
                self.scheduler.tell(f"the pass failed: {type(error).__name__}")
                wait = _TROUBLE_S
            self._idle[me.process.name] = me.process
            if not self.closing:
                self.scheduler.sleep(_IDLE_S if wait is None else max(wait, 0.05))
            self._idle.pop(me.process.name, None)

    def _pass(self, me: Memory, workspace: str, limits: DrainLimits) -> DrainReport:
        self.passes += 1
        self.scheduler.tell("begins a pass")
        report = drain(me.parts, workspace, limits)
        paused = report.paused.code if report.paused is not None else ""
        busy = "busy" if report.busy else ""
        self.scheduler.tell(f"ends a pass: {report.done} done, {report.held} held {paused}{busy}")
        return report

    def _wait_s(self, me: Memory, workspace: str, report: DrainReport) -> float | None:
        if report.busy:
            return self.rng.choice(_BUSY_S)
        if report.paused is not None:
            if report.paused.code == "reconnect":
                self._some_time_sign_in(workspace)
            return None if report.paused.until is None else report.paused.until - self.scheduler.now
        return None if report.next_due_at is None else report.next_due_at - self.scheduler.now

    def _some_time_sign_in(self, workspace: str) -> None:
        def act() -> None:
            if not self._is_connected(workspace) and not self.closing:
                self.scheduler.tell(f"an admin signs {workspace} in again")
                self._sign_in(workspace)
                self._wake()

        self.scheduler.at(self.scheduler.now + _SIGN_IN_S, act)

    def _looks(self, me: Memory, workspace: str) -> None:
        """A badge search: needs a session now and then, and races the drains for its refresh."""
        while not self.closing:
            try:
                me.client(workspace).facts(refresh=True)
            except ZsfError as error:
                self.scheduler.tell(f"no badge: {type(error).__name__}")
            self.scheduler.sleep(self.rng.choice((5.0, 60.0)))

    def _feeds(self, me: Memory) -> None:
        """The host: calls each hook until it has a receipt, and begins again after a crash where it
        has none."""
        for fed in self.scenario.fed:
            self.scheduler.sleep(0.0 if self.closing else fed.after_s)
            while fed.key not in self.receipts:
                receipt = me.intake.receive(fed.hook, fed.call)
                if receipt["accepted"] and self.scheduler.current is me.process:
                    self.receipts[fed.key] = receipt
                    self._wake()
                    self.scheduler.tell(f"has a receipt for {fed.key[1]}: {receipt['state']}")
                else:
                    self.scheduler.sleep(1.0)

    def _wake(self) -> None:
        for process in self._idle.values():
            process.wake_at = min(process.wake_at, max(self.scheduler.now, process.stalled_until))

    def _colleague(self) -> Callable[[], str]:
        colleague = Colleague(self.org, self.rng, key_acts=self.scenario.key_acts)
        return lambda: colleague.act(self.scheduler.now)

    def _end_session(self) -> str:
        workspace = self.rng.choice(self.scenario.workspaces)
        self.login.expire(workspace)
        return f"the session of {workspace} ends"

    def _spend_quota(self) -> str:
        self.sky.spent_until = self.scheduler.now + 120.0
        return "the org's allocation is spent for two minutes"

    def _lock_rows(self) -> str:
        self.org.locked = self.scheduler.now + 8.0
        return "rows are locked for eight seconds"

    def _change_rules(self, version: int, document: dict[str, Json]) -> str:
        for workspace in self.scenario.workspaces:
            self.store.save_console_rule(workspace, document, expected_version=version)
        return f"the rules change: {document['mode']}"

    def _calm(self) -> None:
        """From here on nothing fails; what is under way goes on, zombies and late requests too."""
        self.scheduler.tell("calm from here on")
        self.closing = True
        self.fate.over = True
        self.sky.weather = replace(CALM, rows=self.scenario.weather.rows)
        self.sky.spent_until = self.org.locked = 0.0
        self.login.loses = lambda: False
        self._wake()

    def _settle_the_dust(self) -> None:
        """Drains alone, with time enough; then what only a person can mend is mended and
        released."""
        self._alone("last", self._drains_all)
        if self._held():
            self.org.learn_segment()
            self._alone("mended", self._drains_all)
        self.unmended = self._held()
        if self.unmended:
            self.org.refusing = False
            for it in self.unmended:
                if (
                    it.cause is not None and it.cause.code != OUTCOME_UNCLEAR
                ):  # there, somebody would have to look first
                    self.store.release(it.event.workspace, entry_ids=[it.id])
            self._alone("released", self._drains_all)

    def _held(self) -> list[Entry]:
        return [
            it
            for of in self.scenario.workspaces
            for it in self.store.entries(of, state="held", limit=500)
        ]

    def _alone(self, name: str, work: Callable[[Memory], None]) -> None:
        process = self.scheduler.spawn(
            name, "one" if self.scenario.one_machine else name, lambda: None, 4000.0
        )
        process.work = lambda: work(Memory(self, process))
        self.scheduler.run()

    def _drains_all(self, me: Memory) -> None:
        for workspace in self.scenario.workspaces:
            for _ in range(_MOST_PASSES):
                if not self._is_connected(workspace):
                    self._sign_in(workspace)
                wait = self._wait_s(me, workspace, self._pass(me, workspace, DrainLimits()))
                if wait is None and self._is_connected(workspace):
                    break
                self.scheduler.sleep(max(wait or 0.0, 0.05))

    def _is_connected(self, workspace: str) -> bool:
        connection = self.store.connection(workspace)
        return connection is not None and connection.state == "connected"
