"""What commands share that rewrite rule files in place: which files, and what is written. A file
that is invalid is left alone, with its findings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from zsf_plugin.cli import arguments
from zsf_plugin.cli.common import CommandApp
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.rewriting_report import Change, Rewritten
from zsf_plugin.cli.streams import note
from zsf_plugin.cli.whole_files import write_whole
from zsf_plugin.rulebook.files import Finding, read_rule
from zsf_plugin.rulebook.names import is_safe_workspace, kind_of_name, shown_name

#: The new text of a valid rule file, by its text and whether it is TOML; None: it has to be left
#: alone.
Rewrite = Callable[[str, bool], str | None]

_REFUSED = "left alone: it cannot be laid out without changing what it means; simplify its tables"

_NO_CONFIG_HINT = "run `zsf init` to create it, set ZSF_CONFIG_DIR to another, or give files"


def add_files(parser: argparse.ArgumentParser) -> None:
    """The files to rewrite, and `--check`."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=arguments.path,
        metavar="PATH",
        help="Rule files, or folders of them (default: the folders in force for the workspace)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="Write nothing: show what would change, and exit with 1 if anything would",
    )


def rewrite_files(app: CommandApp, options: argparse.Namespace, rewrite: Rewrite) -> Rewritten:
    """Rewrite the chosen files. Raises CommandError for a path that does not exist, OSError."""
    folders = options.paths or _folders_in_force(app, options.workspace)
    rewritten = Rewritten(is_check=options.check)
    for path in _files_in(folders):
        found = _changed(path, rewrite)
        if isinstance(found, Change) and not options.check:
            write_whole(path, found.after)
        rewritten.add(found)
    return rewritten


def _folders_in_force(app: CommandApp, workspace: str) -> list[Path]:
    config_dir = app.settings.config_dir
    if not os.path.isdir(config_dir):
        what = f"there is no config folder {config_dir}"
        raise CommandError("no_config_folder", what, _NO_CONFIG_HINT)
    folders = [config_dir / "rules"]
    if is_safe_workspace(workspace):
        folders.append(config_dir / "workspaces" / workspace / "rules")
    return [folder for folder in folders if folder.is_dir()]


def _files_in(paths: Sequence[Path]) -> Iterator[Path]:
    """Each file once, those of a folder by name; what no rulebook reads is left out."""
    seen: set[Path] = set()
    for path in paths:
        for file in _rule_files_at(path):
            real = file.resolve()
            if real not in seen:
                seen.add(real)
                yield file


def _rule_files_at(path: Path) -> list[Path]:
    name = shown_name(str(path))
    if not path.exists():
        what = f"there is no file or folder {name}"
        raise CommandError("no_such_path", what, "give rule files, or folders of them")
    if path.is_dir():
        return _rule_files_in(path)
    if _is_rule_file(path):
        return [path]
    note(f"{name} is no rule file, and is left alone")
    return []


def _rule_files_in(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.iterdir()) if _is_rule_file(file) and not file.is_dir()]


def _is_rule_file(path: Path) -> bool:
    return kind_of_name(path.name) == "rule"


def _changed(path: Path, rewrite: Rewrite) -> Change | tuple[Finding, ...]:
    """How a file changes, or what is wrong with it; nothing if it stays as it is."""
    name = shown_name(str(path))
    rule, findings = read_rule(path, name, "config")
    if rule is None:
        return findings
    before = path.read_bytes().decode()
    after = rewrite(before, path.name.casefold().endswith(".toml"))
    if after is None:
        return (Finding(name, None, "", _REFUSED),)
    return Change(name, before, after) if after != before else ()
