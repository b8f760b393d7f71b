"""Choosing one of several records that match: looked up when asked for, kept as the prospect's link
once chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from zsf_plugin.console.labels import capital, clipped, day_of
from zsf_plugin.console.presenters.records import record_url
from zsf_plugin.explain.candidates import Candidate
from zsf_plugin.model import Connection, Json, Link, name_of, text_at
from zsf_plugin.ports import Entry
from zsf_plugin.wiring.console import ConsoleApp

_SPEAKS = {"same_owner": "same owner", "newest_activity": "newest activity", "oldest": "oldest"}
_RECORD = re.compile(r"[A-Za-z0-9]{18}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One record to choose, in the words of a row."""

    id: str
    name: str
    title: str
    company: str
    last_activity: str
    created: str
    speaks: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """The records that match one entry; none where it is settled by now.

    `whom`: the prospect in a line; `cause`: the key of the cause in whose place on the page they
    stand; `next`: the entry of that cause to go on with.
    """

    entry_id: str
    whom: str
    cause: str
    next: str | None
    object: str = ""
    found: tuple[Choice, ...] = ()


def choices_of(app: ConsoleApp, entry: Entry, cause: str, next_id: str | None) -> Choices:
    """Look the records up; one call or two. Raises as Crm does."""
    among = app.explainer.candidates(entry.event)
    choices = Choices(entry.id, _whom(entry), cause, next_id)
    if among is None:
        return choices
    connection = app.store.connection(entry.event.workspace)
    prospect = entry.payload.get("prospect")
    found = tuple(_choice(one, connection, prospect) for one in among.found)
    return replace(choices, object=among.object, found=found)


def choose(app: ConsoleApp, entry: Entry, record_id: str) -> int:
    """Connect the entry's prospect, or its company, to the record; how many entries that released.

    The record is one of those that were shown: whatever else a form may say is refused (0).
    """
    if entry.cause is None or not _RECORD.fullmatch(record_id):
        return 0
    event = entry.event
    among = app.explainer.candidates(event)
    if among is None or record_id not in {one.record.id for one in among.found}:
        return 0
    link = Link(*among.link, among.object, record_id, {})
    return app.store.choose(event.workspace, entry.id, link, app.clock.now())


def _whom(entry: Entry) -> str:
    """Name, title, company: what a person needs to tell which record it is."""
    prospect = entry.payload.get("prospect")
    parts = (
        name_of(prospect),
        text_at(prospect, "title"),
        text_at(prospect, "company", "name"),
        text_at(prospect, "email"),
    )
    return clipped(", ".join(part for part in parts if part), 300)


def _choice(one: Candidate, connection: Connection | None, prospect: Json) -> Choice:
    values = one.record.values
    return Choice(
        id=one.record.id,
        name=_name(values) or one.record.id,
        title=_text(values.get("Title")),
        company=clipped(one.company or ""),
        last_activity=_day(values.get("LastActivityDate")),
        created=_day(values.get("CreatedDate")),
        speaks=_speaks(one, prospect),
        url=record_url(connection, one.record.id),
    )


def _name(values: Mapping[str, Json]) -> str:
    """A person's name, else a company's."""
    names = (_text(values.get("FirstName")), _text(values.get("LastName")))
    return " ".join(name for name in names if name) or _text(values.get("Name"))


def _speaks(one: Candidate, prospect: Json) -> str:
    """`Same name, same company, oldest`: what tells that this is the one, as far as it is known."""
    told = ["same name"] if _has_same_name(one.record.values, prospect) else []
    company = text_at(prospect, "company", "name")
    if _same(company, _company(one)):
        told.append("same company")
    return capital(", ".join([*told, *(_SPEAKS[word] for word in one.speaks)]))


def _has_same_name(values: Mapping[str, Json], prospect: Json) -> bool:
    first, last = text_at(prospect, "first_name"), text_at(prospect, "last_name")
    return _same(first, values.get("FirstName")) and _same(last, values.get("LastName"))


def _company(one: Candidate) -> Json:
    """What the record's company is called; an Account is one."""
    is_account = one.record.object == "Account"
    return one.company or (one.record.values.get("Name") if is_account else None)


def _same(ours: str | None, theirs: Json) -> bool:
    """Equal as people read it; two blanks are not."""
    return bool(ours) and isinstance(theirs, str) and _plain(str(ours)) == _plain(theirs)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _text(value: Json) -> str:
    return clipped(value) if isinstance(value, str) else ""


def _day(value: Json) -> str:
    """`18 Nov 2026` of an org's date or time."""
    text = _text(value)[:10]
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return day_of(day)
