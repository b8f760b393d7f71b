"""`python -m tests.simulation`: print the trace of one seed, or run many seeds and print totals."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulation.oracle import find_violations
from tests.simulation.scenario import scenario_of
from tests.simulation.simulation import Simulation

_REPORTED = (
    "steps",
    "events",
    "calls",
    "kill",
    "fail",
    "stall",
    "lost answer",
    "late commit",
    "clock set",
    "takeover",
    "zombie",
)
_LOGIN = ("refresh", "grant lost")
_VIOLATION_KINDS = ("lost", "twice", "blanked")


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one seed."""

    seed: int
    digest: str
    violations: tuple[str, ...]
    counts: Counter[str] = field(default_factory=Counter)


def simulate(seed: int) -> Result:
    """Run one seed."""
    run = Simulation(scenario_of(seed))
    try:
        run.run()
        violations = tuple(find_violations(run))
    finally:
        run.close()
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
    return Result(seed, run.trace.digest, violations, counts)


def run_one(seed: int) -> int:
    """Run one seed and print its trace; returns 1 if there are violations."""
    run = Simulation(scenario_of(seed))
    try:
        run.run()
        violations = find_violations(run)
    finally:
        run.close()
    for line in run.trace:
        print(line)
    for violation in violations:
        print(f"WRONG  {violation}")
    print(
        f"seed {seed}: {run.scheduler.steps} steps, trace {run.trace.digest}, {len(violations)} wrong"
    )
    return 1 if violations else 0


def run_many(seeds: range, jobs: int) -> int:
    """Run a range of seeds: a line for each failed seed, progress on stderr, totals at the end."""
    totals: Counter[str] = Counter()
    failed = 0
    began = time.monotonic()
    for number, result in enumerate(_results(seeds, jobs), start=1):
        totals.update(result.counts)
        if result.violations:
            failed += 1
            print(
                f"python -m tests.simulation --seed {result.seed}   # {result.violations[0]}",
                flush=True,
            )
        if number % 100 == 0:
            print(f"{number} of {len(seeds)} seeds, {failed} failed", file=sys.stderr, flush=True)
    took = time.monotonic() - began
    print(
        f"{len(seeds)} seeds in {took:.0f} s, {1000 * took / max(len(seeds), 1):.0f} ms a seed, {failed} failed"
    )
    print(_totals(totals, (*_REPORTED, *_LOGIN)))
    print(_totals(totals, _VIOLATION_KINDS))
    return 1 if failed else 0


def _results(seeds: range, jobs: int) -> Iterator[Result]:
    """Yield the seeds' results in order."""
    if jobs == 1:
        yield from map(simulate, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(simulate, seeds, chunksize=20)


def _totals(totals: Counter[str], names: tuple[str, ...]) -> str:
    return ", ".join(f"{totals[name]} {name}" for name in names)


def main() -> int:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="print the trace of one seed")
    parser.add_argument(
        "--seeds", metavar="A:B", default="0:300", help="run the seeds from A up to B"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes to run seeds in")
    chosen = parser.parse_args()
    if chosen.seed is not None:
        return run_one(chosen.seed)
    first, _, last = chosen.seeds.partition(":")
    return run_many(range(int(first), int(last)), chosen.jobs)


if __name__ == "__main__":
    logging.getLogger("zsf_plugin").setLevel(logging.CRITICAL)  # the trace has everything, in order
    sys.exit(main())
