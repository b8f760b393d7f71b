"""A process that has imported all and forks drainers on request, so that a test with threads need
not.

Each line of stdin is a JSON list of a drainer's arguments; its process id goes to stdout, its exit
code to a file named after its report. Ends, and ends what lives, when stdin does.
"""

from __future__ import annotations

import json
import logging
import os
import select
import sys
from pathlib import Path

from tests.violence.processes import Forked

_LOOK_EVERY_S = 0.005


def main() -> int:
    """Fork, reap, tell."""
    logging.disable(logging.CRITICAL)
    living: list[tuple[Forked, Path]] = []
    os.set_blocking(0, False)
    waiting = b""
    while True:
        if select.select([0], [], [], _LOOK_EVERY_S)[0]:
            given = os.read(0, 65536)
            if not given:
                return _end(living)
            *lines, waiting = (waiting + given).split(b"\n")
            for line in lines:
                arguments = json.loads(line)
                process = Forked(arguments)
                living.append((process, exit_file(report_of(arguments))))
                sys.stdout.write(f"{process.pid}\n")
                sys.stdout.flush()
        living = [one for one in living if not _reaped(*one)]


def report_of(arguments: list[str]) -> Path:
    """Where those arguments have a drainer report."""
    return Path(next(one for one in arguments if one.startswith("--report=")).partition("=")[2])


def exit_file(report: Path) -> Path:
    """Where its exit code is told."""
    return report.with_suffix(".exit")


def _reaped(process: Forked, file: Path) -> bool:
    code = process.poll()
    if code is None:
        return False
    whole = file.with_suffix(".part")
    whole.write_text(str(code), encoding="ascii")
    whole.rename(file)
    return True


def _end(living: list[tuple[Forked, Path]]) -> int:
    for process, _ in living:
        os.kill(process.pid, 9)
    return 0


if __name__ == "__main__":
    sys.exit(main())
