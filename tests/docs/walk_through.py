"""A page that a reader follows in order, followed by a test: its files are written, its commands run,
and what they print is compared with what it shows.

- A block of toml, json or text after a line that ends in "`path`:" is that file; after "`path`, from line 3:"
  it takes the place of as many lines of it.
- A block of console shows commands after "$ ", each with its output: "…" alone on a line stands for any
  lines; a moment, an org's id and a digest of rules may be others.
- A block of sh is run, and may print anything.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.forked_commands import run_command

#: Where the page's reader lives.
HOME = "/home/ada"
_BLOCK = re.compile(
    r"((?:^(?!```)[^\n]+\n)*)\n?^```(toml|json|text|console|sh)\n(.*?)^```$", re.M | re.S
)
_FILE = re.compile(r"`([\w./*-]+\.\w+)`(?:, from line (\d+))?:\s*$")
_VARYING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC|00D\w{15}|\b[0-9a-f]{12}\b")


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the page, and what it should print; None if it may be anything."""

    line: str
    expected: str | None


@dataclass(slots=True)
class WalkThrough:
    """A reader of a page, in an empty home folder. `instead` runs commands that begin so: what waits
    for a browser."""

    home: Path
    environment: dict[str, str]
    instead: dict[str, Callable[[], None]] = field(default_factory=dict)

    def follow(self, text: str) -> list[str]:
        """Do all that the text says, in order; the commands that were run."""
        ran = []
        for before, language, block in _BLOCK.findall(text):
            place = _FILE.search(before)
            if place and language in ("toml", "json", "text"):
                self._write(self.home / place[1], block, place[2])
            elif language in ("console", "sh"):
                for command in commands_in(language, block):
                    self._do(command)
                    ran.append(command.line)
        return ran

    def _write(self, path: Path, block: str, first: str | None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if first is not None:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            new = block.splitlines(keepends=True)
            start = int(first) - 1
            block = "".join([*lines[:start], *new, *lines[start + len(new) :]])
        path.write_text(block, encoding="utf-8")

    def _do(self, command: Command) -> None:
        for beginning, act in self.instead.items():
            if command.line.startswith(beginning):
                act()
                return
        may_end = (0,) if command.expected is None else (0, 1)  # findings are shown
        printed = self._run(command.line, may_end).replace(str(self.home), HOME)
        if command.expected is not None:
            assert _matches(printed, command.expected), f"$ {command.line}\n{printed}"

    def _run(self, line: str, may_end: tuple[int, ...]) -> str:
        """What a command prints. Raises AssertionError if it ends with another exit code."""
        if line.startswith("zsf "):
            words = re.sub(r"(^| )~/", rf"\g<1>{self.home}/", line).split()[1:]
            done = run_command(words, self.environment)
        else:
            done = subprocess.run(
                ["sh", "-c", line],
                cwd=self.home, env=self.environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
        assert done.returncode in may_end, f"$ {line}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


def commands_in(language: str, block: str) -> Iterator[Command]:
    """The commands of a block, with what each should print."""
    if language == "sh":
        yield from (Command(line, None) for line in block.splitlines() if line)
        return
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        line, _, expected = part.partition("\n")
        yield Command(line, expected)


def _matches(printed: str, expected: str) -> bool:
    """Whether that was expected, but for what varies and how many blank lines are where."""
    patterns = [re.escape(_VARYING.sub("VARYING", line.rstrip())) for line in _lines(expected)]
    whole = "\n".join("(?:.*\n)*?.*" if line == re.escape("…") else line for line in patterns)
    return bool(re.fullmatch(whole, _VARYING.sub("VARYING", "\n".join(_lines(printed)))))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]
