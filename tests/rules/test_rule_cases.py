"""Runs `cases/*.json`: rule files and an event's scope in, the merged rules or the findings out.

A case has `files` (name → TOML or JSON text, or a document; low to high, above nothing or, with
`shipped`, above the shipped rules), and either `scope` with `expect` (an excerpt of the merged
rules; null: not there) or `findings`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from zsf_plugin.decision.merge import applies, merge
from zsf_plugin.model import Rule
from zsf_plugin.rulebook import Finding, Rulebook
from zsf_plugin.rulebook.files import parse_rule

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


def _parsed(case: dict[str, Any]) -> tuple[list[Rule], list[Finding]]:
    rules: list[Rule] = []
    findings: list[Finding] = []
    for name, content in case["files"].items():
        text = content if isinstance(content, str) else json.dumps(content)
        rule, found = parse_rule(name, text.encode(), "config")
        findings += found
        if rule is not None:
            rules.append(rule)
    return rules, findings


def _assert_has(actual: object, expected: object, place: str) -> None:
    if isinstance(expected, dict):
        assert isinstance(actual, dict), place
        for key, wanted in expected.items():
            _assert_has(actual.get(key), wanted, f"{place}/{key}")
    else:
        assert actual == expected, place


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_rule_case_holds(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    rules, findings = _parsed(case)
    assert [str(finding) for finding in findings] == case.get("findings", [])
    if "expect" in case:
        layers = [
            *(Rulebook(Path("/nowhere"), lambda _: {}).rules("w") if case.get("shipped") else ()),
            *rules,
        ]
        merged = merge([rule for rule in layers if applies(rule, case["scope"])])
        _assert_has(json.loads(json.dumps(asdict(merged))), case["expect"], "")


def test_every_case_has_an_expectation() -> None:
    assert CASES
    for path in CASES:
        case = json.loads(path.read_text(encoding="utf-8"))
        assert case["title"]
        assert ("expect" in case) != ("findings" in case), path.name
