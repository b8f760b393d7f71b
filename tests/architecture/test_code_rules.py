"""The project's code rules: layers, purity, module docstrings, short functions, one module for
HTTP."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from zsf_plugin.sync.availability import ORG_ERRORS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "zsf_plugin"
MODULES = sorted(PACKAGE.rglob("*.py"))


def functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def test_every_module_says_what_it_contains() -> None:
    silent = [
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in MODULES
    }
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_functions_are_short_enough_to_see_whole() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1 for path in MODULES for node in functions(path)
    )
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[int(len(lengths) * 0.9)] <= 30
    assert sum(length > 50 for length in lengths) <= len(lengths) * 0.02


def test_functions_hold_little_to_take_in() -> None:
    """Syntax nodes of a function's body without its docstring: short lines can hide dense code."""
    weights = sorted(
        sum(1 for statement in body(node) for _ in ast.walk(statement))
        for path in MODULES
        for node in functions(path)
    )
    assert weights[len(weights) // 2] <= 35
    assert weights[int(len(weights) * 0.9)] <= 115


def body(function: ast.FunctionDef) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def test_modules_know_few_others() -> None:
    known = sorted(len(own_imports(path)) for path in MODULES)
    assert known[int(len(known) * 0.9)] <= 8
    assert known[-1] <= 20


def own_imports(path: Path) -> set[str]:
    """The modules of the package that one imports, by the names it imports them by."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE.name:
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith(PACKAGE.name)}
    return found


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "decision").glob("*.py")), ids=lambda path: path.name
)
def test_the_core_is_pure(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    impure = re.findall(
        r"\b(?:requests|sqlite3|random|secrets|logging)\b|\bopen\(|\.now\(|\btime\.|\bos\.", text
    )
    assert impure == []


def test_one_module_of_the_product_touches_requests() -> None:
    own = [
        path
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] != "emulator" and path.name != "scripted_browser.py"
    ]
    users = [
        path.name
        for path in own
        if re.search(r"^\s*(?:import|from) requests", path.read_text(), re.MULTILINE)
    ]
    assert users == ["http.py"]
    assert len((PACKAGE / "salesforce" / "http.py").read_text().splitlines()) <= 150


def test_nothing_is_called_by_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "manager", "misc", "common_utils"}
    assert [path.name for path in MODULES if path.stem in empty] == []


def test_the_errors_that_are_about_a_whole_org_are_listed_once() -> None:
    whole_org = {kind.__name__ for kind in ORG_ERRORS}
    listed = []
    for path in sorted((PACKAGE / "console").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Tuple) and whole_org <= {*map(ast.unparse, node.elts)}:
                listed.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert listed == []


#: Functions on plain strings and on a host's values: imported by name, so that the face holds the
#: nouns alone.
_BEHIND_NO_FACE = {
    "zsf_plugin.model.host_values",
    "zsf_plugin.model.hosts",
    "zsf_plugin.model.mailboxes",
    "zsf_plugin.model.no_companies",
    "zsf_plugin.model.numbers_as_json",
    "zsf_plugin.model.placeholders",
    "zsf_plugin.model.text",
}


@pytest.mark.parametrize("face", ["model", "ports"])
def test_the_nouns_and_the_ports_are_imported_from_their_package(face: str) -> None:
    package = f"zsf_plugin.{face}"
    past_it = []
    for path in MODULES:
        if path.relative_to(PACKAGE).parts[0] == face:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if module.startswith(f"{package}.") and module not in _BEHIND_NO_FACE:
                past_it.append(f"{path.relative_to(PACKAGE)}:{node.lineno} imports {module}")
    assert past_it == []
