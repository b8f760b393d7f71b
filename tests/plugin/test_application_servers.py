"""Hosts in real application servers that fork their workers: what is bought is kept and sent, and
the server ends in order. uWSGI is tried where it is installed; its rules are tested without it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.fakes.id_fields import FIELDS
from tests.plugin.host_process import call, wait_until_drained
from tests.plugin.test_bad_company import HostFolder
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.plugin import SalesforcePlugin

BIN = Path(sys.executable).parent
APP = "tests.plugin.wsgi_host"
SERVERS = {
    "gunicorn": ["gunicorn", "--workers", "2", "--bind", "127.0.0.1:PORT", APP],
    "gunicorn, preloaded": ["gunicorn", "--preload", "-w", "2", "-b", "127.0.0.1:PORT", APP],
    "gunicorn, threads": [
        "gunicorn",
        "-k",
        "gthread",
        "--threads",
        "3",
        "-b",
        "127.0.0.1:PORT",
        APP,
    ],
    "uwsgi": ["uwsgi", "--master", "--processes", "2", "--enable-threads", "--die-on-term"],
    "uwsgi, lazy": ["uwsgi", "--master", "-p", "2", "--lazy-apps", "--die-on-term"],
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[HostFolder]:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        yield HostFolder(tmp_path, emulator)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(3000):
        assert server.poll() is None
        with socket.socket() as probe:
            probe.settimeout(0.05)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        with suppress(subprocess.TimeoutExpired):
            server.wait(0.02)
    raise AssertionError("the server did not begin")


@pytest.mark.parametrize(
    ("name", "early"),
    [
        ("gunicorn", False),
        ("gunicorn, preloaded", False),
        ("gunicorn, preloaded", True),
        ("gunicorn, threads", True),
        ("uwsgi", False),
        ("uwsgi", True),
        ("uwsgi, lazy", True),
    ],
    ids=lambda it: it if isinstance(it, str) else "hook before the fork" if it else "",
)
def test_workers_that_are_forked_keep_and_send_everything(
    house: HostFolder, name: str, early: bool
) -> None:
    program, *words = SERVERS[name]
    found = shutil.which(program, path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{program} is not installed")
    port = free_port()
    if program == "uwsgi":
        words = [*words, "--http-socket", "127.0.0.1:PORT", "--module", APP]
    environment = os.environ | {
        "ZSF_CONFIG_DIR": str(house.folder / "config"),
        "ZSF_DATA_DIR": str(house.folder / "data"),
        "PYTHONPATH": os.getcwd(),
    }
    if early:
        environment["ZSF_TEST_EARLY"] = "1"
    with subprocess.Popen(
        [found, *(word.replace("PORT", str(port)) for word in words)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            wait_for(server, port)
            numbers = range(1, 13, 2)
            for number in numbers:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/{number}", timeout=30) as got:
                    assert json.load(got)[1] is True
            wait_until_drained(house.folder)
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(60) in (0, 30)  # uWSGI's own code for an end by signal
    assert house.people() == sorted(
        [f"w{number}" for number in numbers] + (["early1"] if early else [])
    )


def uwsgi(worker: int, *, mule: int = 0, has_threads: int = 1) -> SimpleNamespace:
    return SimpleNamespace(worker_id=lambda: worker, mule_id=lambda: mule, has_threads=has_threads)


@pytest.mark.parametrize(
    ("server", "starts"),
    [(uwsgi(0), False), (uwsgi(1), True), (uwsgi(0, mule=1), True), (SimpleNamespace(), True)],
    ids=["before the fork", "worker", "mule", "another module of that name"],
)
def test_before_uwsgi_forks_events_are_kept_and_no_thread_starts(
    house: HostFolder, monkeypatch: pytest.MonkeyPatch, server: object, starts: bool
) -> None:
    monkeypatch.setitem(sys.modules, "uwsgi", server)  # type: ignore[arg-type]
    plugin = house.plugin()
    assert plugin.on_prospect_purchased(**call("u", 1))["accepted"]  # type: ignore[arg-type]
    assert ("zsf-drain" in house.threads.names()) is starts
    monkeypatch.setitem(sys.modules, "uwsgi", uwsgi(1))  # type: ignore[arg-type]
    assert plugin.on_prospect_purchased(**call("u", 3))["accepted"]  # type: ignore[arg-type]
    wait_until_drained(house.folder)
    plugin.on_host_stopping()
    assert house.people() == ["u1", "u3"]


def test_a_uwsgi_that_runs_no_threads_is_logged_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "uwsgi", uwsgi(1, has_threads=0))  # type: ignore[arg-type]
    plugin = SalesforcePlugin()
    plugin.on_host_started(str(tmp_path), str(tmp_path / "data"), None)
    for number in (1, 3):
        assert plugin.on_prospect_purchased(**call("u", number))["accepted"]  # type: ignore[arg-type]
    plugin.on_host_stopping()
    assert caplog.text.count("enable-threads") == 1
