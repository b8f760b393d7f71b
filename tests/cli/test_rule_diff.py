"""`zsf rules diff`: folders, git revisions and the rules in force, compared on the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.zsf import Zsf
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.rule_places import rule_place

CONTACTS = 'mode = "contact"\n'
EVENTS = ("--events", "50")


def diff(zsf: Zsf, *arguments: str, code: int) -> dict[str, Any]:
    done = zsf("rules", "diff", *arguments, *EVENTS, "--json")
    assert done.returncode == code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false")
    subprocess.run(("git", *who, *arguments), cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with a folder of rules, which were edited since the commit; it is the
    current folder."""
    folder = tmp_path / "repository"
    (folder / "rules").mkdir(parents=True)
    file = folder / "rules" / "10.toml"
    file.write_text("")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "Rules")
    file.write_text(CONTACTS)
    monkeypatch.chdir(folder)
    return folder


def test_a_folder_does_not_differ_from_itself(zsf: Zsf) -> None:
    zsf.write("a/10.toml", CONTACTS)
    folder = str(zsf.folder / "a")
    assert diff(zsf, folder, folder, code=0)["differences"] == []
    shown = zsf("rules", "diff", folder, folder, *EVENTS)
    assert shown.stdout == "No difference found in 50 events\n"


def test_each_difference_has_an_event_that_explain_takes(zsf: Zsf) -> None:
    a, b = zsf.write("a.toml", ""), zsf.write("b.toml", CONTACTS)
    document = diff(zsf, a, b, code=1)
    (difference,) = document["differences"]
    assert document["tried"] == 50
    assert (difference["object"], difference["field"]) == (None, "mode")
    assert (difference["a"], difference["b"]) == ("lead", "contact")
    explained = zsf("rules", "explain", "-", "--json", stdin=json.dumps(difference["event"]))
    assert json.loads(explained.stdout)["plan"]["mode"] == "lead"


def test_a_person_sees_a_line_for_each_difference(zsf: Zsf) -> None:
    a = zsf.write("a.toml", "")
    b = zsf.write("b.toml", 'mode = "contact"\n[activity.sms]\nSubject = "touchpoint.url"\n')
    shown = zsf("rules", "diff", a, b, *EVENTS).stdout
    assert f"From {a} to {b}" in shown
    assert "touchpoint.channel sms" in shown
    assert shown.endswith("2 differences found in 50 events\n")


def test_the_rules_in_force_are_compared_with_a_folder(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", CONTACTS)
    edited = zsf.write("edited/10.toml", "")
    (difference,) = diff(zsf, "--live", str(Path(edited).parent), code=1)["differences"]
    assert (difference["a"], difference["b"]) == ("contact", "lead")


def test_a_config_folder_has_the_rules_of_the_workspace(zsf: Zsf) -> None:
    zsf.write("a/rules/10.toml", "")
    zsf.write("b/rules/10.toml", "")
    zsf.write("b/workspaces/default/rules/10.toml", CONTACTS)
    a, b = str(zsf.folder / "a"), str(zsf.folder / "b")
    assert len(diff(zsf, a, b, code=1)["differences"]) == 1


def test_a_wrong_file_is_a_finding(zsf: Zsf) -> None:
    a, b = zsf.write("a.toml", ""), zsf.write("b.toml", "mod = 1\n")
    document = diff(zsf, a, b, code=1)
    assert [(one["file"], one["line"]) for one in document["findings"]] == [(b, 1)]


def test_a_file_that_does_nothing_any_more_is_named_as_it_was_given(
    zsf: Zsf, repository: Path
) -> None:
    low = repository / "rules" / "10.toml"
    high = repository / "rules" / "20.toml"
    high.write_text(CONTACTS)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "More rules")
    high.unlink()
    (unreachable,) = diff(zsf, "rules", "HEAD:rules", code=1)["unreachable"]
    assert (unreachable["file"], unreachable["line"]) == (f"HEAD:rules/{low.name}", 1)
    assert unreachable["why"].endswith("HEAD:rules/20.toml")


def test_a_git_revision_is_compared_with_the_files_now(zsf: Zsf, repository: Path) -> None:
    (difference,) = diff(zsf, "HEAD:rules", "rules", code=1)["differences"]
    assert (difference["a"], difference["b"]) == ("lead", "contact")
    assert diff(zsf, "HEAD:rules/10.toml", "HEAD:rules", code=0)["differences"] == []
    assert diff(zsf, "HEAD:", "HEAD:rules", code=0)["differences"] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("HEAD:nowhere", "path 'nowhere' does not exist in 'HEAD'"),
        ("never:rules", "invalid object name 'never'; "),
        ("--output=x:rules", "no git revision"),
        ("nowhere", "there is no folder or file"),
        ("C:\\rules", "there is no folder or file"),
        ("C:/rules", "there is no folder or file"),
        (":rules", "no git revision"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    repository: Path, text: str, reason: str
) -> None:
    with pytest.raises(CommandError) as refused, rule_place(text):
        pass
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_wrong_revision_is_no_difference(zsf: Zsf, repository: Path) -> None:
    done = zsf("rules", "diff", "HEAD:nowhere", "rules")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("zsf: git: ")


def test_an_existing_path_is_no_revision(repository: Path) -> None:
    folder = repository / "HEAD:rules"
    folder.mkdir()
    with rule_place("HEAD:rules") as place:
        assert place.path == Path("HEAD:rules")


def test_links_of_a_revision_are_not_followed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "rules" / "20.toml").symlink_to("/etc/passwd")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "A link")
    with rule_place("HEAD:rules") as place:
        assert [file.name for file in place.path.iterdir()] == ["10.toml"]
    assert "20.toml" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("a",), ("--live",), ("--live", "a", "b")])
def test_two_sets_of_rules_are_needed(zsf: Zsf, arguments: tuple[str, ...]) -> None:
    done = zsf("rules", "diff", *arguments)
    assert done.returncode == 2
    assert "give two sets of rules" in done.stderr
