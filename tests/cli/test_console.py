"""`zsf console` as a real process: where it listens, whom it refuses, what it drains, and how it
ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.test_provision import connected
from tests.cli.zsf import PURCHASE, Zsf
from tests.forked_commands import ReadCommand
from zsf_plugin.cli import console
from zsf_plugin.cli.commands import build_parser
from zsf_plugin.console.server import Server
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.settings import REDIRECT_PORT


@contextmanager
def running(zsf: Zsf, *arguments: str) -> Iterator[ReadCommand]:
    """The command, ended by SIGTERM."""
    process = ReadCommand(["console", "--port", "0", *arguments], zsf.environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        if not process.stdout.closed:
            process.read_to_end()


def address(process: ReadCommand) -> str:
    word, url = process.stdout.readline().split()
    assert word == "listening"
    return url


def status(request: urllib.request.Request | str) -> int:
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_it_listens_on_this_machine_only(zsf: Zsf) -> None:
    with running(zsf) as process:
        url = address(process)
        assert url.startswith("http://localhost:")
        with urllib.request.urlopen(f"{url}/search", timeout=60) as answer:
            page = answer.read().decode()
            assert answer.headers.get("Server") == "zsf"
        assert "Search preview" in page


def test_another_name_for_this_machine_is_refused(zsf: Zsf) -> None:
    with running(zsf) as process:
        url = address(process)
        assert (
            status(urllib.request.Request(f"{url}/search", headers={"Host": "evil.example"})) == 421
        )
        assert status(url.replace("localhost", "127.0.0.1") + "/search") == 200


def test_a_write_without_the_pages_token_is_refused(zsf: Zsf) -> None:
    with running(zsf) as process:
        url = address(process)
        assert (
            status(urllib.request.Request(f"{url}/search", data=b"pasted=email", method="POST"))
            == 400
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(zsf: Zsf, number: signal.Signals) -> None:
    with running(zsf) as process:
        address(process)
        process.send_signal(number)
        assert process.wait() == 0


def test_json_is_one_document(zsf: Zsf) -> None:
    with running(zsf, "--json", "--workspace", "acme", "--no-drain") as process:
        lines = [process.stdout.readline()]
        while lines[-1].strip() != "}":
            lines.append(process.stdout.readline())
        document = json.loads("".join(lines))
        assert document["listening"].startswith("http://localhost:")
        assert (document["workspace"], document["drains"]) == ("acme", False)
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "zaplify.example", ""])
def test_another_host_is_refused_with_advice(zsf: Zsf, host: str) -> None:
    done = zsf("console", "--host", host)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "docs/console.md" in done.stderr


@pytest.mark.parametrize("port", ["99999", "-1", "none"])
def test_an_invalid_port_is_refused(zsf: Zsf, port: str) -> None:
    done = zsf("console", f"--port={port}")
    assert done.returncode == 2
    assert "between 0 and 65535" in done.stderr


def test_a_port_in_use_is_one_line(zsf: Zsf) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = zsf("console", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--port" in done.stderr


def test_the_callback_that_is_registered_with_salesforce_is_where_it_listens() -> None:
    assert build_parser().parse_args(["console"]).port == REDIRECT_PORT


@pytest.mark.parametrize("missing", ["flask", "flask_wtf", "cheroot", "openpyxl"])
def test_without_the_extra_it_says_what_to_install(zsf: Zsf, missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from zsf_plugin.cli.main import main; sys.exit(main(['console']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=zsf.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "pip install 'zsf-plugin[console]'" in done.stderr
    assert done.stderr.count("\n") == 1


class Terminal:
    """A stdout that may be a terminal."""

    def __init__(self, is_terminal: bool) -> None:
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """All is written."""


@pytest.mark.parametrize(
    ("is_terminal", "arguments", "opened"),
    [(True, [], 1), (True, ["--no-browser"], 0), (False, [], 0)],
)
def test_a_browser_opens_only_on_a_terminal(
    is_terminal: bool, arguments: list[str], opened: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: addresses.append(url) or True)
    monkeypatch.setattr("sys.stdout", Terminal(is_terminal))
    with Server(0, lambda: None) as server:
        console._announce(build_parser().parse_args(["console", *arguments]), server)
        assert addresses == [server.url] * opened


def test_the_visitor_has_the_system_users_name_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("USER", "ada")
    assert console._own_name() == "ada"
    monkeypatch.delenv("USER")
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)
    assert console._own_name() == "you"


def test_it_drains_what_another_process_feeds(tmp_path: Path) -> None:
    with Emulator(OrgSpec()) as emulator:
        zsf = connected(tmp_path, emulator)
        with running(zsf) as process:
            address(process)
            zsf("feed", zsf.write("events.jsonl", json.dumps(PURCHASE)))
            assert process.stderr.readline() == "default: done 1, held 0, waiting 0\n"


def test_with_draining_off_it_drains_nothing(tmp_path: Path) -> None:
    with Emulator(OrgSpec()) as emulator:
        zsf = connected(tmp_path, emulator)
        with running(zsf, "--no-drain") as process:
            address(process)
            zsf("feed", zsf.write("events.jsonl", json.dumps(PURCHASE)))
            process.send_signal(signal.SIGTERM)
            assert process.read_to_end()[1:] == ("", "")
        assert json.loads(zsf("status", "--json").stdout)["pending"] == 1
