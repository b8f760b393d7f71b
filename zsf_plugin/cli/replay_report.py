"""What `zsf rules replay` found, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zsf_plugin.cli.output import counted, table
from zsf_plugin.cli.rule_diff_report import finding_document, note_findings, value_in_words
from zsf_plugin.cli.streams import note, say, warn

if TYPE_CHECKING:
    from zsf_plugin.authoring.replay import Replay
    from zsf_plugin.cli.replayed_events import Source
    from zsf_plugin.model import JsonObject
    from zsf_plugin.rulebook import Finding

#: How many refused lines the JSON document lists; all of them are in the file of --output.
MAX_REFUSALS = 100
MAX_SHOWN = 20


@dataclass(slots=True)
class ReplayReport:
    """What was found, and what could not be replayed."""

    before: str
    after: str
    replay: Replay
    findings: tuple[Finding, ...] = ()
    refused: int = 0
    refusals: list[JsonObject] = field(default_factory=list)
    not_kept: int = 0

    def has_findings(self) -> bool:
        """Whether an event differs, or a line or rule file is wrong."""
        return bool(self.replay.different or self.refused) or self.is_faulty

    @property
    def is_faulty(self) -> bool:
        """Whether a rule file is certainly wrong."""
        return any(finding.severity == "error" for finding in self.findings)

    def as_json(self) -> JsonObject:
        """The document of `zsf rules replay --json`."""
        replay = self.replay
        return {
            "events": replay.events,
            "different": replay.different,
            "kinds": [
                {
                    "kind": kind.kind,
                    "count": kind.count,
                    "example": kind.examples[0],
                    "examples": [*kind.examples],
                }
                for kind in replay.kinds
            ],
            "calls": {"before": replay.calls_before, "after": replay.calls_after},
            "refused": self.refused,
            "refusals": [*self.refusals],
            "not_kept": self.not_kept,
            "findings": [*map(finding_document, self.findings)],
        }

    def take(self, source: Source) -> JsonObject | None:
        """Replay one event, or count why there is none; returns what the output says of it, None
        if nothing differs."""
        if source.event is not None:
            return self.replay.take(source.event, source.where)
        return self._count(source)

    def _count(self, source: Source) -> JsonObject | None:
        if source.refused is None:
            self.not_kept += 1
            return None
        self.refused += 1
        self._keep({**source.where, "reason": source.refused})
        return {**source.where, "refused": source.refused}

    def _keep(self, refusal: JsonObject) -> None:
        if len(self.refusals) < MAX_REFUSALS:
            self.refusals.append(refusal)


def show_replay(report: ReplayReport) -> None:
    """Print the kinds of differences with their examples, and the counts."""
    replay = report.replay
    note_findings(report.findings)
    for refusal in report.refusals[:MAX_SHOWN]:
        warn(f"line {refusal['line']}: refused: {refusal['reason']}")
    if report.refused > MAX_SHOWN:
        warn(f"{report.refused - MAX_SHOWN} more lines refused; --output FILE has all of them")
    if replay.kinds:
        rows = [row for kind in replay.kinds for row in _rows(kind.kind, kind.count, kind.examples)]
        columns = ("# events", "what", "event", "before", "after")
        table(columns, rows, title=f"From {report.before} to {report.after}")
    events = counted(replay.events, "event", "events")
    different = (
        counted(replay.different, "differs", "differ") if replay.different else "none differs"
    )
    say(f"{events} replayed, {different}")
    before, after = replay.calls_before, replay.calls_after
    say(f"API calls, as if nothing had been synced: at most {before} before, {after} after")
    if report.not_kept:
        note(f"not kept: {report.not_kept} (only ids are kept of what was skipped or invalid)")


def _rows(kind: str, count: int, examples: Sequence[JsonObject]) -> Iterator[tuple[str, ...]]:
    for position, example in enumerate(examples):
        first = (str(count), kind) if position == 0 else ("", "")
        values = (value_in_words(example["before"]), value_in_words(example["after"]))
        yield (*first, _name_of(example), *values)


def _name_of(example: JsonObject) -> str:
    """Where an event comes from, and its id."""
    where = f"line {example['line']}" if "line" in example else str(example["entry"])
    return f"{where}: {value_in_words(example['event_id'])}"
