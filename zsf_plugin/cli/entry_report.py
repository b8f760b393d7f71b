"""What `zsf outbox show` found, as JSON and as text: one entry, what was written for it, and what
of it was undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from zsf_plugin.cli.output import (
    cause_document,
    end_reason,
    heading,
    pairs,
    say_steps,
    show_values,
    step_document,
    utc_time,
)
from zsf_plugin.cli.streams import say
from zsf_plugin.cli.undone import say_undone, undone_document
from zsf_plugin.messages.text import cause_advice, cause_headline, step_text
from zsf_plugin.model import Cause, Json, JsonObject, Step, is_same_org
from zsf_plugin.ports import Entry, JournalLine, UndoLine

_DONE = {"create": "Created", "update": "Changed"}


@dataclass(frozen=True, slots=True)
class EntryReport:
    """An entry, what was written for it, the org in which it was settled, if the workspace is not
    connected to it now, the digest of the rules in force, and what of it was undone."""

    entry: Entry
    journal: Sequence[JournalLine]
    elsewhere: str = ""
    in_force: str = ""
    undone: Sequence[UndoLine] = ()

    def as_json(self) -> JsonObject:
        """The document of `zsf outbox show --json`."""
        steps = [step_document(step) for step in self.entry.steps]
        lines = [cast(Json, asdict(line)) for line in self.journal]
        undone = [undone_document(line) for line in self.undone]
        return {**entry_summary(self.entry), "steps": steps, "journal": lines, "undone": undone}


def entry_summary(entry: Entry) -> JsonObject:
    """An entry in JSON, without what was written for it."""
    return {
        "id": entry.id,
        "event_id": entry.event.event_id,
        "kind": entry.kind,
        "prospect": entry.lane,
        "state": entry.state,
        "reason": end_reason(entry),
        "cause": None if entry.cause is None else cause_document(entry.cause),
        "attempts": entry.attempts,
        "received_at": entry.received_at,
        "settled_at": entry.settled_at,
        "not_before": entry.not_before,
        "org_id": entry.org_id,
    }


def show_entry(report: EntryReport) -> None:
    """Print the entry, what was written for it, and what of it was undone."""
    pairs(_facts(report), title=f"Entry {report.entry.id}: {report.entry.state}")
    _show_reason(report.entry)
    _show_steps(report.entry.steps)
    for line in report.journal:
        _show_write(line, report.entry.org_id)
    written_by = dict.fromkeys(line.rules for line in report.journal if line.rules)
    for rules in written_by:
        since = "in force now" if rules == report.in_force else "not those in force now"
        say(f"Decided by the rules {rules}, {since}")
    say_undone(report.undone)


def _show_steps(steps: Sequence[Step]) -> None:
    if steps:
        heading("What happened")
        say_steps(steps)


def _facts(report: EntryReport) -> list[tuple[str, str]]:
    entry = report.entry
    elsewhere = [("org", f"{report.elsewhere}, not connected now")] if report.elsewhere else []
    return [
        ("event", entry.event.event_id),
        ("kind", entry.kind),
        ("prospect", entry.lane),
        ("received", utc_time(entry.received_at)),
        ("ended", utc_time(entry.settled_at)),
        *elsewhere,
    ]


def _show_reason(entry: Entry) -> None:
    """Why the entry is held, or why it ended as it did."""
    if entry.cause is not None:
        pairs(_cause_rows(entry.cause), title="Held")
    elif entry.reason is not None:
        pairs([("why", step_text(entry.reason))])


def _cause_rows(cause: Cause) -> list[tuple[str, str]]:
    return [
        ("cause", cause_headline(cause, cause.detail)),
        ("do", cause_advice(cause)),
        ("Salesforce says", cause.detail or "-"),
    ]


def _show_write(line: JournalLine, org_id: str | None) -> None:
    """What one write changed; with its org, if the entry was settled in another."""
    title = f"{_DONE[line.action]} {line.object} {line.record_id}"
    if line.org_id and not is_same_org(line.org_id, org_id or ""):
        title += f" in org {line.org_id}"
    show_values(title, _cells(line.before), _cells(line.after))


def _cells(values: Mapping[str, Json]) -> dict[str, str]:
    return {field: "-" if value is None else str(value) for field, value in values.items()}
