"""A command imports what it needs when it runs, and no other command's modules."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

import pytest

from tests.cli.zsf import PURCHASE, Zsf
from zsf_plugin.cli.commands import COMMANDS, build_parser
from zsf_plugin.cli.failures import UsageError
from zsf_plugin.cli.parsing import Parser

_LOADED = """
import sys
from zsf_plugin.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sorted(sys.modules), file=sys.stderr)
"""
LIBRARIES = {
    "cheroot",
    "cryptography",
    "flask",
    "inscriptis",
    "jmespath",
    "jsonschema",
    "lark",
    "lxml",
    "requests",
}
#: Parts of ours that `zsf status` has no use for.
PARTS = {"connect", "console", "emulator", "host", "provision", "salesforce"}
#: Data types that `zsf status` has no use for.
UNUSED = {
    *("model.badge", "model.changes", "model.describe", "model.event", "model.link"),
    *("model.lookup", "model.plan", "model.text", "model.tokens", "ports.crm", "ports.moments"),
    *("ports.store.entries", "ports.store.leases", "ports.store.outbox", "ports.store.pages"),
    *("ports.store.secrets", "ports.store.settlements", "ports.store.surveys", "ports.store.whole"),
    *("ports.store.facts", "ports.store.held_groups", "ports.store.history"),
    *("ports.store.workspaces",),
}
#: What `zsf status` needs only to say what is wrong, who works, or which rules are doubtful.
ON_DEMAND = {
    *("decision.pointless", "decision.possible", "decision.syntax_hints", "rulebook.violations"),
    *("sync.leases", "sync.org_lease", "wiring.orgs"),
}


def modules_loaded_by(zsf: Zsf, *arguments: str) -> set[str]:
    """The modules that are loaded when the command has run."""
    command = [sys.executable, "-c", _LOADED, *arguments]
    ended = subprocess.run(
        command, env=zsf.environment, capture_output=True, text=True, check=True, timeout=60
    )
    return set(ended.stderr.split())


def test_help_loads_nothing_but_the_list_of_commands(zsf: Zsf) -> None:
    modules = modules_loaded_by(zsf, "--help")
    assert not modules & (LIBRARIES | {"rich", "sqlite3"})
    assert {name for name in modules if name.startswith("zsf_plugin.cli.")} == {
        "zsf_plugin.cli.main",
        "zsf_plugin.cli.running",
        "zsf_plugin.cli.commands",
        "zsf_plugin.cli.parsing",
        "zsf_plugin.cli.streams",
    }
    assert not {f"zsf_plugin.{part}" for part in ("errors", "messages", "model")} & modules
    assert not modules & {"dataclasses", "inspect", "json", "logging", "pathlib", "threading"}
    assert not {f"zsf_plugin.{part}" for part in (*PARTS, "store", "wiring")} & modules
    assert not modules & {"difflib", "shtab"}


def test_a_drain_loads_neither_the_scheduler_nor_what_no_entry_needs(zsf: Zsf) -> None:
    modules = modules_loaded_by(zsf, "drain")
    assert "zsf_plugin.sync.drain" in modules
    assert not modules & (LIBRARIES | {"rich", "publicsuffixlist"})
    unneeded = ("sync.scheduler", "sync.surveys", "ports.store.whole", "console", "provision")
    assert not {f"zsf_plugin.{name}" for name in unneeded} & modules


def test_storing_events_loads_nothing_that_only_sends_them(zsf: Zsf) -> None:
    modules = modules_loaded_by(zsf, "feed", zsf.write("e.jsonl", json.dumps(PURCHASE)))
    assert "zsf_plugin.intake.intake" in modules
    assert not modules & {"flask", "jsonschema", "lxml", "requests", "rich", "publicsuffixlist"}
    unneeded = {"sync.context", "sync.drain", "wiring.drains", "model.lookup", "ports.store.whole"}
    assert not {f"zsf_plugin.{name}" for name in unneeded} & modules


def test_a_route_without_a_proxy_loads_nothing_about_proxies(zsf: Zsf) -> None:
    zsf.environment["SSL_CERT_FILE"] = str(zsf.folder)
    modules = modules_loaded_by(zsf, "status")
    assert "zsf_plugin.salesforce.route" in modules
    assert not modules & {"zsf_plugin.salesforce.proxies", "zsf_plugin.salesforce.addresses"}


def test_status_loads_neither_other_commands_nor_the_salesforce_adapter(zsf: Zsf) -> None:
    modules = modules_loaded_by(zsf, "status")
    assert not modules & (LIBRARIES | {"rich"})
    assert not {f"zsf_plugin.{part}" for part in PARTS} & modules
    assert not {f"zsf_plugin.{name}" for name in UNUSED | ON_DEMAND} & modules
    assert not modules & {"difflib", "random", "secrets", "shutil", "socket", "zipfile"}
    others = {command.module for command in COMMANDS} - {"cli.status"}
    assert not {f"zsf_plugin.{name}" for name in others} & modules


def test_a_command_that_is_named_needs_the_parser_of_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = build_parser("status")
    assert parser.parse_args(["status"]).workspace == "default"
    with pytest.raises(UsageError):
        parser.parse_args(["drain"])
    build_parser("stats").print_help()
    shown = capsys.readouterr().out
    assert all(f"    {command.name} " in shown for command in COMMANDS)


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_each_command_in_the_list_adds_its_own_arguments(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: zsf {name}" in capsys.readouterr().out


@pytest.mark.parametrize("columns", ["50", " 60 ", "0", "-3", "wide", None])
def test_help_is_as_wide_as_argparse_makes_it(
    columns: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if columns is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", columns)
    theirs = argparse.ArgumentParser(prog="zsf", description="word " * 50, add_help=False)
    ours = Parser(prog="zsf", description="word " * 50)
    theirs.add_argument("-h", "--help", action="help", help="Show this help and exit")
    assert ours.format_help() == theirs.format_help()
