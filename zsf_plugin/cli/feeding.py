"""Host events from files, one JSON object per call (`{"hook": …, arguments}`), and `zsf feed`,
which adds them to the outbox as a host's hooks would. Drains nothing."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.cli.common import CommandApp, Report, add_overall_arguments
from zsf_plugin.cli.inputs import (
    decoded,
    is_stdin,
    name_of,
    not_utf8,
    numbered_lines,
    read_text,
    unusable,
)
from zsf_plugin.cli.streams import progress, say, warn
from zsf_plugin.errors import InvalidEvent
from zsf_plugin.intake.reading import copy_call, read_event
from zsf_plugin.model import HOOK_KINDS, Event, Json, JsonObject, Receipt
from zsf_plugin.rulebook.schema import first_violation

if TYPE_CHECKING:
    from zsf_plugin.ports import RuleSource

_OUTCOMES = ("accepted", "duplicate", "skipped", "held", "refused")
#: States of an accepted entry that the next drain does not send.
_ENDED = ("skipped", "held")
MAX_SHOWN = 20
#: How many lines of a file are stored together: one sync of the disk takes as long as for one.
GROUP_SIZE = 200
#: What makes a line blank: white space, and the byte order mark of an empty file.
_BLANK = b" \t\r\n\xef\xbb\xbf"
_GIVE_EVENTS = "give a file of events, or - for stdin"
_GIVE_AN_EVENT = "give a file with one event, or - for stdin"


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call: the hook's name and its keyword arguments."""

    hook: str
    arguments: JsonObject


def read_call(text: str) -> HookCall:
    """The call of one line. Raises ValueError, whose message quotes nothing of it."""
    document = _read_object(text)
    hook = document.pop("hook", None)
    if not isinstance(hook, str) or hook not in HOOK_KINDS:
        raise ValueError(f"unknown hook: give one of {', '.join(HOOK_KINDS)}")
    return HookCall(hook, document)


def _read_object(text: str) -> dict[str, Json]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("not a JSON object") from error
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return document


def read_event_file(path: Path, rules: RuleSource) -> Event:
    """The event of a file. Raises CommandError, which says what to do."""
    text = read_text(path, _GIVE_AN_EVENT)
    try:
        call = read_call(text)
        return read_event(HOOK_KINDS[call.hook], copy_call(call.arguments), first_violation, rules)
    except InvalidEvent as fault:
        reason = f"{fault.pointer or '/'}: {fault.reason}"
        raise unusable(path, f" {reason}", _GIVE_AN_EVENT) from fault
    except ValueError as error:
        raise unusable(path, f" {error}", _GIVE_AN_EVENT) from error


@dataclass(slots=True)
class Tally:
    """How many lines had each outcome so far, and why lines were refused."""

    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[dict[str, Json]] = field(default_factory=list)

    def count(self, number: int, outcome: str, reason: str | None) -> None:
        """Count line `number`."""
        self.counts[outcome] += 1
        if outcome == "refused":
            self.refusals.append({"line": number, "reason": reason})

    def by_outcome(self) -> dict[str, int]:
        """How many lines had each outcome, also those that none had."""
        return {name: self.counts[name] for name in _OUTCOMES}

    def has_findings(self) -> bool:
        """Whether a line was refused, or its event is invalid and held: the sender must act."""
        return bool(self.refusals) or self.counts["held"] > 0

    def as_json(self) -> JsonObject:
        """The document of `zsf feed --json`."""
        return {**self.by_outcome(), "refusals": [*self.refusals]}


def add_feed(parser: argparse.ArgumentParser) -> None:
    """The arguments of `feed`."""
    run = Report(_feed, Tally.as_json, _show, Tally.has_findings, working=None, creates=True)
    add_overall_arguments(parser, run, "each event names its own workspace")
    parser.add_argument(
        "events",
        type=Path,
        metavar="EVENTS.jsonl",
        help="File with one event per line: `hook` names the hook, the other keys are its "
        "arguments; - reads stdin",
    )


def _feed(app: CommandApp, options: argparse.Namespace) -> Tally:
    """Add the events of the file to the outbox, and report the lines that were refused."""
    tally = Tally()
    # what comes through a pipe may come slowly: each line is stored at once
    size = 1 if is_stdin(options.events) else GROUP_SIZE
    lines = numbered_lines(options.events, _GIVE_EVENTS)
    with progress("Reading events") as show:
        while group := list(islice(lines, size)):
            _receive(app, group, tally)
            show(group[-1][0])
    _report_refusals(options.events, tally)
    return tally


def _receive(app: CommandApp, group: Sequence[tuple[int, bytes]], tally: Tally) -> None:
    """Add the events of these lines to the outbox, durable together, and count the lines."""
    calls: dict[int, tuple[str, JsonObject]] = {}
    refused: dict[int, str] = {}
    for number, line in group:
        if not line.strip(_BLANK):
            continue
        try:
            call = read_call(decoded(line, is_first=number == 1))
            calls[number] = call.hook, call.arguments
        except UnicodeDecodeError as error:
            refused[number] = f"{not_utf8(error)}; save the file as UTF-8"
        except ValueError as error:
            refused[number] = str(error)
    receipts = dict(zip(calls, app.intake.receive_all(list(calls.values())), strict=True))
    for number, _ in group:
        if number in receipts:
            tally.count(number, _outcome(receipts[number]), receipts[number]["reason"])
        elif number in refused:
            tally.count(number, "refused", refused[number])


def _report_refusals(path: Path, tally: Tally) -> None:
    for refusal in tally.refusals[:MAX_SHOWN]:
        warn(f"{name_of(path)}:{refusal['line']}: refused: {refusal['reason']}")
    more = len(tally.refusals) - MAX_SHOWN
    if more > 0:
        warn(f"{name_of(path)}: {more} more lines refused; --json lists all of them")


def _show(tally: Tally) -> None:
    say("  ".join(f"{name} {count}" for name, count in tally.by_outcome().items()))


def _outcome(receipt: Receipt) -> str:
    if not receipt["accepted"]:
        return "refused"
    if receipt["duplicate"]:
        return "duplicate"
    state = receipt["state"]
    return state if state in _ENDED else "accepted"
