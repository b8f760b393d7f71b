"""What a command that rewrites rule files changed or would change, as JSON and as text."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TypeAlias

from zsf_plugin.cli.checking_report import finding_document
from zsf_plugin.cli.output import counted, say_styled
from zsf_plugin.cli.streams import say
from zsf_plugin.cli.text_diff import styled_diff
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.names import printable_line


@dataclass(frozen=True, slots=True)
class Change:
    """A file that changes: its name for people, and its text before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file or folder that could not be read or written: its name for people, a stable code, why,
    and what to do."""

    file: str
    code: str
    message: str
    hint: str


#: What became of a file; no finding at all: it stays as it is.
Outcome: TypeAlias = Change | FailedFile | tuple[Finding, ...]


@dataclass(slots=True)
class Rewritten:
    """The files that changed, or would (`is_check`), how many stay as they are, what is wrong with
    others, and which could not be read or written."""

    is_check: bool
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    findings: list[Finding] = field(default_factory=list)
    failures: list[FailedFile] = field(default_factory=list)

    def add(self, found: Outcome) -> None:
        """Add what became of one file."""
        if isinstance(found, Change):
            self.changes.append(found)
        elif isinstance(found, FailedFile):
            self.failures.append(found)
        elif found:
            self.findings += found
        else:
            self.unchanged += 1

    def needs_attention(self) -> bool:
        """Whether a file is invalid, or would change and was only checked."""
        return bool(self.findings) or (self.is_check and bool(self.changes))

    def has_failed(self) -> bool:
        """Whether a file could not be read or written."""
        return bool(self.failures)

    def as_json(self) -> JsonObject:
        """The document of a command that rewrites rule files."""
        return {
            "changed": [change.name for change in self.changes],
            "unchanged": self.unchanged,
            "findings": [*map(finding_document, self.findings)],
            "failures": [asdict(failed) for failed in self.failures],
            "check": self.is_check,
        }


def show_rewritten(rewritten: Rewritten, done: str, would: str) -> None:
    """Print what is wrong, what changed (`done`, as in `Laid out`) or `would` (`would change`) as a
    diff, what failed, and how many files."""
    for finding in rewritten.findings:
        say(printable_line(str(finding)))
    for change in rewritten.changes:
        _show_change(change, done, is_check=rewritten.is_check)
    for failed in rewritten.failures:
        say(printable_line(f"Failed: {failed.message}; {failed.hint}"))
    say(_counts_in_words(rewritten, would))


def _show_change(change: Change, done: str, *, is_check: bool) -> None:
    if not is_check:
        say(f"{done} {change.name}")
        return
    for line, style in styled_diff(change.name, change.before, change.after):
        say_styled(line, style)


def _counts_in_words(rewritten: Rewritten, would: str) -> str:
    changed = counted(len(rewritten.changes), "file", "files")
    what = would if rewritten.is_check else "changed"
    return f"{changed} {what}, {rewritten.unchanged} unchanged{_others_in_words(rewritten)}"


def _others_in_words(rewritten: Rewritten) -> str:
    invalid = len({finding.file for finding in rewritten.findings})
    counts = {"left alone": invalid, "failed": len(rewritten.failures)}
    return "".join(
        f", {counted(number, 'file', 'files')} {what}" for what, number in counts.items() if number
    )
