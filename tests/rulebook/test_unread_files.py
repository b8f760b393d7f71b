"""A file that was meant as a rule is read, or it is named; one that may have set a switch keeps
contents off meanwhile. Nobody's files are no finding."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rulebook.conftest import Write
from zsf_plugin.rulebook import Finding, Rulebook
from zsf_plugin.rulebook import folder as folders
from zsf_plugin.rulebook.folder import InMemoryRules, RuleFolder
from zsf_plugin.rulebook.names import (
    kind_of_name,
    printable_line,
    shown_name,
    suggested_name,
)
from zsf_plugin.rulebook.strays import MAX_DEPTH

RULE = 'name = "x"\nmode = "contact"\n'
CLOSED = "[switches]\ninclude_contents = false\n"
MISTYPED = "[swithces]\ninclude_contens = false\n"


def book_of(config: Path) -> Rulebook:
    """The console turns message contents on."""
    document = {"switches": {"include_contents": True}}
    return Rulebook(config, lambda _: document, InMemoryRules())


def findings_in(config: Path, workspace: str = "acme") -> dict[str, Finding]:
    return {finding.file: finding for finding in book_of(config).findings(workspace)}


def codes_in(config: Path, workspace: str = "acme") -> dict[str, str]:
    return {file: finding.code for file, finding in findings_in(config, workspace).items()}


@pytest.mark.parametrize("name", ["60-a.TOML", "60-a.Toml", "60 a (1).toml", "60-ä.toml"])
def test_an_ending_in_any_case_is_read(tmp_path: Path, write: Write, name: str) -> None:
    write(f"rules/{name}", RULE)
    book = book_of(tmp_path)
    assert (book.rules_for("acme", {}).mode, book.findings("acme")) == ("contact", ())


def test_json_in_any_case_is_read_as_json(tmp_path: Path, write: Write) -> None:
    write("rules/60-a.JSON", '{"mode": "contact"}')
    assert book_of(tmp_path).rules_for("acme", {}).mode == "contact"


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("60-a.toml.txt", "60-a.toml"),
        ("60-a.TOML.TXT", "60-a.toml"),
        ("60-a.json.txt", "60-a.json"),
        ("60-a.txt", "60-a.toml"),
        ("60-a.yaml", "60-a.toml"),
        ("60-a.yml", "60-a.toml"),
        ("60-a.tml", "60-a.toml"),
        ("60-a.tom", "60-a.toml"),
        ("60-a.jsonc", "60-a.json"),
        ("60-a.json5", "60-a.json"),
        ("60-a.jsn", "60-a.json"),
        ("60-a", "60-a.toml"),
        ("60-a.toml ", "60-a.toml"),
        ("60-a.toml.", "60-a.toml"),
        ("60-a.toml\t", "60-a.toml"),
        ("60-a.ini", "60-a.toml"),
        ("60-a.toml.yaml", "60-a.toml"),
        ("60-a.toml\n", "60-a.toml"),
        ("60-a.toml.1", "60-a.toml"),
        ("60-a.toml.j2", "60-a.toml"),
        ("60-a.json (1)", "60-a.json"),
        ("60-a.toml - Copy", "60-a.toml"),
        ("60-a\uff0etoml", "60-a.toml"),
        ("60-a.\u200btoml", "60-a.toml"),
        ("10-rules-toml", "10-rules-toml.toml"),
        (".60-a.toml", "60-a.toml"),
        (".toml", "10-rules.toml"),
    ],
)
def test_a_file_whose_name_is_a_little_off_is_named_with_the_name_it_should_have(
    tmp_path: Path, write: Write, name: str, suggested: str
) -> None:
    write(f"rules/{name}", RULE)
    finding = findings_in(tmp_path)[f"rules/{shown_name(name)}"]
    assert finding.code in ("RULE_FILE_ENDING", "RULE_FILE_HIDDEN")
    assert f"'{suggested}'" in finding.message
    assert kind_of_name(suggested) == "rule"


@pytest.mark.parametrize(
    "name",
    """README README.md readme.txt LICENSE CHANGELOG notes.md 60-a.toml~ .60-a.toml.swp 60-a.toml.swp
    60-a.toml.bak 60-a.toml.orig 60-a.toml.rej #60-a.toml# .#60-a.toml ._60-a.toml .DS_Store Thumbs.db
    desktop.ini .gitignore .gitkeep .60-a.toml.Xy12Zq 60-a.test.toml 60-a.TEST.TOML cases.test.json
    60-a.toml.rpmnew 60-a.toml.dpkg-old 60-a.toml.disabled 60-a.toml.example ..data logo.png
    events.jsonl deploy.sh 60-a.toml.~1~
    zsf.sqlite3 zsf.sqlite3-wal zsf.sqlite3-shm""".split(),
)
def test_nobodys_files_are_no_finding(tmp_path: Path, write: Write, name: str) -> None:
    write(f"rules/{name}", CLOSED)
    write(f"{name}", CLOSED)
    write(f"workspaces/acme/{name}", CLOSED)
    book = book_of(tmp_path)
    assert book.findings("acme") == ()
    assert book.rules_for("acme", {}).switches.include_contents


def test_empty_folders_and_those_of_systems_are_no_finding(tmp_path: Path, write: Write) -> None:
    for folder in ("rules/eu/de", "rules/.git", "workspaces/acme/drafts", "old", "Workspaces"):
        (tmp_path / folder).mkdir(parents=True)
    write("rules/.git/60-a.toml", CLOSED)
    write("rules/..2026_11_29/60-a.toml", CLOSED)
    assert findings_in(tmp_path) == {}


def test_rules_that_a_mounted_config_map_shows_are_read_once(tmp_path: Path, write: Write) -> None:
    write("rules/..2026_11_29/60-a.toml", RULE)
    (tmp_path / "rules/..data").symlink_to("..2026_11_29")
    (tmp_path / "rules/60-a.toml").symlink_to("..data/60-a.toml")
    book = book_of(tmp_path)
    assert (book.rules_for("acme", {}).mode, book.findings("acme")) == ("contact", ())


@pytest.mark.parametrize(
    ("place", "code", "hint"),
    [
        ("rules/eu/60-a.toml", "RULE_FILE_IN_SUBFOLDER", "'rules/60-a.toml'"),
        ("rules/eu/de/60-a.toml.txt", "RULE_FILE_IN_SUBFOLDER", "'rules/60-a.toml'"),
        (
            "workspaces/acme/rules/eu/60-a.toml",
            "RULE_FILE_IN_SUBFOLDER",
            "'workspaces/acme/rules/60-a.toml'",
        ),
        ("60-a.toml", "RULE_FILE_MISPLACED", "'rules/60-a.toml'"),
        ("60-a.TOML.txt", "RULE_FILE_MISPLACED", "'rules/60-a.toml'"),
        ("Rules/60-a.toml", "RULE_FILE_MISPLACED", "'rules/60-a.toml'"),
        ("rule/60-a.toml", "RULE_FILE_MISPLACED", "'rules/60-a.toml'"),
        ("config/rules/60-a.toml", "RULE_FILE_MISPLACED", "'rules/60-a.toml'"),
        ("Workspaces/acme/rules/60-a.toml", "RULE_FILE_MISPLACED", "'rules/60-a.toml'"),
        (
            "workspaces/acme/60-a.toml",
            "RULE_FILE_MISPLACED",
            "'workspaces/acme/rules/60-a.toml'",
        ),
        (
            "workspaces/acme/RULES/60-a.toml",
            "RULE_FILE_MISPLACED",
            "'workspaces/acme/rules/60-a.toml'",
        ),
        ("workspaces/60-a.toml", "RULE_FILE_MISPLACED", "WORKSPACE"),
    ],
)
def test_a_rule_in_a_folder_that_is_not_read_is_named_with_its_place(
    tmp_path: Path, write: Write, place: str, code: str, hint: str
) -> None:
    write(place, RULE)
    finding = findings_in(tmp_path)[place]
    assert finding.code == code
    assert hint in finding.message


def test_a_folder_that_is_the_workspaces_but_for_case_is_named(
    tmp_path: Path, write: Write
) -> None:
    write("workspaces/Acme/rules/60-a.toml", CLOSED)
    write("workspaces/acme /rules/60-a.toml", RULE)
    assert codes_in(tmp_path) == {
        "workspaces/Acme": "RULE_FOLDER_CASE",
        "workspaces/acme ": "RULE_FOLDER_CASE",
    }
    assert codes_in(tmp_path, "Acme") == {"workspaces/acme ": "RULE_FOLDER_CASE"}
    assert codes_in(tmp_path, "other") == {}
    assert not book_of(tmp_path).rules_for("acme", {}).switches.include_contents


def test_a_workspace_whose_name_cannot_be_a_folder_of_rules_is_reported(
    tmp_path: Path, write: Write
) -> None:
    write("workspaces/acme corp/rules/60-a.toml", RULE)
    assert codes_in(tmp_path, "acme corp") == {"workspaces/acme corp": "RULE_FOLDER_UNSAFE"}
    assert codes_in(tmp_path) == {}


def test_what_lies_beside_the_rules_and_is_no_rule_is_no_finding(
    tmp_path: Path, write: Write
) -> None:
    write("org.json", '{"fields": [], "users": []}'.replace("fields", "columns"))
    write("event.json", '{"hook": "on_prospect_purchased", "prospect": {"id": "p1"}}')
    write("pyproject.toml", '[project]\nname = "x"\n')
    write("schemas/rule.schema.json", '{"$schema": "x", "title": "rule"}')
    write("workspaces/acme/notes.txt", "Call Maja about the switches")
    assert findings_in(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "stays_on"),
    [
        (CLOSED, False),
        (MISTYPED, False),
        ("\ufeff[switches]\ninclude_contents = false\n", False),
        ('mode = "contact"\n', True),
        ("", True),
    ],
)
@pytest.mark.parametrize("place", ["rules/60-a.yaml", "rules/eu/60-a.toml"])
def test_contents_stay_off_while_a_file_that_is_not_read_may_forbid_them(
    tmp_path: Path, write: Write, place: str, text: str, stays_on: bool
) -> None:
    write(place, text)
    book = book_of(tmp_path)
    assert book.rules_for("acme", {}).switches.include_contents is stays_on
    assert (place in book.never_valid("acme")) is not stays_on
    (tmp_path / place).unlink()
    assert book.rules_for("acme", {}).switches.include_contents


def test_a_privacy_switch_beside_the_folder_of_rules_counts_until_a_rule_says_otherwise(
    tmp_path: Path, write: Write
) -> None:
    write("60-a.toml", CLOSED)
    assert not book_of(tmp_path).rules_for("acme", {}).switches.include_contents
    write("rules/70.toml", "[switches]\ninclude_contents = true\n")
    assert book_of(tmp_path).rules_for("acme", {}).switches.include_contents


def test_text_in_utf_16_is_looked_into(tmp_path: Path, write: Write) -> None:
    write("rules/60-a.txt", "").write_bytes(CLOSED.encode("utf-16"))
    assert not book_of(tmp_path).rules_for("acme", {}).switches.include_contents


def test_a_misplaced_file_is_seen_while_the_process_runs(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsf_plugin.rulebook.misplaced.LOOK_EVERY_S", 0.0)
    book = book_of(tmp_path)
    write("rules/10.toml", "")
    assert book.rules_for("acme", {}).switches.include_contents
    write("workspaces/acme/60-a.toml", CLOSED)
    assert not book.rules_for("acme", {}).switches.include_contents
    assert [finding.file for finding in book.findings("acme")] == ["workspaces/acme/60-a.toml"]
    assert book.findings("other") == ()


def test_events_within_a_second_look_for_misplaced_files_once(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsf_plugin.rulebook.misplaced.LOOK_EVERY_S", 1e9)
    book = book_of(tmp_path)
    assert book.rules_for("acme", {}).switches.include_contents
    write("60-a.toml", CLOSED)
    assert book.rules_for("acme", {}).switches.include_contents
    assert [finding.file for finding in book.findings("acme")] == ["60-a.toml"]
    assert not book.rules_for("acme", {}).switches.include_contents


def test_pipes_sockets_folders_and_links_to_nowhere_are_named_and_not_opened(
    tmp_path: Path, write: Write
) -> None:
    write("rules/60-folder.toml/keep.txt", "")
    os.mkfifo(tmp_path / "rules/61-pipe")
    os.mkfifo(tmp_path / "62-pipe.toml")
    (tmp_path / "rules/63-link.yaml").symlink_to("nothing")
    (tmp_path / "rules/64-loop").symlink_to("64-loop")
    listener = socket.socket(socket.AF_UNIX)
    old = Path.cwd()
    os.chdir(tmp_path / "rules")
    try:
        listener.bind("65-socket")
    finally:
        os.chdir(old)
        listener.close()
    assert set(findings_in(tmp_path)) == {
        "rules/60-folder.toml",
        "rules/61-pipe",
        "62-pipe.toml",
        "rules/63-link.yaml",
        "rules/64-loop",
        "rules/65-socket",
    }


@pytest.mark.parametrize(("text", "stays_on"), [(CLOSED, False), ('mode = "lead"', True)])
def test_a_file_given_as_the_config_folder_is_named(
    tmp_path: Path, write: Write, text: str, stays_on: bool
) -> None:
    given = write("rules/60-a.toml", text)
    assert codes_in(given) == {str(given): "CONFIG_NOT_A_FOLDER"}
    assert book_of(given).rules_for("acme", {}).switches.include_contents is stays_on


def test_a_config_folder_that_is_a_link_to_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").symlink_to("volume")
    assert codes_in(tmp_path / "config") == {str(tmp_path / "config"): "CONFIG_NOT_A_FOLDER"}
    assert codes_in(tmp_path / "none") == {}


def test_a_name_that_is_not_utf_8_is_named(tmp_path: Path, write: Write) -> None:
    (tmp_path / "rules").mkdir()
    with open(os.fsencode(tmp_path / "rules") + b"/\xff.toml", "w", encoding="utf-8") as file:
        file.write(CLOSED)
    assert codes_in(tmp_path) == {"rules/\\xff.toml": "RULE_FILE_ENDING"}


def test_folders_inside_are_looked_into_down_to_a_depth(tmp_path: Path, write: Write) -> None:
    below = "rules" + "".join(f"/{level}" for level in range(MAX_DEPTH))
    write(f"{below}/60-a.toml", "")
    write(f"{below}/deeper/60-b.toml", "")
    assert list(codes_in(tmp_path)) == [f"{below}/60-a.toml"]


def test_many_files_in_a_folder_inside_are_named_up_to_a_limit(
    tmp_path: Path, write: Write
) -> None:
    for number in range(300):
        write(f"rules/old/{number:03}.toml", "")
    assert len(findings_in(tmp_path)) == 200


NAMES = st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1)


@given(NAMES, st.sampled_from([".toml", ".json", ".TOML", ".Json"]))
def test_a_rules_ending_is_always_read_unless_hidden_or_a_case(stem: str, ending: str) -> None:
    if not stem.startswith(".") and not stem.casefold().endswith(".test"):
        assert kind_of_name(stem + ending) == "rule"


@given(NAMES)
def test_the_suggested_name_is_always_one_that_is_read(name: str) -> None:
    suggested = suggested_name(name)
    assert kind_of_name(suggested) in ("rule", "nobody")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("60-a\nb.toml", "60-a\\nb.toml"),
        ("60-a\x1b[31m.toml", "60-a\\x1b[31m.toml"),
        ("60-a\u202elmot.toml", "60-a\\u202elmot.toml"),
        ("60-a\u2028b.toml", "60-a\\u2028b.toml"),
        ("60-\u00e4 \u6f22.toml", "60-\u00e4 \u6f22.toml"),
    ],
)
def test_a_name_is_shown_on_one_line_and_steers_no_terminal(
    tmp_path: Path, write: Write, name: str, shown: str
) -> None:
    write(f"rules/{name}", "mode = 'none'")
    assert list(findings_in(tmp_path)) == [f"rules/{shown}"]
    write(f"rules/{name}", CLOSED)
    book = book_of(tmp_path)
    assert book.findings("acme") == ()
    assert not book.rules_for("acme", {}).switches.include_contents


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_shown_name_is_always_printable(name: str) -> None:
    assert shown_name(name).isprintable()
    assert printable_line(name).isprintable()
    assert suggested_name(name).isprintable()


def test_of_very_many_rule_files_the_first_are_read_and_the_others_are_one_finding(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MAX_RULE_FILES", 3)
    for number in range(3):
        write(f"rules/{number}.toml", RULE)
    assert findings_in(tmp_path) == {}
    assert book_of(tmp_path).rules_for("acme", {}).switches.include_contents
    write("rules/4.toml", "mode = 'lead'\n")
    write("rules/5.toml", CLOSED)
    book = book_of(tmp_path)
    (found,) = book.findings("acme")
    assert (found.file, found.code) == ("rules", "RULE_FILES_TOO_MANY")
    assert "the first 3 by name" in found.message
    rules = book.rules_for("acme", {})
    assert (rules.mode, rules.switches.include_contents) == ("contact", False)
    for number in (4, 5):
        (tmp_path / f"rules/{number}.toml").unlink()
    assert book.findings("acme") == ()
    assert book.rules_for("acme", {}).switches.include_contents


def test_very_many_files_that_are_not_read_are_named_up_to_a_limit(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MAX_UNREAD_FILES", 3)
    for number in range(5):
        write(f"rules/{number}.txt", RULE)
    write("rules/9.toml", RULE)
    codes = codes_in(tmp_path)
    assert codes.pop("rules") == "RULE_FILES_TOO_MANY"
    assert codes == {f"rules/{number}.txt": "RULE_FILE_ENDING" for number in range(3)}
    assert book_of(tmp_path).rules_for("acme", {}).mode == "contact"


@pytest.mark.parametrize("ending", ["toml", "txt", "md"])
def test_a_folder_of_many_files_is_not_looked_at_for_each_event(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(folders, "MANY_FILES", 3)
    for number in range(5):
        write(f"rules/{number}.{ending}", RULE)
    rules = RuleFolder(tmp_path / "rules", "rules", "config", InMemoryRules())
    before = rules.files()
    looks: list[object] = []
    scan = os.scandir
    monkeypatch.setattr(folders.os, "scandir", lambda path: looks.append(path) or scan(path))
    assert [rules.files() for _ in range(9)] == [before] * 9
    assert looks == []


def test_the_schema_of_rules_beside_them_is_no_rule(write: Write, tmp_path: Path) -> None:
    write("rules/rule.schema.json", '{"properties": {"switches": {}}}')
    write("rule.schema.json", '{"properties": {"switches": {}}}')
    assert Rulebook(tmp_path, lambda _: {}).findings("acme") == ()
