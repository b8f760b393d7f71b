"""The cases of the shipped rules, in `tests/cases/shipped`, run as an author's do."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.authoring.running import run

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "shipped"


def test_the_shipped_rules_do_what_their_cases_say_and_no_key_is_without_one() -> None:
    report = run(CASES)
    assert report.refused == report.findings == ()
    assert [result.name for result in report.results if not result.is_met] == []
    assert report.unreached == ()


def test_a_changed_shipped_rule_fails_a_case(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    shutil.copytree(CASES, tmp_path / "tests" / "cases" / "shipped")
    file = tmp_path / "rules" / "30-lead.toml"
    changed = file.read_text().replace('Phone = "prospect.phone"', 'Phone = "prospect.fax"')
    file.write_text(changed)
    report = run(tmp_path / "tests")
    failed = [result.compared.differences[0].path for result in report.results if not result.is_met]
    assert failed == ["fields.Lead.Phone", "changes[0].values.Phone"]
