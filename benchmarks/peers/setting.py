"""Runs of peers and of ours: each program in a process of its own, twice on one org."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.fixtures import folders_of, workspace
from benchmarks.harness import run_child
from benchmarks.org import EmulatorProcess
from benchmarks.peers.job import Job

_ZSF = (sys.executable, "-m", "zsf_plugin")
#: Stands for the file with the job in a command.
JOB_FILE = "JOB.json"


@dataclass(frozen=True, slots=True)
class PeerRun:
    """One run of one peer. `emulator`: the emulator's processor time; `fault`: what is missing in
    the org afterwards."""

    wall: float
    processor: float
    emulator: float | None
    calls: int
    doubled: int
    fault: str = ""

    def times(self, number: int) -> PeerRun:
        """The figures of a job that is larger by this factor."""
        return replace(
            self,
            wall=self.wall * number,
            processor=self.processor * number,
            emulator=None if self.emulator is None else self.emulator * number,
            calls=self.calls * number,
            doubled=self.doubled * number,
        )


#: Both runs on one org.
Runs = tuple[PeerRun, PeerRun]


@dataclass(frozen=True, slots=True)
class Setting:
    """The org, the job, and a folder for files."""

    org: EmulatorProcess
    job: Job
    folder: Path

    def ours(self, latency: int) -> tuple[Runs, Runs]:
        """The runs of `zsf feed`, which accepts the events, and of `zsf drain`."""
        self.org.set(latency_ms=0)
        self.job.prepare(self.org)
        with workspace(self.org.url) as app:
            folders = folders_of(app)
            first_feed, first_drain = self._feed_and_drain(1, latency, folders)
            second_feed, second_drain = self._feed_and_drain(2, latency, folders)
        return (first_feed, second_feed), (first_drain, second_drain)

    def _feed_and_drain(
        self, number: int, latency: int, folders: Mapping[str, str]
    ) -> tuple[PeerRun, PeerRun]:
        events = self.folder / "events.jsonl"
        events.write_text("\n".join(map(json.dumps, self.job.events(number))), encoding="utf-8")
        fed = self._measured([*_ZSF, "feed", str(events)], latency, folders)
        return fed, self._measured([*_ZSF, "drain"], latency, folders)

    def peer(self, command: Sequence[str], latency: int) -> Runs:
        """Run a peer's program twice on the job."""
        self.org.set(latency_ms=0)
        self.job.prepare(self.org)
        file = self.folder / JOB_FILE
        line = [str(file) if word == JOB_FILE else word for word in command]
        # Signed in for each: an org ends the oldest of more than five sessions of an app.
        with workspace(self.org.url) as app:
            tokens = app.store.tokens("default")
            if tokens is None:
                raise AssertionError("the workspace is not signed in")
            document = self.job.document(self.org.url, tokens.access)
            file.write_text(json.dumps(document), encoding="utf-8")
            return self._measured(line, latency), self._measured(line, latency)

    def _measured(
        self, command: Sequence[str], latency: int, folders: Mapping[str, str] | None = None
    ) -> PeerRun:
        self.org.post("calls/reset")
        self.org.set(latency_ms=latency)
        before = self.org.processor_s
        child = run_child(command, environment=folders)
        after = self.org.processor_s
        self.org.set(latency_ms=0)
        records = self.org.get("records")
        used = None if before is None or after is None else after - before
        found = self.job.doubled(records), self.job.fault(records)
        return PeerRun(child.wall, child.processor, used, self.org.calls, *found)
