"""The demo's table: one row for each prospect, from its entries. Pure; prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zsf_plugin.cli.demo_rounds import Round
from zsf_plugin.messages.text import channel_words, found_by_text
from zsf_plugin.model import JsonObject, State, Step
from zsf_plugin.ports import Entry

_PEOPLE = ("Lead", "Contact")
#: The steps that say what a record is: one that was found, or a new one.
_RESULTS = ("found", "chosen", "created")


@dataclass(frozen=True, slots=True)
class ProspectRow:
    """One prospect in words: its name, what was found or created for it and its company, the owner,
    what was logged, and how its purchase ended."""

    prospect: str
    person: str
    company: str
    owner: str
    logged: str
    state: State


def prospect_rows(round_: Round) -> list[ProspectRow]:
    """A row for each prospect: the purchased ones in the order of their purchases, then those to
    whom only touchpoints were sent."""
    purchases: dict[str, Entry] = {}
    touchpoints: dict[str, list[Entry]] = {}
    for entry in round_.entries:
        if entry.kind == "purchase":
            purchases.setdefault(entry.lane, entry)
        else:
            touchpoints.setdefault(entry.lane, []).append(entry)
    rows: list[ProspectRow] = []
    for prospect_id in {**purchases, **touchpoints}:
        name = prospect_name(round_.prospects[prospect_id])
        sent = touchpoints.get(prospect_id, [])
        rows.append(_row(name, purchases.get(prospect_id), sent))
    return rows


def _row(name: str, purchase: Entry | None, sent: list[Entry]) -> ProspectRow:
    """The row of one prospect; if it was not purchased, its first touchpoint has the data."""
    entry = purchase or sent[0]
    owner = _owner(purchase) if purchase is not None else ""
    return ProspectRow(name, _person(entry), _company(entry), owner, _logged(sent), entry.state)


def prospect_name(prospect: JsonObject) -> str:
    """A prospect's name; its id if it has none."""
    names = [prospect.get("first_name"), prospect.get("last_name")]
    return " ".join(name for name in names if isinstance(name, str)) or str(prospect.get("id", ""))


def _person(entry: Entry) -> str:
    """What became of the prospect: `Contact found by Email`; its state if it was not synced."""
    step = _result(entry, _PEOPLE)
    return entry.state if step is None else f"{step.object} {_words(step)}"


def _company(entry: Entry) -> str:
    """Whether its company was found or created; empty if it has none."""
    step = _result(entry, ("Account",))
    if step is None:
        return ""
    return "created" if step.code == "created" else "found"


def _result(entry: Entry, objects: Sequence[str]) -> Step | None:
    """The step that says which record of these objects it is; None if the entry is not done."""
    if entry.state != "done":
        return None
    for step in entry.steps:
        if step.object in objects and step.code in _RESULTS:
            return step
    return None


def _words(step: Step) -> str:
    if step.code == "created":
        return "created"
    return "already linked" if step.data.get("by") == "link" else found_by_text(step)


def _owner(purchase: Entry) -> str:
    """Who owns the new person: the Salesforce user with the e-mail of the user who purchased. The
    owner of a person that was found stays."""
    user = purchase.payload.get("user")
    buyer = user.get("name") if isinstance(user, dict) else None
    owners = {"owned": str(buyer), "no_owner": "no match", "found": "kept"}
    for step in purchase.steps:
        if step.object in _PEOPLE and step.code in owners:
            return owners[step.code]
    return ""


def _logged(touchpoints: Iterable[Entry]) -> str:
    """What was logged, or how many touchpoints are held."""
    done: list[str] = []
    held = 0
    for entry in touchpoints:
        touchpoint = entry.payload.get("touchpoint")
        channel = touchpoint.get("channel") if isinstance(touchpoint, dict) else None
        if entry.state == "done":
            sent, _ = channel_words(str(channel))
            done.append(sent)
        elif entry.state == "held":
            held += 1
    if held:
        return f"{held} held"
    return f"{len(done)} activities" if len(done) > 1 else "".join(done)
