"""Stories: each entry told in a sentence and a line below it: what became of whom, and why. Pure.

Told from the entry alone (payload, steps, cause, reason) and from what the workspace waits for.
Never a message's text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.console.labels import capital, clipped, plural
from zsf_plugin.console.presenters.entries import (
    channel_of,
    company_of,
    has_text,
    person_of,
    seller_email,
    seller_of,
)
from zsf_plugin.console.presenters.waiting import Waiting
from zsf_plugin.console.rich_text import At, RichText, joined, named
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.messages.availability import WAITS, WAITS_UNTIL, availability_text
from zsf_plugin.messages.text import cause_words, filled, step_text
from zsf_plugin.model import EXTERNAL_ID_FIELD, Availability, Cause, State, Step, StepCode
from zsf_plugin.ports import Entry

#: What people call a state.
WORDS: Mapping[State, str] = {
    "done": "Done",
    "pending": "Waiting",
    "writing": "Writing",
    "held": "Held",
    "skipped": "Skipped",
}
_PURPOSES = {"purchase": ("purchases", "Purchases"), "touchpoint": ("activities", "Activities")}


@dataclass(frozen=True, slots=True)
class Story:
    """One entry as a list shows it: the sentence, the line below, and the state in a word."""

    id: str
    at: float
    said: RichText
    below: RichText
    state: State

    @property
    def word(self) -> str:
        """What people call the state."""
        return WORDS[self.state]


def story_of(entry: Entry, waiting: Waiting) -> Story:
    """The story of one entry."""
    told = {
        "done": _done,
        "held": _held,
        "skipped": _skipped,
        "pending": _waits,
        "writing": _writes,
    }[entry.state]
    said, below = told(entry, waiting)
    return Story(entry.id, entry.received_at, said, below, entry.state)


def about(entry: Entry) -> RichText:
    """What happened at the host: `Purchase of NAME`, `E-mail, step 2, to NAME`."""
    if not entry.payload and entry.cause is not None:
        return ("A purchase" if entry.kind == "purchase" else "An activity",)
    if entry.kind == "purchase":
        return "Purchase of ", named(person_of(entry))
    words, before = channel_of(entry)
    comma = "," if ", step " in words else ""
    return f"{words}{comma} {before} ", named(person_of(entry))


def held_briefly(cause: Cause, steps: Sequence[Step] = ()) -> str:
    """Why an entry is held, in the few words that follow its name; its steps tell how many
    matched."""
    words = cause_words(cause)
    if words.brief:
        several = next((step for step in steps if step.code == "several"), None)
        matches = several.data.get("count") if several is not None else "several"
        return filled(words.brief, cause, count=matches)
    place = cause.field or cause.object
    why = str(cause.data.get("text") or filled(words.why, cause))
    return clipped(f"{place}: {why}" if place and "text" not in cause.data else why)


_Told = tuple[RichText, RichText]


def _company_and_seller(entry: Entry) -> RichText:
    names = (company_of(entry), seller_of(entry))
    return joined(*((named(name),) for name in names if name))


def _held(entry: Entry, _: Waiting) -> _Told:
    if entry.cause is None:
        return about(entry), _company_and_seller(entry)
    said = (*about(entry), f": {held_briefly(entry.cause, entry.steps)}")
    below = _company_and_seller(entry)
    return said, below if below else (f"Event {clipped(entry.event.event_id, 60)}",)


def _skipped(entry: Entry, _: Waiting) -> _Told:
    reason = step_text(entry.reason) if entry.reason is not None else "no reason was kept"
    return about(entry), (capital(clipped(reason, 200)),)


def _writes(entry: Entry, _: Waiting) -> _Told:
    if entry.attempts:
        below: RichText = ("Salesforce’s answer was lost: it looks before it writes again",)
        return about(entry), below
    return about(entry), _company_and_seller(entry)


def _waits(entry: Entry, waiting: Waiting) -> _Told:
    return about(entry), _why_it_waits(entry, waiting) or _company_and_seller(entry)


def _why_it_waits(entry: Entry, waiting: Waiting) -> RichText:
    """What keeps it; nothing where it is merely next in line."""
    found = waiting.availability
    if found.code in WAITS:
        return (WAITS[found.code],)
    if not found.may_ask:
        return _until(clipped(_pause_in_words(found), 200), found.until)
    purpose, name = _PURPOSES[entry.kind]
    if purpose in waiting.resting:
        return _until(f"{name} rest", waiting.resting[purpose])
    if entry.not_before > waiting.now:
        return "Tried again at about ", At(entry.not_before)
    return ()


def _pause_in_words(found: Availability) -> str:
    return WAITS_UNTIL.get(found.code) or f"{capital(availability_text(found))}; rests"


def _until(words: str, at: float | None) -> RichText:
    if at is None:
        return (f"{words} until somebody acts",)
    return f"{words} until about ", At(at)


def _done(entry: Entry, waiting: Waiting) -> _Told:
    return _done_purchase(entry, waiting) if entry.kind == "purchase" else _done_activity(entry)


def _done_activity(entry: Entry) -> _Told:
    words, _ = channel_of(entry)
    name = named(person_of(entry))
    logged = any(step.code == "logged" for step in entry.steps)
    if not logged and entry.steps:
        said: RichText = (f"Activity “{words}” on ", name, " was in Salesforce already")
    else:
        said = (f"Completed activity “{words}” on ", name)
    seller = seller_of(entry)
    kept = "With its text" if has_text(entry) else "Without its text"
    return said, joined((kept,), (named(seller),) if seller else ())


def _done_purchase(entry: Entry, waiting: Waiting) -> _Told:
    made = [step.object for step in entry.steps if step.code == "created"]
    person = next((object_ for object_ in made if object_ in PEOPLE), None)
    if person is not None:
        said = (*_created(entry, made, person), *_owner(entry, person, waiting))
        return said, _below_created(entry, made, person)
    return _connected(entry, new_account="Account" in made), _company_and_seller(entry)


def _created(entry: Entry, made: list[str | None], person: str) -> RichText:
    name = named(person_of(entry))
    if "Account" in made:
        return "Created Account ", named(company_of(entry)), f" and {person} ", name
    return f"Created {person} ", name


def _owner(entry: Entry, person: str, waiting: Waiting) -> RichText:
    """Who owns what was created, where it is certain who that is."""
    seller = seller_of(entry)
    if _step(entry, "owned", person) is None or not (waiting.sellers_own and seller):
        return ()
    return ", owner ", named(seller)


def _below_created(entry: Entry, made: list[str | None], person: str) -> RichText:
    lacking = _no_owner(entry, person)
    if lacking:
        return lacking
    company = company_of(entry)
    if company and "Account" not in made and _step(entry, "found", "Account") is not None:
        return named(company), ", an Account that existed"
    return _company_and_seller(entry)


def _no_owner(entry: Entry, person: str) -> RichText:
    step = _step(entry, "no_owner", person)
    if step is None:
        return ()
    email, why = seller_email(entry), step.data.get("why")
    if email and why == "no_user":
        return "No Salesforce user with ", named(email), ": no owner sent"
    if email and why == "several_users":
        return "Several Salesforce users with ", named(email), ": no owner sent"
    return (capital(step_text(step)),)


def _connected(entry: Entry, *, new_account: bool) -> RichText:
    name = named(person_of(entry))
    found = next(
        (step for object_ in PEOPLE if (step := _step(entry, "found", object_)) is not None), None
    )
    filled = fields_filled(entry)
    linked = found is not None and found.data.get("by") == "link"
    if found is None or (linked and not filled and not new_account):
        return name, " was in step already, nothing to write"
    said: RichText = ("Connected ", name, f" to a {found.object}")
    if new_account:
        return (*said, ", under the new Account ", named(company_of(entry)))
    if not filled:
        return (*said, ", no field to update")
    return (*said, f", {plural(len(filled), 'field', 'fields')} updated")


def fields_filled(entry: Entry) -> list[str]:
    """The fields that were filled on records that existed, our own id left out."""
    names: list[str] = []
    for step in entry.steps:
        fields = step.data.get("fields")
        if step.code == "updated" and isinstance(fields, list):
            names += [str(name) for name in fields]
    return [name for name in names if not name.endswith(EXTERNAL_ID_FIELD)]


def _step(entry: Entry, code: StepCode, object_: str) -> Step | None:
    return next(
        (step for step in entry.steps if step.code == code and step.object == object_), None
    )
