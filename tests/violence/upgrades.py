"""An upgrade from a version with an older schema: that version connects, receives events and is killed
as it drains; this one upgrades its store, which the older one then refuses, in one line and without
touching anything; and this one sends the rest.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg

from tests.violence.backlog import Call, backlog
from tests.violence.processes import EmulatorProcess, ForkedWorker
from tests.violence.scenario import Scenario
from tests.violence.versions import OtherVersion
from zsf_plugin.cli.scripted_browser import allow

_PEOPLE = 10
_TIMEOUT_S = 60.0
_COULD_NOT_RUN = 2
_REFUSAL = "newer version of zsf-plugin"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'zsf' ORDER BY 1"


class _OldScenario(Scenario):
    """A scenario whose store is the other version's, until that is upgraded. The other version is
    run by its commands, whose clock is the machine's."""

    def __init__(
        self,
        other: OtherVersion,
        folder: Path,
        emulator: EmulatorProcess,
        mode: str,
        url: str | None,
    ) -> None:
        self.other, self.is_old = other, True
        super().__init__(
            folder,
            emulator,
            ForkedWorker,
            mode=mode,
            workspaces=1,
            speed=10.0,
            leap=True,
            database=url,
        )

    def connect(self, workspace: str) -> None:
        if not self.is_old:
            super().connect(workspace)
            return
        options = ["--login-url", self.emulator.url, "--client-id", "old", "--no-browser"]
        connecting = self.command("connect", *options, "--redirect-port", "0")
        assert connecting.stdout is not None
        address = connecting.stdout.readline().strip()
        (callback,) = parse_qs(urlsplit(address).query)["redirect_uri"]
        with urllib.request.urlopen(f"{callback}?{urlencode(allow(address))}", timeout=30):
            pass
        _, errors = connecting.communicate(timeout=_TIMEOUT_S)
        if connecting.returncode:
            raise AssertionError(f"the older version could not connect: {errors[-2000:]}")

    def feed(self, calls: Sequence[Call]) -> None:
        if not self.is_old:
            super().feed(calls)
            return
        _, _, errors = self.run_old("feed", str(self.written(calls)))
        if errors:
            self.findings.append(f"the older version did not take all events: {errors}")
        self.events += calls

    def written(self, calls: Sequence[Call]) -> Path:
        """A file with these calls."""
        file = self.folder / "calls.jsonl"
        file.write_text("".join(f"{json.dumps(call)}\n" for call in calls), encoding="utf-8")
        return file

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of the other version."""
        return self.other.command(self.environment(), *arguments)

    def run_old(self, *arguments: str) -> tuple[int, str, str]:
        """Run one to its end: its exit code and what it wrote."""
        done = self.command(*arguments)
        said, errors = done.communicate(timeout=_TIMEOUT_S)
        return done.returncode, said, errors

    def kill_old_drain(self, after_calls: int) -> None:
        """Kill a drain of the other version once it has made that number of calls."""
        for what, body in (("settings", {"latency_ms": 30}), ("calls/reset", None)):
            self.emulator.control("POST", what, body)
        drain, deadline = self.command("drain"), time.monotonic() + _TIMEOUT_S
        while drain.poll() is None and time.monotonic() < deadline:
            if self.emulator.control("GET", "calls")["api_calls"] >= after_calls:
                drain.kill()
                self.kills["drain"] += 1
                break
            time.sleep(0.001)
        drain.communicate(timeout=_TIMEOUT_S)
        self.emulator.control("POST", "settings", {"latency_ms": 0})

    def upgrade(self) -> None:
        """Open the store by this version."""
        self.is_old = False
        self.clock.advance(time.time() - self.clock.now())
        self.counts()

    def content(self) -> list[str]:
        """All that is in the store."""
        if self._database is None:
            with closing(sqlite3.connect(self.folder / "data" / "zsf.sqlite3")) as looking:
                (version,) = looking.execute("PRAGMA user_version").fetchone()
                return [str(version), *looking.iterdump()]
        found: list[str] = []
        with psycopg.connect(self._database) as looking_there:
            for (table,) in looking_there.execute(_TABLES).fetchall():
                rows = looking_there.execute(f'SELECT t::text FROM zsf."{table}" t ORDER BY 1')
                found += [f"{table}: {row}" for (row,) in rows]
        return found


def upgraded(
    seed: int,
    other: OtherVersion,
    emulator: EmulatorProcess,
    folder: Path,
    url: str | None,
    say: Callable[[str], None],
) -> _OldScenario:
    """Run the upgrade of a seed; its findings are in the scenario, which the caller closes. `url`:
    an empty database, by default a file in the folder."""
    chance = random.Random(f"upgrade {seed}")
    scenario = _OldScenario(other, folder, emulator, ("lead", "contact")[seed % 2], url)
    calls = backlog(seed, _PEOPLE, 1)
    before, after = calls[: len(calls) // 2], calls[len(calls) // 2 :]
    scenario.feed(before)
    scenario.kill_old_drain(chance.randint(2, 8))
    say(f"killed: {dict(scenario.kills)}")
    scenario.upgrade()
    scenario.findings += _not_refused(scenario, after)
    scenario.feed(after)
    scenario.drain_until_empty()
    return scenario


def _not_refused(scenario: _OldScenario, calls: Sequence[Call]) -> list[str]:
    """What the other version does with the upgraded store beside refusing it."""
    findings: list[str] = []
    content, requests = scenario.content(), _requests(scenario)
    events = str(scenario.written(calls))
    for arguments in (
        ["status"],
        ["drain"],
        ["feed", events],
        ["worker", "--quiet"],
        ["outbox", "list"],
    ):
        code, said, errors = scenario.run_old(*arguments)
        lines = errors.strip().splitlines()
        if code != _COULD_NOT_RUN or said or len(lines) != 1 or _REFUSAL not in errors:
            findings.append(f"older `zsf {arguments[0]}` ended with {code}: {said}{errors}")
    host = scenario.other.host(scenario.environment(), scenario.folder / "clock")
    receipt = host.receive(calls[0])
    host.close()
    reason = str(receipt["reason"])
    if receipt["accepted"] or _REFUSAL not in reason or "\n" in reason:
        findings.append(f"an older host answered {receipt}")
    if scenario.content() != content:
        findings.append("an older version touched the upgraded store")
    if _requests(scenario) != requests:
        findings.append("an older version called the org")
    return findings


def _requests(scenario: Scenario) -> int:
    return len(scenario.emulator.control("GET", "requests"))
