"""A host in its own process: `python -m tests.plugin.host_process FOLDER PREFIX COUNT`. Calls
hooks, which its threads drain. Prints one receipt's state per line, then waits until nothing is
pending, and stops cleanly."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from zsf_plugin.host import ReferenceHost
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store

TIMEOUT_S = 60.0


def main(folder: Path, prefix: str, count: int) -> None:
    host = ReferenceHost(str(folder / "config"), str(folder / "data"))
    for number in range(count):
        receipt = host.call("on_prospect_purchased", call(prefix, number))
        print(receipt["state"], flush=True)
    wait_until_drained(folder)
    host.stop()


def call(prefix: str, number: int) -> dict[str, object]:
    """Half of the people are bought in both hosts, under different event ids."""
    name = f"{prefix}{number}" if number % 2 else f"both{number}"
    person = {"id": name, "first_name": "Ada", "last_name": name, "email": f"{name}@acme.example"}
    event = {
        "workspace": "default",
        "event_id": f"{prefix}-{number}",
        "occurred_at": "2026-11-01T10:00:00Z",
    }
    return {**event, "prospect": person, "user": {"id": "u1", "email": "seller@zaplify.example"}}


def wait_until_drained(folder: Path) -> None:
    store = open_store(from_environment({}, config_dir=folder / "config", data_dir=folder / "data"))
    pause = threading.Event()
    for _ in range(int(TIMEOUT_S / 0.05)):
        counts = store.counts("default")
        if counts.pending + counts.writing == 0:
            break
        pause.wait(0.05)
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
