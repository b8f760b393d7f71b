"""Records that may be the prospect: several match, or one of another name shares the mailbox.
Choose one; `policies` decides from now on.

They are looked up on request; the chosen one becomes the prospect's link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from zsf_plugin.console.labels import capital, clipped, day_of
from zsf_plugin.console.presenters.records import record_url
from zsf_plugin.explain.candidates import MatchCandidate
from zsf_plugin.model import Connection, Json, Link, prospect_name, text_at
from zsf_plugin.ports import Entry
from zsf_plugin.wiring.apps import ConsoleApp

_SIMILARITIES = {
    "same_owner": "same owner",
    "newest_activity": "latest activity",
    "oldest": "oldest",
}
_RECORD = re.compile(r"[A-Za-z0-9]{18}")


@dataclass(frozen=True, slots=True)
class RecordChoice:
    """One record to choose for the prospect, as a row shows it."""

    candidate: MatchCandidate
    prospect: Json
    connection: Connection | None = None

    @property
    def id(self) -> str:
        """The record's ID."""
        return self.candidate.record.id

    @property
    def url(self) -> str | None:
        """Where it opens in Salesforce."""
        return record_url(self.connection, self.id)

    @property
    def name(self) -> str:
        """A person's name, else a company's, else the ID."""
        return self._person or self._text("Name") or self.id

    @property
    def _person(self) -> str:
        return f"{self._text('FirstName')} {self._text('LastName')}".strip()

    @property
    def title(self) -> str:
        """A person's title."""
        return self._text("Title")

    @property
    def company(self) -> str:
        """The name of a person's company."""
        return clipped(self.candidate.company or "")

    @property
    def last_activity(self) -> str:
        """The day of the last activity; "" if there was none."""
        return _day(self._text("LastActivityDate"))

    @property
    def created(self) -> str:
        """The day on which it was created."""
        return _day(self._text("CreatedDate"))

    @property
    def similarities(self) -> str:
        """`Same name, same company, oldest`: why this may be the right record."""
        return capital(", ".join(self._reasons()))

    def _reasons(self) -> Iterator[str]:
        if self._has_same_name():
            yield "same name"
        if self._has_same_company():
            yield "same company"
        for word in self.candidate.reasons:
            yield _SIMILARITIES[word]

    def _has_same_name(self) -> bool:
        """Whether it has the prospect's first and last name."""
        return self._has_same("first_name", "FirstName") and self._has_same("last_name", "LastName")

    def _has_same(self, key: str, field: str) -> bool:
        return _same(text_at(self.prospect, key), self.candidate.record.values.get(field))

    def _has_same_company(self) -> bool:
        """Whether it is, or belongs to, the prospect's company."""
        return _same(text_at(self.prospect, "company", "name"), self._company())

    def _company(self) -> Json:
        """The name of the record's company."""
        record = self.candidate.record
        if record.object == "Account":
            return self.candidate.company or record.values.get("Name")
        return self.candidate.company

    def _text(self, field: str) -> str:
        value = self.candidate.record.values.get(field)
        return clipped(value) if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Choices:
    """The records that match one entry; none if it has been settled.

    `cause` is the key of the cause that shows them; `next` the ID of the cause's next entry.
    """

    entry: Entry
    cause: str
    next: str | None
    object: str = ""
    found: tuple[RecordChoice, ...] = ()

    @property
    def prospect_text(self) -> str:
        """Name, title, company and e-mail address, to compare with the records."""
        prospect = self.entry.payload.get("prospect")
        company = text_at(prospect, "company", "name")
        title, email = text_at(prospect, "title"), text_at(prospect, "email")
        return clipped(
            ", ".join(filter(None, (prospect_name(prospect), title, company, email))), 300
        )


def choices_of(app: ConsoleApp, entry: Entry, cause: str, next_id: str | None) -> Choices:
    """Look up the matching records in one or two calls. Raises as Crm does."""
    among = app.explainer.candidates(entry.event)
    if among is None:
        return Choices(entry, cause, next_id)
    connection = app.store.connection(entry.event.workspace)
    prospect = entry.payload.get("prospect")
    found = tuple(RecordChoice(candidate, prospect, connection) for candidate in among.found)
    return Choices(entry, cause, next_id, among.object, found)


def choose_record(app: ConsoleApp, entry: Entry, record_id: str) -> int:
    """Link the entry's prospect, or its company, to the record. Returns the number of released
    entries: 0 if the record is not one of the matches.
    """
    if entry.cause is None or not _RECORD.fullmatch(record_id):
        return 0
    connection = app.store.connection(entry.event.workspace)
    among = app.explainer.candidates(entry.event)
    chosen = [one.record for one in among.found if one.record.id == record_id] if among else []
    if among is None or connection is None or not chosen:
        return 0
    link = Link(*among.link, chosen[0].object, record_id, {})
    org_id, now = connection.org_id, app.clock.now()
    return app.store.choose(entry.event.workspace, entry.id, org_id, link, now)


def _same(ours: str | None, theirs: Json) -> bool:
    """Whether two texts are equal but for case and spaces; two blanks are not."""
    return bool(ours) and isinstance(theirs, str) and _plain(str(ours)) == _plain(theirs)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _day(text: str) -> str:
    """`18 Nov 2026`, from a date or time in the org."""
    try:
        return day_of(date.fromisoformat(text[:10]))
    except ValueError:
        return text[:10]
