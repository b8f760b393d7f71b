"""Packages whose names load their modules when they are first imported: a command needs few of
them, and making all takes a twentieth of a second. A package's stub says which names it has."""

from __future__ import annotations

import ast
import sys
from importlib import import_module

from zsf_plugin.forking import fork_guard
from zsf_plugin.package_files import files_of

TYPE_CHECKING = False  # as typing's
if TYPE_CHECKING:
    from collections.abc import Callable


def names_of(package: str) -> tuple[Callable[[str], object], list[str]]:
    """The package's `__getattr__` and `__all__`, by the imports of its `__init__.pyi`."""
    stub = files_of(package).joinpath("__init__.pyi").read_text(encoding="utf-8")
    modules: dict[str, str] = {}
    for statement in ast.parse(stub).body:
        if isinstance(statement, ast.ImportFrom):
            for name in statement.names:
                modules[name.name] = f"{package}.{statement.module}"

    def load(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with fork_guard.inside():  # a hook, or a thread of ours, may be the first to need it
            found: object = getattr(import_module(modules[name]), name)
        setattr(sys.modules[package], name, found)
        return found

    return load, sorted(modules)
