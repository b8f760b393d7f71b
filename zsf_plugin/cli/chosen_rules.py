"""The rule files that a person chose to rewrite: named, in folders, or in force. What is chosen and
is none is an outcome of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from zsf_plugin.cli.common import CommandApp
from zsf_plugin.cli.given_paths import (
    is_there,
    require_config_folder,
    require_folder,
    require_paths,
    unreadable,
)
from zsf_plugin.cli.rewriting_report import FailedFile, Outcome
from zsf_plugin.rulebook.drafts import no_rule_file
from zsf_plugin.rulebook.names import is_safe_workspace, kind_of_name, shown_name

_GIVE = "give rule files, or folders of them"


def folders_in_force(app: CommandApp, workspace: str) -> list[Path]:
    """The folders of rules of a workspace. Raises CommandError if there is no config folder."""
    config_dir = app.settings.config_dir
    require_config_folder(config_dir, ", or give files")
    folders = [config_dir / "rules"]
    if is_safe_workspace(workspace):
        folders.append(config_dir / "workspaces" / workspace / "rules")
    found = [folder for folder in (config_dir, *folders) if is_there(folder)]
    for folder in found:
        require_folder(folder)
    return found[1:]


def rule_files(paths: Sequence[Path]) -> Iterator[Path | Outcome]:
    """Each file once, those of a folder by name; of a path that is none, what is wrong with it.
    Raises CommandError if a path does not exist."""
    require_paths(paths, _GIVE)
    seen: set[str] = set()
    for path in paths:
        for file in _files_at(path):
            real = os.path.realpath(file) if isinstance(file, Path) else ""
            if not real or real not in seen:
                seen.add(real)
                yield file


def _files_at(path: Path) -> Sequence[Path | Outcome]:
    if os.path.isdir(path):
        return _files_in_folder(path)
    other = no_rule_file(path)
    return [path if other is None else other.findings]


def _files_in_folder(folder: Path) -> Sequence[Path | Outcome]:
    """The rule files of a folder; what no rulebook reads is left out."""
    try:
        return [folder / name for name in sorted(os.listdir(folder)) if _is_rule(name)]
    except OSError as error:
        failure = unreadable(folder, error)
        return [FailedFile(shown_name(str(folder)), failure.code, failure.what, failure.hint)]


def _is_rule(name: str) -> bool:
    return kind_of_name(name) == "rule"
