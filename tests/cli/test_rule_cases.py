"""`zsf rules test`: what a person and a CI server get."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.authoring.running import case
from tests.cli.terminal import on_terminal
from tests.cli.zsf import Zsf
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts
from zsf_plugin.wiring.tested_rules import CaseCounts, StoredResult, last_result

EXTERNAL = {"drain": "external"}
RULES = 'mode = "contact"\n[fields.Contact]\nTitle = "prospect.title"\n'


def test_a_run_is_one_document_of_cases_and_coverage(zsf: Zsf) -> None:
    zsf.write("config/rules/50.toml", RULES)
    texts = [case('mode = "contact"', name="met"), case('mode = "lead"', name="not met")]
    file = zsf.write("config/rules/a.test.toml", "\n".join(texts))
    ran = zsf("rules", "test", "--json")
    document: dict[str, Any] = json.loads(ran.stdout)
    assert (ran.returncode, document["passed"], document["failed"]) == (1, 1, 1)
    assert document["cases"][1] == {
        "file": file,
        "line": 8,
        "name": "not met",
        "ok": False,
        "diff": [{"path": "mode", "expected": "lead", "actual": "contact"}],
        "notes": [],
    }
    assert document["coverage"] == {
        "percent": 50.0,
        "keys": 2,
        "covered": 1,
        "not_counted": [],
        "uncovered": [
            {"file": f"{zsf.folder}/config/rules/50.toml", "line": 3, "key": "fields.Contact.Title"}
        ],
    }


def test_a_failed_case_is_shown_as_a_diff_and_unreached_keys_by_their_place(zsf: Zsf) -> None:
    rules = zsf.write("config/rules/50.toml", RULES)
    file = zsf.write("config/rules/a.test.toml", case('mode = "lead"\nfields.Lead.Titel = "x"'))
    ran = zsf("rules", "test")
    lines = [
        re.sub(r"(?<=\S)  +", " ", line.rstrip())
        for line in ran.stdout.splitlines()
        if line.strip(" ─")
    ]
    assert lines == [
        f"FAILED {file}:1: a case",
        '  - mode = "lead"',
        '  + mode = "contact"',
        '  - fields.Lead.Titel = "x"',
        "  + fields.Lead.Titel = false (not written)",
        "    no rule fills Lead.Titel; did you mean Title?",
        "Reached by no case",
        " rule key",
        f" {rules}:3 fields.Contact.Title",
        "Totals",
        "1 case: 0 passed, 1 failed",
        "Coverage: 50 % (1 of 2 keys)",
    ]


def stored(zsf: Zsf, workspace: str = "default") -> StoredResult | None:
    settings = from_environment(
        {}, config_dir=zsf.folder / "config", data_dir=zsf.folder / "data", host_settings=EXTERNAL
    )
    parts = Parts(settings)
    try:
        return last_result(CommandApp(parts), workspace)
    finally:
        parts.close()


def test_the_result_is_stored_for_the_workspace_without_anything_of_its_events(zsf: Zsf) -> None:
    zsf.write("config/rules/50.toml", RULES)
    texts = [case('mode = "contact"', name="met"), case('mode = "lead"', name="not met")]
    zsf.write("config/rules/a.test.toml", "\n".join(texts))
    zsf.write("config/workspaces/acme/rules/b.test.toml", case('mode = "contact"', name="own"))
    zsf.write("config/workspaces/other/rules/c.test.toml", case('mode = "lead"', name="other"))
    assert zsf("rules", "test").returncode == 1
    assert stored(zsf) is None
    ran = zsf("rules", "test", "--store", "--workspace", "acme")
    assert ran.returncode == 1
    assert "Stored for the workspace acme" in ran.stderr
    result = stored(zsf, "acme")
    assert result is not None
    assert result.counts == CaseCounts(2, 1, 0, ("not met",))
    assert (result.is_current, stored(zsf)) == (True, None)
    with closing(sqlite3.connect(zsf.folder / "data" / "zsf.sqlite3")) as database:
        ((detail,),) = database.execute("SELECT detail FROM history WHERE code = 'rules_tested'")
    assert json.loads(detail).keys() == {"digest", "passed", "failed", "invalid", "failures"}


def test_a_stored_result_stands_for_all_cases_of_a_workspace_that_is_there(zsf: Zsf) -> None:
    file = zsf.write("config/rules/a.test.toml", case('mode = "lead"'))
    ran = zsf("rules", "test", file, "--store")
    assert ran.returncode == 2
    assert "run it without PATH" in ran.stderr
    ran = zsf("rules", "test", "--store", "--workspace", "nobody")
    assert ran.returncode == 2
    assert "there is no workspace 'nobody'" in ran.stderr
    assert stored(zsf) is None


def test_a_file_that_is_invalid_is_counted_in_what_is_stored(zsf: Zsf) -> None:
    zsf.write("config/rules/a.test.toml", "[[case]]\nnome = 1\n")
    assert zsf("rules", "test", "--store").returncode == 2
    result = stored(zsf)
    assert result is not None
    assert (result.counts.passed, result.counts.failed) == (0, 0)
    assert result.counts.invalid >= 1


def test_characters_that_a_terminal_obeys_are_escaped(zsf: Zsf) -> None:
    name, title = "two\\nlines \\u001b[2J", "C\\u009bEO\\n"
    zsf.write("rules/a.test.toml", case(f'fields.Lead.Title = "{title}"', name=name))
    out = f"{zsf.folder}/out.xml"
    ran = zsf("rules", "test", f"{zsf.folder}/rules", "--junit", out)
    first, expected = ran.stdout.splitlines()[:2]
    assert first.endswith(r": two\nlines \x1b[2J")
    assert expected == r'  - fields.Lead.Title = "C\x9bEO\n"'
    shown = ElementTree.parse(out).getroot().find(".//testcase")
    assert shown is not None
    assert shown.attrib["name"] == r"two\nlines \x1b[2J"


def test_a_diff_has_colours_on_a_terminal_only(zsf: Zsf) -> None:
    zsf.write("config/rules/a.test.toml", case('mode = "contact"'))
    assert "\x1b[31m" in on_terminal(zsf, "rules", "test").text
    zsf.environment["NO_COLOR"] = "1"
    assert "\x1b[3" not in on_terminal(zsf, "rules", "test").text


@pytest.mark.parametrize(("percent", "code"), [("50", 0), ("50.1%", 1)])
def test_coverage_below_what_is_asked_for_is_a_finding(zsf: Zsf, percent: str, code: int) -> None:
    zsf.write("rules/50.toml", RULES)
    zsf.write("rules/a.test.toml", case('mode = "contact"'))
    ran = zsf("rules", "test", f"{zsf.folder}/rules", "--fail-under", percent)
    assert ran.returncode == code
    assert ("below the 50.1 % asked for" in ran.stdout) is bool(code)


def test_junit_is_written_also_if_no_case_could_run(zsf: Zsf) -> None:
    zsf.write("rules/a.test.toml", "case = 1\n")
    out = f"{zsf.folder}/out.xml"
    ran = zsf("rules", "test", f"{zsf.folder}/rules", "--junit", out)
    assert ran.returncode == 2
    assert ran.stderr.startswith("zsf: no case could run: ")
    assert ElementTree.parse(out).getroot().attrib["errors"] == "1"


def test_a_wrong_file_beside_a_right_one_is_a_finding(zsf: Zsf) -> None:
    zsf.write("rules/a.test.toml", "case = 1\n")
    zsf.write("rules/b.test.toml", case('mode = "lead"'))
    ran = zsf("rules", "test", f"{zsf.folder}/rules", "--json")
    document = json.loads(ran.stdout)
    assert (ran.returncode, document["passed"]) == (1, 1)
    assert document["findings"][0]["pointer"] == "/case"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nowhere",), "no_such_path"),
        (("{folder}/rules/50.toml",), "not_cases"),
        (("{folder}/rules",), "no_cases"),
        ((), "no_cases"),
        (("--fail-under", "101"), "usage"),
        (("{folder}/cases", "--junit", "{folder}/nowhere/out.xml"), "not_written"),
    ],
)
def test_what_cannot_run_says_what_to_do(zsf: Zsf, arguments: tuple[str, ...], code: str) -> None:
    zsf.write("rules/50.toml", RULES)
    zsf.write("cases/a.test.toml", case(""))
    given = [argument.format(folder=zsf.folder) for argument in arguments]
    ran = zsf("rules", "test", *given, "--json")
    assert (ran.returncode, json.loads(ran.stdout)["error"]["code"]) == (2, code)
    assert ran.stderr.count("\n") == 1


def test_a_run_leaves_no_data_behind(zsf: Zsf) -> None:
    zsf.write("config/rules/a.test.toml", case(""))
    zsf("rules", "test")
    assert not (zsf.folder / "data").exists()
