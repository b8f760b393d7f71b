"""The long profile: seeds one after another until enough was killed and broken; then one summary.

python -m tests.violence --kills 500 --faults 5000 --seed 1 --jobs 3
python -m tests.violence --seed 42 --only        one seed, told step by step
"""

from __future__ import annotations

import argparse
import itertools
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.violence.seeds import Case, Orgs, Result, run

_TELL_EVERY_S = 5.0


def main() -> int:
    """Exit code 1 where a seed failed, 2 where time ran out first."""
    parser = argparse.ArgumentParser(prog="python -m tests.violence")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--faults", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1, help="the first, or the only one")
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="so many seeds, whatever they kill and break"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--minutes", type=float, default=25.0, help="no seed is begun after so many"
    )
    parser.add_argument("--only", action="store_true", help="this one seed, told step by step")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if options.worker:
        return _work()
    return _play_one(options.seed) if options.only else _play_many(options)


def _work() -> int:
    """Seeds come line by line, results go back so."""
    with tempfile.TemporaryDirectory() as folder:
        orgs = Orgs(Path(folder))
        try:
            for line in sys.stdin:
                sys.stdout.write(f"{_played(int(line), orgs).as_json()}\n")
                sys.stdout.flush()
        finally:
            orgs.close()
    return 0


def _played(seed: int, orgs: Orgs) -> Result:
    try:
        return run(Case.of(seed), orgs)
    except Exception as error:
        return Result(seeds=1, failed={seed: [f"{type(error).__name__}: {error}"]})


def _play_one(seed: int) -> int:
    case = Case.of(seed)
    sys.stderr.write(f"{case}\n")
    with tempfile.TemporaryDirectory() as folder:
        orgs = Orgs(Path(folder))
        try:
            result = run(case, orgs, say=lambda text: sys.stderr.write(f"{text}\n"))
        finally:
            orgs.close()
    return _summary(result, 0.0)


class _Crowd:
    """Workers on one line of seeds, until the sum is enough."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._kills, self._faults, self._count = options.kills, options.faults, options.seeds
        self._begun = 0
        self._deadline = time.monotonic() + options.minutes * 60
        self._seeds: Iterator[int] = itertools.count(options.seed)
        self._lock = threading.Lock()
        self.sum = Result()

    @property
    def enough(self) -> bool:
        """Whether as much was killed and broken as was asked for."""
        if self._count is not None:
            return self.sum.seeds >= self._count
        return self.sum.kills >= self._kills and sum(self.sum.faults.values()) >= self._faults

    def next_seed(self) -> int | None:
        """Another one, where more is needed and there is time."""
        with self._lock:
            if self.enough or time.monotonic() > self._deadline or self._begun == self._count:
                return None
            self._begun += 1
            return next(self._seeds)

    def take_in(self, result: Result) -> None:
        """Count it in; a seed that failed is told of at once."""
        with self._lock:
            self.sum.add(result)
        for seed, findings in result.failed.items():
            sys.stderr.write(
                f"seed {seed} failed: {findings[0]}\n  python -m tests.violence --seed {seed} --only\n"
            )

    def work(self) -> None:
        """One worker's life."""
        command = [sys.executable, "-m", "tests.violence", "--worker"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as worker:
            assert worker.stdin is not None
            assert worker.stdout is not None
            while (seed := self.next_seed()) is not None:
                worker.stdin.write(f"{seed}\n")
                worker.stdin.flush()
                line = worker.stdout.readline()
                if not line:
                    self.take_in(Result(seeds=1, failed={seed: ["the worker ended"]}))
                    return
                self.take_in(Result.of_json(line))
            worker.stdin.close()


def _play_many(options: argparse.Namespace) -> int:
    crowd, started = _Crowd(options), time.monotonic()
    threads = [threading.Thread(target=crowd.work) for _ in range(options.jobs)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(_TELL_EVERY_S / len(threads))
        so_far = crowd.sum
        sys.stderr.write(
            f"{time.monotonic() - started:5.0f} s: {so_far.seeds} seeds, {so_far.kills} kills, "
            f"{sum(so_far.faults.values())} faults, {len(so_far.failed)} failed\n"
        )
    code = _summary(crowd.sum, time.monotonic() - started)
    return code or (0 if crowd.enough else 2)


def _summary(result: Result, seconds: float) -> int:
    faults = ", ".join(f"{kind} {count}" for kind, count in result.faults.most_common())
    places = ", ".join(f"{label} {count}" for label, count in result.killed_at.most_common())
    entries = ", ".join(f"{state} {count}" for state, count in result.entries.items())
    sys.stdout.write(
        f"{result.seeds} seeds in {seconds:.0f} s\n"
        f"kills   {result.kills} ({places})\n"
        f"faults  {sum(result.faults.values())} ({faults})\n"
        f"entries {entries}; signed in again {result.reconnected} times\n"
        f"lost {result.lost}, twice {result.twice}, blanked {result.blanked}; {len(result.failed)} seeds failed\n"
    )
    for seed, findings in sorted(result.failed.items()):
        sys.stdout.write(
            f"seed {seed}: {'; '.join(findings[:5])}\n  python -m tests.violence --seed {seed} --only\n"
        )
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
