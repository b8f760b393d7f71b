"""Choosing one of several records that match: looked up when asked for, kept as the prospect's link
once chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from zsf_plugin.console.console_rules import (
    Refused,
    Saved,
    Stale,
    read_console_rules,
    save_console_rules,
)
from zsf_plugin.console.labels import clipped, day_of
from zsf_plugin.console.telling.records import record_url
from zsf_plugin.explain.candidates import Candidate
from zsf_plugin.model.event import name_of, text_at
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Connection, Link
from zsf_plugin.ports.store import Entry, HistoryLine
from zsf_plugin.wiring.console import ConsoleApp

#: The policies for several matches, as people choose them.
POLICIES: Mapping[str, str] = {
    "oldest": "Take the oldest record",
    "newest_activity": "Take the one with the newest activity",
    "same_owner": "Take the one of the same owner",
}
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
    """The records that match one entry; none where it is settled by now. `whom`: the prospect in a
    line."""

    entry_id: str
    object: str
    whom: str
    found: tuple[Choice, ...]


def choices_of(app: ConsoleApp, entry: Entry) -> Choices:
    """Look the records up; one call or two. Raises as Crm does."""
    among = app.explainer.candidates(entry.event)
    connection = app.store.connection(entry.event.workspace)
    if among is None:
        return Choices(entry.id, "", _whom(entry), ())
    found = tuple(_choice(one, connection, entry.payload.get("prospect")) for one in among.found)
    return Choices(entry.id, among.object, _whom(entry), found)


def choose(app: ConsoleApp, entry: Entry, record_id: str) -> int:
    """Connect the entry's prospect, or its company, to the record; how many entries that released.

    The record is one of those that were shown: whatever else a form may say is refused (0).
    """
    if entry.cause is None or not _RECORD.fullmatch(record_id):
        return 0
    among = app.explainer.candidates(entry.event)
    if among is None or record_id not in {one.record.id for one in among.found}:
        return 0
    kind, host_id = among.link
    link = Link(kind, host_id, among.object, record_id, {})
    return app.store.choose(entry.event.workspace, entry.id, link, app.clock.now())


def save_policy(app: ConsoleApp, workspace: str, many: str, by: str) -> Saved | Stale | Refused:
    """Let a policy choose from now on."""
    layer = read_console_rules(app, workspace)
    match = layer.document.get("match")
    document = {
        **layer.document,
        "match": {**(match if isinstance(match, dict) else {}), "many": many},
    }
    line = HistoryLine(app.clock.now(), "mapping", by, {"match": "many", "now": many})
    return save_console_rules(app, workspace, document, layer.version, line)


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
    name = " ".join(text for key in ("FirstName", "LastName") if (text := _text(values.get(key))))
    return Choice(
        id=one.record.id,
        name=name or _text(values.get("Name")) or one.record.id,
        title=_text(values.get("Title")),
        company=clipped(one.company or ""),
        last_activity=_day(values.get("LastActivityDate")),
        created=_day(values.get("CreatedDate")),
        speaks=_speaks(one, prospect),
        url=record_url(connection, one.record.id),
    )


def _speaks(one: Candidate, prospect: Json) -> str:
    """`Same name, same company, oldest`: what tells that this is the one, as far as it is known."""
    values = one.record.values
    pairs = (("first_name", values.get("FirstName")), ("last_name", values.get("LastName")))
    company = text_at(prospect, "company", "name")
    words = (
        ["same name"] if all(_same(text_at(prospect, key), value) for key, value in pairs) else []
    )
    held = one.company or (values.get("Name") if one.record.object == "Account" else None)
    words += ["same company"] if _same(company, held) else []
    told = ", ".join([*words, *(_SPEAKS[word] for word in one.speaks)])
    return told[:1].upper() + told[1:]


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
