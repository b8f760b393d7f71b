"""Salesforce users as people: a name, with the e-mail address as a hint. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.console.labels import clipped
from zsf_plugin.model import Record

#: The field that holds the owner of a record.
OWNER = "OwnerId"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the org. `email` is "" if the name is the address already."""

    name: str
    email: str = ""


def person_named(user_id: str, users: Mapping[str, Record]) -> Person:
    """The user with that ID as a person; named by the ID if `users` lacks it."""
    user = users.get(user_id)
    texts = [_text(user, field) for field in ("Name", "Email")] if user is not None else []
    name, email = [*filter(None, texts), "", ""][:2]
    return Person(name or user_id, email)


def _text(user: Record, field: str) -> str:
    value = user.values.get(field)
    return clipped(value) if isinstance(value, str) else ""
