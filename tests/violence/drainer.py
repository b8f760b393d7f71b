"""A drain process for tests: the real application on a shared clock, which can kill or stop itself at
a given step.

python -m tests.violence.drainer --config DIR --data DIR --clock FILE --report FILE [--database URL]
[--kill-at LABEL:N] [--undo ENTRY] WORKSPACE …
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.violence.clock import SharedClock
from tests.violence.databases import variables
from tests.violence.machine import move_to_machine
from tests.violence.steps import (
    StepCounter,
    count_http_steps,
    count_store_steps,
    kill_this_process,
    stop_this_process,
)
from zsf_plugin.errors import Fenced, StoreUnavailable
from zsf_plugin.settings import from_environment
from zsf_plugin.store.sql import settling
from zsf_plugin.sync import org_lease
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

_BUSY_S = 0.01
#: The backlogs of these tests are short: so kills fall between two parts of what is stored as well.
settling.MAX_TOGETHER = 3


def main(argv: Sequence[str]) -> int:
    """Drain each workspace and write a report. Kills or stops itself at the requested step."""
    parser = argparse.ArgumentParser()
    for name in ("--config", "--data", "--clock", "--report"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--database", metavar="URL", help="by default, a file in the data folder")
    parser.add_argument("--machine", metavar="NAME", help="be on a machine of that name")
    parser.add_argument(
        "--may-lose-database", action="store_true", help="end well if the database goes away"
    )
    parser.add_argument("--kill-at")
    parser.add_argument("--stop-at")
    parser.add_argument(
        "--ask", action="store_true", help="only read the org's facts, like a search"
    )
    parser.add_argument("--undo", metavar="ENTRY", help="only undo that entry")
    parser.add_argument("--max", type=int, help="maximum number of entries per pass")
    parser.add_argument(
        "--passes", type=int, default=1, help="maximum number of passes while entries wait"
    )
    parser.add_argument(
        "--slow-heartbeat",
        action="store_true",
        help="send heartbeats in real time, so that leases expire",
    )
    parser.add_argument("--read-timeout", default="")
    parser.add_argument("workspaces", nargs="+")
    options = parser.parse_args(argv)

    def note(label: str) -> None:
        options.report.write_text(
            json.dumps({"ended_at": label, "rotating": steps.rotating}), encoding="utf-8"
        )

    act = stop_this_process(note) if options.stop_at else kill_this_process(note)
    steps = StepCounter(options.kill_at or options.stop_at, act)
    count_store_steps(steps, on_postgres=options.database is not None)
    count_http_steps(steps)
    if options.machine:
        move_to_machine(options.machine)
    clock = SharedClock(options.clock)
    if not options.slow_heartbeat:
        org_lease.HEARTBEAT_INTERVAL_S = org_lease.HEARTBEAT_INTERVAL_S / clock.speed
    settings = from_environment(
        {"ZSF_READ_TIMEOUT_S": options.read_timeout, **variables(options.database)},
        config_dir=options.config,
        data_dir=options.data,
        host_settings={"drain": "external"},
    )
    app = CommandApp(Parts(settings, clock=clock))
    if options.ask:
        app.orgs.crm(options.workspaces[0]).facts(refresh=True)
        options.report.write_text(json.dumps({"asked": "answered"}), encoding="utf-8")
        return 0
    if options.undo:
        undone = _undo(app, options.workspaces[0], options.undo)
        options.report.write_text(json.dumps({"undone": undone}), encoding="utf-8")
        app.close()
        return 0
    try:
        reports = {
            name: asdict(_drain(app, name, options.max, options.passes))
            for name in options.workspaces
        }
    except StoreUnavailable:
        if not options.may_lose_database:
            raise
        reports = {}
    app.close()
    options.report.write_text(
        json.dumps({"reports": reports, "steps": dict(steps.counts)}), encoding="utf-8"
    )
    return 0


def _undo(app: CommandApp, workspace: str, entry_id: str) -> str:
    """How undoing an entry ended."""
    entry = app.store.entry(workspace, entry_id)
    assert entry is not None
    try:
        return "whole" if app.undoer.apply(entry, "Ada").is_whole else "partly"
    except Fenced:
        return "fenced"


def _drain(app: CommandApp, workspace: str, most: int | None, passes: int) -> DrainReport:
    """Run up to `passes` passes and return the last report; small passes make many calls. Retries
    if another process drains."""
    report = app.drains.drain(workspace, max_entries=most)
    for _ in range(passes - 1):
        if report.paused or not report.waiting:
            break
        if report.busy:
            time.sleep(_BUSY_S)
        report = app.drains.drain(workspace, max_entries=most)
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
