"""What commands share that rewrite rule files in place: which files, what would change, and the
report. A file that is invalid is left alone, with its findings."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.cli.checking import finding_document
from zsf_plugin.cli.common import CommandApp
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.output import counted
from zsf_plugin.cli.streams import note, say
from zsf_plugin.cli.whole_files import write_whole
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook.files import Finding, read_rule
from zsf_plugin.rulebook.names import is_safe_workspace, kind_of_name, printable_line, shown_name

#: The new text of a valid rule file, by its text and whether it is TOML; None: it has to be left
#: alone.
Rewrite = Callable[[str, bool], str | None]

_REFUSED = "left alone: it cannot be laid out without changing what it means; simplify its tables"


@dataclass(frozen=True, slots=True)
class Change:
    """A file that changes: its name for people, and its text before and after."""

    name: str
    before: str
    after: str

    def diff(self) -> Iterator[str]:
        """The lines of a unified diff."""
        before, after = self.before.splitlines(), self.after.splitlines()
        return difflib.unified_diff(before, after, self.name, self.name, lineterm="")


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The files that changed, or would (`is_check`), how many stay as they are, and what is wrong
    with others."""

    changes: tuple[Change, ...]
    unchanged: int
    findings: tuple[Finding, ...]
    is_check: bool

    def needs_attention(self) -> bool:
        """Whether a file is invalid, or would change and was only checked."""
        return bool(self.findings) or (self.is_check and bool(self.changes))

    def as_json(self) -> JsonObject:
        """The document of a command that rewrites rule files."""
        return {
            "changed": [change.name for change in self.changes],
            "unchanged": self.unchanged,
            "findings": [*map(finding_document, self.findings)],
            "check": self.is_check,
        }


def add_files(parser: argparse.ArgumentParser) -> None:
    """The files to rewrite, and `--check`."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
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
    changes: list[Change] = []
    findings: list[Finding] = []
    unchanged = 0
    for path in _files_in(folders):
        found = _changed(path, rewrite)
        if isinstance(found, Change):
            changes.append(found)
            if not options.check:
                write_whole(path, found.after)
        elif found:
            findings += found
        else:
            unchanged += 1
    return Rewritten(tuple(changes), unchanged, tuple(findings), options.check)


def _folders_in_force(app: CommandApp, workspace: str) -> list[Path]:
    config_dir = app.settings.config_dir
    if not os.path.isdir(config_dir):
        hint = "run `zsf init` to create it, set ZSF_CONFIG_DIR to another, or give files"
        raise CommandError("no_config_folder", f"there is no config folder {config_dir}", hint)
    folders = [config_dir / "rules"]
    if is_safe_workspace(workspace):
        folders.append(config_dir / "workspaces" / workspace / "rules")
    return [folder for folder in folders if folder.is_dir()]


def _files_in(paths: Sequence[Path]) -> Iterator[Path]:
    """Each file once, those of a folder by name; what no rulebook reads is left out."""
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            what = f"there is no file or folder {shown_name(str(path))}"
            raise CommandError("no_such_path", what, "give rule files, or folders of them")
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        for file in inside:
            if kind_of_name(file.name) != "rule" or (path != file and file.is_dir()):
                if path == file:
                    note(f"{shown_name(str(file))} is no rule file, and is left alone")
            elif file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


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


def show_rewritten(rewritten: Rewritten, done: str, would: str) -> None:
    """Print what is wrong, what changed (`done`, as in `Laid out`) or `would` (`would change`) as a
    diff, and how many files."""
    for finding in rewritten.findings:
        say(printable_line(str(finding)))
    for change in rewritten.changes:
        if rewritten.is_check:
            for line in change.diff():
                say(line)
        else:
            say(f"{done} {change.name}")
    changed = counted(len(rewritten.changes), "file", "files")
    end = f"{changed} {would}" if rewritten.is_check else f"{changed} changed"
    invalid = len({finding.file for finding in rewritten.findings})
    wrong = f", {counted(invalid, 'file', 'files')} left alone" if invalid else ""
    say(f"{end}, {rewritten.unchanged} unchanged{wrong}")
