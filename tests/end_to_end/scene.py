"""Real processes: an emulator, a sign-in through its pages, feed and drain. Their output is kept for
later checks."""

from __future__ import annotations

import json
import os
import signal
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.end_to_end.stream import SELLERS
from tests.fakes.id_fields import FIELDS
from tests.forked_commands import ReadCommand, run_command
from zsf_plugin.cli.scripted_browser import allow


class Scene:
    """One org, and any number of empty config and data folders."""

    def __init__(
        self, folder: Path, mode: str, *, external_id: bool = True, rule: str = ""
    ) -> None:
        self.folder, self.mode, self.rule = folder, mode, rule
        self.printed: list[str] = []
        self.place = folder
        keys = list(FIELDS) if external_id else []
        users = [{"Username": email, "Email": email, "LastName": email[:7]} for email in SELLERS]
        (folder / "org.json").write_text(json.dumps({"fields": keys, "users": users}))
        self.emulator = self._start("emulator", "--org", str(folder / "org.json"))
        self.url = self.emulator.stdout.readline().split()[1]

    def __enter__(self) -> Scene:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.emulator.send_signal(signal.SIGTERM)
        self.emulator.read_to_end()

    def move_in(self, name: str) -> None:
        """An empty config and data folder, connected to the org."""
        self.place = self.folder / name
        (self.place / "config" / "rules").mkdir(parents=True)
        (self.place / "config" / "rules" / "10.toml").write_text(
            f'mode = "{self.mode}"\n{self.rule}'
        )
        process = self._start(
            "connect", "--login-url", self.url, "--no-browser", "--redirect-port", "0"
        )
        authorize_url = process.stdout.readline().strip()
        query = allow(authorize_url)
        back = dict(part.split("=", 1) for part in authorize_url.partition("?")[2].split("&"))[
            "redirect_uri"
        ]
        urllib.request.urlopen(
            f"{urllib.parse.unquote(back)}?{urllib.parse.urlencode(query)}", timeout=20
        ).close()
        code, output, errors = process.read_to_end()
        assert code == 0, errors
        self.printed += [output, errors]

    def feed(self, events: list[dict[str, Any]], prefix: str = "") -> dict[str, Any]:
        lines = [json.dumps({**event, "event_id": prefix + event["event_id"]}) for event in events]
        (self.folder / f"{prefix}events.jsonl").write_text("\n".join(lines))
        return dict(self.zsf("feed", str(self.folder / f"{prefix}events.jsonl"), "--json"))

    def zsf(self, *arguments: str) -> Any:
        """One command's JSON document."""
        return json.loads(self.text(*arguments))

    def text(self, *arguments: str) -> str:
        """What one command prints."""
        done = run_command(arguments, self._environment())
        self.printed += [done.stdout, done.stderr]
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    def org(self, what: str, method: str = "GET") -> Any:
        """Run a command of the emulator's control API."""
        request = urllib.request.Request(f"{self.url}/_emulator/{what}", method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def entries(self) -> list[dict[str, Any]]:
        return list(self.zsf("outbox", "list", "--limit", "100000", "--json"))

    def _start(self, *arguments: str) -> ReadCommand:
        return ReadCommand(arguments, self._environment())

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ZSF_CONFIG_DIR": str(self.place / "config"),
            "ZSF_DATA_DIR": str(self.place / "data"),
        }
