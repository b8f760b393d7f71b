"""Who owns the record that was found, by name: told in previews, decides nothing. Asked once an
hour for each user."""

from __future__ import annotations

import threading

from cachetools import TTLCache

from zsf_plugin.errors import Unavailable
from zsf_plugin.model import Connection, Event, Lookup, Record, World, text_at
from zsf_plugin.ports import Clock, Crm

_KEEP_S = 3600.0
_MOST = 1024


class Owners:
    """Names of users by org and id. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._names: TTLCache[tuple[str, str], str | None] = TTLCache(
            maxsize=_MOST, ttl=_KEEP_S, timer=clock.now
        )
        self._lock = threading.Lock()

    def name(
        self, connection: Connection, crm: Crm, event: Event, world: World, record: Record
    ) -> str | None:
        """The name of the record's owner: the event's own user's, else what the org says; None
        where it does not.

        Raises QuotaReached, ReconnectRequired.
        """
        owner = record.values.get("OwnerId")
        if not isinstance(owner, str):
            return None
        user = world.records.get(("User", owner))
        if user is not None and _is_by(event, user):
            return text_at(event.payload, "user", "name")
        return self._name_in_org(connection, crm, owner)

    def _name_in_org(self, connection: Connection, crm: Crm, owner: str) -> str | None:
        key = (connection.org_id, owner)
        with self._lock:
            if key in self._names:
                return self._names[key]
        name = _asked(crm, owner)
        with self._lock:
            self._names[key] = name
        return name


def _is_by(event: Event, user: Record) -> bool:
    """Whether the event's user is that one, and has a name."""
    email, theirs = text_at(event.payload, "user", "email"), user.values.get("Email")
    if email is None or not isinstance(theirs, str):
        return False
    named = text_at(event.payload, "user", "name") is not None
    return named and email.strip().casefold() == theirs.casefold()


def _asked(crm: Crm, owner: str) -> str | None:
    """One call; a queue, or a user who left, has no answer."""
    lookup = Lookup.by_id("User", owner)
    try:
        found = crm.find([lookup], {"User": ("Name",)}, "upkeep")
    except Unavailable:
        return None
    for record in found:
        name = record.values.get("Name")
        if record.id[:15] == owner[:15]:
            return name if isinstance(name, str) else None
    return None
