"""`zsf rules diff`: folders, git revisions and the rules in force, compared on the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.zsf import Zsf
from zsf_plugin.authoring.rule_sets import read_rule_set
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


def test_a_changed_key_that_no_event_gave_a_value_is_named(zsf: Zsf) -> None:
    unmet = "prospect.custom.a == 'x' && prospect.custom.a == 'y'"
    a, b = zsf.write("a.toml", ""), zsf.write("b.toml", f'# never\nwhen = "{unmet}"\n{CONTACTS}')
    assert diff(zsf, a, b, code=0)["not_exercised"] == [{"key": "when", "file": b, "line": 2}]
    shown = zsf("rules", "diff", a, b, *EVENTS).stdout
    assert shown == (
        f"not exercised: when ({b}:2)\nNo difference found in 50 events; 1 key was not exercised\n"
    )


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


@pytest.mark.parametrize(
    ("sides", "named"),
    [(("wrong", "right"), ["a"]), (("right", "wrong"), ["b"]), (("wrong", "wrong"), ["a", "b"])],
)
def test_a_wrong_file_of_either_side_is_a_finding_as_of_a_check(
    zsf: Zsf, sides: tuple[str, str], named: list[str]
) -> None:
    zsf.write("right/10.toml", "")
    zsf.write("wrong/10.toml", "mode = lead\n")
    a, b = (str(zsf.folder / side) for side in sides)
    (found,) = diff(zsf, a, b, code=1)["findings"]
    checked = json.loads(zsf("rules", "check", f"{zsf.folder}/wrong", "--json").stdout)
    assert found == {**checked["findings"][0], "sides": named}
    assert (found["code"], found["line"], found["column"]) == ("INVALID", 1, 8)
    shown = zsf("rules", "diff", a, b, *EVENTS)
    assert shown.stderr == f"{' and '.join(named)}: {found['file']}:1:8: {found['message']}\n"
    assert shown.stdout.endswith(" found in 50 events, 1 finding\n")


def test_a_wrong_file_in_force_is_a_finding_of_the_side_before(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", "mod = 1\n")
    b = zsf.write("b.toml", "")
    (found,) = diff(zsf, "--live", b, code=1)["findings"]
    assert (found["file"], found["sides"]) == ("rules/10.toml", ["a"])


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


def test_a_link_that_leads_out_of_a_revision_is_a_finding_and_never_followed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "rules" / "20.toml").symlink_to("/etc/passwd")
    (repository / "rules" / "out").symlink_to("/etc")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "A link")
    with rule_place("HEAD:rules") as place:
        found = read_rule_set(place.path, "default", name=place.name).findings
    assert [(one.file, one.message.split(";")[0]) for one in found] == [
        ("HEAD:rules/20.toml", "a symbolic link to a file that is not there"),
        ("HEAD:rules/out", found[1].message.split(";")[0]),
    ]
    assert "'20.toml' leads out of the revision" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("a",), ("--live",), ("--live", "a", "b")])
def test_two_sets_of_rules_are_needed(zsf: Zsf, arguments: tuple[str, ...]) -> None:
    done = zsf("rules", "diff", *arguments)
    assert done.returncode == 2
    assert "give two sets of rules" in done.stderr


def _like_a_folder(repository: Path) -> None:
    """All that may lie in a folder of rules besides rules."""
    rules, shared = repository / "rules", repository / "shared"
    for name, text in {
        "20-wrong.toml": "mod = 1\n",
        "30-stray.yaml": "mode: lead\n",
        ".40-hidden.toml": CONTACTS,
        "50.test.toml": "case = 1\n",
        "50.event.json": "{}",
        "eu/60.toml": "[switches]\ninclude_contents = false\n",
        "eu/deep/er/70.toml": CONTACTS,
        "README.md": "Rules",
        "90-latin.toml": "mode = lead # \N{LATIN SMALL LETTER O WITH DIAERESIS}",
        "95-large.toml": "#" * 140_000,
        "sp ace\n.toml": "mode = 2",
    }.items():
        (rules / name).parent.mkdir(parents=True, exist_ok=True)
        (rules / name).write_text(text)
    shared.mkdir()
    (shared / "80.toml").write_text("swiches = 1\n")
    (rules / "80-link.toml").symlink_to("../shared/80.toml")
    (rules / "81-nowhere.toml").symlink_to("gone.toml")
    (rules / "82-itself.toml").symlink_to("82-itself.toml")
    (rules / "83-through-a-file.toml").symlink_to("10.toml/x")
    (rules / "84-folder").symlink_to("../shared")
    (rules / "eu" / "85-folder").symlink_to("../../shared")
    (rules / "86-circle").symlink_to("..")
    (repository / "alias").symlink_to("rules")


@pytest.mark.parametrize(
    "place",
    [
        "rules",
        "rules/",
        "./rules",
        ".",
        "alias",
        "rules/eu",
        "rules/80-link.toml",
        "alias/30-stray.yaml",
        "shared",
    ],
)
def test_a_revision_is_checked_as_the_folder_of_the_same_content(
    repository: Path, place: str
) -> None:
    _like_a_folder(repository)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "More")
    text = "HEAD:" if place == "." else f"HEAD:{place}"
    folder = read_rule_set(repository / place, "default", name="PLACE")
    with rule_place(text) as revision:
        read = read_rule_set(revision.path, "default", name="PLACE")
    assert read.findings == folder.findings
    assert [(rule.file, rule.layer, rule.document) for rule in read.rules.rules] == [
        (rule.file, rule.layer, rule.document) for rule in folder.rules.rules
    ]
    assert folder.findings or place == "rules/eu"


def test_a_revision_is_read_from_a_folder_of_the_repository_too(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "rules")
    for text in ("HEAD:./", "HEAD:../rules", "HEAD:rules"):
        with rule_place(text) as place:
            assert [file.name for file in place.path.iterdir()] == ["10.toml"]
