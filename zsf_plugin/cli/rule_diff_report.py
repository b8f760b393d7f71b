"""What `zsf rules diff` found, as JSON and as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin.cli.output import counted, table
from zsf_plugin.cli.rule_diff_gaps import (
    not_exercised_document,
    show_not_exercised,
    show_unreachable,
    unreachable_document,
)
from zsf_plugin.cli.sided_findings import SidedFindings, note_findings
from zsf_plugin.cli.streams import note, say
from zsf_plugin.rulebook.names import printable_line

if TYPE_CHECKING:
    from zsf_plugin.authoring.comparison import Example, RuleComparison
    from zsf_plugin.authoring.differences import Place
    from zsf_plugin.model import Json, JsonObject

#: What a person calls the rules that are in force.
IN_FORCE = "the rules in force"
MAX_SHOWN_VALUE = 60
_COLUMNS = ("what", "before", "after", "for example")
#: What every event has, and no example has to say.
_GIVEN = ("hook", "workspace", "event_id", "occurred_at", "prospect.id", "touchpoint.id")


@dataclass(frozen=True, slots=True)
class DiffReport:
    """What two sets of rules do differently, which files do nothing any more, and what is wrong
    with the files of either."""

    a: str
    b: str
    comparison: RuleComparison
    findings: SidedFindings

    def has_findings(self) -> bool:
        """Whether anything differs, or may not do what was meant."""
        found = self.comparison
        return bool(found.examples or found.unreachable or self.findings.errors)

    def as_json(self) -> JsonObject:
        """The document of `zsf rules diff --json`."""
        return {
            "tried": self.comparison.tried,
            "differences": [_example_document(one) for one in self.comparison.examples],
            "not_exercised": [not_exercised_document(one) for one in self.comparison.not_exercised],
            "unreachable": [unreachable_document(one) for one in self.comparison.unreachable],
            "findings": self.findings.documents(),
        }


def _example_document(example: Example) -> JsonObject:
    place, a, b = example.difference
    return {**place._asdict(), "a": a, "b": b, "event": example.event}


def show_diff(report: DiffReport) -> None:
    """Print the differences, a line each."""
    note_findings(report.findings)
    examples, unreachable = report.comparison.examples, report.comparison.unreachable
    if examples:
        table(_COLUMNS, map(_row, examples), title=printable_line(f"From {report.a} to {report.b}"))
    if unreachable:
        show_unreachable(unreachable)
    show_not_exercised(report.comparison.not_exercised)
    counts = _counts_in_words(report.comparison)
    say(f"{counts}{report.findings.in_words()}")
    if examples:
        note("--json has each example as an event, for `zsf rules explain`")


def _counts_in_words(comparison: RuleComparison) -> str:
    found, tried = len(comparison.examples), comparison.tried
    differences = counted(found, "difference", "differences") if found else "no difference"
    counts = f"{differences} found in {counted(tried, 'event', 'events')}".capitalize()
    left = len(comparison.not_exercised)
    return f"{counts}; {counted(left, 'key was', 'keys were')} not exercised" if left else counts


def _row(example: Example) -> tuple[str, ...]:
    place, *values = example.difference
    before, after = map(value_in_words, values)
    what, event = _place_in_words(place), _event_in_words(example.event)
    return printable_line(what), before, after, printable_line(event)


def _place_in_words(place: Place) -> str:
    """`Lead Industry (overwrite)`."""
    name = _name_in_words(place)
    return name if place.aspect == "value" else f"{name} ({place.aspect})"


def _name_in_words(place: Place) -> str:
    return place.field if place.object is None else f"{place.object} {place.field}"


def value_in_words(value: Json) -> str:
    """A value for people: a text as it is, if that is short and not blank; nothing for null."""
    if value is None:
        return "-"
    is_plain = isinstance(value, str) and value.strip() == value and value not in ("", "-")
    text = str(value) if is_plain else json.dumps(value, ensure_ascii=False)
    return _cut(printable_line(text))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN_VALUE else f"{text[: MAX_SHOWN_VALUE - 1]}…"


def _event_in_words(event: JsonObject) -> str:
    """What is special about an event: `a purchase, prospect.title Engineer`."""
    kind = "a touchpoint" if "touchpoint" in event else "a purchase"
    return ", ".join([kind, *_special_values(event)])


def _special_values(event: JsonObject) -> Iterator[str]:
    for name, value in _leaves(event, ""):
        if name not in _GIVEN:
            yield f"{name} {value_in_words(value)}"


def _leaves(document: Mapping[str, Json], above: str) -> Iterator[tuple[str, Json]]:
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
