"""The first run: six steps, in order, and what stands in the way of each. Pure; what is known is
gathered elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from zsf_plugin.console import labels
from zsf_plugin.console.rich_text import At, Words
from zsf_plugin.errors import OutOfOrder
from zsf_plugin.model.link import Connection
from zsf_plugin.model.rules import Mode, Switches
from zsf_plugin.ports.store import HistoryLine

IdField = Literal["there", "missing", "left_out", "unknown"]
State = Literal["done", "now", "later"]
Name = Literal["connect", "id_field", "mapping", "preview", "waiting", "switches"]

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six")


@dataclass(frozen=True, slots=True)
class Known:
    """What the steps are judged by. `unfilled` are required fields that nothing fills (None: the
    org was not read); `oldest` is since when entries wait; `decided` is the line that ended the
    rest; `wrote`: some were synced before."""

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
    def rests(self) -> bool:
        """Whether nothing is sent yet."""
        return self.connection is None or self.connection.state != "connected"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `needs` says what comes first, for one that cannot be taken yet."""

    number: int
    name: Name
    title: str
    text: Words
    state: State
    needs: str = ""


@dataclass(frozen=True, slots=True)
class FirstRun:
    """The list. `title` says how many are left."""

    steps: tuple[Step, ...]
    rests: bool
    id_field: IdField
    wrote: bool = False

    @property
    def done(self) -> int:
        """How many steps are taken."""
        return sum(step.state == "done" for step in self.steps)

    @property
    def is_over(self) -> bool:
        """Whether all are."""
        return self.done == len(self.steps)

    @property
    def title(self) -> str:
        """`Three steps to go`."""
        left = len(self.steps) - self.done
        return f"{_NUMBERS[left]} {'step' if left == 1 else 'steps'} to go"

    def check(self, name: Name) -> None:
        """Raises OutOfOrder where a step is asked for before one that it needs."""
        step = next(step for step in self.steps if step.name == name)
        if step.state == "later":
            raise OutOfOrder(step.needs)


def first_run(known: Known) -> FirstRun:
    """The steps as they stand."""
    steps: list[Step] = []
    needs = ""
    for name, title, text, is_done, to_do in _all_steps(known):
        number = len(steps) + 1
        if is_done:
            steps.append(Step(number, name, title, text, "done"))
            continue
        steps.append(Step(number, name, title, text, "later" if needs else "now", needs))
        needs = needs or f"{to_do} first."
    return FirstRun(tuple(steps), known.rests, known.id_field, known.wrote)


def _all_steps(known: Known) -> Iterator[tuple[Name, str, Words, bool, str]]:
    """Each step in order: its name, title and text, whether it is done, and what those after it
    say has to be done first."""
    connect = "Connect to Salesforce"
    yield "connect", connect, _connect(known), _is_signed_in(known), connect
    id_field = "Create the Zaplify ID field"
    yield "id_field", id_field, _id_field(known), _id_done(known), _ID_FIRST
    is_filled = known.unfilled == ()
    unfilled = "Fill the required fields"
    yield "mapping", "Check the field mapping", _mapping(known), is_filled, unfilled
    preview = "See the first preview"
    yield "preview", preview, _PREVIEW, _seen(known), preview
    decided, decide = not known.rests, "Decide on the waiting entries"
    yield "waiting", _waiting_title(known), _waiting(known), decided, decide
    yield "switches", "Check the switches", _switches(known), known.switches_checked, ""


_ID_FIRST = "Create the Zaplify ID field, or go on without it,"
_PREVIEW: Words = (
    "Pick a prospect and see, field by field, what would change in Salesforce. Nothing is written.",
)


def _is_signed_in(known: Known) -> bool:
    return known.connection is not None and known.connection.state != "reconnect"


def _connect(known: Known) -> Words:
    if known.connection is None:
        return ("Choose an org and sign in there. It takes a minute.",)
    if not _is_signed_in(known):
        return ("The sign-in ended. Sign in again, then it goes on from here.",)
    kind = sandbox_words(known.connection)
    org = f"{known.connection.org}, {kind}" if kind else known.connection.org
    return (f"{org}, as {known.connection.username}.",)


def _id_field(known: Known) -> Words:
    why = "Keeps every record single, even when a connection breaks halfway."
    if known.id_field == "left_out":
        without = "then the same takes a second look, and up to ten minutes more"
        return (f"{why} Left out for now: {without}.",)
    if known.id_field == "there":
        return (f"{why} Created on Lead, Contact, Account and Activity.",)
    return (why,)


def _id_done(known: Known) -> bool:
    return known.connection is not None and known.id_field in ("there", "left_out")


def _mapping(known: Known) -> Words:
    mapped = f"{labels.MODES[known.mode]}. {labels.plural(known.mapped, 'field', 'fields')} mapped"
    if known.unfilled is None:
        return (f"{mapped}. Whether every required field is filled shows once the org was read.",)
    if known.unfilled:
        return (f"{mapped}; nothing fills {', '.join(known.unfilled)}, which Salesforce requires.",)
    return (f"{mapped}, every required field is filled.",)


def _seen(known: Known) -> bool:
    return known.connection is not None and (known.previewed or not known.rests)


def _waiting_title(known: Known) -> str:
    if known.rests and known.waiting:
        entries = "entry" if known.waiting == 1 else "entries"
        return f"Decide on {labels.count(known.waiting)} waiting {entries}"
    return "Decide on the waiting entries"


def _waiting(known: Known) -> Words:
    if known.rests and known.waiting:
        what = "Send them, or skip them for good."
        if known.oldest is None:
            return (what,)
        return ("The oldest came in ", At(known.oldest), ". ", what)
    return (_decided(known.decided),)


def _decided(line: HistoryLine | None) -> str:
    """What became of the entries that waited."""
    entries = line.detail.get("entries") if line is not None else None
    if line is None or not entries:
        return "Nothing waits."
    what = "skipped" if line.code == "waiting_skipped" else "sent"
    counted = labels.plural(entries, "entry", "entries") if isinstance(entries, int) else entries
    return f"{counted} {what}."


def _switches(known: Known) -> Words:
    on = known.switches
    said = (
        f"Prospects {_on_or_off(on.sync_prospects)}",
        f"activities {_on_or_off(on.sync_activities)}",
        f"message contents {_on_or_off(on.include_contents)}",
    )
    return (f"{', '.join(said)}. Each says what it does.",)


def _on_or_off(is_on: bool) -> str:
    return "on" if is_on else "off"


def sandbox_words(connection: Connection) -> str:
    """`sandbox “uat”`, where the address names it; empty for a live org."""
    if not connection.is_sandbox:
        return ""
    host = connection.instance_url.partition("://")[2]
    name = host.partition("--")[2].partition(".")[0] if "--" in host else ""
    return f"sandbox “{name}”" if name else "sandbox"
