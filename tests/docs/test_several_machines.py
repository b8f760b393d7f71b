"""docs/operations.md, "From one host to three workers on two machines": its commands take a host with
a sign-in, links and a backlog there, and what comes after is sent once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.docs.test_configuration_page import OPERATIONS
from tests.docs.test_documents import blocks
from tests.engines.hosting import TIMEOUT_S, connect, purchase, wait_until
from tests.fakes.id_fields import FIELDS
from tests.postgres import Server, binaries, server_or_skip
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

SECTION = OPERATIONS.partition("## From one host to three workers on two machines")[2]
PREPARE, MOVE, SHARE, START, LOOK = blocks(SECTION.partition("\n## ")[0], "sh")


class Machine:
    """A machine of the walk-through: a home folder, and a shell in it."""

    def __init__(self, home: Path, server: Server) -> None:
        self.home = home
        (home / "config" / "rules").mkdir(parents=True)
        rules = home / "config" / "rules" / "10.toml"
        rules.write_text("[limits]\ncalls_per_second = 100\n", encoding="utf-8")
        folders = [Path(sys.executable).parent, home / "bin", binaries(), os.environ["PATH"]]
        self.variables = {
            "HOME": str(home),
            "PATH": ":".join(map(str, folders)),
            "ZSF_CONFIG_DIR": str(home / "config"),
            "ZSF_DATA_DIR": str(home / "data"),
            "ADMIN_URL": server.url(),
            "NEW_URL": server.url("zsf").replace("zsf@", "plugin@"),
        }
        self.workers: list[subprocess.Popen[str]] = []

    def run(self, script: str) -> str:
        """Run a block of the page; its output."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.home, env=self.variables, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_worker(self) -> None:
        """Run the block that starts one; it lasts as long as its worker."""
        shell = ["bash", "-euo", "pipefail", "-c", f"{START}echo $!; wait $!"]
        worker = subprocess.Popen(
            shell, cwd=self.home, env=self.variables, stdout=subprocess.PIPE, text=True
        )
        self.workers.append(worker)

    def end_worker(self, number: int) -> int:
        """Send its first worker a signal; its exit code, as a shell has it."""
        worker = self.workers.pop(0)
        assert worker.stdout is not None
        os.kill(int(worker.stdout.readline()), number)
        worker.stdout.close()
        return worker.wait(TIMEOUT_S)

    def close(self) -> None:
        while self.workers:
            self.end_worker(signal.SIGKILL)

    @contextmanager
    def host(self, **more: str) -> Iterator[CommandApp]:
        """The host's process with these variables more."""
        with closing(CommandApp(Parts(from_environment({**self.variables, **more})))) as app:
            yield app


@pytest.fixture
def server() -> Iterator[Server]:
    """A server without the user and the database that the page makes."""
    with server_or_skip() as one:
        yield one


@pytest.fixture
def machines(tmp_path: Path, server: Server) -> Iterator[tuple[Machine, Machine]]:
    one, two = Machine(tmp_path / "one", server), Machine(tmp_path / "two", server)
    (one.home / "bin").mkdir()
    copying = one.home / "bin" / "scp"
    copying.write_text(f'#!/bin/sh\ncp "$1" "$2" "$3" "{two.home}"\n', encoding="utf-8")
    copying.chmod(0o755)
    with closing(one), closing(two):
        yield one, two


@pytest.mark.long
def test_the_walk_through_takes_everything_along_and_sends_it_once(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    with Emulator(OrgSpec(fields=FIELDS)) as org:
        with one.host() as host:
            connect(host, org, "acme")
            assert purchase(host, "acme", 1)["accepted"]
        one.run("zsf drain --workspace acme")
        with one.host() as host:
            assert purchase(host, "acme", 2)["accepted"]
        one.run(PREPARE)
        one.run(MOVE)
        one.run(SHARE)
        for machine in (one, two, two):
            machine.start_worker()
        variables = dict(line.split("=", 1) for line in (two.home / "zsf.env").read_text().split())
        with one.host(**variables) as host:
            assert purchase(host, "acme", 1)["duplicate"]
            wait_until(lambda: host.store.counts("acme").done == 2)
            two.end_worker(signal.SIGKILL)
            for number in range(3, 12):
                assert purchase(host, "acme", number)["accepted"]
            wait_until(lambda: host.store.counts("acme").done == 11)
        one.variables |= variables
        shown = one.run(LOOK)
        assert "acme" in shown
        assert [machine.end_worker(signal.SIGTERM) for machine in (one, two)] == [0, 0]
        emails = sorted(str(row["Email"]) for row in org.org.rows["Lead"].values())
    assert emails == sorted(f"ada{number}@acme.example" for number in range(1, 12))
