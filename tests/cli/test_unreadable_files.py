"""Files and folders that cannot be read: each is a finding or an error with its name and what to do,
and what is left is never called the whole."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from tests.authoring.running import case, run
from tests.cli.zsf import Zsf
from zsf_plugin.cli.case_paths import case_paths
from zsf_plugin.cli.chosen_rules import rule_files
from zsf_plugin.cli.failures import CommandError, failure_of
from zsf_plugin.cli.given_paths import is_there, require_paths
from zsf_plugin.cli.rewriting_report import FailedFile
from zsf_plugin.rulebook.drafts import read_drafts
from zsf_plugin.rulebook.rulebook import shipped_rules

ACTIONS = ("check", "test", "fmt")


def refused(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied", "secret")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("folder.toml", "not a regular file; only files of text are read, so move what is there"),
        ("pipe.toml", "not a regular file; only files of text are read, so move what is there"),
        ("nowhere.toml", "a symbolic link to a file that is not there; restore the file, or"),
        ("itself.toml", "cannot be read (Too many levels of symbolic links); check its"),
        ("wrong.toml", "unknown key 'mod'; did you mean 'mode'?"),
    ],
)
def test_keys_of_a_file_that_cannot_be_read_are_not_counted_and_that_is_said(
    zsf: Zsf, name: str, words: str
) -> None:
    zsf.write("rules/a.test.toml", case(""))
    path = zsf.folder / "rules" / name
    make = {
        "folder.toml": path.mkdir,
        "pipe.toml": lambda: os.mkfifo(path),
        "nowhere.toml": lambda: path.symlink_to("gone"),
        "itself.toml": lambda: path.symlink_to(name),
        "wrong.toml": lambda: path.write_text("mod = 1"),
    }
    make[name]()
    ran = zsf("rules", "test", f"{zsf.folder}/rules", "--json")
    document = json.loads(ran.stdout)
    coverage = {"percent": 0.0, "keys": 0, "covered": 0, "not_counted": [str(path)]}
    assert (ran.returncode, document["coverage"]) == (1, {**coverage, "uncovered": []})
    (finding,) = document["findings"]
    assert (finding["file"], words in finding["message"]) == (str(path), True)
    shown = zsf("rules", "test", f"{zsf.folder}/rules").stdout
    assert shown.endswith(
        "1 case: 1 passed, 0 failed, 1 finding\n"
        "Coverage: 0 % (0 of 0 keys, without those of 1 file)\n"
    )


@pytest.mark.parametrize("name", ["pipe.test.toml", "nowhere.test.toml"])
def test_a_file_of_cases_that_cannot_be_read_is_a_finding(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.startswith("pipe"):
        os.mkfifo(path)
    else:
        path.symlink_to("gone")
    (finding,) = run(tmp_path).refused
    assert (finding.file, "; " in finding.message) == (str(path), True)


@pytest.mark.parametrize("action", ["test", "fmt"])
@pytest.mark.parametrize("place", ["config", "config/rules"])
def test_a_file_in_place_of_a_folder_is_an_error(zsf: Zsf, action: str, place: str) -> None:
    zsf.write(place, "")
    done = zsf("rules", action, "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (2, "not_a_folder")
    assert f"{place} is no folder" in error["message"]
    assert error["hint"].startswith("move what is there elsewhere")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_link_to_itself_is_an_error(zsf: Zsf, action: str) -> None:
    loop = zsf.folder / "loop"
    loop.symlink_to("loop")
    done = zsf("rules", action, str(loop), "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (2, "unreadable")
    assert error["hint"].startswith("a symbolic link leads to itself")


def test_a_path_that_may_not_be_looked_at_is_not_taken_for_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "stat", refused)
    with pytest.raises(CommandError, match="Permission denied; let this user read") as error:
        is_there(tmp_path)
    assert error.value.code == "unreadable"
    with pytest.raises(CommandError, match="Permission denied"):
        require_paths([tmp_path], "")


def test_a_folder_of_rules_or_cases_that_may_not_be_listed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules").mkdir()
    shipped_rules()  # which are read once
    monkeypatch.setattr(os, "scandir", refused)
    monkeypatch.setattr(os, "listdir", refused)
    for read in (
        lambda: case_paths([tmp_path], tmp_path),
        lambda: case_paths([], tmp_path),
    ):
        with pytest.raises(CommandError) as error:
            read()
        assert (error.value.code, "let this user read" in error.value.hint) == ("unreadable", True)
    (failed,) = rule_files([tmp_path])
    assert isinstance(failed, FailedFile)
    assert (failed.code, "let this user read" in failed.hint) == ("unreadable", True)
    (finding,) = read_drafts([tmp_path]).findings
    assert "the folder cannot be read (Permission denied); make it one this" in finding.message


def test_a_rule_file_that_may_not_be_looked_at_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "stat", refused)
    drafts = read_drafts([tmp_path / "10.toml"])
    assert drafts.missing == ()
    assert drafts.findings[0].message == "cannot be read (Permission denied); check its permissions"


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.ENOTDIR, errno.EIO])
def test_what_the_system_refuses_has_a_hint(number: int) -> None:
    failure = failure_of(OSError(number, os.strerror(number), "a"))
    assert failure.code == "system"
    assert failure.lines == (f"zsf: a: {os.strerror(number)}; {failure.hint}",)


@pytest.mark.parametrize("key", ["rules", "event_file"])
def test_a_name_that_no_path_can_have_leads_nowhere(tmp_path: Path, key: str) -> None:
    more = 'rules = ["a\\u0000"]\n' if key == "rules" else ""
    text = more + case("")
    if key == "event_file":
        text = '[[case]]\nname = "x"\nevent_file = "a\\u0000"\n[case.expect]\n'
    (tmp_path / "a.test.toml").write_text(text)
    (finding,) = run(tmp_path).refused
    assert "there is no" in finding.message
