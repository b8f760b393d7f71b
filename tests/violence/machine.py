"""A process on a machine of its own: `zsf worker` or a host, which shares with others only what the
environment names. Its clock is the test's, and others cannot see whether it lives.

python -m tests.violence.machine worker --name NAME --clock FILE [--without-fence]
python -m tests.violence.machine host   --name NAME --clock FILE --calls FILE

A host receives as many calls of the file as each line of stdin says, each again until it is stored,
and ends with stdin. A worker without the fence does not care whether it still has its lease: so a
test shows that it looks for what the fence prevents.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from tests.violence.clock import SharedClock
from zsf_plugin.cli.main import main as zsf
from zsf_plugin.plugin import SalesforcePlugin
from zsf_plugin.store.sql import settling
from zsf_plugin.sync import org_lease
from zsf_plugin.wiring import parts, process

_RETRY_INTERVAL_S = 0.02


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("worker", "host"))
    parser.add_argument("--name", required=True)
    for name in ("--clock", "--calls"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--without-fence", action="store_true")
    options = parser.parse_args()
    move_to_machine(options.name)
    if options.without_fence:
        from tests.simulation.safeguards import require_nothing

        settling.require_lease = require_nothing
    clock = SharedClock(options.clock)
    org_lease.HEARTBEAT_INTERVAL_S = org_lease.HEARTBEAT_INTERVAL_S / clock.speed
    parts.SystemClock = lambda: clock  # type: ignore[assignment, misc]
    return zsf(["worker"]) if options.role == "worker" else _receive(options.calls)


def move_to_machine(name: str) -> None:
    """Have this process take itself for one on that machine: of the processes of others it knows
    nothing but their leases."""
    process._place = lambda: (name, f"kernel of {name}", "its processes")


def _receive(calls: Path) -> int:
    """Receive calls as a host does that keeps each until it is stored."""
    waiting = iter(calls.read_text(encoding="utf-8").splitlines())
    plugin, refused = SalesforcePlugin(), 0
    folders = (os.environ["ZSF_CONFIG_DIR"], os.environ["ZSF_DATA_DIR"])
    plugin.on_host_started(*folders, {"drain": "external"})
    for line in sys.stdin:
        for _, text in zip(range(int(line)), waiting, strict=False):
            call = json.loads(text)
            hook = getattr(plugin, call.pop("hook"))
            while not (receipt := hook(**call))["accepted"] and not receipt["duplicate"]:
                refused += 1
                time.sleep(_RETRY_INTERVAL_S)
    plugin.on_host_stopping()
    sys.stdout.write(f"{refused}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
