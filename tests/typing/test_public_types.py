"""The public modules as a user's type checker sees them: correct code passes, and mistakes are
found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real_clients.node import install

HERE = Path(__file__).parent
GOOD, WRONG = HERE / "user_code.py", HERE / "wrong_code.py"
MISTAKES = [
    number
    for number, line in enumerate(WRONG.read_text(encoding="utf-8").splitlines(), 1)
    if line.endswith("# wrong")
]
TIMEOUT_S = 110


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder outside the project, without its settings, with a copy of both files."""
    for path in (GOOD, WRONG):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def mypy(folder: Path) -> str:
    """The output of `mypy --strict` for both files."""
    options = ["--strict", "--config-file=", f"--cache-dir={folder / 'cache'}"]
    command = [sys.executable, "-m", "mypy", *options, GOOD.name, WRONG.name]
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S, cwd=folder
    )
    assert "checked 2 source files" in run.stdout, run.stdout + run.stderr
    return run.stdout


def pyright(folder: Path) -> dict[str, list[dict[str, object]]]:
    """What strict pyright finds in each file. Skipped with a reason without Node."""
    install(HERE, "types under pyright")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
    checker = HERE / "node_modules" / "pyright" / "index.js"
    options = ["--outputjson", "--pythonpath", sys.executable, "--project", str(folder)]
    run = subprocess.run(
        ["node", str(checker), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
        cwd=folder,
    )
    found = json.loads(run.stdout)
    assert found["summary"]["filesAnalyzed"] == 2, run.stdout
    diagnostics: dict[str, list[dict[str, object]]] = {GOOD.name: [], WRONG.name: []}
    for one in found["generalDiagnostics"]:
        diagnostics[Path(one["file"]).name].append(one)
    return diagnostics


def test_mypy_accepts_a_users_code_and_finds_each_mistake(folder: Path) -> None:
    output = mypy(folder)
    assert [line for line in output.splitlines() if GOOD.name in line] == []
    found = {int(line) for line in re.findall(rf"{WRONG.stem}\.py:(\d+): error", output)}
    assert sorted(found) == MISTAKES


def test_pyright_accepts_a_users_code_and_finds_each_mistake(folder: Path) -> None:
    diagnostics = pyright(folder)
    assert diagnostics[GOOD.name] == []
    found = {
        diagnostic["range"]["start"]["line"] + 1  # type: ignore[index]
        for diagnostic in diagnostics[WRONG.name]
        if diagnostic["severity"] == "error"
    }
    assert sorted(found) == MISTAKES
