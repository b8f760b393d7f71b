"""`zsf worker` with Procrastinate: real processes, one of which is killed, send everything once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.fakes.id_fields import FIELDS
from tests.postgres import Server
from zsf_plugin import api
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

TIMEOUT_S = 60.0
OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


class Machines:
    """A host and workers, each with folders of its own: they share the database and the key."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.variables = {
            "ZSF_DATABASE_URL": url,
            "ZSF_SECRET_KEY": "a key that all of these machines know",
            "ZSF_ENGINE": "procrastinate",
        }
        self.workers: list[subprocess.Popen[str]] = []
        self.host = CommandApp(Parts(from_environment(self.environment("host"))))

    def environment(self, machine: str) -> dict[str, str]:
        rules = self.folder / machine / "config" / "rules"
        rules.mkdir(parents=True, exist_ok=True)
        (rules / "10.toml").write_text("[limits]\ncalls_per_second = 100\n", encoding="utf-8")
        folders = {"ZSF_CONFIG_DIR": rules.parent, "ZSF_DATA_DIR": rules.parents[1] / "data"}
        return {**self.variables, **{name: str(path) for name, path in folders.items()}}

    def connect(self, org: Emulator, workspace: str) -> None:
        host = self.host
        sign_in = host.login.begin(org.url, workspace, "http://localhost:1/oauth/callback")
        grant = host.login.finish(sign_in, allow(sign_in.authorize_url))
        Connector(host.store, host.login, host.clock).finish(
            workspace, grant, sign_in, "custom", "send"
        )

    def purchase(self, workspace: str, number: int) -> dict[str, Any]:
        prospect = {
            "id": f"p{number}",
            "first_name": "Ada",
            "last_name": f"Byron{number}",
            "email": f"ada{number}@{workspace}.example",
            "company": {"id": f"c-{workspace}", "name": f"Company {workspace}"},
        }
        call = {
            "workspace": workspace,
            "event_id": f"e{number}",
            "occurred_at": "2026-11-01T10:00:00Z",
            "prospect": prospect,
            "user": {"id": "u1", "email": "seller@zaplify.example"},
        }
        return dict(self.host.intake.receive("on_prospect_purchased", call))

    def start_worker(self) -> subprocess.Popen[str]:
        machine = f"machine{len(self.workers)}"
        command = [sys.executable, "-m", "zsf_plugin", "worker", "--concurrency", "2"]
        environment = {**os.environ, **self.environment(machine)}
        worker = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.communicate(timeout=TIMEOUT_S)
        self.host.close()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass in a minute"
        time.sleep(0.05)


@pytest.fixture
def machines(tmp_path: Path, postgres: Server) -> Iterator[Machines]:
    with closing(Machines(tmp_path, postgres.new_database())) as machines:
        yield machines


@pytest.mark.long
def test_workers_on_three_machines_send_everything_once_though_one_is_killed(
    machines: Machines,
) -> None:
    workspaces, people = ["a", "b", "c"], 8
    with Emulator(OrgSpec(fields=FIELDS)) as org:
        for workspace in workspaces:
            machines.connect(org, workspace)
        workers = [machines.start_worker() for _ in range(3)]
        for number in range(people):
            for workspace in workspaces:
                assert machines.purchase(workspace, number)["accepted"]
        wait_until(lambda: len(org.org.rows["Lead"]) > 0)
        workers[0].kill()

        def is_done() -> bool:
            counts = [machines.host.store.counts(workspace) for workspace in workspaces]
            return [one.done for one in counts] == [people] * len(workspaces)

        wait_until(is_done)
        emails = sorted(str(row["Email"]) for row in org.org.rows["Lead"].values())
        expected = [f"ada{number}@{w}.example" for w in workspaces for number in range(people)]
        assert emails == sorted(expected)
        for worker in workers[1:]:
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(TIMEOUT_S) == 0


def close_connections(url: str) -> None:
    """Close every connection to the database, as its server does when it ends."""
    with psycopg.connect(url, autocommit=True) as closing_others:
        closing_others.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_worker_says_in_one_line_that_it_lost_its_database(machines: Machines) -> None:
    worker = machines.start_worker()
    said: list[str] = []

    def read() -> None:
        assert worker.stderr is not None
        for line in worker.stderr:
            said.append(line)

    reading = threading.Thread(target=read)
    reading.start()

    def has_noticed() -> bool:
        close_connections(machines.variables["ZSF_DATABASE_URL"])
        return any("starting again" in line for line in said)

    wait_until(has_noticed)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(TIMEOUT_S) == 0
    reading.join(TIMEOUT_S)
    assert [line for line in said if "Traceback" in line] == []


def test_a_host_with_an_engine_of_its_own_calls_one_function(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", OPERATIONS, re.MULTILINE | re.DOTALL)
    for name, value in machines.environment("job").items():
        monkeypatch.setenv(name, value)
    with Emulator(OrgSpec(fields=FIELDS)) as org:
        machines.connect(org, "acme")
        machines.purchase("acme", 1)
        defined: dict[str, Any] = {}
        exec(block, defined)
        assert (defined["result"].done, defined["again"]) == (1, False)
        assert len(org.org.rows["Lead"]) == 1
    assert isinstance(defined["result"], api.DrainResult)
