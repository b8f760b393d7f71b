"""Rules and schemas are found wherever the package lies: checkout, wheel, zip; the sdist builds the same wheel."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LOOK = """
import sys
sys.path.insert(0, sys.argv[1])
import zsf_plugin
assert sys.argv[1] in zsf_plugin.__file__, zsf_plugin.__file__
from zsf_plugin.rulebook.shipped import shipped
from zsf_plugin.rulebook.schema import faults
from pathlib import Path
from zsf_plugin.rulebook import Rulebook
rules = Rulebook(Path("/nonexistent"), lambda workspace: {}).rules_for("w", {})
assert rules.fields["Lead"]["LastName"].sources and not faults("rule", {"mode": "lead"})
print(len([entry for entry in shipped("rules").iterdir() if entry.name.endswith(".toml")]))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def rules_found(path: Path) -> int:
    done = subprocess.run([sys.executable, "-c", _LOOK, str(path)], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_a_checkout_finds_them() -> None:
    assert rules_found(ROOT) == len(list((ROOT / "rules").glob("*.toml")))


def test_a_wheel_finds_them(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    assert rules_found(tmp_path) == len(list((ROOT / "rules").glob("*.toml")))


def test_a_zip_finds_them(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    assert rules_found(wheel) == len(list((ROOT / "rules").glob("*.toml")))


def test_the_wheel_carries_data_types_and_entry_points(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (points,) = [name for name in names if name.endswith("entry_points.txt")]
        text = archive.read(points).decode()
    for name in ("py.typed", "store/sqlite/schema.sql", "store/sqlite/upgrade_1.sql", "emulator/soql.lark", "cli/rehearsal/events.jsonl"):
        assert f"zsf_plugin/{name}" in names
    assert "[zaplify]\nsalesforce = zsf_plugin.plugin:plugin" in text
    assert "zsf = zsf_plugin.cli.main:main" in text


def test_the_sdist_carries_rules_schemas_and_tests(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"rules/10-switches.toml", "schemas/rule.schema.json", "tests/conftest.py", "LICENSE"} <= names
