"""The quick starts: their commands run, their code runs, and what they show is what happens."""

from __future__ import annotations

import io
import json
import re
import shlex
import signal
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from tests.cli.zsf import Zsf
from tests.docs.test_documents import ROOT, blocks
from tests.forked_commands import ReadCommand
from zsf_plugin.cli.commands import build_parser
from zsf_plugin.cli.scripted_browser import allow

ADMIN = (ROOT / "docs" / "quick-start-admin.md").read_text(encoding="utf-8")
HOST = (ROOT / "docs" / "quick-start-host.md").read_text(encoding="utf-8")
PAGES = {
    name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("quick-start-admin", "quick-start-host", "connect", "troubleshooting")
}
#: What people read in the console: templates, and the words that Python gives them.
SCREENS = "\n".join(
    path.read_text(encoding="utf-8")
    for pattern in ("*.html", "*.py")
    for path in (ROOT / "zsf_plugin" / "console").rglob(pattern)
)
PROGRAM = ".venv/bin/zsf "
URL = "http://127.0.0.1:8642"


@contextmanager
def running(zsf: Zsf, *arguments: str) -> Iterator[tuple[ReadCommand, str]]:
    """A command that serves or waits, and its first word of output that is an address."""
    process = ReadCommand(arguments, zsf.environment)
    try:
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.read_to_end()


def commands_of(page: str) -> list[list[str]]:
    """The arguments of each `zsf` command of a page, in order."""
    lines = "\n".join(blocks(page, "sh")).splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith(PROGRAM)]


@pytest.mark.parametrize("name", PAGES)
def test_each_command_is_one(name: str) -> None:
    lines = "\n".join(blocks(PAGES[name], "sh")).splitlines()
    for line in lines:
        command = line.removeprefix(".venv/bin/")
        if command.startswith("zsf "):
            assert build_parser().parse_args(shlex.split(command, comments=True)[1:]).run, line


@pytest.mark.parametrize("name", ["quick-start-admin", "connect", "troubleshooting"])
def test_bold_names_on_a_page_exist_in_the_console(name: str) -> None:
    labels = set(re.findall(r"\*\*([^*]+)\*\*", PAGES[name].replace("\n", " ")))
    assert [label for label in labels if label not in SCREENS] == []


def test_the_admins_commands_bring_up_a_console_with_the_events_waiting(zsf: Zsf) -> None:
    emulator, feed, console = commands_of(ADMIN)
    assert emulator == ["emulator", "--port", "8642"]
    assert console == ["console"]
    with running(zsf, "emulator"), running(zsf, "console", "--port", "0") as (_, url):
        fed = zsf(feed[0], str(ROOT / feed[1]), "--json")
        assert json.loads(fed.stdout)["accepted"] == 3
        with urllib.request.urlopen(url, timeout=30) as answer:
            page = answer.read().decode()
    assert "Six steps to go" in page
    assert "3 waiting entries" in page


@pytest.fixture
def zsf(tmp_path: Path) -> Zsf:
    return Zsf(tmp_path)


def connect(zsf: Zsf, url: str) -> None:
    """`zsf connect`, with a browser that allows access."""
    arguments = ("connect", "--login-url", url, "--no-browser", "--redirect-port", "0")
    with running(zsf, *arguments) as (process, address):
        answer = allow(address)
        (callback,) = re.findall(r"redirect_uri=([^&]+)", address)
        query = urllib.parse.urlencode(answer)
        with urllib.request.urlopen(f"{urllib.parse.unquote(callback)}?{query}", timeout=30):
            pass
        assert process.wait() == 0


def run_host(zsf: Zsf) -> None:
    """The page's host, with its folders in the place of the test."""
    (code,) = blocks(HOST, "python")
    for folder in ("config", "data"):
        assert f"/tmp/zsf-host/{folder}" in code
    exec(code.replace("/tmp/zsf-host", str(zsf.folder)), {})


def test_the_hosts_hook_receipt_record_and_line_are_as_shown(zsf: Zsf) -> None:
    receipt, record, line = (json.loads(block) for block in blocks(HOST, "json"))
    with running(zsf, "emulator") as (_, url):
        connect(zsf, url)
        with redirect_stdout(io.StringIO()) as printed:
            run_host(zsf)
        assert printed.getvalue() == f"{receipt}\n"
        assert zsf("drain").returncode == 0
        with urllib.request.urlopen(f"{url}/_emulator/records", timeout=30) as answer:
            records: dict[str, list[dict[str, Any]]] = json.load(answer)
    (lead,) = records["Lead"]
    assert {name: lead[name] for name in record} == record
    fed = zsf("feed", zsf.write("events.jsonl", json.dumps(line) + "\n"), "--json")
    assert json.loads(fed.stdout)["duplicate"] == 1
