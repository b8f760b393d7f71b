"""docs/configuration.md and docs/operations.md: every variable, setting and file is listed, and the
commands and files that they show work."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.zsf import PURCHASE, Zsf
from tests.docs.test_documents import ROOT, blocks
from zsf_plugin.cli.commands import build_parser
from zsf_plugin.messages.store import NO_COPY_OF_POSTGRES
from zsf_plugin.settings import (
    DEFAULT_BADGES_DEADLINE_S,
    DEFAULT_READ_TIMEOUT_S,
    MAX_READ_TIMEOUT_S,
    MIN_READ_TIMEOUT_S,
    from_environment,
)

CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DEPLOY = ROOT / "docs" / "deploy"


@pytest.fixture
def zsf(tmp_path: Path) -> Zsf:
    return Zsf(tmp_path)


def row(name: str) -> str:
    (line,) = (line for line in CONFIGURATION.splitlines() if line.startswith(f"| `{name}`"))
    return line


def test_each_variable_that_the_code_names_is_listed() -> None:
    sources = (ROOT / "zsf_plugin").rglob("*.py")
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    variables = set(re.findall(r"\b(?:ZSF|XDG)_[A-Z_]+[A-Z]\b", code))
    assert variables
    assert {name for name in variables if f"`{name}`" not in CONFIGURATION} == set()


def test_each_default_is_the_codes() -> None:
    settings = from_environment({"HOME": "/home/ada"})
    assert str(settings.config_dir).replace("/home/ada", "~") in row("ZSF_CONFIG_DIR")
    assert str(settings.data_dir).replace("/home/ada", "~") in row("ZSF_DATA_DIR")
    base = from_environment({"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"})
    assert (base.config_dir, base.data_dir) == (Path("/c/zsf"), Path("/d/zsf"))
    assert "`$XDG_CONFIG_HOME/zsf` and `$XDG_DATA_HOME/zsf`" in row("XDG_CONFIG_HOME")
    timeout = row("ZSF_READ_TIMEOUT_S")
    assert f"| {DEFAULT_READ_TIMEOUT_S:g} |" in timeout
    assert f"{MIN_READ_TIMEOUT_S:g} to {MAX_READ_TIMEOUT_S:g}" in timeout
    assert f"| {DEFAULT_BADGES_DEADLINE_S:g} |" in row("badges_deadline_s")
    assert f'| `"{settings.drain}"` |' in row("drain")


def test_each_file_that_is_written_is_listed_with_its_mode(zsf: Zsf) -> None:
    zsf("init")
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    data = zsf.folder / "data"
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    for path in data.iterdir():
        name = path.name if path.name.count("-") == 0 else path.name.partition("-")[0]
        assert f"`DATA/{name}`" in CONFIGURATION
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = {path.name for path in (zsf.folder / "config").rglob("*.*")}
    assert written == {"10-rules.toml", "rule.schema.json"}


def commands_in(text: str) -> list[list[str]]:
    """The arguments of each `zsf` that a text runs, without shell around it."""
    found = re.findall(r"\bzsf ((?:worker|drain|status|feed)\b[^\n|&`\"\]']*)", text)
    return [shlex.split(one) for one in found]


def test_units_and_images_run_commands_that_exist() -> None:
    unit = (DEPLOY / "zsf-worker.service").read_text(encoding="utf-8")
    image = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    (started,) = re.findall(r"^CMD (\[.*\])$", image, re.MULTILINE)
    commands = [*commands_in(unit), json.loads(started)[1:], *commands_in(OPERATIONS)]
    for command in commands:
        assert build_parser().parse_args([*command]).run


def test_the_image_is_built_from_files_that_exist() -> None:
    image = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (.+) \S+$", image, re.MULTILINE)
    assert len(copied) >= 4
    assert [path for line in copied for path in line.split() if not (ROOT / path).exists()] == []


def test_services_are_given_more_time_to_stop_than_a_worker_takes() -> None:
    from zsf_plugin.ports import WORKER_STOP_TIMEOUT_S

    unit = (DEPLOY / "zsf-worker.service").read_text(encoding="utf-8")
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert int(seconds) > WORKER_STOP_TIMEOUT_S
    assert f"--stop-timeout {seconds}" in OPERATIONS


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "zsf-worker.service").read_text(encoding="utf-8")
    unit = tmp_path / "zsf-worker.service"
    unit.write_text(text.replace("/opt/zsf/.venv/bin/zsf", "/bin/true").replace("=zsf", "=root", 1))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert "zsf-worker.service" not in done.stderr, done.stderr


def test_a_backup_is_private_and_can_be_restored(zsf: Zsf, tmp_path: Path) -> None:
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    (script,) = re.findall(r"^docs/deploy/\S+", "\n".join(blocks(OPERATIONS, "sh")), re.MULTILINE)
    done = subprocess.run(
        [str(ROOT / script), str(tmp_path / "data"), str(tmp_path / "backups")],
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    copy = Path(done.stdout.strip())
    assert {path.name for path in copy.iterdir()} == {"zsf.sqlite3", "secret.key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in copy.iterdir()} == {0o600}
    zsf.environment["ZSF_DATA_DIR"] = str(copy)
    assert json.loads(zsf("status", "--json").stdout)["pending"] == 1


def test_the_example_of_health_answers_with_the_keys_shown(zsf: Zsf) -> None:
    section = OPERATIONS.partition("## Health")[2].partition("## ")[0]
    (command,) = re.findall(r"^\$ zsf (.+)$", section, re.MULTILINE)
    (shown,) = map(json.loads, blocks(section, "json"))
    done = zsf(*shlex.split(command))
    assert done.returncode == 0
    assert json.loads(done.stdout).keys() == shown.keys()
    rows = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert rows == list(shown)


def test_the_probes_of_kubernetes_succeed(zsf: Zsf) -> None:
    commands = re.findall(r"command: (\[.*\])", "".join(blocks(OPERATIONS, "yaml")))
    assert len(commands) == 2
    for command in map(json.loads, commands):
        assert command[0] == "zsf"
        assert zsf(*command[1:]).returncode == 0


def test_the_example_of_a_backup_makes_one(zsf: Zsf) -> None:
    (file,) = re.findall(r"^\$ zsf backup (\S+)$", OPERATIONS, re.MULTILINE)
    copy = zsf.folder / Path(file).name
    assert zsf("backup", str(copy)).returncode == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_the_commands_for_postgresql_are_those_that_the_error_names() -> None:
    options = NO_COPY_OF_POSTGRES.partition("pg_dump ")[2].partition("FILE")[0]
    assert f"pg_dump {options}" in OPERATIONS


def test_each_key_to_monitor_is_in_the_status(zsf: Zsf) -> None:
    document = json.loads(zsf("status", "--json").stdout)
    table = OPERATIONS.partition("## Monitoring")[2]
    keys = re.findall(r"`([\w.]+)`", "\n".join(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)))
    assert len(keys) >= 6
    for key in keys:
        value = document
        for name in key.split("."):
            value = value[name]


def test_the_check_fails_while_someone_has_to_act(zsf: Zsf) -> None:
    line = blocks(OPERATIONS, "sh")[-1].strip()
    program = shlex.split(line.partition(" | ")[2])[1:]
    status = zsf("status", "--json").stdout
    codes = {
        text: subprocess.run(
            [sys.executable, *program], input=text, text=True, check=False
        ).returncode
        for text in (status, status.replace('"not_connected"', "null", 1))
    }
    assert list(codes.values()) == [1, 0]
