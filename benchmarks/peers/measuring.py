"""Rows of peers: each and ours on the same job, twice on the same org, at three latencies. Ours is
`zsf drain`; its events were accepted before, by hooks, which other rows measure."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.harness import (
    BenchmarkRow,
    Effort,
    Paired,
    count_row,
    failed_row,
    format_seconds,
    in_turns,
    progress,
)
from benchmarks.org import emulator
from benchmarks.peers.job import TOUCHPOINTS, Job
from benchmarks.peers.node import NodeMissing, expert
from benchmarks.peers.setting import JOB_FILE, PeerRun, Runs, Setting

LATENCIES_MS = (0, 50, 200)
#: The expert's script comes first: its rows have bounds.
PEERS = ("jsforce", "jsforce-composite", "bulk", "naive")
#: Times the expert's, on the wall, by latency.
_WALL_BOUNDS = {0: 1.5, 50: 1.0, 200: 1.0}
_PEOPLE = 200
#: With latency the naive loop does this part of the job, and its figures are multiplied.
_NAIVE_PART = 10
_OURS, _FEED = "`zsf drain`", "`zsf feed`"
_PYTHON_PEERS = {
    name: (sys.executable, "-m", f"benchmarks.peers.{name}", JOB_FILE) for name in ("bulk", "naive")
}
_NODE_PEERS = {"jsforce": "parallel", "jsforce-composite": "composite"}
#: The runs of each peer, round by round.
Found = dict[str, list[Runs]]


def measure_peers(effort: Effort) -> list[BenchmarkRow]:
    """A row for each peer and latency, and rows of processor time, calls and doubled records."""
    job = Job(effort.size(_PEOPLE, 8))
    with _setting(job) as setting:
        found = {latency: _runs(setting, latency, effort) for latency in LATENCIES_MS}
    rows = [_row(found[ms], job, ms, name) for ms in LATENCIES_MS for name in PEERS]
    rows += _other_rows(found[0], job)
    rows[-1] = replace(rows[-1], notes=tuple(_details(found)))
    return rows


@contextmanager
def _setting(job: Job) -> Iterator[Setting]:
    with tempfile.TemporaryDirectory(prefix="zsf-bench-") as folder, emulator() as org:
        yield Setting(org, job, Path(folder))


def _command(name: str) -> Sequence[str]:
    """The command of a peer. Raises NodeMissing."""
    mode = _NODE_PEERS.get(name)
    return _PYTHON_PEERS[name] if mode is None else expert(mode, JOB_FILE)


def _runs(setting: Setting, latency: int, effort: Effort) -> Found:
    """Ours and the expert's take turns for some rounds; the others run once."""
    found: Found = {_OURS: [], _FEED: []}

    def ours() -> float:
        progress(f"peers: {_OURS}, {latency} ms latency")
        feeds, drains = setting.ours(latency)
        found[_FEED].append(feeds)
        found[_OURS].append(drains)
        return 0.0

    def peer(name: str, command: Sequence[str]) -> float:
        progress(f"peers: {name}, {latency} ms latency")
        found.setdefault(name, []).append(_peer(setting, name, command, latency))
        return 0.0

    commands = _commands()
    turns = {_OURS: ours}
    if PEERS[0] in commands:
        turns[PEERS[0]] = partial(peer, PEERS[0], commands.pop(PEERS[0]))
    in_turns("peers", turns, max(1, effort.rounds // 2))
    for name, command in commands.items():
        peer(name, command)
    return found


def _commands() -> dict[str, Sequence[str]]:
    """The commands of the peers that can run."""
    found = {}
    for name in PEERS:
        try:
            found[name] = _command(name)
        except NodeMissing as error:
            progress(f"peers: {name}: {error}")
    return found


def _peer(setting: Setting, name: str, command: Sequence[str], latency: int) -> Runs:
    if name != "naive" or not latency:
        return setting.peer(command, latency)
    part = max(setting.job.people // _NAIVE_PART, 1)
    first, second = replace(setting, job=Job(part)).peer(command, latency)
    times = setting.job.people // part
    return first.times(times), second.times(times)


def _row(found: Found, job: Job, latency: int, peer: str) -> BenchmarkRow:
    """Wall time of the first run: ours against a peer's."""
    name = f"peers-{latency}ms-{peer}"
    what = f"{_job_text(job)}, {latency} ms latency: `zsf drain` vs {peer}"
    what += f" (a {_NAIVE_PART}th of it, multiplied)" if peer == "naive" and latency else ""
    if peer not in found:
        return failed_row(name, what, "NOT MEASURED: install Node 20 with npm")
    others = [runs[0].wall for runs in found[peer]]
    ours = [runs[0].wall for runs in found[_OURS]][: len(others)]
    bound = _WALL_BOUNDS[latency] if peer == PEERS[0] else None
    row = Paired(tuple(ours), tuple(others)).row(name, what, bound)
    faults = [run.fault for runs in (*found[_OURS], *found[peer]) for run in runs if run.fault]
    return replace(row, flaw=faults[0] if faults else "")


def _job_text(job: Job) -> str:
    return f"{job.people} prospects with {TOUCHPOINTS} touchpoints each, half of them known"


def _other_rows(found: Found, job: Job) -> list[BenchmarkRow]:
    """Against the expert's script, without latency."""
    expert_runs = found.get(PEERS[0])
    doubled = max(run.doubled for runs in found[_OURS] for run in runs)
    what = "records that are there twice after both runs of ours"
    doubled_row = count_row("peers-doubled", what, doubled, 0, "records")
    if expert_runs is None:
        names = ("peers-processor", "peers-calls")
        return [*(failed_row(name, "", "NOT MEASURED: no Node") for name in names), doubled_row]
    entries = job.people * (1 + TOUCHPOINTS)
    ours_s, theirs_s = (
        tuple(runs[0].processor / entries for runs in side) for side in (found[_OURS], expert_runs)
    )
    what = f"{_job_text(job)}: processor time an entry, `zsf drain` vs {PEERS[0]}"
    processor = Paired(ours_s, theirs_s).row("peers-processor", what, None)
    ours, theirs, fewest = (
        sum(run.calls for run in found[name][0]) for name in (_OURS, PEERS[0], PEERS[1])
    )
    what = f"both runs of that job, vs {theirs} of {PEERS[0]} and {fewest} of {PEERS[1]}"
    calls = count_row("peers-calls", what, ours, theirs - 1, "calls")
    return [processor, calls, doubled_row]


def _details(found: Mapping[int, Found]) -> Iterable[str]:
    """A second table: all that was measured, each figure the median of its rounds."""
    yield ""
    yield "| latency | peer | run | calls | wall | processor time | the emulator's | doubled |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for latency, peers in found.items():
        for name, rounds in peers.items():
            for number in (0, 1):
                cells = [*_cells([runs[number] for runs in rounds])]
                if name == _FEED:
                    cells[-1] = "-"  # it sends nothing
                yield f"| {latency} ms | {name} | {number + 1} | {' | '.join(cells)} |"


def _cells(runs: Sequence[PeerRun]) -> Iterable[str]:
    yield str(runs[0].calls)
    yield format_seconds(median(run.wall for run in runs))
    yield format_seconds(median(run.processor for run in runs))
    used = [run.emulator for run in runs if run.emulator is not None]
    yield format_seconds(median(used)) if used else "-"
    yield str(runs[0].doubled)
