"""How the command line shows steps, causes and writes: lines on a terminal, objects in JSON.
The words come from `messages`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zsf_plugin.cli.output import say, table
from zsf_plugin.messages.text import cause_advice, cause_text, reason_text, step_text
from zsf_plugin.model import Cause, JsonObject, Step
from zsf_plugin.ports import Entry


def say_steps(steps: Sequence[Step]) -> None:
    """A line for each step, its object in front."""
    for step in steps:
        say(f"  {(step.object or '').ljust(8)} {step_text(step)}")


def cause_cells(cause: Cause) -> tuple[str, str]:
    """The cells of a table for a cause: why, and what to do."""
    return cause_text(cause), cause_advice(cause)


def cause_in_words(cause: Cause) -> str:
    """Why an entry is held, and what to do."""
    return f"{cause_text(cause)}; {cause_advice(cause)}"


def show_values(title: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """A table of what fields held before a write, and after it."""
    rows = [(field, before.get(field, "-"), value) for field, value in after.items()]
    table(("field", "before", "after"), rows, title=title)


def reason_of(entry: Entry) -> str | None:
    """Why the entry ended as it did, in a line; None where there is nothing to say."""
    return reason_text(entry.reason, entry.cause)


def step_document(step: Step) -> JsonObject:
    """A step as JSON has it: its data, and the same in words."""
    return {
        "code": step.code,
        "text": step_text(step),
        "object": step.object,
        "field": step.field,
        "data": step.data,
    }


def cause_document(cause: Cause) -> JsonObject:
    """A cause as JSON has it: its data, and the same in words."""
    return {
        "group": cause.group,
        "code": cause.code,
        "text": cause_text(cause),
        "advice": cause_advice(cause),
        "object": cause.object,
        "field": cause.field,
        "data": cause.data,
        "fingerprint": cause.fingerprint,
        "detail": cause.detail,
    }
