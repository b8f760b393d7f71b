"""What of an entry was undone, as text and for JSON. Reads nothing."""

from __future__ import annotations

from collections.abc import Sequence

from zsf_plugin.cli.output import utc_time
from zsf_plugin.cli.streams import say
from zsf_plugin.model import JsonObject
from zsf_plugin.ports import UndoLine


def say_undone(lines: Sequence[UndoLine]) -> None:
    """A line for each record that was undone; nothing without any."""
    for line in lines:
        by, at = line.by or "someone", utc_time(line.at)
        say(f"Undone by {by} at {at}: {line.object} {line.record_id} {_what(line)}")


def _what(line: UndoLine) -> str:
    return "deleted" if line.action == "delete" else f"{', '.join(line.after)} put back"


def undone_document(line: UndoLine) -> JsonObject:
    """One record that was undone, for JSON."""
    return {
        "object": line.object,
        "record_id": line.record_id,
        "action": line.action,
        "fields": list(line.after),
        "at": line.at,
        "by": line.by,
    }
