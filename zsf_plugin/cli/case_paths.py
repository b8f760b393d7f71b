"""The files of cases that `zsf rules test` runs, and what to do if there are none that can run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.streams import warn

if TYPE_CHECKING:
    from zsf_plugin.rulebook import Finding

_WRITE_ONE = "write one in a file whose name ends in .test.toml (docs/rules.md, Cases)"
_GIVE_CASES = "give files that end in .test.toml or .test.json, or their folders"
_CORRECT = "correct the file; docs/rules.md, Cases, shows one"


def case_paths(paths: Sequence[Path], config_dir: Path) -> list[Path]:
    """The files of cases among those paths, or in the folders of the configuration. Raises
    CommandError if a path is none, or there is none."""
    from zsf_plugin.authoring.case_files import case_files_below

    for path in paths:
        _check(path)
    files = case_files_below(paths or _rules_folders(config_dir))
    if not files:
        where = ", ".join(map(str, paths or [config_dir / "rules"]))
        raise CommandError("no_cases", f"there are no cases in {where}", _WRITE_ONE)
    return files


def _check(path: Path) -> None:
    from zsf_plugin.authoring.case_files import is_case_file

    if not path.exists():
        raise CommandError("no_such_path", f"there is no {path}", _GIVE_CASES)
    if not path.is_dir() and not is_case_file(path.name):
        raise CommandError("not_cases", f"{path} is no file of cases", _GIVE_CASES)


def _rules_folders(config_dir: Path) -> list[Path]:
    folders = [config_dir / "rules", *sorted(config_dir.glob("workspaces/*/rules"))]
    return [folder for folder in folders if folder.is_dir()]


def refuse_all(refused: Sequence[Finding]) -> None:
    """Raise CommandError: no case could run."""
    for finding in refused[1:]:
        warn(str(finding))
    more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    raise CommandError("wrong_cases", f"no case could run: {refused[0]}{more}", _CORRECT)
