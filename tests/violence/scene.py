"""A scene: an org, workspaces with a backlog on one data folder, and drain processes to be treated
badly."""

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
from tests.violence.processes import EmulatorProcess, Running
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.errors import ZsfError
from zsf_plugin.ports import Entry, EntryCounts
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

CALLBACK = "http://localhost:1/oauth/callback"
#: Salesforce may finish a request so long after its caller gave up, and pauses no longer for a limit
#: (design §4).
LONG_S = 2000.0
_PATIENCE_S = 60.0
#: Longer than a lease lives without its heart, and all of them together shorter than an unknown
#: outcome is kept.
_HURRY_S = 20.0
_HURRY_EVERY_S = 0.02

Start = Callable[[Sequence[str]], Running]


class Scene:
    """One place. `start` starts a drainer of those arguments."""

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
    ) -> None:
        self.folder, self.emulator, self.mode, self._start = folder, emulator, mode, start
        self.workspaces = [workspace_name(number) for number in range(workspaces)]
        self.events: list[Call] = []
        self.kills: Counter[str] = Counter()
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

    def application(self) -> CommandApp:
        """The product over this place, to be closed before anything is forked."""
        settings = from_environment(
            {},
            config_dir=self.folder / "config",
            data_dir=self.folder / "data",
            host_settings={"drain": "external"},
        )
        return CommandApp(Parts(settings, clock=self.clock))

    def connect(self, workspace: str) -> None:
        """Sign the workspace in, as a person would: again where it fails, for sign-ins meet faults
        as well."""
        app = self.application()
        for _ in range(20):
            self._sign_ins += 1  # each for an app of its own: a sixth approval of one app would end the first (§1.2)
            with suppress(ZsfError):
                sign_in = app.login.begin(self.emulator.url, f"violence-{self._sign_ins}", CALLBACK)
                grant = app.login.finish(sign_in, allow(sign_in.authorize_url))
                Connector(app.store, app.login, app.clock).finish(
                    workspace, grant, sign_in, "custom", "send"
                )
                break
        else:
            self.findings.append("twenty sign-ins failed")
        app.close()

    def feed(self, calls: Sequence[Call]) -> None:
        """Hook calls, kept."""
        app = self.application()
        for call in calls:
            arguments = {key: value for key, value in call.items() if key != "hook"}
            app.intake.receive(call["hook"], arguments)
        app.close()
        self.events += calls

    def start_drain(self, *options: str, workspaces: Sequence[str] = ()) -> tuple[Running, Path]:
        """A drainer of all workspaces or of those, and where it will report."""
        self._reports += 1
        report = self.folder / f"report-{self._reports}.json"
        places = [f"--config={self.folder / 'config'}", f"--data={self.folder / 'data'}"]
        files = [f"--clock={self.folder / 'clock'}", f"--report={report}"]
        return self._start([*places, *files, *options, *(workspaces or self.workspaces)]), report

    def ended(self, process: Running, report: Path) -> dict[str, Any]:
        """What a drainer reported, once it has ended; how it ended is noted."""
        code = process.wait(_PATIENCE_S)
        told: dict[str, Any] = (
            json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        )
        if code == -9:
            self.kills[str(told.get("ended_at"))] += 1
            self.grants_at_risk += bool(told.get("rotating"))
        elif code != 0:
            self.findings.append(f"a drainer ended with exit code {code}")
        return told

    def hurry(self, processes: Sequence[Running], times: int) -> None:
        """Turn the clock on while they work: a lease ends while its owner lives, and another
        drainer takes over."""
        for _ in range(times):
            time.sleep(_HURRY_EVERY_S)
            if any(process.poll() is None for process in processes):
                self.clock.turn_on(_HURRY_S)

    def drain(self, *options: str) -> dict[str, Any]:
        """One drainer over all workspaces, to its end."""
        return self.ended(*self.start_drain(*options))

    def let_pass(self, seconds: float) -> None:
        """Time goes by with nobody draining. What the org is late with is done first: it is so
        within ten minutes."""
        self.emulator.wait_for_the_late()
        self.clock.turn_on(seconds)

    def counts(self) -> dict[str, EntryCounts]:
        """Entries by state, of each workspace."""
        app = self.application()
        counts = {workspace: app.store.counts(workspace) for workspace in self.workspaces}
        app.close()
        return counts

    def held(self) -> list[Entry]:
        """Every held entry that has something to try again."""
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
        """A person puts all that is held back."""
        app = self.application()
        for workspace in self.workspaces:
            app.store.release(workspace)
        app.close()

    def reconnect_where_asked(self) -> None:
        """Sign in again where a person is asked to."""
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
        """Clean drains until nothing waits."""
        for _ in range(12):
            self.reconnect_where_asked()
            self.let_pass(LONG_S)
            self.drain()
            if all(counts.pending + counts.writing == 0 for counts in self.counts().values()):
                return
        self.findings.append("entries still wait after twelve clean drains")

    def close(self) -> None:
        """Let go of the clock."""
        self.clock.close()
