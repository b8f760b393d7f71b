"""One seed is one random, reproducible scenario."""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path

from tests.memory import memory_dir
from tests.postgres import Server
from tests.violence.backlog import Call, backlog, org
from tests.violence.oracle import find_problems
from tests.violence.processes import EmulatorProcess, ForkedWorker
from tests.violence.scenario import LONG_PAUSE_S, Scenario
from tests.violence.upgrades import upgraded
from tests.violence.versions import OtherVersion, SharedScenario, is_older
from zsf_plugin.decision.causes import DEFECT
from zsf_plugin.emulator.faults.schedule import DEFAULT_KINDS

#: Fault kinds that a seed injects more often.
_FLAVOURS = (
    (),
    ("late_commit",) * 6,
    ("drop_after_commit", "truncated_json"),
    ("session_expired",) * 3,
    ("rotation_lost",),
)
_LABELS = ("answer", "send", "committed", "commit", "statement", "token-answer", "token-send")


@dataclass(frozen=True, slots=True)
class Case:
    """The parameters of a seed's scenario."""

    seed: int
    mode: str
    external_id: bool
    workspaces: int
    people: int
    drainers: int
    rounds: int
    share: float
    kinds: tuple[str, ...]
    speed: float
    leap: bool
    slow_heartbeat: bool
    scattered: bool
    clock_jumps: int
    shared: bool

    @classmethod
    def of(cls, seed: int) -> Case:
        """The case of a seed. Modes and org types alternate, so that any four seeds cover all."""
        chance = random.Random(f"case {seed}")
        drainers = chance.choice((1, 1, 2, 3))
        return cls(
            seed=seed,
            mode=("lead", "contact")[seed % 2],
            external_id=seed // 2 % 2 == 0,
            workspaces=chance.choice((1, 1, 1, 2)),
            people=chance.randint(20, 60) // drainers + 10,
            drainers=drainers,
            rounds=chance.randint(6, 10),
            share=chance.choice((0.2, 0.2, 0.3, 0.5)),
            kinds=(*DEFAULT_KINDS, *chance.choice(_FLAVOURS)),
            speed=chance.choice((10.0, 20.0)),
            leap=chance.random() < 0.8,
            slow_heartbeat=drainers > 1 and chance.random() < 0.3,
            scattered=chance.random() < 0.3,
            clock_jumps=chance.choice((0, 2, 4)) if drainers > 1 else 0,
            shared=chance.random() < 0.5,
        )


@dataclass(slots=True)
class Result:
    """The result of one seed or many."""

    seeds: int = 0
    kills: int = 0
    reconnected: int = 0
    lost: int = 0
    twice: int = 0
    blanked: int = 0
    killed_at: Counter[str] = field(default_factory=Counter)
    shares: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)
    failed: dict[int, list[str]] = field(default_factory=dict)

    def as_json(self) -> str:
        """As one line of JSON, for another process."""
        return json.dumps({item.name: getattr(self, item.name) for item in fields(self)})

    @classmethod
    def of_json(cls, text: str) -> Result:
        """Parse the output of `as_json`."""
        result = json.loads(text)
        counters = {
            name: Counter(result[name]) for name in ("killed_at", "shares", "faults", "entries")
        }
        return cls(
            **{
                **result,
                **counters,
                "failed": {int(seed): said for seed, said in result["failed"].items()},
            }
        )

    def add(self, other: Result) -> None:
        """Add another result to this one."""
        for name in ("seeds", "kills", "reconnected", "lost", "twice", "blanked"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.killed_at += other.killed_at
        self.shares += other.shares
        self.faults += other.faults
        self.entries += other.entries
        self.failed |= other.failed


class Orgs:
    """Two emulators, with and without `Zaplify_Id__c`, reused for all scenarios."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, ExitStack()
        self._running: dict[bool, EmulatorProcess] = {}

    def of(self, *, external_id: bool) -> EmulatorProcess:
        """A reset org."""
        if external_id not in self._running:
            made = EmulatorProcess(
                self._folder / f"org-{external_id}", org(external_id=external_id)
            )
            self._running[external_id] = self._stack.enter_context(made)
        self._running[external_id].clean()
        return self._running[external_id]

    def close(self) -> None:
        """Stop the emulators."""
        self._stack.close()


def run(
    case: Case,
    orgs: Orgs,
    say: Callable[[str], None] = lambda _: None,
    server: Server | None = None,
    other: OtherVersion | None = None,
) -> Result:
    """Run a case and check its result; with a PostgreSQL server, in a database of its; with another
    version, beside or after that."""
    if other is not None and is_older(other.schema):
        return _run_upgrade(case, orgs, other, say, server)
    with temporary_folder() as folder, _database(server) as url:
        emulator = orgs.of(external_id=case.external_id)
        make = Scenario if other is None else partial(SharedScenario, other, case.seed)
        scenario = make(
            folder,
            emulator,
            ForkedWorker,
            mode=case.mode,
            workspaces=case.workspaces,
            speed=case.speed,
            leap=case.leap,
            database=url,
        )
        try:
            _run_rounds(case, scenario, say)
            return _result(case, scenario)
        finally:
            scenario.close()


def _run_upgrade(
    case: Case,
    orgs: Orgs,
    other: OtherVersion,
    say: Callable[[str], None],
    server: Server | None,
) -> Result:
    with temporary_folder() as folder, _database(server, is_empty=True) as url:
        emulator = orgs.of(external_id=case.external_id)
        with closing(upgraded(case.seed, other, emulator, folder, url, say)) as scenario:
            return _result(case, scenario)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A temporary folder for one scenario."""
    with tempfile.TemporaryDirectory(prefix="zsf-violence-", dir=memory_dir()) as name:
        yield Path(name)


@contextmanager
def _database(server: Server | None, *, is_empty: bool = False) -> Iterator[str | None]:
    """The URL of a new database, with or without our tables; None without a server."""
    if server is None:
        yield None
        return
    url = server.empty_database() if is_empty else server.new_database()
    try:
        yield url
    finally:
        server.drop_database(url)


def _run_rounds(case: Case, scenario: Scenario, say: Callable[[str], None]) -> None:
    chance = random.Random(f"acts {case.seed}")
    calls = backlog(case.seed, case.people, case.workspaces, shared=case.shared)
    chaos = {"seed": case.seed, "share": case.share, "kinds": list(case.kinds), "late_ms": 250}
    scenario.emulator.control("POST", "chaos", chaos)
    for number in range(case.rounds):
        scenario.feed(
            calls[number :: case.rounds] if case.scattered else _slice(calls, number, case.rounds)
        )
        started = [scenario.start_drain(*_options(case, chance)) for _ in range(case.drainers)]
        scenario.advance_while_running([process for process, _ in started], case.clock_jumps)
        result = [scenario.wait_for_report(*one) for one in started]
        say(f"round {number}: {result}")
        _count_lost_grants(scenario)
        scenario.reconnect_if_needed()
        scenario.advance_clock(chance.choice((1.0, 10.0, 60.0, 700.0, LONG_PAUSE_S)))
    scenario.emulator.control("DELETE", "chaos")
    scenario.drain_until_empty()
    if scenario.held():
        say(f"held: {[(entry.id, entry.cause and entry.cause.group) for entry in scenario.held()]}")


def _options(case: Case, chance: random.Random) -> list[str]:
    label = chance.choice(_LABELS) if chance.random() < 0.4 else "any"
    at = (
        chance.randint(1, 3)
        if label.startswith("token")
        else chance.randint(1, 60 if label == "any" else 15)
    )
    options = [f"--kill-at={label}:{at}"] if chance.random() < 0.6 else []
    if chance.random() < 0.6:
        options += [f"--max={chance.randint(1, 8)}", "--passes=12"]
    return [*options, "--slow-heartbeat"] if case.slow_heartbeat else options


def _slice(calls: list[Call], number: int, rounds: int) -> list[Call]:
    size = -(-len(calls) // rounds)
    return calls[number * size : (number + 1) * size]


def _count_lost_grants(scenario: Scenario) -> None:
    """A lost rotation may cost the grant, like a kill during one."""
    injected_faults = scenario.emulator.control("GET", "faults")["met"].get("rotation_lost", 0)
    scenario.grants_at_risk += injected_faults - scenario.rotations_lost
    scenario.rotations_lost = injected_faults


def _result(case: Case, scenario: Scenario) -> Result:
    held = scenario.held()
    if held:
        scenario.findings += [
            f"a defect: {entry.reason}"
            for entry in held
            if entry.cause and entry.cause.code == DEFECT
        ]
        scenario.release()
        scenario.drain_until_empty()
    report = find_problems(scenario)
    counts = scenario.counts().values()
    return Result(
        seeds=1,
        kills=sum(scenario.kills.values()),
        reconnected=scenario.reconnected,
        lost=report.lost,
        twice=report.twice,
        blanked=report.blanked,
        killed_at=scenario.kills,
        shares=scenario.shares,
        faults=Counter(scenario.emulator.control("GET", "faults")["met"]),
        entries=Counter(
            {
                "done": sum(one.done for one in counts),
                "skipped": sum(one.skipped for one in counts),
                "held": sum(one.held for one in counts),
                "held on the way": len(held),
            }
        ),
        failed={case.seed: list(report.findings)} if report.findings else {},
    )
