"""Files of cases: found, read, and refused with the place of what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.authoring.running import EVENT, SENT, case, paths, run, run_one
from zsf_plugin.authoring.case_files import case_files_below
from zsf_plugin.rulebook.files import read_rule


def refusals(folder: Path, text: str) -> list[str]:
    (folder / "a.test.toml").write_text(text, encoding="utf-8")
    report = run(folder)
    assert report.results == ()
    return [str(finding).removeprefix(f"{folder}/") for finding in report.refused]


def test_files_are_found_below_folders_each_once(tmp_path: Path) -> None:
    for name in ("b.test.toml", "sub/a.TEST.json", ".git/c.test.toml", "rule.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = case_files_below([tmp_path, tmp_path / "b.test.toml"])
    assert [path.name for path in found] == ["b.test.toml", "a.TEST.json"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("case = 1", "a.test.toml:1: /case: must be a list, not a whole number"),
        ("a = = 1", "a.test.toml:1:5: not TOML: Invalid value"),
        (
            case('mod = "lead"'),
            "a.test.toml:6: /case/0/expect/mod: unknown key 'mod'; did you mean 'mode'?",
        ),
        (
            case('skipped = "prospect_off"'),
            "a.test.toml:6: /case/0/expect/skipped: must be one of prospects_off, activities_off; "
            "did you mean 'prospects_off'?",
        ),
        (
            case("", event="{}", more='event_file = "b.json"'),
            "a.test.toml:1: /case/0: set event or event_file, not both",
        ),
        (
            '[[case]]\nname = "x"\n[case.expect]\n',
            "a.test.toml:1: /case/0: needs one of event, event_file",
        ),
        (
            case("activity.Subject = 2026-11-20"),
            "a.test.toml:6: /case/0/expect/activity/Subject: must not be a date or time; write it "
            "as a text in quotes",
        ),
        (
            case("", event=EVENT.replace('"2026-11-20T10:00:00Z"', '"soon"')),
            "a.test.toml:3: /case/0/event/occurred_at: must be a date and time in ISO 8601, such "
            "as 2026-11-01T10:00:00Z",
        ),
        (
            case("", event=SENT),
            'a.test.toml:1: /case/0: the event has a touchpoint; add hook = "on_touchpoint_sent"',
        ),
        (
            'rules = ["nowhere"]\n' + case(""),
            "a.test.toml:1: /rules/0: there is no {folder}/nowhere",
        ),
        (
            case("held = true"),
            "a.test.toml:6: /case/0/expect/held: `held` needs the org: add [case.org], which may "
            "be empty",
        ),
        (
            case("", more='[[case.org.records.Lead]]\nEmial = "a@acme.example"'),
            "a.test.toml:5: /case/0/org/records/Lead/0/Emial: Lead has no field 'Emial' in this "
            "org; did you mean 'Email'?",
        ),
        (
            case("", more='[[case.org.fields.Lead]]\nname = "Industry"\ntype = "int"'),
            "a.test.toml:6: /case/0/org/fields/Lead/0/type: Lead.Industry is a standard field of type "
            "picklist; leave its type out",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_line_pointer_and_what_to_do(
    tmp_path: Path, text: str, said: str
) -> None:
    assert refusals(tmp_path, text) == [said.format(folder=tmp_path)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"case": [,]}', "1:11: not JSON: Expecting value"),
        (b'{"case": 1,\n "case": 2}', "2: the key 'case' is set twice in one table"),
        (b"\xff", "1: not valid UTF-8; save it as UTF-8 text"),
        (b"\0", " not a text file; save it as UTF-8 text"),
        (b"[" * 100_000, " not JSON: nested too deeply"),
    ],
)
def test_a_case_file_is_read_as_a_rule_file_is(tmp_path: Path, content: bytes, said: str) -> None:
    for name in ("a.test.json", "b.json"):
        (tmp_path / name).write_bytes(content)
    report = run(tmp_path)
    (case_file,) = report.refused
    assert str(case_file) == f"{tmp_path}/a.test.json:{said}"
    assert read_rule(tmp_path / "b.json", "b.json", "config")[1][0].message == case_file.message


def test_a_wrong_file_does_not_keep_the_others_from_running(tmp_path: Path) -> None:
    (tmp_path / "a.test.toml").write_text("case = 1")
    (tmp_path / "b.test.json").write_text(
        json.dumps({"case": [{"name": "x", "event_file": "e.event.json", "expect": {}}]})
    )
    event = {"workspace": "w", "event_id": "1", "occurred_at": "2026-11-20T10:00:00Z", "user": {}}
    (tmp_path / "e.event.json").write_text(json.dumps({**event, "prospect": {"id": "p"}}))
    report = run(tmp_path)
    assert [result.is_met for result in report.results] == [True]
    assert len(report.refused) == 1
    assert report.findings == ()


def test_an_event_that_would_be_read_as_a_rule_is_noted_and_not_read_as_one(tmp_path: Path) -> None:
    event = {
        "hook": "on_touchpoint_sent",
        "workspace": "w",
        "event_id": "1",
        "occurred_at": "2026-11-20T10:00:00Z",
        "user": {},
        "prospect": {"id": "p"},
        "touchpoint": {"id": "t", "channel": "email", "content": {"text": "Hello"}},
    }
    (tmp_path / "de.json").write_text(json.dumps(event))
    text = '[[case]]\nname = "x"\nevent_file = "de.json"\nexpect.activity.Description = "Hello"\n'
    result = run_one(tmp_path, text, "[switches]\ninclude_contents = true\n")
    assert paths(result) == []
    (finding,) = run(tmp_path).findings
    assert (finding.severity, finding.message.endswith("name it de.event.json")) == (
        "warning",
        True,
    )


def test_rules_are_those_of_the_folder_or_those_that_the_file_names(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "10.toml").write_text('mode = "contact"\n')
    (tmp_path / "20.toml").write_text('mode = "lead"\n')
    (tmp_path / "own" / "a.test.toml").write_text(case('mode = "contact"'))
    (tmp_path / "own" / "b.test.toml").write_text('rules = [".", ".."]\n' + case('mode = "lead"'))
    (tmp_path / "own" / "c.test.toml").write_text(
        'rules = ["..", "."]\n' + case('mode = "contact"')
    )
    report = run(tmp_path)
    assert [result.is_met for result in report.results] == [True] * 3
    assert report.keys == 2


def test_rules_of_a_workspace_lie_over_those_of_all(tmp_path: Path) -> None:
    own = tmp_path / "workspaces" / "acme" / "rules"
    for folder in (tmp_path / "rules", own):
        folder.mkdir(parents=True)
    (tmp_path / "rules" / "10.toml").write_text('mode = "contact"\nowner.from = false\n')
    (own / "10.toml").write_text('mode = "lead"\n')
    (own / "a.test.toml").write_text(case('mode = "lead"\nowner = false'))
    (result,) = run(own, config=tmp_path).results
    assert paths(result) == []


def test_what_is_wrong_with_the_rules_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "10.toml").write_text('mod = "contact"\n')
    (tmp_path / "a.test.toml").write_text(case(""))
    (finding,) = run(tmp_path).findings
    assert (finding.line, finding.pointer) == (1, "/mod")


def test_a_case_has_its_line_whatever_its_file_looks_like(tmp_path: Path) -> None:
    text = (
        case("", event=EVENT.replace('"Falk"', '"""\n[[case]]\n"""'))
        + '[["case"]]\n'
        + case("")[9:]
    )
    (tmp_path / "a.test.toml").write_text(text)
    (tmp_path / "b.test.toml").write_text("\n\n" + case("") + "\n" + case(""))
    lines = [result.line for result in run(tmp_path).results]
    assert lines == [1, 9, 3, 10]
