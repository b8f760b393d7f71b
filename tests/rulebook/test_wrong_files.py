"""An invalid file allows nothing: its last valid content stays in force in every process, or
contents stay off."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.rulebook.conftest import Write
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.folder import InMemoryRules

OPEN = "[switches]\ninclude_contents = true\n"
CLOSED = "[switches]\ninclude_contents = false\n"
WRONG = "[switches\ninclude_contents = false\n"


class Processes:
    """Rulebooks of processes that share a store; the console turns message contents on."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.stored_rules = InMemoryRules()

    def start(self) -> Rulebook:
        return Rulebook(
            self.config, lambda _: {"switches": {"include_contents": True}}, self.stored_rules
        )


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    return Processes(tmp_path)


def lets_contents_through(book: Rulebook, workspace: str = "acme") -> bool:
    return book.rules_for(workspace, {}).switches.include_contents


def set_by(book: Rulebook) -> str:
    return book.rules_for("acme", {}).origins["/switches/include_contents"]


def wrong(book: Rulebook, workspace: str = "acme") -> list[str]:
    return [finding.file for finding in book.findings(workspace)]


@pytest.mark.parametrize("file", ["rules/10.toml", "workspaces/acme/rules/10.toml"])
def test_a_process_that_starts_while_a_file_is_invalid_uses_its_last_valid_content(
    write: Write, processes: Processes, file: str
) -> None:
    write(file, CLOSED)
    assert not lets_contents_through(processes.start())
    write(file, WRONG)
    book = processes.start()
    assert (lets_contents_through(book), set_by(book), wrong(book)) == (False, file, [file])
    write(file, OPEN)
    assert (lets_contents_through(book), wrong(book)) == (True, [])
    write(file, WRONG)
    assert lets_contents_through(processes.start())


def test_contents_stay_off_while_a_file_was_never_valid(write: Write, processes: Processes) -> None:
    write("rules/10.toml", WRONG)
    book = processes.start()
    assert (lets_contents_through(book), set_by(book), wrong(book)) == (
        False,
        "rules/10.toml",
        ["rules/10.toml"],
    )
    write("rules/10.toml", "")
    assert lets_contents_through(book)


def test_an_invalid_file_of_one_workspace_does_not_affect_another(
    write: Write, processes: Processes
) -> None:
    write("workspaces/acme/rules/10.toml", WRONG)
    book = processes.start()
    assert (lets_contents_through(book), lets_contents_through(book, "other")) == (False, True)


def test_a_later_file_overrides_the_fallback_of_an_invalid_earlier_one(
    write: Write, processes: Processes
) -> None:
    write("rules/10.toml", WRONG)
    write("rules/20.toml", OPEN)
    assert lets_contents_through(processes.start())


def test_later_processes_forget_a_deleted_file(write: Write, processes: Processes) -> None:
    file = write("rules/10.toml", 'mode = "contact"\n')
    assert processes.start().rules_for("acme", {}).mode == "contact"
    file.unlink()
    assert processes.start().rules_for("acme", {}).mode == "lead"
    write("rules/10.toml", "mode = contact\n")
    assert processes.start().rules_for("acme", {}).mode == "lead"


def test_the_last_valid_content_is_the_newest_that_any_process_read(
    write: Write, processes: Processes
) -> None:
    write("rules/10.toml", OPEN)
    idle = processes.start()
    assert lets_contents_through(idle)
    write("rules/10.toml", CLOSED)
    assert not lets_contents_through(processes.start())
    write("rules/10.toml", WRONG)
    assert not lets_contents_through(idle)


def test_stored_content_that_is_no_longer_valid_turns_contents_off_too(
    write: Write, processes: Processes
) -> None:
    write("rules/10.toml", "no_such_key = 1\n")
    processes.stored_rules.save_valid_rules("rules", {"10.toml": {"no_such_key": 1}}, 1.0)
    assert not lets_contents_through(processes.start())


@pytest.mark.parametrize(
    ("known", "mode"), [({"10.toml": {"mode": "contact"}}, "contact"), ({}, "lead")]
)
def test_an_unreadable_folder_uses_its_last_valid_content_or_turns_contents_off(
    write: Write,
    processes: Processes,
    monkeypatch: pytest.MonkeyPatch,
    known: Mapping[str, JsonObject],
    mode: str,
) -> None:
    write("rules/10.toml", CLOSED)
    processes.stored_rules.save_valid_rules("rules", known, 1.0)
    look = os.scandir

    def refuse(path: Path) -> object:
        if path == processes.config / "rules":
            raise PermissionError(13, "Permission denied")
        return look(path)

    monkeypatch.setattr(os, "scandir", refuse)
    book = processes.start()
    assert book.rules_for("acme", {}).mode == mode
    assert lets_contents_through(book) is bool(known)
    assert "the folder cannot be read (Permission denied); make it one this user can read" in str(
        book.findings("acme")[0]
    )
    assert book.rules_for("acme", {}) is book.rules_for("acme", {})
    monkeypatch.undo()
    assert (lets_contents_through(book), wrong(book)) == (False, [])
    assert book.rules_for("acme", {}).mode == "lead"


def test_rules_that_cannot_be_stored_are_in_force_and_stored_later(
    write: Write, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: str, documents: Mapping[str, JsonObject], at: float) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(processes.stored_rules, "save_valid_rules", full)
    write("rules/10.toml", CLOSED)
    book = processes.start()
    assert not lets_contents_through(book)
    write("rules/10.toml", WRONG)
    assert (lets_contents_through(book), set_by(book)) == (False, "rules/10.toml")
    monkeypatch.undo()
    assert not lets_contents_through(book)
    assert processes.stored_rules.last_valid_rules("rules") == {
        "10.toml": {"switches": {"include_contents": False}}
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[activity.email]\ninclude_contents = false\n", "under [switches]"),
        ("[activity.email]\nincludeContents = false\n", "include_contents under [switches]"),
        ("[activity.email]\ninclude_content = false\n", "include_contents under [switches]"),
        ("[activity.email]\ncontents = false\n", "include_contents under [switches]"),
        ("[activity.switches]\ninclude_contents = false\n", "under [switches]"),
        ("[activity.sms]\nsync_activites = false\n", "sync_activities under [switches]"),
        ("[fields.Contact]\nSync_Prospects = false\n", "sync_prospects under [switches]"),
        ("[fields.Lead.include_contents]\nvalue = false\n", "under [switches]"),
        ("[fields.Lead.switches]\nvalue = false\n", "above the first [table]"),
        ('[fields.Lead]\nwhen = "prospect.id"\n', "above the first [table]"),
        ("[fields.Lead]\nmode = false\n", "above the first [table]"),
    ],
)
def test_a_switch_or_condition_among_the_fields_is_refused_and_contents_stay_off(
    write: Write, processes: Processes, text: str, words: str
) -> None:
    """Each would be a field's name, which Salesforce does not have: the rule would do nothing."""
    write("rules/10.toml", text)
    book = processes.start()
    (found,) = book.findings("acme")
    assert (found.line, words in found.message) == (2 - (".Lead." in text), True)
    assert not lets_contents_through(book)


def test_fields_whose_names_only_resemble_a_switch_are_fields(
    write: Write, processes: Processes
) -> None:
    names = ["Include_Contents__c", "ns__Contents__c", "Comments", "ActivityDate", "Status", "Name"]
    lines = "".join(f'{name} = "prospect.title"\n' for name in names)
    write("rules/10.toml", f"[fields.Lead]\n{lines}[activity.email]\n{lines}")
    book = processes.start()
    assert wrong(book) == []
    assert lets_contents_through(book)
