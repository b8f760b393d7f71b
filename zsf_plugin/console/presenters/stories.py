"""Entry summaries: a headline and a line of details for each entry: what happened and why, or what
it waits for.

Uses the entry (payload, steps, cause, reason) and what the workspace waits for; makes no API call.
Never shows message text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from zsf_plugin.console.labels import (
    MAX_NAME_LENGTH,
    Labels,
    api_name,
    capital,
    clipped,
    has_url,
    plural,
)
from zsf_plugin.console.presenters.entries import (
    channel_of,
    company_of,
    entry_seller,
    event_id_of,
    has_text,
    person_of,
    salesforce_message_in,
    seller_email,
    touchpoint_step,
)
from zsf_plugin.console.presenters.records import known_org
from zsf_plugin.console.rich_text import At, RichText, joined, name_alone, named
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.messages.availability import WAITS, WAITS_UNTIL
from zsf_plugin.messages.text import admin_message, cause_words, filled, step_text
from zsf_plugin.model import (
    AVAILABLE,
    EXTERNAL_ID_FIELD,
    Availability,
    Cause,
    Kind,
    State,
    Step,
    StepCode,
)
from zsf_plugin.ports import Entry
from zsf_plugin.wiring.apps import ConsoleApp

#: The label of each state.
WORDS: Mapping[State, str] = {
    "done": "Done",
    "pending": "Waiting",
    "writing": "Writing",
    "held": "Held",
    "skipped": "Skipped",
}
#: The purpose of each kind of entry: in the allocation, and in words.
_PURPOSES: Mapping[Kind, tuple[str, str]] = {
    "purchase": ("purchases", "Purchases"),
    "touchpoint": ("activities", "Activities"),
}


@dataclass(frozen=True, slots=True)
class EntrySummary:
    """One entry as a list shows it: a headline, a line of details, and the label of its state.
    `undone` is that label if it was undone, in part or as a whole."""

    entry: Entry
    headline: RichText
    details: RichText
    undone: str = ""

    @property
    def id(self) -> str:
        """The entry's ID."""
        return self.entry.id

    @property
    def person_id(self) -> str:
        """The prospect's ID, by which a URL names their page; "" if it is not known, or none can
        contain it."""
        return self.entry.lane if has_url(self.entry.lane) else ""

    @property
    def name(self) -> str:
        """The name of its prospect."""
        return person_of(self.entry)

    @property
    def at(self) -> float:
        """When it was received."""
        return self.entry.received_at

    @property
    def settled_at(self) -> float | None:
        """When it ended; None if it did not."""
        return self.entry.settled_at

    @property
    def state(self) -> State:
        """The entry's state."""
        return self.entry.state

    @property
    def state_label(self) -> str:
        """The label of its state."""
        return self.undone or WORDS[self.state]

    @property
    def lead_in(self) -> RichText:
        """`Purchased by NAME`."""
        verb = "Purchased" if self.entry.kind == "purchase" else "Sent"
        seller = entry_seller(self.entry)
        return (f"{verb} by ", named(seller)) if seller else (verb,)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a workspace waits for: the availability of its org, and until when purposes are
    throttled.

    `sellers_own`: the owner is the user with the seller's e-mail, as in the shipped rules. `label`
    gives a field's label in the org.
    """

    now: float = 0.0
    availability: Availability = AVAILABLE
    throttled_until: Mapping[str, float] = field(default_factory=dict)
    sellers_own: bool = True
    label: Labels = api_name

    def why(self, entry: Entry) -> RichText:
        """Why the entry waits; empty if it is simply next in line."""
        return self._pause() or self._throttle(entry.kind) or self._delay(entry)

    def _pause(self) -> RichText:
        """Why the whole org is paused."""
        found = self.availability
        if found.code in WAITS:
            return (WAITS[found.code],)
        if found.is_available:
            return ()
        # A notice above the page says why.
        return _until(WAITS_UNTIL.get(found.code, "Paused"), found.until)

    def _throttle(self, kind: Kind) -> RichText:
        """Why entries of that kind are throttled."""
        purpose, name = _PURPOSES[kind]
        if purpose not in self.throttled_until:
            return ()
        return _until(f"{name} paused", self.throttled_until[purpose])

    def _delay(self, entry: Entry) -> RichText:
        """Why this entry is not due yet."""
        is_due = entry.not_before <= self.now
        return () if is_due else ("Retried at about ", At(entry.not_before))


def _until(words: str, at: float | None) -> RichText:
    if at is None:
        return (f"{words} until someone fixes it",)
    return f"{words} until about ", At(at)


def waiting_of(app: ConsoleApp, workspace: str) -> Waiting:
    """What the workspace waits for, without a call to Salesforce."""
    connection = app.store.connection(workspace)
    rules = app.rulebook.rules_for(workspace, {"workspace": workspace})
    return Waiting(
        now=app.clock.now(),
        availability=app.availability.check(connection),
        throttled_until=app.availability.throttled(connection) if connection else {},
        sellers_own=rules.owner == ("user.email",),
        label=known_org(app, workspace).label,
    )


def story_of(entry: Entry, waiting: Waiting, undone: str = "") -> EntrySummary:
    """The summary of one entry; `undone` as in the summary."""
    return EntrySummary(entry, *_SUMMARIES[entry.state](entry, waiting), undone)


def undone_labels(app: ConsoleApp, workspace: str, entries: Iterable[Entry]) -> Mapping[str, str]:
    """The labels of the entries that were undone, by ID. Raises StoreUnavailable."""
    ended = [entry.id for entry in entries if entry.state in ("done", "held", "skipped")]
    return {
        entry: "Undone in part" if app.undoer.has_writes(workspace, entry) else "Undone"
        for entry in app.store.undone_among(workspace, ended)
    }


def event_title(entry: Entry) -> RichText:
    """What happened at the host: `Purchase of NAME`, `E-mail, step 2, to NAME`."""
    is_purchase = entry.kind == "purchase"
    if not entry.payload and entry.cause is not None:
        return ("A purchase" if is_purchase else "An activity",)
    return "Purchase of " if is_purchase else _sent(entry), named(person_of(entry))


def _sent(entry: Entry) -> str:
    """`E-mail, step 2, to `, without the name."""
    words, before = channel_of(entry)
    return f"{words}{'' if touchpoint_step(entry) is None else ','} {before} "


def _held_briefly(cause: Cause, steps: Sequence[Step], label: Labels) -> str:
    """Why an entry is held, in a few words after its name."""
    words = cause_words(cause)
    if words.brief:
        counts = (step.data.get("count") for step in steps if step.code == "several")
        return filled(words.brief, cause, count=next(counts, "several"))
    return clipped(_place_and_why(cause, label))


def _place_and_why(cause: Cause, label: Labels) -> str:
    why = filled(cause_words(cause).why, cause)
    if "text" in cause.data:  # stored by an older version, with its place
        return str(cause.data["text"] or why)
    place = label(cause.object or "", cause.field) if cause.field else cause.object
    return f"{place}: {why}" if place else why


#: The headline and the details.
_Sentences: TypeAlias = tuple[RichText, RichText]


def _company_and_seller(entry: Entry) -> RichText:
    return joined(name_alone(company_of(entry)), name_alone(entry_seller(entry)))


def _held(entry: Entry, waiting: Waiting) -> _Sentences:
    if entry.cause is None:
        return event_title(entry), _company_and_seller(entry)
    message = admin_message(entry.cause, salesforce_message_in(entry, MAX_NAME_LENGTH))
    headline = (
        *event_title(entry),
        f": {message or _held_briefly(entry.cause, entry.steps, waiting.label)}",
    )
    return headline, _company_and_seller(entry) or (f"Event {event_id_of(entry, 60)}",)


def _skipped(entry: Entry, _: Waiting) -> _Sentences:
    reason = step_text(entry.reason) if entry.reason else "no reason was stored"
    return event_title(entry), (capital(clipped(reason, 200)),)


def _writes(entry: Entry, _: Waiting) -> _Sentences:
    if entry.attempts:
        return event_title(entry), ("Salesforce’s answer was lost; checked before writing again",)
    return event_title(entry), _company_and_seller(entry)


def _waits(entry: Entry, waiting: Waiting) -> _Sentences:
    return event_title(entry), waiting.why(entry) or _company_and_seller(entry)


def _done(entry: Entry, waiting: Waiting) -> _Sentences:
    return _done_purchase(entry, waiting) if entry.kind == "purchase" else _done_activity(entry)


_SUMMARIES: Mapping[State, Callable[[Entry, Waiting], _Sentences]] = {
    "done": _done,
    "held": _held,
    "skipped": _skipped,
    "pending": _waits,
    "writing": _writes,
}


def _done_activity(entry: Entry) -> _Sentences:
    text = "With its text" if has_text(entry) else "Without its text"
    return _logged(entry), joined((text,), name_alone(entry_seller(entry)))


def _logged(entry: Entry) -> RichText:
    words, _ = channel_of(entry)
    name = named(person_of(entry))
    if entry.steps and all(step.code != "logged" for step in entry.steps):
        return f"Activity “{words}” on ", name, " was already in Salesforce"
    return f"Completed activity “{words}” on ", name


def _done_purchase(entry: Entry, waiting: Waiting) -> _Sentences:
    person = _first(entry, "created", *PEOPLE)
    if person is None or person.object is None:
        return _connected(entry), _company_and_seller(entry)
    headline = (*_created(entry, person.object), *_owner(entry, person.object, waiting))
    return headline, _below_created(entry, person.object)


def _created(entry: Entry, person: str) -> RichText:
    name = named(person_of(entry))
    if _first(entry, "created", "Account"):
        return "Created Account ", named(company_of(entry)), f" and {person} ", name
    return f"Created {person} ", name


def _owner(entry: Entry, person: str, waiting: Waiting) -> RichText:
    """The owner of the created records, if it is certain."""
    seller = entry_seller(entry)
    if not (seller and waiting.sellers_own and _first(entry, "owned", person)):
        return ()
    return ", owner ", named(seller)


def _below_created(entry: Entry, person: str) -> RichText:
    lacking = _first(entry, "no_owner", person)
    if lacking is not None:
        return _no_owner(entry, lacking)
    company = company_of(entry)
    existed = _first(entry, "found", "Account") and not _first(entry, "created", "Account")
    if company and existed:
        return named(company), ", an existing Account"
    return _company_and_seller(entry)


#: Why no owner was sent, with the e-mail that was looked for.
_NO_OWNER = {
    "no_user": "No Salesforce user with ",
    "several_users": "Several Salesforce users with ",
}


def _no_owner(entry: Entry, step: Step) -> RichText:
    email, words = seller_email(entry), _NO_OWNER.get(str(step.data.get("why")))
    if email and words:
        return words, named(email), ": owner not set"
    return (capital(step_text(step)),)


def _connected(entry: Entry) -> RichText:
    """The result of a purchase that created no person."""
    name, update = named(person_of(entry)), _update(entry)
    found = _first(entry, "found", "Contact") or _first(entry, "found", "Lead")
    if found is None or (found.data.get("by") == "link" and not update):
        return name, " was already up to date"
    return "Linked ", name, f" to a {found.object}", *(update or (", no field to update",))


def _update(entry: Entry) -> RichText:
    """The fields updated on an existing person; empty if there are none."""
    if _first(entry, "created", "Account"):
        return ", under the new Account ", named(company_of(entry))
    filled = _fields_filled(entry)
    return (f", {plural(filled, 'field', 'fields')} updated",) if filled else ()


def _fields_filled(entry: Entry) -> int:
    """How many fields were filled on existing records, Zaplify ID excluded."""
    lists = [step.data.get("fields") for step in entry.steps if step.code == "updated"]
    names = [str(name) for fields in lists if isinstance(fields, list) for name in fields]
    return sum(not name.endswith(EXTERNAL_ID_FIELD) for name in names)


def _first(entry: Entry, code: StepCode, *objects: str) -> Step | None:
    """The first step of that code about one of those objects."""
    return next(
        (step for step in entry.steps if step.code == code and step.object in objects), None
    )
