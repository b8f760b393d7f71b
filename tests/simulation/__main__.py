"""`python -m tests.simulation`: print the trace of one seed, or run many seeds and print totals.

python -m tests.simulation --seed N                     print the trace of one seed
python -m tests.simulation --seeds A:B --jobs 2         run seeds; 2,000 or more must reach every rare state
python -m tests.simulation --postgres …                 store in PostgreSQL instead of SQLite
python -m tests.simulation --faults-without-end …       faults never stop: only what must hold all the time
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from tests.simulation.disk import SqliteFile
from tests.simulation.monitored_store import Engine
from tests.simulation.oracle import find_violations
from tests.simulation.postgres_database import PostgresTables
from tests.simulation.rare_states import OF_POSTGRES, RARE_STATES, reached_by
from tests.simulation.scenario import Scenario, scenario_of, without_end
from tests.simulation.simulation import Simulation
from tests.violence.databases import own_server

_REPORTED = (
    "steps",
    "events",
    "calls",
    "kill",
    "fail",
    "stall",
    "lost answer",
    "lost commit",
    "late commit",
    "clock set",
    "takeover",
    "zombie",
)
_LOGIN = ("refresh", "grant lost")
_VIOLATION_KINDS = ("lost", "twice", "blanked", "endless")
#: A run of this many seeds must reach every rare state.
MIN_SEEDS = 2_000


@dataclass(frozen=True, slots=True)
class Mode:
    """How seeds are run: on which engine, how their scenarios are changed, and the options that say
    so."""

    new_engine: Callable[[], Engine] = SqliteFile
    change: Callable[[Scenario], Scenario] | None = None
    options: str = ""
    states: tuple[str, ...] = tuple(state.name for state in RARE_STATES)


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one seed. `drains`: the most that a workspace needed once nothing failed."""

    seed: int
    digest: str
    violations: tuple[str, ...]
    counts: Counter[str] = field(default_factory=Counter)
    reached: frozenset[str] = frozenset()
    drains: int = 0


def simulate(seed: int, mode: Mode = Mode()) -> Result:
    """Run one seed."""
    with _run_of(seed, mode) as run:
        run.run()
        violations = tuple(find_violations(run))
        reached = reached_by(run)
    counts = Counter(
        run.trace.counts,
        steps=run.scheduler.steps,
        events=len(run.scenario.fed),
        calls=run.network.calls,
    )
    counts.update(
        word
        for violation in violations
        if (word := violation.partition(":")[0]) in _VIOLATION_KINDS
    )
    drains = max(run.drains_needed.values(), default=0)
    return Result(seed, run.trace.digest, violations, counts, reached, drains)


def run_one(seed: int, mode: Mode) -> int:
    """Run one seed and print its trace; returns 1 if there are violations."""
    with _run_of(seed, mode) as run:
        run.run()
        violations = find_violations(run)
    for line in run.trace:
        print(line)
    for violation in violations:
        print(f"WRONG  {violation}")
    print(
        f"seed {seed}: {run.scheduler.steps} steps, trace {run.trace.digest}, {len(violations)} wrong"
    )
    return 1 if violations else 0


def run_many(seeds: range, jobs: int, mode: Mode) -> int:
    """Run a range of seeds: a line for each failed seed, progress on stderr, totals at the end."""
    totals: Counter[str] = Counter()
    reached: Counter[str] = Counter()
    drains: Counter[int] = Counter()
    failed = 0
    began = time.monotonic()
    for number, result in enumerate(_results(seeds, jobs, mode), start=1):
        totals.update(result.counts)
        reached.update(result.reached)
        drains[result.drains] += 1
        if result.violations:
            failed += 1
            command = f"python -m tests.simulation{mode.options} --seed {result.seed}"
            print(f"{command}   # {result.violations[0]}", flush=True)
        if number % 100 == 0:
            print(f"{number} of {len(seeds)} seeds, {failed} failed", file=sys.stderr, flush=True)
    took = time.monotonic() - began
    print(
        f"{len(seeds)} seeds in {took:.0f} s, {1000 * took / max(len(seeds), 1):.0f} ms a seed, {failed} failed"
    )
    print(_totals(totals, (*_REPORTED, *_LOGIN)))
    print(_totals(totals, _VIOLATION_KINDS))
    print("drains until everything ended, by seeds:", dict(sorted(drains.items())))
    for name in mode.states:
        print(f"{reached[name]:7} {name}")
    missing = unreached(mode.states, reached) if len(seeds) >= MIN_SEEDS else []
    for name in missing:
        print(f"never reached: {name}")
    return 1 if failed or missing else 0


def unreached(states: Collection[str], reached: Collection[str]) -> list[str]:
    """The states that no seed reached."""
    return [name for name in states if name not in reached]


def _run_of(seed: int, mode: Mode) -> Simulation:
    scenario = scenario_of(seed)
    if mode.change is not None:
        scenario = mode.change(scenario)
    return Simulation(scenario, engine=mode.new_engine())


def _results(seeds: range, jobs: int, mode: Mode) -> Iterator[Result]:
    """Yield the seeds' results in order."""
    run = partial(simulate, mode=mode)
    if jobs == 1:
        yield from map(run, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run, seeds, chunksize=20)


def _totals(totals: Counter[str], names: tuple[str, ...]) -> str:
    return ", ".join(f"{totals[name]} {name}" for name in names)


def _mode(chosen: argparse.Namespace, stack: ExitStack) -> Mode:
    mode = Mode()
    if chosen.postgres:
        states = (*mode.states, *(state.name for state in OF_POSTGRES))
        server = stack.enter_context(own_server())
        mode = Mode(partial(PostgresTables, server), None, " --postgres", states)
    if chosen.faults_without_end:
        options = f"{mode.options} --faults-without-end"
        mode = Mode(mode.new_engine, without_end, options, states=())
    return mode


def main() -> int:
    """Parse and run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, help="print the trace of one seed")
    parser.add_argument(
        "--seeds", metavar="A:B", default="0:300", help="run the seeds from A up to B"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes to run seeds in")
    parser.add_argument("--postgres", action="store_true", help="store in PostgreSQL (one job)")
    parser.add_argument(
        "--faults-without-end",
        action="store_true",
        help="never stop the faults; check only what must hold all the time",
    )
    chosen = parser.parse_args()
    if chosen.postgres and chosen.jobs != 1:
        parser.error("--postgres runs one job: its seeds share a database")
    with ExitStack() as stack:
        mode = _mode(chosen, stack)
        if chosen.seed is not None:
            return run_one(chosen.seed, mode)
        first, _, last = chosen.seeds.partition(":")
        return run_many(range(int(first), int(last)), chosen.jobs, mode)


if __name__ == "__main__":
    logging.getLogger("zsf_plugin").setLevel(logging.CRITICAL)  # the trace has everything, in order
    sys.exit(main())
