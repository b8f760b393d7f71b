"""Files that an option names for a command to write. `-` is stdout. One that is there is replaced
only if it is empty or the command wrote it before: no rule, case or list of events is lost to a
slip.

Devices and pipes are written to as they are, and replace nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from zsf_plugin.cli.failures import CommandError, UsageError
from zsf_plugin.cli.streams import write
from zsf_plugin.cli.whole_files import write_whole
from zsf_plugin.rulebook.names import is_case_or_event, kind_of_name, shown_name
from zsf_plugin.rulebook.regular_files import read_regular_file

STDOUT = Path("-")
#: How much of a file shows what it is.
_MAX_LOOK_BYTES = 4096
_GIVE_FILE = "give a file in a folder that exists and can be written to"
_GIVE_ANOTHER = "it stays as it is: give another file, or remove that one first"


class OutputKind(NamedTuple):
    """What a command writes: its name for people, whether a text begins like it, and whether a
    file named like a rule may be one."""

    name: str
    begins: Callable[[bytes], bool]
    may_be_named_like_rules: bool = False


#: Each line has one event, as `zsf outbox export` and `zsf feed` know it.
EVENT_LINES = OutputKind("file of events", lambda text: text.startswith(b'{"hook": "'))
DIFFERENCE_LINES = OutputKind(
    "file of differences", lambda text: text.startswith((b'{"line": ', b'{"entry": '))
)
JUNIT = OutputKind(
    "JUnit XML of `zsf rules test`", lambda text: b'<testsuites name="zsf rules test"' in text
)
RULE_SCHEMA = OutputKind(
    "schema of rules", lambda text: b'"title": "A rule of zsf-plugin' in text, True
)


def is_stdout(path: Path | None) -> bool:
    """Whether the path stands for standard output."""
    return path == STDOUT


def refuse_second_document(option: str, path: Path | None, *, as_json: bool) -> None:
    """Raise UsageError if what the option writes and the document of --json are both for stdout."""
    if as_json and is_stdout(path):
        raise UsageError(f"--json and {option} - both print to stdout", f"give a file to {option}")


def check_replaceable(path: Path, kind: OutputKind) -> None:
    """Raise CommandError if a file is there that the command may not have written."""
    if is_stdout(path):
        return
    real = Path(os.path.realpath(path))
    try:
        beginning = read_regular_file(real, _MAX_LOOK_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise not_written(path, error) from error
    if beginning is None:
        return
    is_own = kind.begins(beginning) and kind.may_be_named_like_rules
    is_free = not beginning or kind.begins(beginning)
    if not is_own and (not is_free or _is_of_rules(real.name)):
        what = f"{shown_name(str(path))} is there, and is no {kind.name}"
        raise CommandError("not_replaced", what, _GIVE_ANOTHER)


def _is_of_rules(name: str) -> bool:
    """Whether a file of that name is a rule, a case or an event of one, whatever is in it."""
    return kind_of_name(name) == "rule" or is_case_or_event(name)


def write_output(path: Path, text: str) -> None:
    """Write the text to stdout, to that device, or as that file. Raises CommandError."""
    if is_stdout(path):
        write(text)
        return
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
        else:
            write_whole(path, text)
    except OSError as error:
        raise not_written(path, error) from error


def not_written(path: Path, error: OSError) -> CommandError:
    """The error of a file that cannot be written."""
    return CommandError("not_written", f"{shown_name(str(path))}: {error.strerror}", _GIVE_FILE)
