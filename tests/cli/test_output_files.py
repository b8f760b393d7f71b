"""Files that options name for commands to write: `-` is stdout, and nothing is lost that a person wrote."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.authoring.running import case
from tests.cli.zsf import PURCHASE, Zsf

EVENT = json.dumps(PURCHASE)


@pytest.fixture
def place(zsf: Zsf) -> Zsf:
    """A place with rules, cases, events and an entry."""
    zsf.write("rules/10.toml", 'mode = "contact"\n')
    zsf.write("rules/empty.toml", "")
    zsf.write("rules/a.test.toml", case('mode = "contact"'))
    zsf.write("rules/a.event.json", EVENT)
    zsf.write("events.jsonl", f"{EVENT}\n")
    zsf.write("notes.txt", "Mine\n")
    zsf("feed", str(zsf.folder / "events.jsonl"))
    return zsf


WRITING = {
    "export": ("outbox", "export", "--output"),
    "replay": ("rules", "replay", "{}/events.jsonl", "--against", "{}/rules", "--output"),
    "junit": ("rules", "test", "{}/rules", "--junit"),
}


def words(zsf: Zsf, command: str) -> list[str]:
    return [word.format(zsf.folder) for word in WRITING[command]]


@pytest.mark.parametrize("command", WRITING)
@pytest.mark.parametrize(
    "file",
    ["rules/10.toml", "rules/empty.toml", "rules/a.test.toml", "rules/a.event.json", "notes.txt"],
)
def test_what_a_person_wrote_is_never_replaced(place: Zsf, command: str, file: str) -> None:
    path = place.folder / file
    before = path.read_text(encoding="utf-8")
    (place.folder / "link").symlink_to(path)
    for given in (str(path), str(place.folder / "link")):
        done = place(*words(place, command), given)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{given} is there, and is no " in done.stderr
        assert path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("command", WRITING)
def test_an_empty_file_and_what_the_command_wrote_is_replaced(place: Zsf, command: str) -> None:
    output = Path(place.write("out", ""))
    assert place(*words(place, command), str(output)).returncode in (0, 1)
    first = output.read_text(encoding="utf-8")
    assert first
    assert place(*words(place, command), str(output)).returncode in (0, 1)
    assert output.read_text(encoding="utf-8") == first


@pytest.mark.parametrize("command", WRITING)
def test_a_dash_is_stdout_and_nothing_else_is_there(
    place: Zsf, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = place.folder / "out"
    place(*words(place, command), str(output))
    monkeypatch.chdir(place.folder)
    done = place(*words(place, command), "-")
    assert done.stdout.rstrip("\n") == output.read_text(encoding="utf-8").rstrip("\n")
    assert done.stderr.strip()
    assert not Path("-").exists()
    refused = place(*words(place, command), "-", "--json")
    assert (refused.returncode, json.loads(refused.stdout)["error"]["code"]) == (2, "usage")


def test_junit_on_stdout_is_well_formed(place: Zsf) -> None:
    done = place(*words(place, "junit"), "-")
    assert ElementTree.fromstring(done.stdout).attrib["tests"] == "1"
    assert done.stderr.startswith("1 case: 1 passed, 0 failed; Coverage: ")


def test_a_backup_is_not_written_to_stdout(place: Zsf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    done = place("backup", "-")
    assert (done.returncode, done.stdout) == (2, "")
    assert not Path("-").exists()


def test_a_schema_replaces_only_a_schema(place: Zsf) -> None:
    rules = place.folder / "rules"
    schema = rules / "rule.schema.json"
    for _ in range(2):
        assert place("rules", "schema", "--write", str(rules)).returncode == 0
    schema.unlink()
    schema.symlink_to("10.toml")
    done = place("rules", "schema", "--write", str(rules))
    assert (done.returncode, "is no schema of rules" in done.stderr) == (2, True)
    assert (rules / "10.toml").read_text(encoding="utf-8") == 'mode = "contact"\n'
