"""The versions of the rule language: a newer file is refused, a former name is read."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.model import Json
from zsf_plugin.rulebook import language
from zsf_plugin.rulebook.files import parse_rule
from zsf_plugin.rulebook.language import LANGUAGE, Rename, current_path, in_current_spelling
from zsf_plugin.rulebook.schema import schema_document

#: What a later version may have renamed.
RENAMES = (
    Rename(2, ("match", "shared"), "mailbox"),
    Rename(2, ("fields", "*", "*", "fallback"), "default"),
    Rename(2, ("match", "*", "*", "by"), "compare"),
    Rename(3, ("match", "mailbox"), "shared_mailbox"),
)


def test_the_schema_and_the_code_are_of_one_version() -> None:
    assert schema_document("rule")["x-language-version"] == LANGUAGE


@pytest.mark.parametrize("name", ["rule.toml", "rule.json"])
@pytest.mark.parametrize("version", [LANGUAGE + 1, 10**200, LANGUAGE + 0.5])
def test_a_file_for_a_newer_version_is_refused_with_one_finding(name: str, version: float) -> None:
    text = f"mod = 1\nlanguage = {version}\n[swiches]\na = 1\n"
    if name.endswith("json"):
        text = f'{{"mod": 1,\n"language": {version}, "swiches": {{"a": 1}}}}'
    rule, (finding,) = parse_rule(name, text.encode(), "config")
    assert rule is None
    assert (finding.line, finding.pointer) == (2, "/language")
    assert "upgrade zsf-plugin" in finding.message


@pytest.mark.parametrize("version", ["1", "0", '"1"', "true", "1.5"])
def test_a_version_is_a_whole_number_that_there_is(version: str) -> None:
    _, findings = parse_rule("rule.toml", f"language = {version}\n".encode(), "config")
    assert bool(findings) is (version != "1")
    assert all(finding.pointer == "/language" for finding in findings)


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({"match": {"shared": "hold"}}, {"match": {"shared_mailbox": "hold"}}),
        ({"match": {"mailbox": "hold"}}, {"match": {"shared_mailbox": "hold"}}),
        (
            {"fields": {"Lead": {"Name": {"fallback": "x"}}}},
            {"fields": {"Lead": {"Name": {"default": "x"}}}},
        ),
        ({"match": {"Lead": [{"by": "text"}]}}, {"match": {"Lead": [{"compare": "text"}]}}),
        ({"match": {"mailbox": "hold"}, "language": 3}, None),
        (
            {"match": {"mailbox": "hold"}, "language": 2},
            {"match": {"shared_mailbox": "hold"}, "language": 2},
        ),
        ({"match": {"mailbox": "hold", "shared_mailbox": "connect"}}, None),
    ],
)
def test_a_former_name_is_read_if_the_file_may_use_it(document: Any, wanted: Json) -> None:
    assert in_current_spelling(document, RENAMES) == (document if wanted is None else wanted)


def test_a_path_has_the_current_name_of_each_of_its_keys() -> None:
    renames = (Rename(2, ("a",), "b"), Rename(3, ("b", "c"), "d"))
    assert current_path(("a", "c", "e"), renames) == ("b", "d", "e")
    assert in_current_spelling({"a": {"c": {"e": 1}}}, renames) == {"b": {"d": {"e": 1}}}


def test_a_file_with_a_former_name_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "RENAMES", RENAMES)
    text = b'[match]\nshared = "connect"\n'
    rule, findings = parse_rule("rule.toml", text, "config")
    assert findings == ()
    assert rule is not None
    assert rule.document == {"match": {"shared_mailbox": "connect"}}


def test_nothing_was_renamed_yet() -> None:
    assert language.RENAMES == ()
    document = {"mode": "lead"}
    assert in_current_spelling(document) is document
