"""What a drain did, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from zsf_plugin.cli.output import calls_in_words, counted, findings_in_words, utc_time
from zsf_plugin.cli.streams import note, say
from zsf_plugin.messages.availability import availability_text, holder_text
from zsf_plugin.model import Availability, JsonObject
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.status import paused_json

#: Keys of the JSON document that scripts know by other names than ours.
_KEYS = {"next_due_at": "wakes_at", "recheck_at": "looks_at"}


@dataclass(frozen=True, slots=True)
class DrainOutput:
    """The result of a drain, and how many findings the rules have."""

    report: DrainReport
    findings: int

    def is_paused(self) -> bool:
        """Whether the workspace is paused now."""
        return self.report.paused is not None

    def as_json(self) -> JsonObject:
        """The document of `zsf drain --json`."""
        paused = self.report.paused
        pause = paused and {**paused_json(paused), "since": paused.since}
        document = {_KEYS.get(name, name): value for name, value in asdict(self.report).items()}
        return {**document, "paused": pause, "findings": self.findings}


def show_drain(result: DrainOutput) -> None:
    """Print what a drain did, or why it did nothing."""
    for line in _lines(result.report):
        say(line)
    if result.findings:
        note(findings_in_words(result.findings))


def _lines(drained: DrainReport) -> Iterator[str]:
    if drained.busy:
        yield f"{_busy(drained)}. Run it again later."
        return
    if drained.released:
        released = counted(drained.released, "held entry", "held entries")
        yield f"{released} retried: what they waited for has changed"
    yield _counts(drained)
    if drained.paused is not None:
        yield _pause_in_words(drained.paused)
    elif drained.held:
        yield "`zsf outbox list --cause` shows why entries are held, and what to do"


def _busy(drained: DrainReport) -> str:
    holder = drained.holder
    if holder is None:
        return (
            "Another drain took this org, or the workspace was connected to another one meanwhile"
        )
    who = holder_text(holder.machine, holder.pid)
    since = utc_time(holder.since)
    return f"Another drain holds this org: {who}, since {since}; nothing was done here"


def _counts(drained: DrainReport) -> str:
    return (
        f"done {drained.done}  held {drained.held}  waiting {drained.waiting}  "
        f"API calls {calls_in_words(drained.calls_by_purpose)}"
    )


def _pause_in_words(paused: Availability) -> str:
    until = "" if paused.until is None else f" until {utc_time(paused.until)}"
    return f"Paused{until}: {availability_text(paused)}"


def show_pass(workspace: str, report: DrainReport) -> None:
    """Note the result of one drain; nothing if it changed nothing."""
    if report.done or report.held:
        note(f"{workspace}: done {report.done}, held {report.held}, waiting {report.waiting}")
