"""The long profile: runs seeds until there were enough kills and faults, then prints a summary.

python -m tests.violence --kills 500 --faults 5000 --seed 1 --jobs 3
python -m tests.violence --seed 42 --only        one seed, step by step
python -m tests.violence --postgres …            the same, each seed in a PostgreSQL database
python -m tests.violence --versions --seeds 200  two versions on one store, see `versions`
python -m tests.violence --versions 1a2b3c4 …    that git revision and this one
python -m tests.violence --machines --seed 1     200 workspaces on several machines, see `fleet`
python -m tests.violence --machines --engine procrastinate …    the same, their work handed out by it
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
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.forked_commands import load_everything
from tests.violence.databases import own_server
from tests.violence.fleet import Fleet, FleetCase
from tests.violence.limits import ENGINES, EngineName
from tests.violence.processes import three_orgs
from tests.violence.seeds import Case, Orgs, Result, run, temporary_folder
from tests.violence.versions import NoHistory, OtherVersion, default_revision, is_newer, schema_of

_PROGRESS_INTERVAL_S = 5.0
_COULD_NOT_RUN = 2


def main() -> int:
    """Exit code 1 if a seed failed, 2 if time ran out first."""
    parser = _parser()
    options = parser.parse_args()
    if options.engine and not options.machines:
        parser.error("--engine needs --machines")
    logging.disable(logging.CRITICAL)
    if options.worker or options.only:
        load_everything()
    if options.machines:
        return _run_machines(options.seed, options.engine)
    try:
        revision = default_revision() if options.versions == "" else options.versions
        if revision is not None and is_newer(schema_of(revision)):
            raise NoHistory(f"{revision} has a newer schema")
    except NoHistory as error:
        sys.stderr.write(f"no other version to share a store with: {error}\n")
        return _COULD_NOT_RUN
    stage = _Stage(options.postgres, revision)
    if options.worker:
        return _work(stage)
    if options.only:
        return _run_one(options.seed, stage)
    return _run_many(options, stage)


def _parser() -> argparse.ArgumentParser:
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
    parser.add_argument(
        "--postgres", action="store_true", help="store in PostgreSQL instead of SQLite"
    )
    parser.add_argument(
        "--machines", action="store_true", help="several machines on one PostgreSQL database"
    )
    parser.add_argument(
        "--engine", choices=ENGINES, help="what hands out the work of --machines (default: nothing)"
    )
    parser.add_argument(
        "--versions",
        nargs="?",
        const="",
        metavar="REVISION",
        help="share the store with that git revision (default: the release before; else the oldest "
        "commit with the same schema), or upgrade it if its schema is older",
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser


@dataclass(frozen=True, slots=True)
class _Stage:
    """What all seeds of a campaign share: the engine of the store, and the revision of another
    version."""

    on_postgres: bool
    revision: str | None

    def options(self) -> list[str]:
        """The options that ask for it."""
        engine = ["--postgres"] if self.on_postgres else []
        return [*engine, *(["--versions", self.revision] if self.revision else [])]


class _Places(ExitStack):
    """The emulators and, if asked for, the database server and the other version of the seeds of one
    process."""

    def __init__(self, stage: _Stage) -> None:
        super().__init__()
        folder = self.enter_context(tempfile.TemporaryDirectory())
        self._orgs = Orgs(Path(folder))
        self.callback(self._orgs.close)
        self._server = self.enter_context(own_server()) if stage.on_postgres else None
        revision = stage.revision
        self._other = self.enter_context(OtherVersion(revision)) if revision else None

    def run(self, case: Case, say: Callable[[str], None] = lambda _: None) -> Result:
        """Run a case."""
        return run(case, self._orgs, say=say, server=self._server, other=self._other)


def _work(stage: _Stage) -> int:
    """Read seeds from stdin, one per line, and write a result line for each."""
    with _Places(stage) as places:
        for line in sys.stdin:
            sys.stdout.write(f"{_run_seed(int(line), places).as_json()}\n")
            sys.stdout.flush()
    return 0


def _run_seed(seed: int, places: _Places) -> Result:
    try:
        return places.run(Case.of(seed))
    except Exception as error:
        return Result(seeds=1, failed={seed: [f"{type(error).__name__}: {error}"]})


def _run_one(seed: int, stage: _Stage) -> int:
    case = Case.of(seed)
    sys.stderr.write(f"{case}\n")
    with _Places(stage) as places:
        result = places.run(case, say=lambda text: sys.stderr.write(f"{text}\n"))
    return _summary(result, 0.0, stage)


def _run_machines(seed: int, engine: EngineName | None) -> int:
    case = FleetCase(seed, workspaces=200, people=5, rounds=4, engine=engine)
    started = time.monotonic()
    with (
        own_server(synced=True) as server,
        temporary_folder() as folder,
        three_orgs(folder) as orgs,
    ):
        report = Fleet(folder, server, orgs, case).run()
    done = ", ".join(f"{what} {count}" for what, count in report.done.most_common())
    lost, twice, blanked = (report.kinds[kind] for kind in ("lost", "twice", "blanked"))
    sys.stdout.write(
        f"{report.events} calls in {case.workspaces} workspaces, {time.monotonic() - started:.0f} s\n"
        f"disturbed by {done}; {report.refused} calls were refused first\n"
        f"lost {lost}, twice {twice}, blanked {blanked}; passes {report.passes}"
        f"{f', wake-ups {report.wakes}' if engine else ''}\n"
    )
    sys.stdout.writelines(f"{finding}\n" for finding in report.findings)
    return 1 if report.findings else 0


class _Campaign:
    """Worker processes that share a sequence of seeds until there were enough kills and faults."""

    def __init__(self, options: argparse.Namespace, stage: _Stage) -> None:
        self._kills, self._faults, self._count = options.kills, options.faults, options.seeds
        self._stage = stage
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
                f"seed {seed} failed: {findings[0]}\n  {_reproduced(seed, self._stage)}\n"
            )

    def work(self) -> None:
        """Run one worker process until no seeds are left."""
        command = [sys.executable, "-m", "tests.violence", "--worker", *self._stage.options()]
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


def _run_many(options: argparse.Namespace, stage: _Stage) -> int:
    campaign, started = _Campaign(options, stage), time.monotonic()
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
    seconds = time.monotonic() - started
    code = _summary(campaign.sum, seconds, stage)
    return code or (0 if campaign.is_done else _COULD_NOT_RUN)


def _reproduced(seed: int, stage: _Stage) -> str:
    """The command that runs that seed again."""
    return " ".join(["python -m tests.violence", f"--seed {seed} --only", *stage.options()])


def _summary(result: Result, seconds: float, stage: _Stage) -> int:
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
    if stage.revision is not None:
        shares = ", ".join(f"{what} {count}" for what, count in sorted(result.shares.items()))
        sys.stdout.write(f"beside {stage.revision}: {shares or 'its stores were upgraded'}\n")
    for seed, findings in sorted(result.failed.items()):
        sys.stdout.write(f"seed {seed}: {'; '.join(findings[:5])}\n  {_reproduced(seed, stage)}\n")
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
