"""Host events from files, one JSON object a call (`{"hook": …, arguments}`), and `zsf feed`, which
takes them into the outbox as a host's hooks would. Drains nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from zsf_plugin.cli.common import CommandApp, Report, add_report_arguments
from zsf_plugin.cli.output import progress, say, tell
from zsf_plugin.errors import ConfigurationError, InvalidEvent
from zsf_plugin.intake.reading import read_event
from zsf_plugin.model import HOOK_KINDS, Event, Json, JsonObject, Receipt
from zsf_plugin.rulebook.schema import first_violation

_COUNTED = ("accepted", "duplicate", "skipped", "held", "refused")
#: States in which an entry that was taken in is not to be sent.
_ENDED = ("skipped", "held")
MAX_SHOWN = 20


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call: the hook's name and its keyword arguments."""

    hook: str
    arguments: JsonObject


def read_call(text: str) -> HookCall:
    """The call of one line. Raises ValueError with words that quote nothing of it."""
    document = _read_object(text)
    hook = document.pop("hook", None)
    if not isinstance(hook, str) or hook not in HOOK_KINDS:
        raise ValueError(f"no known hook: give one of {', '.join(HOOK_KINDS)}")
    return HookCall(hook, document)


def _read_object(text: str) -> dict[str, Json]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("not a JSON object") from error
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return document


def read_event_file(path: Path) -> Event:
    """The event of a file. Raises ConfigurationError, which says what to do."""
    try:
        return _read_event(path)
    except OSError as error:
        words = f"{error.strerror}; give a file with one event"
    except InvalidEvent as fault:
        words = f"{fault.pointer or '/'}: {fault.reason}"
    except ValueError as error:
        words = str(error)
    raise ConfigurationError((f"{path}: {words}",))


def _read_event(path: Path) -> Event:
    call = read_call(path.read_text(encoding="utf-8"))
    return read_event(HOOK_KINDS[call.hook], call.arguments, first_violation)


@dataclass(slots=True)
class Tally:
    """What became of the lines so far: how many of each outcome, and the refused ones."""

    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[dict[str, Json]] = field(default_factory=list)

    def count(self, number: int, outcome: str, reason: str | None) -> None:
        """Count line `number`."""
        self.counts[outcome] += 1
        if outcome == "refused":
            self.refusals.append({"line": number, "reason": reason})

    def by_outcome(self) -> dict[str, int]:
        """How many lines of each outcome, also of those that no line had."""
        return {name: self.counts[name] for name in _COUNTED}

    def has_refusals(self) -> bool:
        """Whether a line was refused."""
        return bool(self.refusals)

    def as_json(self) -> JsonObject:
        """The document of `zsf feed --json`."""
        return {**self.by_outcome(), "refusals": [*self.refusals]}


def add_feed(parser: argparse.ArgumentParser) -> None:
    """The arguments of `feed`."""
    add_report_arguments(parser, Report(_take_in_all, Tally.as_json, _show, Tally.has_refusals))
    parser.add_argument(
        "events", type=Path, metavar="EVENTS.jsonl", help="the file; - for standard input"
    )


def _take_in_all(app: CommandApp, options: argparse.Namespace) -> Tally:
    """Take in the lines of the file, and say why some were refused."""
    tally = Tally()
    with progress("taking in", None) as show:
        for number, line in enumerate(_lines(options.events), 1):
            if line.strip():
                tally.count(number, *_take_in(app, line))
            show(number)
    _tell_refusals(options.events, tally)
    return tally


def _tell_refusals(path: Path, tally: Tally) -> None:
    for refusal in tally.refusals[:MAX_SHOWN]:
        tell(f"{path}:{refusal['line']}: refused: {refusal['reason']}")


def _show(tally: Tally) -> None:
    say("  ".join(f"{name} {count}" for name, count in tally.by_outcome().items()))


def _lines(path: Path) -> Iterator[str]:
    return iter(sys.stdin) if str(path) == "-" else _lines_of_file(path)


def _lines_of_file(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from file
    except OSError as error:
        raise ConfigurationError((f"{path}: {error.strerror}; give a file of events",)) from error


def _take_in(app: CommandApp, line: str) -> tuple[str, str | None]:
    """(what became of the line, why it was refused)."""
    try:
        call = read_call(line)
    except ValueError as error:
        return "refused", str(error)
    receipt = app.intake.receive(call.hook, call.arguments)
    return _kind(receipt), receipt["reason"]


def _kind(receipt: Receipt) -> str:
    if not receipt["accepted"]:
        return "refused"
    if receipt["duplicate"]:
        return "duplicate"
    state = receipt["state"]
    return state if state in _ENDED else "accepted"
