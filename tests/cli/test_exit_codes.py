"""What the exit code of a command says of its work, also when nobody reads its output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_conventions import parsers
from tests.cli.zsf import PURCHASE, Zsf
from tests.forked_commands import start_command
from zsf_plugin.cli.commands import build_full_parser
from zsf_plugin.cli.explain_report import Explained
from zsf_plugin.cli.feeding import Tally
from zsf_plugin.explain import EventExplanation
from zsf_plugin.explain.explanation import NO_CALLS
from zsf_plugin.model import Cause, Changes, Event, Rules

FAILING = """[[case]]
name = "Not so"
event = { workspace = "default", event_id = "1", occurred_at = "2026-11-20T10:00:00Z", \
prospect = { id = "p1", last_name = "Falk" }, user = {} }
expect = { mode = "contact" }
"""


def unread(zsf: Zsf, *arguments: str) -> tuple[int, str]:
    """The exit code and stderr of a command whose stdout nobody reads."""
    errors = zsf.folder / "stderr.txt"
    read, written = os.pipe()
    os.close(read)
    with errors.open("w") as reported, open(os.devnull) as nothing:
        streams = (nothing.fileno(), written, reported.fileno())
        command = start_command(arguments, zsf.environment, streams)
    os.close(written)
    return command.wait(), errors.read_text()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--help",), 0),
        (("--version",), 0),
        (("status",), 0),
        (("outbox", "list", "--json"), 0),
        (("rules", "show"), 0),
        (("rules", "check"), 1),
        (("rules", "check", "--json"), 1),
        (("rules", "test", "cases"), 1),
        (("rules", "test", "cases", "--junit", "-"), 1),
        (("drain",), 1),
        (("feed", "wrong.jsonl"), 1),
        (("rules", "replay", "wrong.jsonl"), 1),
        (("outbox", "show", "none", "--json"), 2),
        (("outbox", "export"), 141),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_command_whose_output_nobody_reads_ends_with_the_code_of_its_work(
    zsf: Zsf, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int
) -> None:
    monkeypatch.chdir(zsf.folder)
    zsf.write("config/rules/10.toml", "[switches]\nsync_prospect = true\n")
    zsf.write("cases/a.test.toml", FAILING)
    zsf.write("wrong.jsonl", "no event\n")
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    ended, errors = unread(zsf, *arguments)
    assert ended == code
    assert "Traceback" not in errors
    assert "pipe" not in errors


def test_what_a_command_changes_is_changed_also_if_nobody_reads_what_it_says(zsf: Zsf) -> None:
    assert unread(zsf, "feed", zsf.write("one.jsonl", json.dumps(PURCHASE)))[0] == 0
    assert json.loads(zsf("status", "--json").stdout)["pending"] == 1


def test_the_process_itself_ends_quietly_when_nobody_reads(zsf: Zsf) -> None:
    read, written = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "zsf_plugin", "rules", "check"]
    zsf.write("config/rules/10.toml", "[switches]\nsync_prospect = true\n")
    done = subprocess.run(
        command, stdout=written, stderr=subprocess.PIPE, env=zsf.environment, check=False
    )
    os.close(written)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("outcome", "is_finding"),
    [
        ("accepted", False),
        ("duplicate", False),
        ("skipped", False),
        ("held", True),
        ("refused", True),
    ],
)
def test_a_line_to_correct_is_a_finding_of_feed(outcome: str, *, is_finding: bool) -> None:
    tally = Tally()
    tally.count(1, "accepted", None)
    tally.count(2, outcome, None)
    assert tally.has_findings() is is_finding


@pytest.mark.parametrize("cause", [None, Cause("REQUIRED_FIELD_MISSING", "Lead", "Industry")])
def test_an_event_that_would_be_held_is_a_finding_of_explain(cause: Cause | None) -> None:
    event = Event("purchase", "default", "e1", "2026-11-01T10:00:00Z", {})
    explanation = EventExplanation(event, Rules(), NO_CALLS, changes=Changes(cause=cause))
    assert Explained(explanation, ()).is_held() is (cause is not None)


def test_the_page_has_a_row_of_findings_only_for_commands_that_exist() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    table = page.partition("| command | its findings |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    named = [name.strip(" `") for row in rows for name in row.split(",")]
    known = {parser.prog.removeprefix("zsf ") for parser in parsers(build_full_parser())}
    assert named
    assert {name.partition(" --")[0] for name in named} <= known
