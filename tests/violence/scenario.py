"""A scenario: an org, workspaces with a backlog in one database, and drain processes to kill and
disturb."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.violence.backlog import Call, workspace_name
from tests.violence.clock import SharedClock
from tests.violence.databases import variables
from tests.violence.processes import EmulatorProcess, ProcessHandle
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.errors import ZsfError
from zsf_plugin.ports import Entry, EntryCounts
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

CALLBACK = "http://localhost:1/oauth/callback"
#: Longer than a late request may take in Salesforce and longer than any pause for a limit (design §4).
LONG_PAUSE_S = 2000.0
_MAX_WAIT_S = 60.0
#: Longer than a lease lasts without a heartbeat; all jumps together are shorter than in-doubt writes
#: wait.
_JUMP_S = 20.0
_JUMP_INTERVAL_S = 0.02

Start = Callable[[Sequence[str]], ProcessHandle]


def sign_in(app: CommandApp, workspace: str, url: str, *, client: str) -> None:
    """Connect a workspace to the org at that address. Raises ZsfError."""
    begun = app.login.begin(url, client, CALLBACK)
    grant = app.login.finish(begun, allow(begun.authorize_url))
    Connector(app.store, app.login, app.clock).finish(workspace, grant, begun, "custom", "send")


class Scenario:
    """One scenario. `start` starts a drain process with the given arguments. `database` is the URL
    of a PostgreSQL database; by default, the store is a file in the data folder."""

    def __init__(
        self,
        folder: Path,
        emulator: EmulatorProcess,
        start: Start,
        *,
        mode: str,
        workspaces: int,
        speed: float,
        leap: bool,
        database: str | None = None,
    ) -> None:
        self.folder, self.emulator, self.mode, self._start = folder, emulator, mode, start
        self._database = database
        self.workspaces = [workspace_name(number) for number in range(workspaces)]
        self.events: list[Call] = []
        self.kills: Counter[str] = Counter()
        #: How much was drained and received by which version, if there are two.
        self.shares: Counter[str] = Counter()
        self.grants_at_risk = 0
        self.rotations_lost = 0
        self.reconnected = 0
        self.findings: list[str] = []
        self._reports = 0
        self._sign_ins = 0
        (folder / "config" / "rules").mkdir(parents=True)
        rule = f'mode = "{mode}"\n[limits]\ncalls_per_second = 100\n'
        (folder / "config" / "rules" / "10.toml").write_text(rule, encoding="utf-8")
        self.clock = SharedClock.make(folder / "clock", speed=speed, leap=leap)
        for workspace in self.workspaces:
            self.connect(workspace)

    def environment(self) -> dict[str, str]:
        """The variables of a command that uses this scenario's folders and database."""
        places = {name: str(self.folder / name) for name in ("config", "data")}
        folders = {f"ZSF_{name.upper()}_DIR": place for name, place in places.items()}
        return {**folders, **variables(self._database)}

    def application(self) -> CommandApp:
        """The product on this scenario's folders; close it before forking."""
        settings = from_environment(
            variables(self._database),
            config_dir=self.folder / "config",
            data_dir=self.folder / "data",
            host_settings={"drain": "external"},
        )
        return CommandApp(Parts(settings, clock=self.clock))

    def connect(self, workspace: str) -> None:
        """Sign the workspace in, and retry if it fails: sign-ins are subject to faults too."""
        app = self.application()
        for _ in range(20):
            self._sign_ins += (
                1  # a new app each time: a sixth approval of one app would end the first (§1.2)
            )
            with suppress(ZsfError):
                sign_in(app, workspace, self.emulator.url, client=f"violence-{self._sign_ins}")
                break
        else:
            self.findings.append("twenty sign-ins failed")
        app.close()

    def feed(self, calls: Sequence[Call]) -> None:
        """Receive hook calls and remember them."""
        app = self.application()
        for call in calls:
            arguments = {key: value for key, value in call.items() if key != "hook"}
            app.intake.receive(call["hook"], arguments)
        app.close()
        self.events += calls

    def start_drain(
        self, *options: str, workspaces: Sequence[str] = ()
    ) -> tuple[ProcessHandle, Path]:
        """Start a drain process for these workspaces, by default all; returns it and its report file."""
        self._reports += 1
        report = self.folder / f"report-{self._reports}.json"
        places = [f"--config={self.folder / 'config'}", f"--data={self.folder / 'data'}"]
        files = [f"--clock={self.folder / 'clock'}", f"--report={report}"]
        database = [f"--database={self._database}"] if self._database else []
        given = [*places, *files, *database, *options]
        return self._start([*given, *(workspaces or self.workspaces)]), report

    def wait_for_report(self, process: ProcessHandle, report: Path) -> dict[str, Any]:
        """Wait for a drain process; returns its report and records how it ended."""
        code = process.wait(_MAX_WAIT_S)
        result: dict[str, Any] = (
            json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        )
        if code == -9:
            self.kills[str(result.get("ended_at"))] += 1
            self.grants_at_risk += bool(result.get("rotating"))
        elif code != 0:
            self.findings.append(f"a drainer ended with exit code {code}")
        return result

    def advance_while_running(self, processes: Sequence[ProcessHandle], times: int) -> None:
        """Advance the clock while they run, so that leases expire and others take over."""
        for _ in range(times):
            time.sleep(_JUMP_INTERVAL_S)
            if any(process.poll() is None for process in processes):
                self.clock.advance(_JUMP_S)

    def drain(self, *options: str) -> dict[str, Any]:
        """Run one drain process over all workspaces to its end."""
        return self.wait_for_report(*self.start_drain(*options))

    def advance_clock(self, seconds: float) -> None:
        """Advance the clock while nothing drains, after all late commits: those happen within ten
        minutes."""
        self.emulator.wait_for_late_commits()
        self.clock.advance(seconds)

    def counts(self) -> dict[str, EntryCounts]:
        """Entry counts by state for each workspace."""
        app = self.application()
        counts = {workspace: app.store.counts(workspace) for workspace in self.workspaces}
        app.close()
        return counts

    def held(self) -> list[Entry]:
        """Every held entry that can be retried."""
        app = self.application()
        found = [
            entry
            for workspace in self.workspaces
            for entry in app.store.entries(workspace, state="held", limit=100_000)
            if entry.cause is None or entry.cause.code != "INVALID_EVENT"
        ]
        app.close()
        return found

    def release(self) -> None:
        """Release all held entries."""
        app = self.application()
        for workspace in self.workspaces:
            app.store.release(workspace)
        app.close()

    def reconnect_if_needed(self) -> None:
        """Sign in again if a workspace needs it."""
        app = self.application()
        asked = [
            name
            for name in self.workspaces
            if (c := app.store.connection(name)) and c.state == "reconnect"
        ]
        app.close()
        for workspace in asked:
            self.reconnected += 1
            self.connect(workspace)

    def drain_until_empty(self) -> None:
        """Drain without kills until nothing waits."""
        for _ in range(12):
            self.reconnect_if_needed()
            self.advance_clock(LONG_PAUSE_S)
            self.drain()
            if all(counts.pending + counts.writing == 0 for counts in self.counts().values()):
                return
        self.findings.append("entries still wait after twelve clean drains")

    def close(self) -> None:
        """Close the clock."""
        self.clock.close()
