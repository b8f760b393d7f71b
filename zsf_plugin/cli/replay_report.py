"""What `zsf rules replay` found, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from zsf_plugin.cli.output import counted, note_not_kept, table
from zsf_plugin.cli.rule_diff_report import value_in_words
from zsf_plugin.cli.sided_findings import SidedFindings, note_findings
from zsf_plugin.cli.streams import note, say, warn
from zsf_plugin.errors import unexpected_text
from zsf_plugin.rulebook.names import printable_line

if TYPE_CHECKING:
    from zsf_plugin.authoring.replay import DifferenceKind, Replay
    from zsf_plugin.cli.replayed_events import Source
    from zsf_plugin.model import JsonObject

#: How many refused lines the JSON document lists; all of them are in the file of --output.
MAX_REFUSALS = 100
MAX_SHOWN = 20
_COLUMNS = ("# events", "what", "event", "before", "after")


@dataclass(slots=True)
class ReplayReport:
    """What was found, and what could not be replayed. `has_stdout`: it may be shown on stdout."""

    before: str
    after: str
    replay: Replay
    findings: SidedFindings
    has_stdout: bool = True
    refused: int = 0
    refusals: list[JsonObject] = field(default_factory=list)
    not_kept: int = 0

    def has_findings(self) -> bool:
        """Whether an event differs, or a line or rule file is wrong."""
        return bool(self.replay.different or self.refused or self.findings.errors)

    def as_json(self) -> JsonObject:
        """The document of `zsf rules replay --json`."""
        replay = self.replay
        return {
            "events": replay.events,
            "different": replay.different,
            "kinds": [*map(_kind_document, replay.kinds)],
            "calls": {"before": replay.calls_before, "after": replay.calls_after},
            "refused": self.refused,
            "refusals": [*self.refusals],
            "not_kept": self.not_kept,
            "findings": self.findings.documents(),
        }

    def take(self, source: Source) -> JsonObject | None:
        """Replay one event, or count why there is none; returns what the output says of it, None
        if nothing differs."""
        if source.event is None:
            return self._count(source)
        try:
            return self.replay.take(source.event, source.where)
        except Exception as error:  # noqa: BLE001 - one odd event must not end the replay
            return self._refuse(source.where, unexpected_text(error))

    def _count(self, source: Source) -> JsonObject | None:
        if source.refused is None:
            self.not_kept += 1
            return None
        return self._refuse(source.where, source.refused)

    def _refuse(self, where: JsonObject, reason: str) -> JsonObject:
        self.refused += 1
        self._keep({**where, "reason": reason})
        return {**where, "refused": reason}

    def _keep(self, refusal: JsonObject) -> None:
        if len(self.refusals) < MAX_REFUSALS:
            self.refusals.append(refusal)


def _kind_document(kind: DifferenceKind) -> JsonObject:
    return {
        "kind": kind.kind,
        "count": kind.count,
        "example": kind.examples[0],
        "examples": [*kind.examples],
    }


def show_replay(report: ReplayReport) -> None:
    """Print the kinds of differences with their examples, and the counts."""
    note_findings(report.findings)
    _warn_of_refusals(report)
    if report.has_stdout and report.replay.kinds:
        _show_kinds(report)
    show_line = say if report.has_stdout else note
    show_line(_events_in_words(report))
    show_line(_calls_in_words(report.replay))
    note_not_kept(report.not_kept)


def _warn_of_refusals(report: ReplayReport) -> None:
    for refusal in report.refusals[:MAX_SHOWN]:
        warn(printable_line(f"line {refusal['line']}: refused: {refusal['reason']}"))
    more = report.refused - MAX_SHOWN
    if more > 0:
        warn(f"{more} more lines refused; --output FILE has all of them")


def _show_kinds(report: ReplayReport) -> None:
    rows = chain.from_iterable(map(_rows, report.replay.kinds))
    table(_COLUMNS, rows, title=printable_line(f"From {report.before} to {report.after}"))


def _rows(kind: DifferenceKind) -> Iterator[tuple[str, ...]]:
    """A row for each example, the first one with the kind."""
    first = (str(kind.count), printable_line(kind.kind))
    for example in kind.examples:
        yield (*first, *_example_row(example))
        first = ("", "")


def _example_row(example: JsonObject) -> tuple[str, ...]:
    before, after = (value_in_words(example[side]) for side in ("before", "after"))
    return _name_of(example), before, after


def _events_in_words(report: ReplayReport) -> str:
    """How many events were replayed, and all that was not."""
    replay = report.replay
    events = counted(replay.events, "event", "events")
    counts = [f"{events} replayed", _different_in_words(replay.different)]
    if report.refused:
        counts.append(f"{counted(report.refused, 'line', 'lines')} refused")
    if report.not_kept:
        counts.append(f"{report.not_kept} not kept")
    return f"{', '.join(counts)}{report.findings.in_words()}"


def _different_in_words(count: int) -> str:
    return counted(count, "differs", "differ") if count else "none differs"


def _calls_in_words(replay: Replay) -> str:
    before, after = replay.calls_before, replay.calls_after
    return f"API calls, as if nothing had been synced: at most {before} before, {after} after"


def _name_of(example: JsonObject) -> str:
    """Where an event comes from, and its id."""
    return f"{_source_of(example)}: {value_in_words(example['event_id'])}"


def _source_of(example: JsonObject) -> str:
    return f"line {example['line']}" if "line" in example else str(example["entry"])
