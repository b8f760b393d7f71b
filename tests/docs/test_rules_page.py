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
        reader.instead = {"zsf connect": lambda: connect(zsf, org.url)}
        ran = reader.follow(section(RULES, "Your first rule"))
    shown = [" ".join(line.split()[:3]) for line in ran]
    for command in ("check", "test", "diff", "replay", "explain", "fmt"):
        assert f"zsf rules {command}" in shown
    assert (zsf.folder / ".config/zsf/rules/50-eu.toml").exists()


def wrong_files() -> dict[str, tuple[bytes, str]]:
    """What each file of the table has, and what is said of it after its name; empty for one that is
    right."""
    found = {}
    for line in section(RULES, "What `zsf rules check` finds").splitlines():
        cells = [cell.strip(" `") for cell in line.strip("|").split(" | ")]
        if len(cells) == 4 and "." in cells[1]:
            found[cells[1]] = (NOT_SHOWN.get(cells[1], cells[2].encode()), cells[3].rstrip("| `"))
    return found


#: What no cell of a table can hold.
NOT_SHOWN = {
    "34-latin.toml": 'name = "Malmö"'.encode("latin-1"),
    "35-large.toml": b"#" * 140_000,
}


def test_each_wrong_file_is_answered_as_the_page_shows(zsf: Zsf) -> None:
    wrong = wrong_files()
    assert len(wrong) >= 16
    for name, (content, _) in wrong.items():
        path = zsf.folder / "new" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with Emulator() as org:
        connect(zsf, org.url)
        zsf("fields", "--refresh")
        checked = zsf("rules", "check", "new")
    said = [line.rstrip("`") for line in checked.stdout.splitlines() if line.startswith("new/")]
    assert sorted(said) == sorted(
        f"new/{name}{words}" for name, (_, words) in wrong.items() if words
    )
    assert checked.returncode == 1
