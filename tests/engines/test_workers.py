"""`zsf worker` with Procrastinate: real processes, one of which is killed, send everything once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.engines.hosting import TIMEOUT_S, connect, purchase, wait_until
from tests.fakes.id_fields import FIELDS
from tests.postgres import Server
from zsf_plugin import api
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

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
            connect(machines.host, org, workspace)
        workers = [machines.start_worker() for _ in range(3)]
        for number in range(people):
            for workspace in workspaces:
                assert purchase(machines.host, workspace, number)["accepted"]
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


def test_a_worker_says_in_one_line_that_it_lost_its_database(
    machines: Machines, postgres: Server
) -> None:
    worker = machines.start_worker()
    said: list[str] = []

    def read() -> None:
        assert worker.stderr is not None
        for line in worker.stderr:
            said.append(line)

    reading = threading.Thread(target=read)
    reading.start()

    def has_noticed() -> bool:
        assert worker.poll() is None, said
        postgres.close_connections(machines.variables["ZSF_DATABASE_URL"])
        return any("starting again" in line for line in said)

    wait_until(lambda: any("Draining every workspace" in line for line in said))
    wait_until(has_noticed)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(TIMEOUT_S) == 0
    reading.join(TIMEOUT_S)
    assert [line for line in said if "Traceback" in line] == []


def test_a_host_with_an_engine_of_its_own_calls_one_function(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", OPERATIONS, re.MULTILINE | re.DOTALL)
    (block,) = (one for one in blocks if "zsf_plugin.api" in one)
    for name, value in machines.environment("job").items():
        monkeypatch.setenv(name, value)
    with Emulator(OrgSpec(fields=FIELDS)) as org:
        connect(machines.host, org, "acme")
        purchase(machines.host, "acme", 1)
        defined: dict[str, Any] = {}
        exec(block, defined)
        assert (defined["result"].done, defined["again"]) == (1, False)
        assert len(org.org.rows["Lead"]) == 1
    assert isinstance(defined["result"], api.DrainResult)
