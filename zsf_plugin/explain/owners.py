"""Who owns the record that was found, by name: told in previews, decides nothing. Asked once an
hour for each user."""

from __future__ import annotations

import threading
from typing import TypeAlias

from cachetools import TTLCache

from zsf_plugin.errors import Unavailable
from zsf_plugin.model import Connection, Event, Json, Lookup, Record, World, text_at
from zsf_plugin.ports import Clock, Crm

_KEEP_S = 3600.0
_MAX_NAMES = 1024


#: A user's name by org and id.
_Cache: TypeAlias = "TTLCache[tuple[str, str], str | None]"


class Owners:
    """Names of users by org and id. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._names: _Cache = TTLCache(_MAX_NAMES, _KEEP_S, clock.now)
        self._lock = threading.Lock()

    def name(
        self, connection: Connection, crm: Crm, event: Event, world: World, record: Record | None
    ) -> str | None:
        """The name of the record's owner: the event's own user's, else what the org says; None
        where it does not, or there is no record.

        Raises QuotaReached, ReconnectRequired.
        """
        owner = record.values.get("OwnerId") if record is not None else None
        if not isinstance(owner, str):
            return None
        if _is_by(event, world.records.get(("User", owner))):
            return text_at(event.payload, "user", "name")
        return self._name_in_org(connection, crm, owner)

    def _name_in_org(self, connection: Connection, crm: Crm, owner: str) -> str | None:
        key = (connection.org_id, owner)
        with self._lock:
            if key in self._names:
                return self._names[key]
        name = _ask(crm, owner)
        with self._lock:
            self._names[key] = name
        return name


def _is_by(event: Event, user: Record | None) -> bool:
    """Whether the event's user is that one, and has a name."""
    theirs = user.values.get("Email") if user is not None else None
    if not isinstance(theirs, str) or text_at(event.payload, "user", "name") is None:
        return False
    email = text_at(event.payload, "user", "email")
    return email is not None and email.strip().casefold() == theirs.casefold()


def _ask(crm: Crm, owner: str) -> str | None:
    """One call; a queue, or a user who left, has no answer."""
    try:
        found = crm.find([Lookup.by_id("User", owner)], {"User": ("Name",)}, "upkeep")
    except Unavailable:
        return None
    names = (user.values.get("Name") for user in found if user.id[:15] == owner[:15])
    return _text(next(names, None))


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
