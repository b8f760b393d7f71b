"""The public modules as a user's type checker sees them: correct code passes, and mistakes are
found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.real_clients.node import install

HERE = Path(__file__).parent
GOOD, WRONG = HERE / "user_code.py", HERE / "wrong_code.py"
MISTAKES = [
    number
    for number, line in enumerate(WRONG.read_text(encoding="utf-8").splitlines(), 1)
    if line.endswith("# wrong")
]
TIMEOUT_S = 110


def mypy(path: Path, folder: Path) -> str:
    """The output of `mypy --strict` for a file outside the project, without the project's
    settings."""
    copy = folder / path.name
    copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    options = ["--strict", "--config-file=", f"--cache-dir={folder / 'cache'}"]
    command = [sys.executable, "-m", "mypy", *options, str(copy)]
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S, cwd=folder
    )
    return run.stdout + run.stderr


def pyright(path: Path, folder: Path) -> list[dict[str, object]]:
    """The output of strict pyright for a file outside the project. Skipped with a reason without
    Node."""
    install(HERE, "types under pyright")
    copy = folder / path.name
    copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
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
    assert found["summary"]["filesAnalyzed"] == 1, run.stdout
    return list(found["generalDiagnostics"])


def test_a_users_code_is_right_under_mypy(tmp_path: Path) -> None:
    assert "Success: no issues found in 1 source file" in mypy(GOOD, tmp_path)


def test_mypy_finds_each_mistake_of_a_user(tmp_path: Path) -> None:
    found = {int(line) for line in re.findall(r"\.py:(\d+): error", mypy(WRONG, tmp_path))}
    assert sorted(found) == MISTAKES


def test_a_users_code_is_right_under_pyright(tmp_path: Path) -> None:
    assert pyright(GOOD, tmp_path) == []


def test_pyright_finds_each_mistake_of_a_user(tmp_path: Path) -> None:
    found = {
        diagnostic["range"]["start"]["line"] + 1  # type: ignore[index]
        for diagnostic in pyright(WRONG, tmp_path)
        if diagnostic["severity"] == "error"
    }
    assert sorted(found) == MISTAKES
