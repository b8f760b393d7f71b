"""Several machines on one PostgreSQL database: workers that are killed and replaced, a host that
receives events meanwhile, and a database that is stopped, reached through connections that break.

A fleet is disturbed in one way after another, in an order that a seed decides; each lasts until
some entries were settled meanwhile, or for a moment. Then all works again, and everything must be
sent within a few passes.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import psycopg

from tests.postgres import Server
from tests.toxics import Proxy, Toxic
from tests.violence.backlog import Call, backlog, workspace_name
from tests.violence.clock import SharedClock
from tests.violence.databases import variables
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
_RULES = 'mode = "contact"\n[limits]\ncalls_per_second = 100\n'
_COULD_NOT_RUN = 2
_POLL_S = 0.05
#: A disturbance lasts until this number of entries was settled, at most these seconds.
_SETTLED_MEANWHILE = 12
_DISTURBED_S = 0.4
_START_TIMEOUT_S = 20.0
_STOP_TIMEOUT_S = 40.0
_HOST_TIMEOUT_S = 60.0
_COUNT = "SELECT count(*) FROM zsf.entries WHERE state {} ('pending', 'writing')"
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
    over from. `idle_s`: a pass in which nothing was settled for so long is over. `is_fenced`: its
    workers care whether they have a lease."""

    seed: int
    workspaces: int = 60
    people: int = 2
    rounds: int = 1
    speed: float = 10.0
    idle_s: float = 5.0
    is_fenced: bool = True


@dataclass(slots=True)
class FleetReport:
    """How it ended."""

    findings: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    events: int = 0
    refused: int = 0
    passes: int = 0


class _Machine:
    """A process on a machine of its own, and the proxy through which it reaches the database."""

    def __init__(self, fleet: Fleet, role: str, number: int, proxy: Proxy, *more: str) -> None:
        self.proxy = proxy
        self.name = f"{role}{number}"
        folder = fleet.folder / self.name
        (folder / "config" / "rules").mkdir(parents=True)
        (folder / "config" / "rules" / "10.toml").write_text(_RULES, encoding="utf-8")
        self.log = folder / "log"
        places = {f"ZSF_{what.upper()}_DIR": str(folder / what) for what in ("config", "data")}
        self._errors: TextIO = self.log.open("w", encoding="utf-8")
        arguments = [role, f"--name={self.name}", f"--clock={fleet.folder / 'clock'}", *more]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.violence.machine", *arguments],
            env={**os.environ, **places, **variables(fleet.url(proxy.port))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def is_up(self) -> bool:
        """Whether a worker has begun to work: it says so."""
        return "Draining" in self.log.read_text(encoding="utf-8")

    def send(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def end(self, number: int | None, timeout_s: float) -> tuple[int, str]:
        """End it by a signal, or with its stdin; its exit code and what it wrote."""
        if number is not None:
            self.send(number)
        try:
            said, _ = self.process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            said, _ = self.process.communicate()
        self._errors.close()
        return self.process.returncode, said


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
        self._started = 0
        self._logs: list[Path] = []
        self.report = FleetReport(events=len(self._events))
        self._connect()

    def url(self, port: int) -> str:
        """The URL of the database behind that port."""
        return f"postgresql://zsf@127.0.0.1:{port}/{self._database.rpartition('/')[2]}"

    def run(self) -> FleetReport:
        """Disturb the fleet in every way, let it work, and look at the result."""
        with self._stack:
            proxies = [self._stack.enter_context(Proxy(self._server.port)) for _ in range(4)]
            workers = [self._start_worker(proxy) for proxy in proxies[:WORKERS]]
            host = self._start("host", proxies[-1], f"--calls={self._calls()}")
            try:
                self._disturb(workers, host)
                self._finish(workers, host)
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

    def _start(self, role: str, proxy: Proxy, *more: str) -> _Machine:
        self._started += 1
        machine = _Machine(self, role, self._started, proxy, *more)
        self._logs.append(machine.log)
        return machine

    def _start_worker(self, proxy: Proxy) -> _Machine:
        return self._start("worker", proxy, *([] if self._case.is_fenced else ["--without-fence"]))

    def _disturb(self, workers: list[_Machine], host: _Machine) -> None:
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

    def _supervise(self, workers: list[_Machine]) -> None:
        """Replace workers that have ended: one that does not reach the database ends at its
        start."""
        for number, worker in enumerate(workers):
            if worker.process.poll() is not None:
                if worker.end(None, _STOP_TIMEOUT_S)[0] != _COULD_NOT_RUN:
                    self.report.findings.append(f"{worker.log.parent.name} ended by itself")
                workers[number] = self._start_worker(worker.proxy)

    def _are_up(self, workers: list[_Machine]) -> bool:
        self._supervise(workers)
        return all(worker.is_up() for worker in workers)

    def _have(self, toxic: Toxic, machines: Sequence[_Machine]) -> None:
        """Disturb the connections of one machine."""
        proxy = self._chance.choice(machines).proxy
        proxy.disturb(toxic)
        self._wait_for_some()
        proxy.heal()
        self.report.done[toxic.kind] += 1

    def _kill(self, workers: list[_Machine]) -> None:
        """Kill a worker as it works, and put another in its place."""
        self._wait_for_some()
        number = self._chance.randrange(len(workers))
        workers[number].end(signal.SIGKILL, _STOP_TIMEOUT_S)
        workers[number] = self._start_worker(workers[number].proxy)
        self.report.done["kill"] += 1

    def _stall(self, workers: Sequence[_Machine]) -> None:
        """Stop a worker past its lease, whatever it is doing."""
        worker = self._chance.choice(workers)
        worker.send(signal.SIGSTOP)
        until = self._clock.now() + 2 * LEASE_S
        self._wait(lambda: self._clock.now() > until, 2 * LEASE_S)
        worker.send(signal.SIGCONT)
        self.report.done["stall"] += 1

    def _take_over(self, workers: Sequence[_Machine], host: _Machine, share: int) -> None:
        """First of all: later, writes in doubt may keep purchases from the org without our ID."""
        takeover = Takeover(
            self._database, self._orgs[-1], self._workspaces_of(len(self._orgs) - 1), self._wait
        )
        takeover.hold_next_lookup()
        self._receive(host, share)
        if takeover.run({worker.name: worker.process for worker in workers}):
            self.report.done["takeover"] += 1

    def _restart(self) -> None:
        """Stop the database at once, and start it again."""
        self._server.stop()
        self._wait(lambda: False, _DISTURBED_S / 2)
        self._server.start(synced=True)
        self.report.done["restart"] += 1

    def _receive(self, host: _Machine, count: int) -> None:
        assert host.process.stdin is not None
        host.process.stdin.write(f"{count}\n")
        host.process.stdin.flush()

    def _finish(self, workers: list[_Machine], host: _Machine) -> None:
        """Let the host store what it still has, and the workers send everything."""
        code, said = host.end(None, _HOST_TIMEOUT_S)
        if code != 0:
            self.report.findings.append(f"the host ended with exit code {code}")
        self.report.refused = int(said or 0)
        while self.report.passes < MAX_PASSES:
            self.report.passes += 1
            self._wait(lambda: self._are_up(workers), _START_TIMEOUT_S)
            self._wait_while_progress()
            for worker in workers:
                had_ended = worker.process.poll() == _COULD_NOT_RUN
                code, _ = worker.end(signal.SIGTERM, _STOP_TIMEOUT_S)
                if code != 0 and not had_ended:
                    self.report.findings.append(f"a worker ended with exit code {code}")
            if self._count("IN") == 0:
                return
            self._clock.advance(LONG_PAUSE_S)  # while nobody sends anything
            workers[:] = [self._start_worker(worker.proxy) for worker in workers]
        self.report.findings.append(f"entries still wait after {MAX_PASSES} passes")

    def _wait_while_progress(self) -> None:
        """Wait until nothing waits any more, or nothing was settled for too long."""
        settled = -1
        while self._count("IN") > 0:
            before, settled = settled, self._count("NOT IN")
            if settled == before:
                return
            self._wait(lambda: self._count("NOT IN") > settled, self._case.idle_s)  # noqa: B023

    def _wait_for_some(self) -> None:
        """Wait until some entries were settled."""
        before = self._count("NOT IN")
        self._wait(lambda: self._count("NOT IN") >= before + _SETTLED_MEANWHILE, _DISTURBED_S)

    def _wait(self, is_over: Callable[[], bool], seconds: float) -> bool:
        """Poll until it is over; False if that took too long."""
        deadline = time.monotonic() + seconds
        while not is_over():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        return True

    def _count(self, condition: str) -> int:
        """Entries whose state is, or is not, one of those that wait."""
        statement = _COUNT.format(condition).encode()
        try:
            row = self._counting.execute(statement).fetchone()
        except psycopg.OperationalError:  # the server was stopped meanwhile
            self._counting = psycopg.connect(self._database, autocommit=True)
            row = self._counting.execute(statement).fetchone()
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
