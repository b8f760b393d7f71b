"""docs/rules-cookbook.md: each situation is a rule that passes its cases, and they reach all of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.zsf import Zsf
from tests.docs.test_documents import ROOT
from tests.docs.walk_through import WalkThrough

PAGE = (ROOT / "docs" / "rules-cookbook.md").read_text(encoding="utf-8")
SITUATIONS = re.split(r"^## ", PAGE, flags=re.M)[1:]


def test_there_are_eight_situations_or_more() -> None:
    assert len(SITUATIONS) >= 8


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda text: text.partition("\n")[0])
def test_its_rule_is_valid_laid_out_and_proved_by_its_cases(situation: str, tmp_path: Path) -> None:
    zsf = Zsf(tmp_path)
    rules = tmp_path / "config" / "rules"
    WalkThrough(rules, zsf.environment).follow(situation)
    checked = json.loads(zsf("rules", "check", "--strict", "--json").stdout)
    assert checked["findings"] == []
    tested = json.loads(zsf("rules", "test", "--json").stdout)
    assert [(one["name"], one["diff"]) for one in tested["cases"] if not one["ok"]] == []
    assert tested["passed"] >= 2
    assert tested["coverage"]["uncovered"] == []
    assert zsf("rules", "fmt", "--check", str(rules)).stdout.startswith("0 files would change")
