"""`zsf outbox export`: the events that the outbox keeps, as lines that `zsf feed` and `zsf rules
replay` read."""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.cli import arguments
from zsf_plugin.cli.common import Actions, CommandApp, Report, add_action
from zsf_plugin.cli.failures import UsageError
from zsf_plugin.cli.moments import since
from zsf_plugin.cli.output import counted, note_not_kept
from zsf_plugin.cli.output_files import EVENT_LINES, check_replaceable, is_stdout
from zsf_plugin.cli.private_output import private_file
from zsf_plugin.cli.streams import note, progress, write_while_read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsf_plugin.model import JsonObject

#: The bar moves once for this many lines.
_LINES_A_STEP = 100


def add_export(actions: Actions, states: Sequence[str]) -> None:
    """The action `export`."""
    help_ = "Write the events that the outbox keeps as JSON lines, without message contents"
    shown = (
        "zsf outbox export --since 24h > events.jsonl",
        "zsf outbox export --since 2026-11-01 --state held --output held.jsonl",
    )
    run = Report(_export, Exported.as_json, _show, working=None)
    parser = add_action(actions, "export", run, help_, shown)
    parser.add_argument(
        "--since",
        type=since,
        metavar="T",
        help="Only events that arrived since T: a time in ISO 8601, or an age, as 24h or 7d",
    )
    parser.add_argument("--state", choices=states, help="Only events of entries in this state")
    parser.add_argument(
        "--output",
        type=arguments.path,
        metavar="FILE",
        help="Write to FILE, which only you may read, instead of stdout (-); one that is there is "
        "replaced if it is empty or such a file",
    )


@dataclass(frozen=True, slots=True)
class Exported:
    """How many events were written, and how many entries have none: only ids are kept of what was
    skipped or invalid."""

    exported: int
    not_kept: int
    output: Path | None

    def as_json(self) -> JsonObject:
        """The document of `zsf outbox export --json`."""
        output = None if self.output is None else str(self.output)
        return {"exported": self.exported, "not_kept": self.not_kept, "output": output}


def _export(app: CommandApp, options: argparse.Namespace) -> Exported:
    from zsf_plugin.wiring.kept_events import call_of, entries_oldest_first, has_event

    output = None if is_stdout(options.output) else options.output
    if output is not None:
        check_replaceable(output, EVENT_LINES)
    elif options.json:
        raise UsageError("--json prints the counts only", "give --output FILE for the events")
    earliest = None if options.since is None else options.since.at(app.clock.now())
    entries = entries_oldest_first(app.store, options.workspace, earliest, options.state)
    exported = not_kept = 0
    target = nullcontext(write_while_read) if output is None else private_file(output)
    with target as write_text, progress("Exporting events") as show:
        for entry in entries:
            if not has_event(entry):
                not_kept += 1
                continue
            write_text(f"{json.dumps(call_of(entry.event))}\n")
            exported += 1
            if exported % _LINES_A_STEP == 0:
                show(exported)
    return Exported(exported, not_kept, output)


def _show(exported: Exported) -> None:
    where = "" if exported.output is None else f" to {exported.output}"
    note(f"{counted(exported.exported, 'event', 'events')} exported{where}")
    note_not_kept(exported.not_kept)
