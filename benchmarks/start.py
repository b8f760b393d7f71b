"""Starting: the processor time of a fresh process against a bare interpreter's; and a check that
the entry point loads no heavy package."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from benchmarks.fixtures import FAST, accept_prospects, drain_all, folders_of, workspace
from benchmarks.harness import BenchmarkRow, Effort, Paired, in_turns, run_child
from benchmarks.org import emulator

HEAVY = ("requests", "jsonschema", "cryptography", "flask", "rich", "lark", "jmespath", "sqlite3")
_PEOPLE = 250
_TOUCHPOINTS = 3
_ENTRY_POINT = "import zsf_plugin.plugin"
_LOADED = f"{_ENTRY_POINT}; import sys; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
#: By side, the arguments of the interpreter.
_SIDES: dict[str, Sequence[str]] = {
    "bare": ("-c", "pass"),
    "pluggy": ("-c", "import pluggy"),
    "entry point": ("-c", _ENTRY_POINT),
    "help": ("-m", "zsf_plugin", "--help"),
    "status": ("-m", "zsf_plugin", "status"),
}


def measure(effort: Effort) -> list[BenchmarkRow]:
    """Three rows."""
    with emulator() as org, workspace(org.url, FAST) as app:
        entries = accept_prospects(app, effort.size(_PEOPLE), _TOUCHPOINTS)
        drain_all(app)
        folders = {**folders_of(app), "PYTHONDONTWRITEBYTECODE": ""}

        def processor(arguments: Sequence[str]) -> float:
            command = [sys.executable, *arguments]
            return run_child(command, environment=folders, accepted=(0, 1)).processor

        for arguments in _SIDES.values():
            processor(arguments)  # compile, and fill the system's caches
        runs = {side: partial(processor, arguments) for side, arguments in _SIDES.items()}
        found = in_turns("start", runs, effort.rounds)
    bare, pluggy = found["bare"], found["pluggy"]
    status = f"`zsf status` with {entries:,} entries vs a bare interpreter"
    return [
        _import_row(Paired(found["entry point"], pluggy)),
        Paired(found["help"], bare).row("start-help", "`zsf --help` vs a bare interpreter", 4.0),
        Paired(found["status"], bare).row("start-status", status, 12.0),
    ]


def _import_row(pair: Paired) -> BenchmarkRow:
    loaded = run_child([sys.executable, "-c", _LOADED]).stdout.strip()
    what = (
        f"importing the entry point vs pluggy alone; of {', '.join(HEAVY)} it loads "
        f"{loaded or 'none'}"
    )
    row = pair.row("import", what, 2.0)
    return replace(row, flaw=f"it loads {loaded}" if loaded else "")
