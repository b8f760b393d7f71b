"""One file has one name in all that `zsf rules` says: the plainest, relative to where its folder
was given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.zsf import Zsf
from zsf_plugin.cli.running import run

WRONG = 'mod = "lead"\n'
CASE = """\
[[case]]
name = "n"
event = { workspace = "default", event_id = "1", occurred_at = "2026-11-20T10:00:00Z", prospect = { id = "p1", last_name = "Falk" }, user = { id = "u1" } }
expect = { mode = "lead" }
"""


@pytest.fixture
def rules(zsf: Zsf, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of rules with a wrong file and a case; it is the current folder."""
    for name, value in zsf.environment.items():
        monkeypatch.setenv(name, value)
    zsf.write("rules/x.toml", WRONG)
    zsf.write("rules/y.toml", 'mode = "lead"\n')
    folder = Path(zsf.write("rules/x.test.toml", CASE)).parent
    (zsf.folder / "other").mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("place", [".", "./", "../rules/.", "../rules/"])
@pytest.mark.parametrize(
    "command",
    [("check",), ("fmt", "--check"), ("migrate", "--check"), ("test",), ("diff", "../other")],
    ids=lambda command: command[0],
)
def test_a_file_is_named_alike_by_every_command_and_spelling(
    rules: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], place: str
) -> None:
    run(["rules", *command, place, "--json"])
    document = json.loads(capsys.readouterr().out)
    named = [finding["file"] for finding in document["findings"]]
    folder = "" if place.startswith("./") or place == "." else "../rules/"
    assert named == [f"{folder}x.toml"]


@pytest.mark.parametrize("name", ["x.toml", "./x.toml", ".//x.toml"])
def test_a_file_that_is_named_alone_is_too(
    rules: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    for command in ("check", "fmt", "migrate"):
        run(["rules", command, name])
        assert capsys.readouterr().out.startswith("x.toml:1: /mod: unknown key")


def test_a_key_that_no_case_reaches_is_in_a_file_of_that_name(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "x.toml").write_text('when = "prospect.id == \'p2\'"\nmode = "contact"\n')
    run(["rules", "test", ".", "--json"])
    uncovered = json.loads(capsys.readouterr().out)["coverage"]["uncovered"]
    assert {key["file"] for key in uncovered} == {"x.toml"}


def test_what_is_said_of_a_file_is_not_rewritten_by_its_folders_name(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder `.` is in each sentence that has a full stop, and `r` in most words."""
    (rules / "r").mkdir()
    (rules / "r" / "x.toml").write_text(WRONG)
    run(["rules", "diff", "../other", "r/", "--events", "20"])
    assert (
        capsys.readouterr().err == "b: r/x.toml:1: /mod: unknown key 'mod'; did you mean 'mode'?\n"
    )
