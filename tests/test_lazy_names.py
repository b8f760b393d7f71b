"""Packages whose names load their modules when they are first imported."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import zsf_plugin
from zsf_plugin import lazy_names
from zsf_plugin.forking import fork_guard

PACKAGES = ("model", "ports")
FOLDER = Path(zsf_plugin.__file__).parent


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_of_the_stub_is_that_of_its_module(package: str) -> None:
    stub = ast.parse((FOLDER / package / "__init__.pyi").read_text(encoding="utf-8"))
    loaded = import_module(f"zsf_plugin.{package}")
    found = []
    for statement in stub.body:
        if isinstance(statement, ast.ImportFrom):
            module = import_module(f"zsf_plugin.{package}.{statement.module}")
            for name in statement.names:
                assert getattr(loaded, name.name) is getattr(module, name.name)
                found.append(name.name)
    (exported,) = (one.value for one in stub.body if isinstance(one, ast.Assign))
    assert sorted(found) == loaded.__all__ == sorted(ast.literal_eval(exported))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_is_hidden_by_a_module_of_the_package(package: str) -> None:
    names = import_module(f"zsf_plugin.{package}").__all__
    modules = {path.stem for path in (FOLDER / package).iterdir()}
    assert modules.isdisjoint(names)


@pytest.mark.parametrize("package", PACKAGES)
def test_an_unknown_name_is_refused(package: str) -> None:
    loaded = import_module(f"zsf_plugin.{package}")
    with pytest.raises(AttributeError, match="has no attribute 'Nobody'"):
        _ = loaded.Nobody


@pytest.mark.parametrize("package", PACKAGES)
def test_a_fork_waits_for_the_module_of_a_name(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths: list[int] = []

    def load_module(name: str) -> object:
        depths.append(fork_guard._thread.depth)
        return import_module(name)

    monkeypatch.setattr(lazy_names, "import_module", load_module)
    load, names = lazy_names.names_of(f"zsf_plugin.{package}")
    load(names[0])
    assert depths == [1]
