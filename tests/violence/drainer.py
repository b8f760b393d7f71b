"""A drain process for tests: the real application on a shared clock, with a step at which it ends
itself.

python -m tests.violence.drainer --config DIR --data DIR --clock FILE --report FILE [--kill-at
LABEL:N] WORKSPACE …
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
from tests.violence.steps import (
    Steps,
    kill_this_process,
    stop_this_process,
    watch_store,
    watch_wire,
)
from zsf_plugin.settings import from_environment
from zsf_plugin.sync import context
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

_BUSY_S = 0.01


def main(argv: Sequence[str]) -> int:
    """Drain each workspace once, then say what came of it. Dies or stops where it was told to."""
    parser = argparse.ArgumentParser()
    for name in ("--config", "--data", "--clock", "--report"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--kill-at")
    parser.add_argument("--stop-at")
    parser.add_argument(
        "--ask", action="store_true", help="only ask the org for its facts, as a search would"
    )
    parser.add_argument("--max", type=int, help="entries of one pass")
    parser.add_argument(
        "--passes", type=int, default=1, help="at most so many, while they get something done"
    )
    parser.add_argument(
        "--slow-heart",
        action="store_true",
        help="the heart beats in real time: leases end meanwhile",
    )
    parser.add_argument("--read-timeout", default="")
    parser.add_argument("workspaces", nargs="+")
    options = parser.parse_args(argv)

    def note(label: str) -> None:
        options.report.write_text(
            json.dumps({"ended_at": label, "rotating": steps.rotating}), encoding="utf-8"
        )

    act = stop_this_process(note) if options.stop_at else kill_this_process(note)
    steps = Steps(options.kill_at or options.stop_at, act)
    watch_store(steps)
    watch_wire(steps)
    clock = SharedClock(options.clock)
    if not options.slow_heart:
        context.HEARTBEAT_INTERVAL_S = context.HEARTBEAT_INTERVAL_S / clock.speed
    settings = from_environment(
        {"ZSF_READ_TIMEOUT_S": options.read_timeout},
        config_dir=options.config,
        data_dir=options.data,
        host_settings={"drain": "external"},
    )
    app = CommandApp(Parts(settings, clock=clock))
    if options.ask:
        app.orgs.crm(options.workspaces[0]).facts(refresh=True)
        options.report.write_text(json.dumps({"asked": "answered"}), encoding="utf-8")
        return 0
    reports = {
        name: asdict(_drained(app, name, options.max, options.passes))
        for name in options.workspaces
    }
    app.close()
    options.report.write_text(
        json.dumps({"reports": reports, "steps": dict(steps.counts)}), encoding="utf-8"
    )
    return 0


def _drained(app: CommandApp, workspace: str, most: int | None, passes: int) -> DrainReport:
    """The last of so many passes; small ones make many calls of a small backlog. Comes back where
    another drains."""
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
