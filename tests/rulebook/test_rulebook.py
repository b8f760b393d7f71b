"""Layers, edits at run time, and what stays in force when a file is invalid."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rulebook.conftest import Write
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import JsonObject, Rules
from zsf_plugin.rulebook import Finding, Rulebook
from zsf_plugin.rulebook.seen import SeenFolder

GERMAN = {"prospect": {"location": {"country_code": "DE"}}}


def _book(config: Path, console: JsonObject | None = None) -> Rulebook:
    return Rulebook(config, lambda _: console or {})


def _content(book: Rulebook) -> Rules:
    """The rules without the files they came from."""
    return replace(book.rules_for("acme", {}), origins={})


def _company(book: Rulebook, workspace: str = "acme") -> tuple[object, str]:
    rule = book.rules_for(workspace, {}).fields["Lead"]["Company"]
    return rule.default, rule.origin


def _lead_company(default: str) -> str:
    return f'[fields.Lead]\nCompany = {{ default = "{default}" }}\n'


def test_without_any_file_the_shipped_rules_are_in_force(tmp_path: Path) -> None:
    book = _book(tmp_path / "nowhere")
    assert book.rules_for("acme", {}).mode == "lead"
    assert book.findings("acme") == ()
    assert {rule.layer for rule in book.rules("acme")} == {"shipped"}


def test_layers_go_from_shipped_over_console_and_config_to_workspace(
    tmp_path: Path, write: Write
) -> None:
    console: dict[str, JsonObject] = {}
    book = Rulebook(tmp_path, lambda workspace: console.get(workspace, {}))
    seen = [_company(book)]
    console["acme"] = {"fields": {"Lead": {"Company": {"default": "console"}}}}
    seen.append(_company(book))
    write("rules/10.toml", _lead_company("config"))
    seen.append(_company(book))
    write("rules/20.json", '{"fields": {"Lead": {"Company": {"default": "later"}}}}')
    seen.append(_company(book))
    write("workspaces/acme/rules/00.toml", _lead_company("workspace"))
    seen.append(_company(book))
    assert seen == [
        ("[not provided]", "shipped/30-lead.toml"),
        ("console", "console"),
        ("config", "rules/10.toml"),
        ("later", "rules/20.json"),
        ("workspace", "workspaces/acme/rules/00.toml"),
    ]
    assert [rule.layer for rule in book.rules("acme")][-4:] == [
        "console",
        "config",
        "config",
        "workspace",
    ]
    assert _company(book, "other") == ("later", "rules/20.json")


def test_an_edit_is_picked_up_even_when_size_stays(tmp_path: Path, write: Write) -> None:
    book = _book(tmp_path)
    for word in ("aaa", "bbb", "ccc", "ddd"):
        write("rules/a.toml", _lead_company(word))
        assert _company(book)[0] == word


def test_an_edit_that_keeps_time_and_size_is_picked_up(tmp_path: Path, write: Write) -> None:
    book = _book(tmp_path)
    path = write("rules/a.toml", _lead_company("aaa"))
    os.utime(path, ns=(1, 1))
    assert _company(book)[0] == "aaa"
    path.write_text(_lead_company("bbb"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert _company(book)[0] == "bbb"


def test_a_file_put_in_place_by_rename_is_picked_up(tmp_path: Path, write: Write) -> None:
    book = _book(tmp_path)
    path = write("rules/a.toml", _lead_company("old"))
    assert _company(book)[0] == "old"
    write("rules/.a.toml.new", _lead_company("new")).replace(path)
    assert _company(book)[0] == "new"


def test_a_deleted_file_no_longer_applies(tmp_path: Path, write: Write) -> None:
    book = _book(tmp_path)
    path = write("rules/a.toml", _lead_company("x"))
    assert _company(book)[0] == "x"
    path.unlink()
    assert _company(book)[0] == "[not provided]"


def test_a_file_that_becomes_invalid_keeps_its_last_valid_content(
    tmp_path: Path, write: Write
) -> None:
    book = _book(tmp_path)
    write("rules/a.toml", _lead_company("good"))
    assert _company(book)[0] == "good"
    digest = book.digest("acme")
    write("rules/a.toml", _lead_company("bad") + "mode = 1\n")
    write("rules/b.toml", 'mode = "contact"\n')
    assert _company(book)[0] == "good"
    assert book.rules_for("acme", {}).mode == "contact"
    assert [finding.file for finding in book.findings("acme")] == ["rules/a.toml"]
    (tmp_path / "rules/b.toml").unlink()
    assert book.digest("acme") == digest
    write("rules/a.toml", _lead_company("repaired"))
    assert _company(book)[0] == "repaired"
    assert book.findings("acme") == ()


def test_a_new_invalid_file_is_ignored(tmp_path: Path, write: Write) -> None:
    book = _book(tmp_path)
    before = _content(book)
    write("rules/a.toml", "mode = contact\n")
    assert _content(book) == before
    assert [str(finding) for finding in book.findings("acme")] == [
        "rules/a.toml:1:8: not TOML: Invalid value"
    ]


def test_a_deleted_invalid_file_does_not_return_with_old_content(
    tmp_path: Path, write: Write
) -> None:
    book = _book(tmp_path)
    path = write("rules/a.toml", _lead_company("old"))
    assert _company(book)[0] == "old"
    path.unlink()
    assert _company(book)[0] == "[not provided]"
    write("rules/a.toml", "bad")
    assert _company(book)[0] == "[not provided]"


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary() | st.text().map(str.encode), ending=st.sampled_from(["toml", "json"]))
def test_an_invalid_file_never_changes_the_rules_in_force(
    tmp_path: Path, content: bytes, ending: str
) -> None:
    folder = tmp_path / "rules"
    folder.mkdir(exist_ok=True)
    book = _book(tmp_path)
    path = folder / f"a.{ending}"
    path.write_bytes(b'mode = "contact"\n' if ending == "toml" else b'{"mode": "contact"}')
    good = _content(book)
    path.write_bytes(content)
    if book.findings("acme"):
        assert _content(book) == good
    path.unlink()


def test_an_unreadable_file_is_a_finding_and_not_a_failure(tmp_path: Path, write: Write) -> None:
    write("rules/dir.toml/x", "")
    (tmp_path / "rules/gone.toml").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "rules/pipe.json")
    write("rules/large.toml", "#" * (1024 * 1024 + 1))
    (tmp_path / "rules/latin.toml").write_bytes('\nname = "é"\n'.encode("latin-1"))
    (tmp_path / "rules/zero.json").write_bytes(b"\0\1\2")
    found = {finding.file: str(finding) for finding in _book(tmp_path).findings("acme")}
    assert found == {
        "rules/dir.toml": "rules/dir.toml: not a regular file; only files of text are read, so move what is there elsewhere",
        "rules/gone.toml": "rules/gone.toml: a symbolic link to a file that is not there; restore the file, or remove the link",
        "rules/pipe.json": "rules/pipe.json: not a regular file; only files of text are read, so move what is there elsewhere",
        "rules/large.toml": "rules/large.toml: larger than 128 KiB; split it into several rule files",
        "rules/latin.toml": "rules/latin.toml:2: not valid UTF-8; save it as UTF-8 text",
        "rules/zero.json": "rules/zero.json: not a text file; save it as UTF-8 text",
    }


@pytest.mark.parametrize(
    "workspace", ["../evil", "..", ".", "", "a/b", "/etc", "a\0b", "x" * 200, ".hidden"]
)
def test_a_workspace_name_that_is_unsafe_in_a_path_has_no_folder(
    tmp_path: Path, write: Write, workspace: str
) -> None:
    write("evil/rules/a.toml", 'mode = "contact"\n')
    write("rules/workspaces/x.toml", 'mode = "contact"\n')
    write("workspaces/rules/a.toml", 'mode = "contact"\n')
    write("workspaces/.hidden/rules/a.toml", 'mode = "contact"\n')
    assert _book(tmp_path).rules_for(workspace, {}).mode == "lead"


def test_an_invalid_console_document_leaves_the_last_valid_one_in_force(tmp_path: Path) -> None:
    documents: list[JsonObject] = [{"mode": "contact"}]
    book = Rulebook(tmp_path, lambda _: documents[-1])
    assert book.rules_for("acme", {}).mode == "contact"
    documents.append({"mode": "neither"})
    assert book.rules_for("acme", {}).mode == "contact"
    assert book.findings("acme") == (
        Finding("console", None, "/mode", "must be one of lead, contact"),
    )
    documents.append({})
    assert book.rules_for("acme", {}).mode == "lead"
    documents.append({"mode": "neither"})
    assert book.rules_for("acme", {}).mode == "lead"


def test_a_console_change_from_one_to_true_is_a_change(tmp_path: Path) -> None:
    documents: list[JsonObject] = [{"fields": {"Lead": {"A": {"value": 1}}}}]
    book = Rulebook(tmp_path, lambda _: documents[-1])
    assert book.rules_for("acme", {}).fields["Lead"]["A"].value == 1
    documents.append({"fields": {"Lead": {"A": {"value": True}}}})
    assert book.rules_for("acme", {}).fields["Lead"]["A"].value is True


def test_rules_with_a_when_apply_event_by_event(tmp_path: Path, write: Write) -> None:
    write("rules/eu.toml", 'when = "prospect.location.country_code == \'DE\'"\nmode = "contact"\n')
    book = _book(tmp_path)
    assert book.rules_for("acme", GERMAN).mode == "contact"
    assert book.rules_for("acme", {}).mode == "lead"


def test_rules_are_merged_once_for_each_set_that_applies(tmp_path: Path, write: Write) -> None:
    write("rules/eu.toml", 'when = "prospect.location.country_code == \'DE\'"\nmode = "contact"\n')
    time.sleep(0.2)  # a file that changed just now is read again each time
    book = _book(tmp_path)
    assert book.rules_for("acme", GERMAN) is book.rules_for("acme", GERMAN)
    assert book.rules_for("acme", {}) is book.rules_for("other", {})


def test_the_digest_changes_with_any_rule_and_its_when(tmp_path: Path, write: Write) -> None:
    book = _book(tmp_path)
    seen = {book.digest("acme")}
    for when in ("", 'when = "user.id"\n', 'when = "user.email"\n'):
        write("rules/a.toml", when + 'mode = "contact"\n')
        seen.add(book.digest("acme"))
    assert len(seen) == 4
    assert book.digest("acme") == _book(tmp_path).digest("acme")


def test_a_match_key_that_nothing_fills_is_a_finding_with_its_line(
    tmp_path: Path, write: Write
) -> None:
    keys = 'Lead = ["Emial", ["FirstName", "Ref__c"]]\nContact = [["LastName", "AccountId"]]\n'
    write("rules/a.toml", "[match]\n\n" + keys)
    book = _book(tmp_path)
    assert [str(finding) for finding in book.findings("acme")] == [
        "rules/a.toml:3: /match/Lead/0: nothing fills Lead.Emial, so this key never matches; did you mean Email?",
        "rules/a.toml:3: /match/Lead/1/1: nothing fills Lead.Ref__c, so this key never matches; "
        "map it under [fields.Lead]",
    ]
    write("rules/b.toml", '[fields.Lead]\nEmial = "prospect.email"\nref__c = "prospect.id"\n')
    assert book.findings("acme") == ()


def test_many_threads_see_whole_rules_while_files_change(tmp_path: Path, write: Write) -> None:
    both = 'mode = "{}"\n[switches]\nsync_prospects = {}\n'
    texts = (both.format("contact", "false"), both.format("lead", "true"))
    write("rules/.spare", "")
    book, wrong, stop = _book(tmp_path), [], threading.Event()

    def look() -> None:
        while not stop.is_set():
            rules = book.rules_for("acme", {})
            if (rules.mode == "lead") != rules.switches.sync_prospects:
                wrong.append(rules)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(40):
        write("rules/.spare", texts[number % 2]).replace(tmp_path / "rules/a.toml")
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_draft_leaves_the_rules_in_force_and_shares_their_files(
    tmp_path: Path, write: Write
) -> None:
    kept: JsonObject = {"fields": {"Lead": {"Company": {"default": "kept"}}}}
    book = _book(tmp_path, kept)
    draft = book.with_draft(
        "acme", {"mode": "contact", "fields": {"Lead": {"Company": {"default": "drafted"}}}}
    )
    assert (draft.rules_for("acme", {}).mode, book.rules_for("acme", {}).mode) == (
        "contact",
        "lead",
    )
    assert draft.rules_for("acme", {}).fields["Lead"]["Company"].default == "drafted"
    assert _company(book) == ("kept", "console")
    assert draft.digest("acme") != book.digest("acme")
    assert book.with_draft("acme", kept).digest("acme") == book.digest("acme")
    assert draft.rules_for("other", {}) == book.rules_for("other", {})
    write("rules/10.toml", _lead_company("file"))
    assert (
        book.with_draft("acme", {}).rules_for("acme", {}).fields["Lead"]["Company"].default
        == "file"
    )


def test_an_invalid_draft_reports_all_its_findings(tmp_path: Path) -> None:
    book = _book(tmp_path)
    with pytest.raises(ConfigurationError) as refused:
        book.with_draft("acme", {"mode": "leed", "switches": {"sync": True}})
    assert len(refused.value.findings) == 2
    assert book.findings("acme") == ()


def test_a_folder_of_many_files_is_looked_at_once_a_second(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(201):
        write(f"rules/{number:03}.toml", "")
    now = [100.0]
    monkeypatch.setattr("zsf_plugin.rulebook.folder.time.monotonic", lambda: now[0])
    book = _book(tmp_path)
    assert book.rules_for("acme", {}).mode == "lead"
    assert book.rules_for("acme", {}).mode == "lead"
    write("rules/300.toml", 'mode = "contact"\n')
    assert book.rules_for("acme", {}).mode == "lead"
    now[0] += 1.0
    assert book.rules_for("acme", {}).mode == "contact"


def removed(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": lambda folder: (folder / "a.toml").write_text(_lead_company("edited"), "utf-8"),
    "replaced": lambda folder: shutil.copy(folder / "a.toml", folder / "b.toml").replace(
        folder / "a.toml"
    ),
    "added": lambda folder: (folder / "b.toml").write_text(_lead_company("added"), "utf-8"),
    "removed": lambda folder: (folder / "a.toml").unlink(),
    "renamed": lambda folder: (folder / "a.toml").rename(folder / "a.toml.off"),
    "no longer there": removed,
    "made unreadable": lambda folder: (folder / "a.toml").chmod(0o600),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_folder_that_was_seen_is_listed_again_only_if_it_changed(
    tmp_path: Path,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], object],
) -> None:
    monkeypatch.setattr("zsf_plugin.rulebook.folder.MIN_SETTLED_AGE_NS", -1)  # nothing is too new
    monkeypatch.setattr("zsf_plugin.rulebook.seen.BELIEVED_FOR_S", 1e9)
    folder = write("rules/a.toml", _lead_company("first")).parent
    book, listed = _book(tmp_path), list[object]()
    seen, scandir = _company(book), os.scandir

    def counted(path: Path) -> object:
        listed.append(path)
        return scandir(path)

    monkeypatch.setattr("zsf_plugin.rulebook.folder.os.scandir", counted)
    assert _company(book) == seen
    assert listed == []
    os.utime(folder, ns=(1, 1))  # so that its next change has another time
    _company(book)
    listed.clear()
    change(folder)
    assert _company(book) == _company(_book(tmp_path))
    assert folder in listed


def test_a_folder_that_is_made_later_is_seen_at_once(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsf_plugin.rulebook.seen.BELIEVED_FOR_S", 1e9)
    book = _book(tmp_path)
    assert _company(book)[0] == "[not provided]"
    write("rules/a.toml", _lead_company("shared"))
    assert _company(book)[0] == "shared"
    write("workspaces/acme/rules/a.toml", _lead_company("own"))
    assert _company(book)[0] == "own"


def test_a_file_below_a_folder_of_rules_is_seen_at_once(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsf_plugin.rulebook.folder.MIN_SETTLED_AGE_NS", -1)
    monkeypatch.setattr("zsf_plugin.rulebook.seen.BELIEVED_FOR_S", 1e9)
    write("rules/more/README.md", "")
    book = Rulebook(tmp_path, lambda _: {"switches": {"include_contents": True}})
    assert book.rules_for("acme", {}).switches.include_contents
    write("rules/more/a.toml", "[switches]\ninclude_contents = false\n")
    assert not book.rules_for("acme", {}).switches.include_contents


def test_what_was_seen_is_not_believed_for_long(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network, where a folder may show late what came into it."""
    monkeypatch.setattr("zsf_plugin.rulebook.folder.MIN_SETTLED_AGE_NS", -1)
    monkeypatch.setattr("zsf_plugin.rulebook.seen.SeenFolder.is_same", believe)
    now = [100.0]
    monkeypatch.setattr("zsf_plugin.rulebook.folder.time.monotonic", lambda: now[0])
    write("rules/a.toml", "")
    book = _book(tmp_path)
    assert book.rules_for("acme", {}).mode == "lead"
    write("rules/b.toml", 'mode = "contact"\n')
    assert book.rules_for("acme", {}).mode == "lead"
    now[0] += 1.0
    assert book.rules_for("acme", {}).mode == "contact"


def believe(seen: SeenFolder, now: float) -> bool:
    return now < seen.until


def test_the_rules_last_known_have_the_consoles_part_and_its_version_of_the_last_read(
    tmp_path: Path, write: Write
) -> None:
    documents: list[tuple[JsonObject, int]] = [({"mode": "contact"}, 3)]
    book = Rulebook(tmp_path, lambda _: documents[-1])
    assert [book.last_known("acme")[1] for _ in range(2)] == [3, 3]
    documents.append(({"mode": "lead"}, 4))
    write("rules/a.toml", _lead_company("now"))
    rules, version = book.last_known("acme")
    assert (rules.rules_for({}).mode, version) == ("contact", 3)
    assert rules.rules_for({}).fields["Lead"]["Company"].default == "now"
    assert book.rules_for("acme", {}).mode == "lead"
    rules, version = book.last_known("acme")
    assert (rules.rules_for({}).mode, version) == ("lead", 4)
