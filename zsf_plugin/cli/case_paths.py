"""The files of cases that `zsf rules test` runs, and what to do if there are none that can run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.given_paths import is_there, require_folder, require_paths, unreadable
from zsf_plugin.cli.streams import warn
from zsf_plugin.rulebook.names import printable_line

if TYPE_CHECKING:
    from zsf_plugin.rulebook import Finding

_WRITE_ONE = "write one in a file whose name ends in .test.toml (docs/rules.md, Cases)"
_GIVE_CASES = "give files that end in .test.toml or .test.json, or their folders"
_CORRECT = "correct the file; docs/rules.md, Cases, shows one"


def case_paths(paths: Sequence[Path], config_dir: Path) -> list[Path]:
    """The files of cases among those paths, or in the folders of the configuration. Raises
    CommandError if a path is none, or there is none."""
    from zsf_plugin.authoring.case_files import case_files_below

    require_paths(paths, _GIVE_CASES)
    for path in paths:
        _check(path)
    folders = paths or _rules_folders(config_dir)
    try:
        files = case_files_below(folders)
    except OSError as error:
        raise unreadable(error.filename or folders[0], error) from error
    if not files:
        where = ", ".join(map(str, paths or [config_dir / "rules"]))
        raise CommandError("no_cases", f"there are no cases in {where}", _WRITE_ONE)
    return files


def _check(path: Path) -> None:
    from zsf_plugin.authoring.case_files import is_case_file

    if not os.path.isdir(path) and not is_case_file(path.name):
        raise CommandError("not_cases", f"{path} is no file of cases", _GIVE_CASES)


def _rules_folders(config_dir: Path) -> list[Path]:
    """Those that are there, of all workspaces and of each. Raises CommandError for one that is no
    folder: then it is not known what was to be run."""
    below = config_dir / "workspaces"
    own = [folder / "rules" for folder in _entries(below) if os.path.isdir(folder)]
    found = [folder for folder in (config_dir, config_dir / "rules", *own) if is_there(folder)]
    for folder in found:
        require_folder(folder)
    return found[1:]


def _entries(folder: Path) -> list[Path]:
    if not is_there(folder):
        return []
    try:
        return [folder / name for name in sorted(os.listdir(folder))]
    except OSError as error:
        raise unreadable(folder, error) from error


def refuse_all(refused: Sequence[Finding]) -> None:
    """Raise CommandError: no case could run."""
    for finding in refused[1:]:
        warn(printable_line(f"{finding}"))
    more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    raise CommandError("wrong_cases", f"no case could run: {refused[0]}{more}", _CORRECT)
