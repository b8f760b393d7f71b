"""The comparison of rules that docs/rules.md shows is what the command prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.zsf import Zsf
from tests.docs.test_documents import blocks

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Compare rules before")[2].partition("\n## ")[0]


def test_the_comparison_on_the_page_is_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zsf = Zsf(tmp_path)
    before, after = blocks(SECTION, "toml")
    zsf.write("rules/50-large.toml", before)
    zsf.write("edited/50-large.toml", after)
    monkeypatch.chdir(tmp_path)
    (shown,) = blocks(SECTION, "text")
    assert zsf("rules", "diff", "rules", "edited").stdout == shown
