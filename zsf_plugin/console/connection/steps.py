"""The first run: six steps, in order, and what stands in the way of each. Pure; what is known is
gathered elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
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
    told: Sequence[tuple[Name, str, Words, bool, str]] = (
        (
            "connect",
            "Connect to Salesforce",
            _connect(known),
            _is_signed_in(known),
            "Connect to Salesforce",
        ),
        ("id_field", "Create the Zaplify ID field", _id_field(known), _id_done(known), _ID_FIRST),
        (
            "mapping",
            "Check the field mapping",
            _mapping(known),
            known.unfilled == (),
            "Fill the required fields",
        ),
        ("preview", "See the first preview", _PREVIEW, _seen(known), "See the first preview"),
        (
            "waiting",
            _waiting_title(known),
            _waiting(known),
            not known.rests,
            "Decide on the waiting entries",
        ),
        ("switches", "Check the switches", _switches(known), known.switches_checked, ""),
    )
    steps: list[Step] = []
    first: str | None = None
    for number, (name, title, text, done, order) in enumerate(told, 1):
        state: State = "done" if done else "now" if first is None else "later"
        steps.append(
            Step(number, name, title, text, state, f"{first} first." if state == "later" else "")
        )
        first = order if first is None and not done else first
    return FirstRun(tuple(steps), known.rests, known.id_field, known.wrote)


_ID_FIRST = "Create the Zaplify ID field, or go on without it,"
_PREVIEW: Words = (
    "Pick a prospect and see, field by field, what would change in Salesforce. Nothing is written.",
)


def _is_signed_in(known: Known) -> bool:
    return known.connection is not None and known.connection.state != "reconnect"


def _connect(known: Known) -> Words:
    if known.connection is not None and not _is_signed_in(known):
        return ("The sign-in ended. Sign in again, then it goes on from here.",)
    if known.connection is None:
        return ("Choose an org and sign in there. It takes a minute.",)
    kind = sandbox_words(known.connection)
    return (
        f"{known.connection.org}{f', {kind}' if kind else ''}, as {known.connection.username}.",
    )


def _id_field(known: Known) -> Words:
    why = "Keeps every record single, even when a connection breaks halfway."
    if known.id_field == "left_out":
        return (
            (
                f"{why} Left out for now: then the same takes a second look, and up to ten "
                f"minutes more."
            ),
        )
    return (
        f"{why} Created on Lead, Contact, Account and Activity."
        if known.id_field == "there"
        else why,
    )


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
        return (
            f"Decide on {labels.count(known.waiting)} waiting "
            f"{'entry' if known.waiting == 1 else 'entries'}"
        )
    return "Decide on the waiting entries"


def _waiting(known: Known) -> Words:
    if known.rests and known.waiting:
        since: Words = (
            ("The oldest came in ", At(known.oldest), ". ") if known.oldest is not None else ()
        )
        return (*since, "Send them, or skip them for good.")
    if known.decided is None or not known.decided.detail.get("entries"):
        return ("Nothing waits.",)
    entries = known.decided.detail.get("entries")
    what = "skipped" if known.decided.code == "waiting_skipped" else "sent"
    counted = labels.plural(entries, "entry", "entries") if isinstance(entries, int) else entries
    return (f"{counted} {what}.",)


def _switches(known: Known) -> Words:
    on = known.switches
    said = [("Prospects", on.sync_prospects), ("activities", on.sync_activities)]
    said.append(("message contents", on.include_contents))
    return (
        ", ".join(f"{name} {'on' if is_on else 'off'}" for name, is_on in said)
        + ". Each says what it does.",
    )


def sandbox_words(connection: Connection) -> str:
    """`sandbox “uat”`, where the address names it; empty for a live org."""
    if not connection.is_sandbox:
        return ""
    host = connection.instance_url.partition("://")[2]
    name = host.partition("--")[2].partition(".")[0] if "--" in host else ""
    return f"sandbox “{name}”" if name else "sandbox"
