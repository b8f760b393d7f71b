"""Rules and schemas are found in a checkout, a wheel and a zip; the sdist builds the same wheel."""

from __future__ import annotations

import hashlib
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
from zsf_plugin.rulebook.schema import shipped
from zsf_plugin.rulebook.schema import schema_violations
from pathlib import Path
from zsf_plugin.rulebook import Rulebook
rules = Rulebook(Path("/nonexistent"), lambda workspace: {}).rules_for("w", {})
assert rules.fields["Lead"]["LastName"].sources and not schema_violations("rule", {"mode": "lead"})
print(len([entry for entry in shipped("rules").iterdir() if entry.name.endswith(".toml")]))
"""


_CONSOLE = "zsf_plugin/console"
_WITHOUT_FLASK = """
import sys
sys.path.insert(0, sys.argv[1])
sys.modules["flask"] = None
from zsf_plugin.cli.main import main
import zsf_plugin
assert sys.argv[1] in zsf_plugin.__file__, zsf_plugin.__file__
sys.exit(main(["console"]))
"""
_LOADED = """
import sys
sys.path.insert(0, sys.argv[1])
import zsf_plugin.plugin, zsf_plugin.console
print(sorted({"flask", "flask_wtf", "jinja2", "werkzeug", "cheroot"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def rules_found(path: Path) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(path)], check=True, capture_output=True, text=True
    )
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
    for name in (
        "py.typed",
        "store/sqlite/migrations/0003_baseline.sql",
        "emulator/soql/soql.lark",
        "cli/rehearsal/events.jsonl",
    ):
        assert f"zsf_plugin/{name}" in names
    assert "[zaplify]\nsalesforce = zsf_plugin.plugin:plugin" in text
    assert "zsf = zsf_plugin.cli.main:main" in text


def files_of(archive: Path, folder: str) -> dict[str, bytes]:
    """The files of a folder in a wheel or sdist, by path."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist() if name.startswith(folder)}
    with tarfile.open(archive) as sdist:
        members = ((one.name.partition("/")[2], one) for one in sdist.getmembers() if one.isfile())
        return {
            name: sdist.extractfile(one).read() for name, one in members if name.startswith(folder)
        }  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_the_wheel_contains_the_consoles_templates_and_files(built: Path, kind: str) -> None:
    (archive,) = built.glob(kind)
    own = [
        path
        for path in (ROOT / _CONSOLE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert {path.relative_to(ROOT).as_posix() for path in own} <= files_of(archive, _CONSOLE).keys()
    assert "zsf_plugin/badges/badge.css" in files_of(archive, "zsf_plugin/badges")


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_vendored_files_equal_the_published_ones(built: Path, kind: str) -> None:
    (archive,) = built.glob(kind)
    files = files_of(archive, f"{_CONSOLE}/static/vendor/")
    by_name = {name.rpartition("/")[2]: content for name, content in files.items()}
    sums = by_name.pop("SHA256SUMS").decode()
    listed = dict(reversed(line.split()) for line in sums.splitlines() if not line.startswith("#"))
    assert {
        name: hashlib.sha256(content).hexdigest() for name, content in by_name.items()
    } == listed


def test_a_wheel_without_the_extra_says_what_the_console_needs(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_FLASK, str(wheel)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.endswith("pip install 'zsf-plugin[console]'\n")


def test_neither_the_plugin_nor_the_console_loads_flask_by_its_name_alone(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, str(wheel)], check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"


def test_the_sdist_carries_rules_schemas_and_tests(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "rules/10-switches.toml",
        "schemas/rule.schema.json",
        "tests/conftest.py",
        "LICENSE",
    } <= names
