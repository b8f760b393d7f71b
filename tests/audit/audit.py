"""Checks that the org contains what the fed events ask for: everything once, nothing blanked, with
the right owners and activities.

It reads only the emulator's records and the events file, and imports nothing from the product, so
that it cannot share its bugs.

    python -m tests.audit.audit --url URL --events FILE --mode lead|contact
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Dump = dict[str, list[Row]]
CANARY = "CONTENT_CANARY"

_NAMES = {"LastName": "last_name|first_name", "FirstName": "first_name"}
_SITE = {"Website": "company.website|company.domain"}

#: Fields that a fed value must fill, by object; of several paths the first with a value counts.
FILLED = {
    "Lead": {
        **_NAMES,
        **_SITE,
        "Email": "email",
        "Phone": "phone",
        "Title": "title",
        "City": "location.city",
        "Country": "location.country",
        "Company": "company.name",
        "NumberOfEmployees": "company.employees",
    },
    "Contact": {
        **_NAMES,
        "Email": "email",
        "Phone": "phone",
        "Title": "title",
        "MailingCity": "location.city",
        "MailingCountry": "location.country",
    },
    "Account": {
        **_SITE,
        "Name": "company.name",
        "NumberOfEmployees": "company.employees",
        "BillingCity": "company.address.city",
        "BillingState": "company.address.region",
        "BillingCountry": "company.address.country",
    },
}
#: Fed values that are translated: the field must have some value.
TRANSLATED = {
    "Lead": {"Industry": "company.industry"},
    "Contact": {},
    "Account": {"Industry": "company.industry"},
}
_KEY = "Zaplify_Id__c"


class Audit:
    """One audit of one org. `users` maps a seller's case-folded address to the user's id."""

    def __init__(self, dump: Dump, events: list[Row], mode: str, users: dict[str, str]) -> None:
        self.dump, self.mode, self.users = dump, mode, users
        calls = {event["event_id"]: event for event in events if is_valid(event)}
        self.purchases = [e for e in calls.values() if e["hook"] == "on_prospect_purchased"]
        self.touchpoints = [e for e in calls.values() if e["hook"] == "on_touchpoint_sent"]
        self.people: dict[str, list[Row]] = {}
        for event in self.purchases:
            self.people.setdefault(person_key(event["prospect"]), []).append(event)
        self.person_of = {e["prospect"]["id"]: person_key(e["prospect"]) for e in self.purchases}
        self.found: dict[str, Row] = {}

    def findings(self) -> list[str]:
        """One sentence per problem."""
        return [
            *self._persons(),
            *self._companies(),
            *self._accounts_of_contacts(),
            *self._activities(),
            *self._owners_of_activities(),
            *self._keys(),
            *self._texts(),
        ]

    def _persons(self) -> Iterator[str]:
        object_ = "Lead" if self.mode == "lead" else "Contact"
        by_key = Counter(self._record_key(row) for row in self._people_rows())
        rows = {self._record_key(row): row for row in self._people_rows()}
        for key, events in self.people.items():
            if by_key[key] != 1:
                yield f"{key}: {by_key[key]} people, not one"
                continue
            row = self.found[key] = rows[key]
            yield from self._filled(key, object_, row, [event["prospect"] for event in events])
            yield from self._owned(key, row, events[0])
            if "Company" in row and not row["Company"]:
                yield f"{key}: a Lead without a company's name, which Salesforce requires"
        for key in by_key:
            if key not in self.people:
                yield f"{key}: a person who was not purchased"

    def _people_rows(self) -> list[Row]:
        return self.dump["Lead"] + self.dump["Contact"]

    def _record_key(self, row: Row) -> str:
        company = row.get("Company")
        if "AccountId" in row:
            company = next(
                (a["Name"] for a in self.dump["Account"] if a["Id"] == row["AccountId"]), None
            )
        name = " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)
        return key_of(row.get("Email"), name, None if company == "[not provided]" else company)

    def _filled(self, key: str, object_: str, row: Row, sources: list[Row]) -> Iterator[str]:
        """Every field has a value of one of the record's sources, possibly shortened."""
        for field, path in FILLED[object_].items():
            given = [value for source in sources if (value := first(source, path)) is not None]
            held = row.get(field)
            if field == "FirstName" and not any(at(source, "last_name") for source in sources):
                continue  # a lone first name serves as the last name
            if given and held in (None, ""):
                yield f"{key}: {object_}.{field} is blank"
            elif given and not any(_says(held, value) for value in given):
                yield f"{key}: {object_}.{field} has a value that no event contains"
        for field, path in TRANSLATED[object_].items():
            if any(first(source, path) for source in sources) and row.get(field) in (None, ""):
                yield f"{key}: {object_}.{field} is blank"

    def _owned(self, key: str, row: Row, event: Row) -> Iterator[str]:
        owner = self.users.get(str(event["user"].get("email", "")).casefold())
        if owner is not None and row["OwnerId"] != owner:
            yield f"{key}: owned by someone else"

    def _companies(self) -> Iterator[str]:
        named: dict[str, list[Row]] = {}
        for event in self.purchases:
            if company := at(event["prospect"], "company.name"):
                named.setdefault(fold(company), []).append(event["prospect"])
        rows = Counter(fold(row["Name"]) for row in self.dump["Account"])
        for name, count in rows.items():
            if count > 1:
                yield f"{name}: {count} Accounts, not one"
        sites = Counter(
            site for row in self.dump["Account"] if (site := bare_domain(row.get("Website")))
        )
        for site, count in sites.items():
            if count > 1:
                yield f"{site}: {count} Accounts, not one"
        if self.mode == "contact":
            for name, prospects in named.items():
                row = next((row for row in self.dump["Account"] if fold(row["Name"]) == name), None)
                if row is None:
                    yield f"{name}: no Account"
                else:
                    yield from self._filled(name, "Account", row, prospects)

    def _accounts_of_contacts(self) -> Iterator[str]:
        names = {row["Id"]: fold(row["Name"]) for row in self.dump["Account"]}
        for key, row in self.found.items():
            company = next(
                (n for e in self.people[key] if (n := at(e["prospect"], "company.name"))), None
            )
            if (
                self.mode == "contact"
                and company
                and names.get(row.get("AccountId")) != fold(company)
            ):
                yield f"{key}: under another Account"

    def _activities(self) -> Iterator[str]:
        wanted: Counter[tuple[str, str]] = Counter()
        for event in self.touchpoints:
            row = self.found.get(self.person_of.get(event["prospect"]["id"], ""))
            if row is not None:
                wanted[(row["Id"], marker(event["touchpoint"]))] += 1
        logged = Counter((task["WhoId"], marker_of(task)) for task in self.dump["Task"])
        for who, what in sorted((wanted - logged).keys()):
            yield f"{who}: {what} is not logged"
        for who, what in sorted((logged - wanted).keys(), key=str):
            yield f"{who}: {what} is logged and was not sent"
        for task in self.dump["Task"]:
            if not task.get("IsClosed"):
                yield f"{task['Id']}: an activity that is not completed"
            if not task.get("ActivityDate"):
                yield f"{task['Id']}: an activity without a day"

    def _owners_of_activities(self) -> Iterator[str]:
        """The sender owns the activity, if the sender is a user of the org."""
        wanted: Counter[tuple[str, str, str]] = Counter()
        for event in self.touchpoints:
            row = self.found.get(self.person_of.get(event["prospect"]["id"], ""))
            owner = self.users.get(fold(event["user"].get("email")))
            if row is not None and owner is not None:
                wanted[(row["Id"], marker(event["touchpoint"]), owner)] += 1
        owned = Counter(
            (task["WhoId"], marker_of(task), task.get("OwnerId")) for task in self.dump["Task"]
        )
        for who, what, _ in sorted((wanted - owned).keys()):
            yield f"{who}: {what} is owned by someone else"

    def _keys(self) -> Iterator[str]:
        """If the org has the field, every purchased or sent record has a unique external id."""
        asked = [*self.found.values(), *self.dump["Task"]]
        if self.mode == "contact":
            asked += self.dump["Account"]
        keys = Counter(row[_KEY] for row in asked if _KEY in row)
        for key, count in keys.items():
            if key in (None, ""):
                yield f"{count} records without {_KEY}"
            elif count > 1:
                yield f"{key}: on {count} records"

    def _texts(self) -> Iterator[str]:
        if CANARY in json.dumps(self.dump):
            yield "a message's text is in the org"


def is_valid(event: Row) -> bool:
    """Whether the payload is valid; invalid ones are held and change nothing."""
    prospect, touchpoint = (
        event.get("prospect"),
        event.get("touchpoint", {"id": "-", "channel": "-"}),
    )
    texts = ("id", "first_name", "last_name", "email", "phone", "title")
    return (
        isinstance(prospect, dict)
        and bool(prospect.get("id"))
        and all(isinstance(prospect.get(name, ""), str) for name in texts)
        and all(isinstance(touchpoint.get(name), str) for name in ("id", "channel"))
    )


def person_key(prospect: Row) -> str:
    """The key of a prospect: its email, else its name and company."""
    last = prospect.get("last_name")
    name = " ".join(part for part in (prospect.get("first_name"), last) if part)
    return key_of(prospect.get("email"), name, at(prospect, "company.name"))


def key_of(email: str | None, name: str, company: str | None) -> str:
    """The key of a person, from an event or from a record."""
    return fold(email) if email else f"{fold(name)} @ {fold(company) if company else '-'}"


#: Subjects without message contents: channel and step.
_SUBJECTS = {
    "email": "Email",
    "call": "Call",
    "linkedin_visit": "LinkedIn profile visit",
    "sms": "SMS",
    "linkedin_message": "LinkedIn message",
    "linkedin_connection": "LinkedIn connection request",
}


def marker(touchpoint: Row) -> str:
    """Channel and step of a touchpoint."""
    step = touchpoint.get("step")
    name = _SUBJECTS[touchpoint["channel"]]
    return f"{name}, step {step}" if step is not None else name


def marker_of(task: Row) -> str:
    """Channel and step of a logged touchpoint."""
    return str(task.get("Subject"))


def at(document: Row, path: str) -> Any:
    """The value at a dotted path, or None."""
    for key in path.split("."):
        document = (document or {}).get(key)  # type: ignore[assignment]
    return document


def first(document: Row, paths: str) -> Any:
    """The first value at these paths (`a|b`) that is not blank, or None."""
    values = (at(document, path) for path in paths.split("|"))
    return next((value for value in values if value not in (None, "")), None)


def bare_domain(address: Any) -> str:
    """The bare domain of a website in any form, such as `acme.example`."""
    text = fold(address or "").partition("://")
    return (text[2] or text[0]).split("/")[0].removeprefix("www.")


def fold(text: Any) -> str:
    """A text for comparison: trimmed and case-folded."""
    return str(text).strip().casefold()


def _says(held: Any, given: Any) -> bool:
    if isinstance(held, str) and held.endswith("…"):
        return str(given).startswith(held[:-1].rstrip())
    return fold(held) == fold(given) or held == given


def load_events(path: Path) -> list[Row]:
    """Load the fed calls; invalid lines are skipped, as the product skips them."""
    events = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event_id" in event and "hook" in event:
            events.append(event)
    return events


def _get(url: str, what: str) -> Any:
    with urllib.request.urlopen(f"{url}/_emulator/{what}", timeout=30) as answer:
        return json.load(answer)


def main() -> int:
    """Print the findings; returns 1 if there are any."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--mode", choices=("lead", "contact"), required=True)
    options = parser.parse_args()
    dump = _get(options.url, "records")
    users = {fold(row["Email"]): str(row["Id"]) for row in _get(options.url, "users")}
    audit = Audit(dump, load_events(options.events), options.mode, users)
    findings = audit.findings()
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    rows = ", ".join(f"{len(table)} {name}" for name, table in dump.items())
    asked = f"{len(audit.people)} people purchased, {len(audit.touchpoints)} touchpoints sent"
    sys.stdout.write(f"{asked}; the org holds {rows}; {len(findings)} findings\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
