"""`python -m tests.simulation`: one seed told as a story, or many seeds and what they came to."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulation.judge import verdict
from tests.simulation.scenario import scenario_of
from tests.simulation.simulation import Simulation

_TOLD = (
    "steps",
    "events",
    "calls",
    "kill",
    "fail",
    "stall",
    "lost answer",
    "late commit",
    "takeover",
    "zombie",
)
_LOGIN = ("refresh", "grant lost")
_WRONGS = ("lost", "twice", "blanked")


@dataclass(frozen=True, slots=True)
class Result:
    """What one seed came to."""

    seed: int
    digest: str
    wrongs: tuple[str, ...]
    counts: Counter[str] = field(default_factory=Counter)


def simulate(seed: int) -> Result:
    """Run one seed."""
    run = Simulation(scenario_of(seed))
    try:
        run.run()
        wrongs = tuple(verdict(run))
    finally:
        run.close()
    counts = Counter(
        run.story.counts,
        steps=run.scheduler.steps,
        events=len(run.scenario.fed),
        calls=run.sky.calls,
    )
    counts.update(word for wrong in wrongs if (word := wrong.partition(":")[0]) in _WRONGS)
    return Result(seed, run.story.digest, wrongs, counts)


def told(seed: int) -> int:
    """Run one seed and tell its story; 1 where something is wrong."""
    run = Simulation(scenario_of(seed))
    try:
        run.run()
        wrongs = verdict(run)
    finally:
        run.close()
    for line in run.story:
        print(line)
    for wrong in wrongs:
        print(f"WRONG  {wrong}")
    print(
        f"seed {seed}: {run.scheduler.steps} steps, trace {run.story.digest}, {len(wrongs)} wrong"
    )
    return 1 if wrongs else 0


def many(seeds: range, jobs: int) -> int:
    """Run a range of seeds: a line for each that failed, progress on stderr, the sum at the end."""
    sums: Counter[str] = Counter()
    failed = 0
    began = time.monotonic()
    for number, result in enumerate(_results(seeds, jobs), start=1):
        sums.update(result.counts)
        if result.wrongs:
            failed += 1
            print(
                f"python -m tests.simulation --seed {result.seed}   # {result.wrongs[0]}",
                flush=True,
            )
        if number % 100 == 0:
            print(f"{number} of {len(seeds)} seeds, {failed} failed", file=sys.stderr, flush=True)
    took = time.monotonic() - began
    print(
        f"{len(seeds)} seeds in {took:.0f} s, {1000 * took / max(len(seeds), 1):.0f} ms a seed, {failed} failed"
    )
    print(_sum(sums, (*_TOLD, *_LOGIN)))
    print(_sum(sums, _WRONGS))
    return 1 if failed else 0


def _results(seeds: range, jobs: int) -> Iterator[Result]:
    """The seeds' results in order, as they come."""
    if jobs == 1:
        yield from map(simulate, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(simulate, seeds, chunksize=20)


def _sum(sums: Counter[str], names: tuple[str, ...]) -> str:
    return ", ".join(f"{sums[name]} {name}" for name in names)


def main() -> int:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="tell the story of one seed")
    parser.add_argument(
        "--seeds", metavar="A:B", default="0:300", help="run the seeds from A up to B"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes to run seeds in")
    chosen = parser.parse_args()
    if chosen.seed is not None:
        return told(chosen.seed)
    first, _, last = chosen.seeds.partition(":")
    return many(range(int(first), int(last)), chosen.jobs)


if __name__ == "__main__":
    logging.getLogger("zsf_plugin").setLevel(logging.CRITICAL)  # the story tells it all, in order
    sys.exit(main())
