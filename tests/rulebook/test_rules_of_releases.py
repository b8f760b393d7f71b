"""A rule file that a release accepted is accepted for ever, and means what it meant: the files of
each release are in `tests/rule_files/`, with the merged rules of each in `results/`.

A new release gets a new folder; a file of a released one never changes. The result of a new file is
written when it is missing (the test fails once).
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from zsf_plugin import __version__
from zsf_plugin.decision.merge import merge
from zsf_plugin.model import Rule
from zsf_plugin.rulebook.drafts import read_drafts

ROOT = Path(__file__).parents[1] / "rule_files"
FILES = sorted(path for path in ROOT.glob("*/*.*"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_rule_file_of_a_release_means_what_it_meant(path: Path) -> None:
    read = read_drafts([path])
    assert read.findings == ()
    stored = path.parent / "results" / f"{path.stem}.json"
    found = rules_in(read.rules[-1])
    if not stored.exists():
        stored.parent.mkdir(exist_ok=True)
        stored.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        pytest.fail(f"{stored} was missing and is written now; commit it if it is right")
    expected = json.loads(stored.read_text(encoding="utf-8"))
    assert found["origins"] == expected["origins"]  # every key that is set, and no other
    assert known_to(expected, found) == expected


def rules_in(rule: Rule) -> Any:
    """The rules of a file alone."""
    merged = asdict(merge([replace(rule, file="rule")]))
    return json.loads(json.dumps({"when": rule.when, **merged}))


def known_to(expected: Any, found: Any) -> Any:
    """What was found, without the keys that only a later release knows."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return {key: known_to(expected[key], found[key]) for key in expected if key in found}
    return found


def test_this_release_has_files() -> None:
    assert {path.parent.name for path in FILES} >= {__version__}
