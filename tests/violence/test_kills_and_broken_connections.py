"""Real drain processes killed at chosen calls, real connections broken: nothing lost, nothing twice.

The long profile is more kills over more seeds; this one is what every run proves.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.id_fields import FIELDS
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring import Application, build

PEOPLE = 120
COMPANIES = 30


class Scene:
    """A stand-in org, a connected workspace with a backlog, and drain processes to be treated badly."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.folder, self.emulator = folder, emulator
        (folder / "config" / "rules").mkdir(parents=True)
        (folder / "config" / "rules" / "10.toml").write_text('mode = "contact"\n[limits]\ncalls_per_second = 100\n')
        self.app: Application = build(
            from_environment(
                {}, config_dir=folder / "config", data_dir=folder / "data", host_settings={"drain": "external"}
            )
        )
        self._connect()
        self._feed()

    def _connect(self) -> None:
        sign_in = self.app.login.begin(self.emulator.url, "violence", "http://localhost:1/oauth/callback")
        grant = self.app.login.finish(sign_in, allow(sign_in.authorize_url))
        Connector(self.app.store, self.app.login, self.app.clock).finish("default", grant, sign_in, "custom", "send")

    def _feed(self) -> None:
        for number in range(PEOPLE):
            company = number % COMPANIES
            person = {
                "id": f"p{number}",
                "first_name": f"Ada{number}",
                "last_name": "Byron",
                "email": f"ada{number}@acme{company}.example",
                "company": {"id": f"c{company}", "name": f"Acme {company}", "domain": f"acme{company}.example"},
            }
            call = {"workspace": "default", "occurred_at": "2026-11-01T10:00:00Z", "prospect": person, "user": {}}
            self.app.intake.purchase(event_id=f"p{number}", **call)
            self.app.intake.touchpoint(
                event_id=f"t{number}", touchpoint={"id": f"t{number}", "channel": "call", "step": number}, **call
            )

    def start_drain(self) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "ZSF_CONFIG_DIR": str(self.folder / "config"),
            "ZSF_DATA_DIR": str(self.folder / "data"),
        }
        command = [sys.executable, "-m", "zsf_plugin.cli.main", "drain", "--json"]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def drain(self) -> dict[str, object]:
        output, _ = self.start_drain().communicate(timeout=90)
        return dict(json.loads(output))

    def kill_at_call(self, call: int) -> None:
        """Start a drain and kill it as soon as the org has been asked so many times in all."""
        process = self.start_drain()
        deadline = time.monotonic() + 60
        while self.emulator.org.used < call and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def assert_all_is_well(self) -> None:
        tables = self.emulator.org.rows.items()
        rows = {name: [row for row in table.values() if not row["IsDeleted"]] for name, table in tables}
        assert sorted(str(r["Email"]) for r in rows["Contact"]) == sorted(
            f"ada{n}@acme{n % COMPANIES}.example" for n in range(PEOPLE)
        )
        assert sorted(str(r["Name"]) for r in rows["Account"]) == sorted(f"Acme {n}" for n in range(COMPANIES))
        assert len({r["WhoId"] for r in rows["Task"]}) == len(rows["Task"]) == PEOPLE
        assert all(r["AccountId"] for r in rows["Contact"])
        counts = self.app.store.counts("default")
        assert (counts.done, counts.pending, counts.writing, counts.held) == (2 * PEOPLE, 0, 0, 0)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Emulator(OrgSpec(fields=FIELDS, latency_ms=30)) as emulator:
        made = Scene(tmp_path, emulator)
        yield made
        made.app.close()


def test_drains_killed_at_one_call_after_another_leave_nothing_lost_and_nothing_twice(scene: Scene) -> None:
    for call in range(1, 9):
        scene.kill_at_call(call)
    scene.drain()
    scene.assert_all_is_well()


@pytest.mark.parametrize("kind", ["drop_before", "drop_after_commit", "reset_mid_body", "html_503"])
@pytest.mark.parametrize("after", [0, 1, 2, 3, 4])
def test_a_connection_that_breaks_at_any_call_costs_nothing(scene: Scene, kind: str, after: int) -> None:
    fault = {"kind": kind, "match": {"path_contains": "/composite"}, "after": after, "times": 1}
    scene.emulator.control.answer("POST", ["faults"], fault)
    scene.drain()
    scene.assert_all_is_well()


def test_a_session_that_expires_in_the_middle_is_renewed_once(scene: Scene) -> None:
    scene.kill_at_call(2)
    scene.emulator.control.answer("POST", ["sessions", "expire"], None)
    scene.drain()
    scene.assert_all_is_well()
    refreshes = [r for r in scene.emulator.requests if "grant_type=refresh_token" in str(r["body"])]
    assert len(refreshes) == 1


def test_the_daily_limit_pauses_and_what_waited_goes_out_later(scene: Scene) -> None:
    scene.emulator.control.answer("POST", ["settings"], {"daily_limit": 2})
    report = scene.drain()
    assert report["paused"]
    assert scene.app.store.counts("default").held == 0
    scene.emulator.control.answer("POST", ["settings"], {"daily_limit": 115_000})
    scene.app.store.pause("default", None)
    connection = scene.app.store.connection("default")
    assert connection is not None
    scene.app.store.note_usage(connection.org_id, 2, 115_000, scene.app.clock.now())
    scene.drain()
    scene.assert_all_is_well()
