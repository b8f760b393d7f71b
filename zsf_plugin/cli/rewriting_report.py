"""What a command that rewrites rule files changed or would change, as JSON and as text."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field

from zsf_plugin.cli.checking import finding_document
from zsf_plugin.cli.output import counted
from zsf_plugin.cli.streams import say
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.names import printable_line


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


@dataclass(slots=True)
class Rewritten:
    """The files that changed, or would (`is_check`), how many stay as they are, and what is wrong
    with others."""

    is_check: bool
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, found: Change | tuple[Finding, ...]) -> None:
        """Add one file: how it changes or what is wrong with it; neither if it stays as it is."""
        if isinstance(found, Change):
            self.changes.append(found)
        elif found:
            self.findings += found
        else:
            self.unchanged += 1

    def needs_attention(self) -> bool:
        """Whether a file is invalid, or would change and was only checked."""
        return bool(self.findings) or (self.is_check and bool(self.changes))

    def as_json(self) -> JsonObject:
        """The document of a command that rewrites rule files."""
        return {
            "changed": self._names(),
            "unchanged": self.unchanged,
            "findings": [*map(finding_document, self.findings)],
            "check": self.is_check,
        }

    def _names(self) -> list[str]:
        return [change.name for change in self.changes]


def show_rewritten(rewritten: Rewritten, done: str, would: str) -> None:
    """Print what is wrong, what changed (`done`, as in `Laid out`) or `would` (`would change`) as a
    diff, and how many files."""
    for finding in rewritten.findings:
        say(printable_line(str(finding)))
    for change in rewritten.changes:
        _show_change(change, done, is_check=rewritten.is_check)
    say(_counts_in_words(rewritten, would))


def _show_change(change: Change, done: str, *, is_check: bool) -> None:
    if not is_check:
        say(f"{done} {change.name}")
        return
    for line in change.diff():
        say(line)


def _counts_in_words(rewritten: Rewritten, would: str) -> str:
    changed = counted(len(rewritten.changes), "file", "files")
    what = would if rewritten.is_check else "changed"
    return f"{changed} {what}, {rewritten.unchanged} unchanged{_invalid_in_words(rewritten)}"


def _invalid_in_words(rewritten: Rewritten) -> str:
    invalid = len({finding.file for finding in rewritten.findings})
    return f", {counted(invalid, 'file', 'files')} left alone" if invalid else ""
