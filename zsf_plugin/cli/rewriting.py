"""What commands share that rewrite rule files in place. A file that is invalid is left alone, with
its findings; one that cannot be read or written stops no other."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from zsf_plugin.cli import arguments
from zsf_plugin.cli.chosen_rules import folders_in_force, rule_files
from zsf_plugin.cli.common import CommandApp, Report
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.rewriting_report import Change, FailedFile, Outcome, Rewritten
from zsf_plugin.cli.whole_files import read_whole, write_whole
from zsf_plugin.rulebook.files import Finding, parse_rule
from zsf_plugin.rulebook.names import shown_name

#: The new text of a valid rule file, by its text and whether it is TOML; None: it has to be left
#: alone.
Rewrite = Callable[[str, bool], str | None]
Gather = Callable[[CommandApp, argparse.Namespace], Rewritten]

_REFUSED = "left alone: it cannot be laid out without changing what it means; simplify its tables"


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


def rewriting(gather: Gather, show: Callable[[Rewritten], None]) -> Report[Rewritten]:
    """A command that rewrites rule files."""
    attention, failed = Rewritten.needs_attention, Rewritten.has_failed
    return Report(gather, Rewritten.as_json, show, attention, has_failed=failed)


def rewrite_files(app: CommandApp, options: argparse.Namespace, rewrite: Rewrite) -> Rewritten:
    """Rewrite the chosen files, each on its own. Raises CommandError if there is none."""
    paths = options.paths or folders_in_force(app, options.workspace)
    rewritten = Rewritten(is_check=options.check)
    for found in rule_files(paths):
        rewritten.add(_rewrite(found, rewrite, is_check=options.check))
    return rewritten


def _rewrite(path: Path | Outcome, rewrite: Rewrite, *, is_check: bool) -> Outcome:
    """Rewrite one file, unless it is only checked."""
    if not isinstance(path, Path):
        return path
    name = shown_name(str(path))
    try:
        found = _changed(path, name, rewrite)
        if isinstance(found, Change) and not is_check:
            _write(path, found)
    except CommandError as error:
        return FailedFile(name, error.code, error.what, error.hint)
    return found


def _changed(path: Path, name: str, rewrite: Rewrite) -> Change | tuple[Finding, ...]:
    """How a file changes, or what is wrong with it; nothing if it stays as it is."""
    content = read_whole(path)
    rule, findings = parse_rule(name, content, "config")
    if rule is None:
        return findings
    before = content.decode()
    after = rewrite(before, path.name.casefold().endswith(".toml"))
    if after is None:
        return (Finding(name, None, "", _REFUSED),)
    return Change(name, before, after) if after != before else ()


def _write(path: Path, change: Change) -> None:
    """Write the file, unless another program did meanwhile. Raises CommandError."""
    if read_whole(path) != change.before.encode():
        what = f"{change.name} was changed by another program meanwhile"
        raise CommandError("changed_meanwhile", what, "run this again")
    write_whole(path, change.after)
