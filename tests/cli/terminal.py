"""The command line on a terminal of its own, where it asks, shows progress and uses colour."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.cli.zsf import Zsf


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
    command = [sys.executable, "-m", "zsf_plugin", *arguments]
    environment = {**zsf.environment, "TERM": "xterm-256color"}
    stdin = subprocess.PIPE if ends_after else end
    with subprocess.Popen(command, stdin=stdin, stdout=end, stderr=end, env=environment) as process:
        os.close(end)
        text = ""
        for part in _parts(terminal):
            text += part
            if process.stdin is not None and ends_after in text:
                process.stdin.close()
    os.close(terminal)
    return Shown(text, process.returncode)


def _parts(terminal: int) -> Iterator[str]:
    """What the terminal shows, as it comes, until the command closes it."""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            return
        yield part.decode(errors="replace")
