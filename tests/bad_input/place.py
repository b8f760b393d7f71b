"""A workspace on real parts: plugin, store on disk, emulator over HTTP, and a fake clock if time
matters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fakes.clock import FakeClock
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator
from zsf_plugin.ports import Entry
from zsf_plugin.settings import Settings, from_environment
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

USER = {"id": "u1", "email": "seller@zaplify.example"}


class Place:
    """One workspace with its files, and an org to connect to."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.folder, self.emulator, self.clock = folder, emulator, FakeClock()
        (folder / "config" / "rules").mkdir(parents=True)
        self.app = self.start_application()

    def settings(self, **environment: str) -> Settings:
        folders = {"config_dir": self.folder / "config", "data_dir": self.folder / "data"}
        return from_environment(environment, **folders, host_settings={"drain": "external"})

    def start_application(self, **environment: str) -> CommandApp:
        return CommandApp(Parts(self.settings(**environment), self.clock))

    def rule(self, content: str | bytes, name: str = "10.toml") -> None:
        raw = content.encode() if isinstance(content, str) else content
        (self.folder / "config" / "rules" / name).write_bytes(raw)

    def connect(self) -> None:
        sign_in = self.app.login.begin(
            self.emulator.url, "bad-input", "http://localhost:1/oauth/callback"
        )
        grant = self.app.login.finish(sign_in, allow(sign_in.authorize_url))
        Connector(self.app.store, self.app.login, self.clock).finish(
            "default", grant, sign_in, "custom", "send"
        )

    def purchase(self, event_id: str = "e1", **person: Any) -> dict[str, Any]:
        prospect = {
            "id": "p1",
            "first_name": "Ada",
            "last_name": "Byron",
            "email": "ada@acme.example",
            **person,
        }
        call = {"workspace": "default", "event_id": event_id, "occurred_at": "2026-11-01T10:00:00Z"}
        return dict(
            self.app.intake.receive(
                "on_prospect_purchased", dict(**call, prospect=prospect, user=USER)
            )
        )

    def drain(self) -> DrainReport:
        return self.app.drains.drain("default")

    def entry(self, entry_id: object) -> Entry:
        entry = self.app.store.entry("default", str(entry_id))
        assert entry is not None
        return entry

    def leads(self) -> list[dict[str, Any]]:
        return [
            dict(row) for row in self.emulator.org.rows["Lead"].values() if not row["IsDeleted"]
        ]

    def findings(self) -> list[str]:
        return [str(finding) for finding in self.app.rulebook.findings("default")]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        return self.emulator.control.answer(method, path.split("/"), body)[1]
