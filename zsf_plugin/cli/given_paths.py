"""Paths on the command line: whether something is there, which is no question of what it is. What
cannot be looked at is an error, not absent."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from zsf_plugin.cli.failures import CommandError
from zsf_plugin.rulebook.names import shown_name
from zsf_plugin.rulebook.regular_files import is_absent

_LET_IN = "let this user read it and the folders above it, or give another path"


def is_there(path: Path) -> bool:
    """Whether there is a file or folder. Raises CommandError if that cannot be known."""
    try:
        return not is_absent(path)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: str | os.PathLike[str], error: OSError) -> CommandError:
    """The error of a file or folder that cannot be read."""
    name = shown_name(os.fspath(path))
    return CommandError("unreadable", f"{name}: {error.strerror or 'cannot be read'}", _LET_IN)


def require_paths(paths: Iterable[Path], hint: str) -> None:
    """Raise CommandError, with what to give, if one of them does not exist: a command does nothing
    with the others, which are but a part of what was asked for."""
    absent = [shown_name(str(path)) for path in paths if not is_there(path)]
    if absent:
        raise CommandError("no_such_path", f"there is no {', no '.join(absent)}", hint)
