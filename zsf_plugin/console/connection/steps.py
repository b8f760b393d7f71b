"""The setup: six steps in order, and what blocks each of them. Pure: `first_run` gathers the
facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from zsf_plugin.console import labels
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.errors import OutOfOrder
from zsf_plugin.messages.unanswered import FIRST_STEPS
from zsf_plugin.model import Connection, Json, Mode, Switches
from zsf_plugin.ports import HistoryLine

IdField = Literal["there", "missing", "left_out", "unknown"]
State = Literal["done", "now", "later"]
Name = Literal["connect", "id_field", "mapping", "preview", "waiting", "switches"]

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six")


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step. `after` is the step that comes first, for one that cannot be taken yet."""

    number: int
    name: Name
    title: str
    text: RichText
    state: State
    after: Name | None = None

    @property
    def needs(self) -> str:
        """The step that comes first, in words; "" if this one can be taken."""
        return FIRST_STEPS[self.after] if self.after is not None else ""


@dataclass(frozen=True, slots=True)
class FirstRun:
    """The facts about the setup, and its steps. `unfilled` are required fields that nothing fills
    (None: the org was not read); `oldest` is when the oldest waiting entry was received; `decided`
    is the history line of the decision on them; `wrote`: entries were synced before."""

    connection: Connection | None = None
    id_field: IdField = "unknown"
    mode: Mode = "lead"
    mapped: int = 0
    unfilled: tuple[str, ...] | None = None
    previewed: bool = False
    waiting: int = 0
    oldest: float | None = None
    decided: HistoryLine | None = None
    switches: Switches = field(default_factory=Switches)
    switches_checked: bool = False
    wrote: bool = False

    @property
    def is_waiting_for_preview(self) -> bool:
        """Whether nothing is sent until a first preview was seen and decided on."""
        return self.connection is None or self.connection.state != "connected"

    @property
    def steps(self) -> tuple[SetupStep, ...]:
        """The steps, in order."""
        steps: list[SetupStep] = []
        after: Name | None = None
        for number, (name, title, text, is_done) in enumerate(_all_steps(self), 1):
            if is_done:
                steps.append(SetupStep(number, name, title, text, "done"))
            else:
                steps.append(
                    SetupStep(number, name, title, text, "later" if after else "now", after)
                )
                after = after or name
        return tuple(steps)

    @property
    def done(self) -> int:
        """The number of completed steps."""
        return sum(step.state == "done" for step in self.steps)

    @property
    def is_complete(self) -> bool:
        """Whether all steps are complete."""
        return all(step.state == "done" for step in self.steps)

    @property
    def title(self) -> str:
        """`Three steps to go`: how many are left."""
        left = len(self.steps) - self.done
        return "One step to go" if left == 1 else f"{_NUMBERS[left]} steps to go"

    def check(self, name: Name) -> None:
        """Raises OutOfOrder if a step is requested before one that it needs."""
        for step in self.steps:
            if step.name == name and step.after is not None:
                raise OutOfOrder(step.after)


def _all_steps(run: FirstRun) -> Iterator[tuple[Name, str, RichText, bool]]:
    """Each step in order: its name, title and text, and whether it is done."""
    yield "connect", _CONNECT, _connect(run), _is_signed_in(run)
    yield "id_field", _ID_FIELD, _id_field(run), _id_done(run)
    yield "mapping", _MAPPING, _mapping(run), run.unfilled == ()
    yield "preview", _PREVIEW, _PREVIEW_TEXT, _seen(run)
    yield "waiting", _waiting_title(run), _waiting(run), not run.is_waiting_for_preview
    yield "switches", _SWITCHES, _switches(run), run.switches_checked


_CONNECT = "Connect to Salesforce"
_ID_FIELD = "Create the Zaplify ID field"
_SINGLE = "Prevents duplicates, even if the connection breaks during a write."
_ID_FIELD_IS: Mapping[IdField, tuple[str, ...]] = {
    "left_out": ("Skipped: without it, Zaplify checks twice and waits up to ten minutes.",),
    "there": ("Created on Lead, Contact, Account and Activity.",),
}
_MAPPING = "Check the field mapping"
_PREVIEW = "See the first preview"
_PREVIEW_TEXT: RichText = (
    "Pick a prospect and see, field by field, what would change in Salesforce. Nothing is written.",
)
_START = "Start syncing"
_SWITCHES = "Check the switches"


def _is_signed_in(run: FirstRun) -> bool:
    return run.connection is not None and run.connection.state != "reconnect"


def _connect(run: FirstRun) -> RichText:
    if run.connection is None:
        return ("Choose an org and sign in. It takes a minute.",)
    if not _is_signed_in(run):
        return ("Sign in again to continue.",)
    return (_org_and_user(run.connection),)


def _org_and_user(connection: Connection) -> str:
    names = filter(None, (connection.org, sandbox_words(connection)))
    return f"{', '.join(names)}, as {connection.username}."


def _id_field(run: FirstRun) -> RichText:
    return (" ".join((_SINGLE, *_ID_FIELD_IS.get(run.id_field, ()))),)


def _id_done(run: FirstRun) -> bool:
    return run.connection is not None and run.id_field in ("there", "left_out")


def _mapping(run: FirstRun) -> RichText:
    mapped = f"{labels.MODES[run.mode]}. {labels.plural(run.mapped, 'field', 'fields')} mapped"
    return (mapped + _unfilled(run.unfilled),)


def _unfilled(names: tuple[str, ...] | None) -> str:
    if names is None:
        return ". Required fields are checked when the org has been read."
    if names:
        return f"; required but not mapped: {', '.join(names)}."
    return "; all required fields are filled."


def _seen(run: FirstRun) -> bool:
    return run.connection is not None and (run.previewed or not run.is_waiting_for_preview)


def _waiting_title(run: FirstRun) -> str:
    if not (run.is_waiting_for_preview and run.waiting):
        return _START
    return f"Decide on {labels.plural(run.waiting, 'waiting entry', 'waiting entries')}"


def _waiting(run: FirstRun) -> RichText:
    if not run.is_waiting_for_preview:
        return (_decided(run.decided),)
    if run.waiting:
        return (*_waiting_since(run.oldest), "Send them, or skip them permanently.")
    return ("Nothing waits. New purchases wait until you start.",)


def _waiting_since(oldest: float | None) -> RichText:
    return () if oldest is None else ("The oldest came in ", At(oldest), ". ")


def _decided(line: HistoryLine | None) -> str:
    """The decision on the waiting entries, in words. They are sent after it, one by one."""
    entries = line.detail.get("entries") if line is not None else None
    if line is None or not entries:
        return "Syncing has started."
    if line.code == "waiting_skipped":
        return f"{_counted(entries)} skipped."
    return f"Sending started with {_counted(entries)}."


def _counted(entries: Json) -> Json:
    return labels.plural(entries, "entry", "entries") if isinstance(entries, int) else entries


def _switches(run: FirstRun) -> RichText:
    on = run.switches
    states = (
        _switch("Prospects", on.sync_prospects),
        _switch("activities", on.sync_activities),
        _switch("message contents", on.include_contents),
    )
    return (f"{', '.join(states)}.",)


def _switch(name: str, is_on: bool) -> str:
    return f"{name} {'on' if is_on else 'off'}"


def sandbox_words(connection: Connection) -> str:
    """`sandbox “uat”`, if the address names it; empty for a live org."""
    if not connection.is_sandbox:
        return ""
    name = connection.instance_url.partition("--")[2].partition(".")[0]
    return f"sandbox “{name}”" if name else "sandbox"
