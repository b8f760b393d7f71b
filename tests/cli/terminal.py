"""The command line on a terminal of its own, where it asks, shows progress and uses colour."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from dataclasses import dataclass

from tests.cli.zsf import Zsf
from tests.forked_commands import start_command


@dataclass(frozen=True, slots=True)
class Shown:
    """What the terminal showed, and the exit code."""

    text: str
    returncode: int


def on_terminal(zsf: Zsf, *arguments: str, typed: str = "", ends_after: str = "") -> Shown:
    """Run a command whose streams are a terminal. `typed` is what a person types at once; with
    `ends_after` stdin is a pipe instead, which ends when the terminal has shown that."""
    terminal, end = pty.openpty()
    os.write(terminal, typed.encode())
    environment = {**zsf.environment, "TERM": "xterm-256color"}
    read, given = os.pipe()
    process = start_command(arguments, environment, (read if ends_after else end, end, end))
    os.close(end)
    os.close(read)
    text = ""
    with open(given, "w") as stdin:
        for part in _parts(terminal):
            text += part
            if ends_after and ends_after in text:
                stdin.close()
    os.close(terminal)
    return Shown(text, process.wait())


def _parts(terminal: int) -> Iterator[str]:
    """What the terminal shows, as it comes, until the command closes it."""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            return
        yield part.decode(errors="replace")
