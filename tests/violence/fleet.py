"""Several machines on one PostgreSQL database: workers that are killed and replaced, a host that
receives events meanwhile, and a database that is stopped, reached through connections that break.

A fleet is disturbed in one way after another, in an order that a seed decides; each lasts until
some entries were settled meanwhile, or for a moment. Then all works again, and everything must be
sent within a few passes.
"""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from tests.postgres import Server
from tests.toxics import Proxy, Toxic
from tests.violence.backlog import Call, backlog, workspace_name
from tests.violence.clock import SharedClock
from tests.violence.databases import variables
from tests.violence.limits import EngineName, limits_with
from tests.violence.machines import Machine
from tests.violence.oracle import audit_kinds, audited
from tests.violence.processes import EmulatorProcess
from tests.violence.scenario import LONG_PAUSE_S, sign_in
from tests.violence.takeover import Takeover
from zsf_plugin.settings import from_environment
from zsf_plugin.sync.org_lease import LEASE_S
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

WORKERS = 3
MAX_PASSES = 6
_COULD_NOT_RUN = 2
_POLL_S = 0.05
#: A disturbance lasts until this number of entries was settled, at most these seconds.
_SETTLED_MEANWHILE = 12
_DISTURBED_S = 0.4
_START_TIMEOUT_S = 20.0
_COUNT = "SELECT count(*) FROM zsf.entries"
_WAITING = f"{_COUNT} WHERE state IN ('pending', 'writing')"
_SETTLED = f"{_COUNT} WHERE state NOT IN ('pending', 'writing')"
#: Every wake-up takes a number, also one that finds a job waiting.
_WAKES = "SELECT last_value FROM zsf_jobs.procrastinate_jobs_id_seq"
#: Every way to disturb the connections of one machine.
TOXICS = (
    Toxic("latency", 30),
    Toxic("bandwidth", 40),
    Toxic("slicer", 11),
    Toxic("slow_close", 100),
    Toxic("reset_peer", 0),
    Toxic("reset_peer", 20, "down"),
    Toxic("timeout", 0, "down"),
    Toxic("timeout", 100, "up"),
    Toxic("half_closed", way="down"),
    Toxic("half_closed", way="up"),
    Toxic("down"),
)


@dataclass(frozen=True, slots=True)
class FleetCase:
    """What a fleet has to do, and how often it is disturbed in every way after a worker was taken
    over from. `engine`: what hands out its workspaces; by default, its workers look for them.
    `is_fenced`: its workers care whether they have a lease."""

    seed: int
    workspaces: int = 60
    people: int = 2
    rounds: int = 1
    speed: float = 10.0
    engine: EngineName | None = None
    is_fenced: bool = True


@dataclass(slots=True)
class FleetReport:
    """How it ended. `wakes`: how many wake-ups an engine got."""

    findings: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    events: int = 0
    refused: int = 0
    passes: int = 0
    wakes: int = 0


def _events(case: FleetCase) -> list[Call]:
    """The calls of all workspaces about their first people."""
    numbers = tuple(f"p{number}" for number in range(case.people))
    calls = backlog(case.seed, case.people + 5, case.workspaces, shared=True)
    return [call for call in calls if str(call["prospect"].get("id")).endswith(numbers)]


class Fleet:
    """The machines, their database and their orgs."""

    def __init__(
        self, folder: Path, server: Server, orgs: Sequence[EmulatorProcess], case: FleetCase
    ) -> None:
        self.folder, self._server, self._orgs, self._case = folder, server, orgs, case
        self._chance = random.Random(f"fleet {case.seed}")
        self._database = server.new_database()
        self._stack = ExitStack()
        self._counting = psycopg.connect(self._database, autocommit=True)
        self._stack.callback(lambda: self._counting.close())
        self._clock = SharedClock.make(folder / "clock", speed=case.speed, leap=False)
        self._stack.callback(self._clock.close)
        self._events = _events(case)
        self._limits = limits_with(case.engine)
        self._started = 0
        self._logs: list[Path] = []
        self.report = FleetReport(events=len(self._events))
        self._connect()

    def run(self) -> FleetReport:
        """Disturb the fleet in every way, let it work, and look at the result."""
        with self._stack:
            proxies = [self._stack.enter_context(Proxy(self._server.port)) for _ in range(4)]
            workers = [self._start_worker(proxy) for proxy in proxies[:WORKERS]]
            host = self._start("host", proxies[-1], f"--calls={self._calls()}")
            try:
                self._disturb(workers, host)
                self._finish(workers, host)
                self.report.wakes = self._count(_WAKES) if self._case.engine else 0
            finally:
                for one in [*workers, host]:
                    one.process.kill()
                    one.process.wait()
        self._audit()
        return self.report

    def _connect(self) -> None:
        """Sign one workspace in each org in, and connect the others as it is."""
        orgs = len(self._orgs)
        with self._application() as app:
            for number in range(self._case.workspaces):
                name, first = workspace_name(number), workspace_name(number % orgs)
                if number < orgs:
                    sign_in(app, name, self._orgs[number].url, client=f"fleet-{number}")
                    continue
                connection, tokens = app.store.connection(first), app.store.tokens(first)
                assert connection is not None
                assert tokens is not None
                app.store.save_connection(replace(connection, workspace=name), tokens)

    @contextmanager
    def _application(self) -> Iterator[CommandApp]:
        settings = from_environment(
            variables(self._database),
            config_dir=self.folder / "config",
            data_dir=self.folder / "data",
            host_settings={"drain": "external"},
        )
        app = CommandApp(Parts(settings, clock=self._clock))
        try:
            yield app
        finally:
            app.close()

    def _workspaces_of(self, place: int) -> list[str]:
        """The workspaces of the org at that place."""
        return [
            workspace_name(number)
            for number in range(place, self._case.workspaces, len(self._orgs))
        ]

    def _calls(self) -> Path:
        """The calls that the host receives, workspaces mixed."""
        file, count = self.folder / "calls.jsonl", self._case.workspaces
        mixed = [call for number in range(count) for call in self._events[number::count]]
        file.write_text("".join(f"{json.dumps(call)}\n" for call in mixed), encoding="utf-8")
        return file

    def _variables(self, port: int) -> dict[str, str]:
        """The environment of a machine that reaches the database by that port."""
        url = f"postgresql://zsf@127.0.0.1:{port}/{self._database.rpartition('/')[2]}"
        return {**variables(url), "ZSF_ENGINE": self._case.engine or ""}

    def _start(self, role: str, proxy: Proxy, *more: str) -> Machine:
        self._started += 1
        clock, environment = f"--clock={self.folder / 'clock'}", self._variables(proxy.port)
        folder = self.folder / f"{role}{self._started}"
        machine = Machine(folder, role, proxy, environment, clock, *more)
        self._logs.append(machine.log)
        return machine

    def _start_worker(self, proxy: Proxy) -> Machine:
        return self._start("worker", proxy, *([] if self._case.is_fenced else ["--without-fence"]))

    def _disturb(self, workers: list[Machine], host: Machine) -> None:
        actions: list[Callable[[], None]] = []
        for _ in range(self._case.rounds):
            some: list[Callable[[], None]] = [
                *(lambda toxic=toxic: self._have(toxic, [*workers, host]) for toxic in TOXICS),
                *[lambda: self._kill(workers)] * 3,
                lambda: self._stall(workers),
                *[self._restart] * 2,
            ]
            self._chance.shuffle(some)
            actions += some
        share = -(-len(self._events) // (len(actions) + 1))
        self._take_over(workers, host, share)
        for action in actions:
            self._receive(host, share)
            self._supervise(workers)
            action()
        self._supervise(workers)

    def _supervise(self, workers: list[Machine]) -> None:
        """Replace workers that have ended: one that does not reach the database ends at its
        start."""
        for number, worker in enumerate(workers):
            if worker.process.poll() is not None:
                if worker.end(None, self._limits.stop_s)[0] != _COULD_NOT_RUN:
                    self.report.findings.append(f"{worker.log.parent.name} ended by itself")
                workers[number] = self._start_worker(worker.proxy)

    def _are_up(self, workers: list[Machine]) -> bool:
        self._supervise(workers)
        return all(worker.is_up() for worker in workers)

    def _have(self, toxic: Toxic, machines: Sequence[Machine]) -> None:
        """Disturb the connections of one machine."""
        proxy = self._chance.choice(machines).proxy
        proxy.disturb(toxic)
        self._wait_for_some()
        proxy.heal()
        self.report.done[toxic.kind] += 1

    def _kill(self, workers: list[Machine]) -> None:
        """Kill a worker as it works, and put another in its place."""
        self._wait_for_some()
        number = self._chance.randrange(len(workers))
        workers[number].end(signal.SIGKILL, self._limits.stop_s)
        workers[number] = self._start_worker(workers[number].proxy)
        self.report.done["kill"] += 1

    def _stall(self, workers: Sequence[Machine]) -> None:
        """Stop a worker past its lease, whatever it is doing."""
        worker = self._chance.choice(workers)
        worker.send(signal.SIGSTOP)
        until = self._clock.now() + 2 * LEASE_S
        self._wait(lambda: self._clock.now() > until, 2 * LEASE_S)
        worker.send(signal.SIGCONT)
        self.report.done["stall"] += 1

    def _take_over(self, workers: Sequence[Machine], host: Machine, share: int) -> None:
        """First of all: later, writes in doubt may keep purchases from the org without our ID."""
        takeover = Takeover(
            self._database, self._orgs[-1], self._workspaces_of(len(self._orgs) - 1), self._wait
        )
        takeover.hold_next_lookup()
        self._receive(host, share)
        processes = {worker.name: worker.process for worker in workers}
        if takeover.run(processes, self._limits.takeover_s):
            self.report.done["takeover"] += 1

    def _restart(self) -> None:
        """Stop the database at once, and start it again."""
        self._server.stop()
        self._wait(lambda: False, _DISTURBED_S / 2)
        self._server.start(synced=True)
        self.report.done["restart"] += 1

    def _receive(self, host: Machine, count: int) -> None:
        assert host.process.stdin is not None
        host.process.stdin.write(f"{count}\n")
        host.process.stdin.flush()

    def _finish(self, workers: list[Machine], host: Machine) -> None:
        """Let the host store what it still has, and the workers send everything."""
        host.close_input()
        self._wait_while(_COUNT, host.has_ended, self._limits.host_s)
        code, said = host.end(None, 0)
        if code != 0:
            self.report.findings.append(f"the host ended with exit code {code}")
        self.report.refused = int(said or 0)
        while self.report.passes < MAX_PASSES:
            self.report.passes += 1
            self._wait(lambda: self._are_up(workers), _START_TIMEOUT_S)
            self._wait_while(_SETTLED, lambda: not self._count(_WAITING), self._limits.idle_s)
            for worker in workers:
                had_ended = worker.process.poll() == _COULD_NOT_RUN
                code, _ = worker.end(signal.SIGTERM, self._limits.stop_s)
                if code != 0 and not had_ended:
                    self.report.findings.append(f"a worker ended with exit code {code}")
            if self._count(_WAITING) == 0:
                return
            self._clock.advance(LONG_PAUSE_S)  # while nobody sends anything
            workers[:] = [self._start_worker(worker.proxy) for worker in workers]
        self.report.findings.append(f"entries still wait after {MAX_PASSES} passes")

    def _wait_while(
        self, statement: str, is_over: Callable[[], bool], idle_s: float, last: int = -1
    ) -> None:
        """Wait until it is over, or until what that statement counts stays the same for too long."""
        while not is_over() and (count := self._count(statement)) != last:
            last = count
            self._wait(lambda: is_over() or self._count(statement) != last, idle_s)  # noqa: B023

    def _wait_for_some(self) -> None:
        """Wait until some entries were settled."""
        before = self._count(_SETTLED)
        self._wait(lambda: self._count(_SETTLED) >= before + _SETTLED_MEANWHILE, _DISTURBED_S)

    def _wait(self, is_over: Callable[[], bool], seconds: float) -> bool:
        """Poll until it is over; False if that took too long."""
        deadline = time.monotonic() + seconds
        while not is_over():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        return True

    def _count(self, statement: str) -> int:
        """What that statement counts."""
        try:
            row = self._counting.execute(statement.encode()).fetchone()
        except psycopg.OperationalError:  # the server was stopped meanwhile
            self._counting = psycopg.connect(self._database, autocommit=True)
            row = self._counting.execute(statement.encode()).fetchone()
        return int(row[0]) if row else 0

    def _audit(self) -> None:
        for place, emulator in enumerate(self._orgs):
            names = set(self._workspaces_of(place))
            events: list[Call] = [call for call in self._events if call["workspace"] in names]
            found = audited(emulator, events, "contact")
            self.report.findings += found
            self.report.kinds += audit_kinds(found)
        with self._application() as app:
            kept = 0
            for number in range(self._case.workspaces):
                workspace = workspace_name(number)
                counts = app.store.counts(workspace)
                kept += counts.done + counts.skipped + counts.held + counts.waiting
                self.report.findings += [
                    f"{workspace}: entry {entry.id} is held: {entry.cause and entry.cause.code}"
                    for entry in app.store.entries(workspace, state="held", limit=1000)
                    if entry.cause is None or entry.cause.code != "INVALID_EVENT"
                ]
        fed = len({(call["workspace"], call["event_id"]) for call in self._events})
        if kept != fed:
            self.report.findings.append(f"{fed} events were received, {kept} entries are kept")
        for log in self._logs:
            text = log.read_text(encoding="utf-8")
            if "defect" in text or "Traceback" in text:
                self.report.findings.append(f"{log.parent.name} reports a defect: {text[-2000:]}")
