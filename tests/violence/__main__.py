"""The long profile: runs seeds until there were enough kills and faults, then prints a summary.

python -m tests.violence --kills 500 --faults 5000 --seed 1 --jobs 3
python -m tests.violence --seed 42 --only        one seed, step by step
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

from tests.forked_commands import load_everything
from tests.violence.seeds import Case, Orgs, Result, run

_PROGRESS_INTERVAL_S = 5.0


def main() -> int:
    """Exit code 1 if a seed failed, 2 if time ran out first."""
    parser = argparse.ArgumentParser(prog="python -m tests.violence")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--faults", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1, help="the first or only seed")
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="run N seeds, regardless of their kills and faults"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--minutes", type=float, default=25.0, help="start no new seed after this time"
    )
    parser.add_argument("--only", action="store_true", help="run one seed and print its steps")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if options.worker or options.only:
        load_everything()
    if options.worker:
        return _work()
    return _run_one(options.seed) if options.only else _run_many(options)


def _work() -> int:
    """Read seeds from stdin, one per line, and write a result line for each."""
    with tempfile.TemporaryDirectory() as folder:
        orgs = Orgs(Path(folder))
        try:
            for line in sys.stdin:
                sys.stdout.write(f"{_run_seed(int(line), orgs).as_json()}\n")
                sys.stdout.flush()
        finally:
            orgs.close()
    return 0


def _run_seed(seed: int, orgs: Orgs) -> Result:
    try:
        return run(Case.of(seed), orgs)
    except Exception as error:
        return Result(seeds=1, failed={seed: [f"{type(error).__name__}: {error}"]})


def _run_one(seed: int) -> int:
    case = Case.of(seed)
    sys.stderr.write(f"{case}\n")
    with tempfile.TemporaryDirectory() as folder:
        orgs = Orgs(Path(folder))
        try:
            result = run(case, orgs, say=lambda text: sys.stderr.write(f"{text}\n"))
        finally:
            orgs.close()
    return _summary(result, 0.0)


class _Campaign:
    """Worker processes that share a sequence of seeds until there were enough kills and faults."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._kills, self._faults, self._count = options.kills, options.faults, options.seeds
        self._started = 0
        self._deadline = time.monotonic() + options.minutes * 60
        self._seeds: Iterator[int] = itertools.count(options.seed)
        self._lock = threading.Lock()
        self.sum = Result()

    @property
    def is_done(self) -> bool:
        """Whether the requested number of kills and faults, or of seeds, has been reached."""
        if self._count is not None:
            return self.sum.seeds >= self._count
        return self.sum.kills >= self._kills and sum(self.sum.faults.values()) >= self._faults

    def next_seed(self) -> int | None:
        """The next seed, or None if done or out of time."""
        with self._lock:
            if self.is_done or time.monotonic() > self._deadline or self._started == self._count:
                return None
            self._started += 1
            return next(self._seeds)

    def add_result(self, result: Result) -> None:
        """Add a result to the totals; report a failed seed immediately."""
        with self._lock:
            self.sum.add(result)
        for seed, findings in result.failed.items():
            sys.stderr.write(
                f"seed {seed} failed: {findings[0]}\n  python -m tests.violence --seed {seed} --only\n"
            )

    def work(self) -> None:
        """Run one worker process until no seeds are left."""
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
                    self.add_result(Result(seeds=1, failed={seed: ["the worker ended"]}))
                    return
                self.add_result(Result.of_json(line))
            worker.stdin.close()


def _run_many(options: argparse.Namespace) -> int:
    campaign, started = _Campaign(options), time.monotonic()
    threads = [threading.Thread(target=campaign.work) for _ in range(options.jobs)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(_PROGRESS_INTERVAL_S / len(threads))
        so_far = campaign.sum
        sys.stderr.write(
            f"{time.monotonic() - started:5.0f} s: {so_far.seeds} seeds, {so_far.kills} kills, "
            f"{sum(so_far.faults.values())} faults, {len(so_far.failed)} failed\n"
        )
    code = _summary(campaign.sum, time.monotonic() - started)
    return code or (0 if campaign.is_done else 2)


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
