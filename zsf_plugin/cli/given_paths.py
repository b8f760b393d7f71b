"""Paths that a command is given, and the config folder: whether something is there. What cannot be
looked at is an error, not absent."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from zsf_plugin.cli.failures import CommandError, system_hint
from zsf_plugin.rulebook.names import shown_name
from zsf_plugin.rulebook.regular_files import is_absent

_MAKE_FOLDER = "move what is there elsewhere, or set ZSF_CONFIG_DIR to another folder"
_CREATE_CONFIG = "run `zsf init` to create it, or set ZSF_CONFIG_DIR to another"
_GIVE_ANOTHER = "give another path"


def is_there(path: Path) -> bool:
    """Whether there is a file or folder. Raises CommandError if that cannot be known."""
    try:
        return not is_absent(path)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: str | os.PathLike[str], error: OSError) -> CommandError:
    """The error of a file or folder that cannot be read."""
    name = shown_name(os.fspath(path))
    what = f"{name}: {error.strerror or 'cannot be read'}"
    return CommandError("unreadable", what, system_hint(error) or _GIVE_ANOTHER)


def require_paths(paths: Iterable[Path], hint: str) -> None:
    """Raise CommandError, with what to give, if one of them does not exist: a command does nothing
    with the others, which are but a part of what was asked for."""
    absent = [shown_name(str(path)) for path in paths if not is_there(path)]
    if absent:
        raise CommandError("no_such_path", f"there is no {', no '.join(absent)}", hint)


def require_folder(folder: Path) -> None:
    """Raise CommandError if there is something else in place of a folder of the configuration."""
    if not os.path.isdir(folder):
        raise CommandError("not_a_folder", f"{shown_name(str(folder))} is no folder", _MAKE_FOLDER)


def require_config_folder(config_dir: Path, or_else: str = "") -> None:
    """Raise CommandError if there is nothing in place of the config folder. `or_else`: what can be
    done besides."""
    if not is_there(config_dir):
        what = f"there is no config folder {config_dir}"
        raise CommandError("no_config_folder", what, f"{_CREATE_CONFIG}{or_else}")
