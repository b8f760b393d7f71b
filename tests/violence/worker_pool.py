"""A process with everything imported that forks drain processes on request, so that tests with
threads do not fork.

Each line of stdin is a JSON list of a drain process's arguments; its process id is written to stdout,
its exit code to a file named after its report. The pool kills its processes and ends when stdin
closes.
"""

from __future__ import annotations

import json
import logging
import os
import select
import sys
from pathlib import Path

from tests.forked_commands import load_everything
from tests.violence.processes import ForkedWorker

_POLL_S = 0.005


def main() -> int:
    """Fork, reap and report."""
    logging.disable(logging.CRITICAL)
    load_everything()
    running: list[tuple[ForkedWorker, Path]] = []
    os.set_blocking(0, False)
    waiting = b""
    while True:
        if select.select([0], [], [], _POLL_S)[0]:
            given = os.read(0, 65536)
            if not given:
                return _end(running)
            *lines, waiting = (waiting + given).split(b"\n")
            for line in lines:
                arguments = json.loads(line)
                process = ForkedWorker(arguments)
                running.append((process, exit_file(report_of(arguments))))
                sys.stdout.write(f"{process.pid}\n")
                sys.stdout.flush()
        running = [one for one in running if not _reap(*one)]


def report_of(arguments: list[str]) -> Path:
    """The report file in a drain process's arguments."""
    return Path(next(one for one in arguments if one.startswith("--report=")).partition("=")[2])


def exit_file(report: Path) -> Path:
    """The file for its exit code."""
    return report.with_suffix(".exit")


def _reap(process: ForkedWorker, file: Path) -> bool:
    code = process.poll()
    if code is None:
        return False
    partial = file.with_suffix(".part")
    partial.write_text(str(code), encoding="ascii")
    partial.rename(file)
    return True


def _end(running: list[tuple[ForkedWorker, Path]]) -> int:
    for process, _ in running:
        os.kill(process.pid, 9)
    return 0


if __name__ == "__main__":
    sys.exit(main())
