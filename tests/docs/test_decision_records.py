"""Decision records: each has its four parts on one page, is listed, and names what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADRS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_each_decision_has_its_four_parts_and_fits_a_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall("^## (.+)$", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Status",
        "Consequences",
    ]
    assert len(text.splitlines()) <= 60


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_links_and_paths_in_decisions_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert "://" in target or (path.parent / target).exists(), target
    for named in re.findall(r"`([\w./-]+(?:\.(?:py|toml|md)|/))`", text):
        assert any((root / named).exists() for root in (ROOT, ROOT / "zsf_plugin")), named


def test_the_index_of_decisions_lists_each_one_by_its_title() -> None:
    index = (ROOT / "docs" / "adr" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \|", index, re.MULTILINE)
    titles = [path.read_text(encoding="utf-8").partition("\n")[0] for path in ADRS]
    assert [f"# {number}. {title}" for number, title, _ in listed] == titles
    assert [file for _, _, file in listed] == [path.name for path in ADRS]
