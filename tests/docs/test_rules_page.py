"""docs/rules.md is enough to write, check, test and ship a rule: what it says is done in order, in an
empty folder, against the emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.zsf import Zsf
from tests.docs.test_documents import ROOT
from tests.docs.test_quick_starts import connect
from tests.docs.walk_through import WalkThrough
from zsf_plugin.emulator import Emulator

RULES = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """A section of a page, with all below it."""
    _, found, rest = page.partition(f"\n## {title}\n")
    assert found
    return rest.partition("\n## ")[0]


@pytest.fixture
def zsf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Zsf:
    """The command with no variable set."""
    monkeypatch.chdir(tmp_path)
    zsf = Zsf(tmp_path)
    for name in ("ZSF_CONFIG_DIR", "ZSF_DATA_DIR"):
        del zsf.environment[name]
    return zsf


def test_the_first_rule_is_written_checked_tested_and_shipped_as_the_page_shows(zsf: Zsf) -> None:
    with Emulator() as org:
        reader = WalkThrough(zsf.folder, zsf.environment)
        reader.instead = {
            "zsf emulator": lambda: None,
            "zsf connect": lambda: connect(zsf, org.url),
        }
        ran = reader.follow(section(RULES, "Your first rule"))
    shown = [" ".join(line.split()[:3]) for line in ran]
    for command in ("zsf init", "zsf rules check", "zsf rules test", "zsf rules explain"):
        assert command in shown
    assert (zsf.folder / ".config/zsf/rules/50-eu.toml").exists()
