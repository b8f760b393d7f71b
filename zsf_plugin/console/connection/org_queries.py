"""What asking Salesforce on this page has in common: an error in words, and answers that are kept
for a while. What is asked is `reading_rights`'s, `estimates`'s and `id_field`'s."""

from __future__ import annotations

from zsf_plugin.console.labels import capital
from zsf_plugin.messages.availability import availability_text
from zsf_plugin.model import Connection
from zsf_plugin.ports import Fact
from zsf_plugin.sync.availability import OrgError
from zsf_plugin.wiring.console import ConsoleApp


def why_not(app: ConsoleApp, connection: Connection, error: OrgError, after: str = "") -> str:
    """The error in words; `after` says what that leaves. Raises StoreUnavailable."""
    found = app.availability.record(connection, error, "upkeep")
    if found.code == "reconnect":
        return f"The sign-in ended. {after or 'Reconnect first.'}"
    if found.code == "quota":
        return f"The org’s calls for today are used up. {after or 'Nothing was asked.'}"
    if found.code == "unavailable":
        return f"Salesforce didn’t answer: {found.detail}. {after}".rstrip()
    return f"{capital(availability_text(found))}. {after}".rstrip()


def fresh_fact(app: ConsoleApp, connection: Connection, key: str, lasts_s: float) -> Fact | None:
    """What was stored under that key, unless it is too old by now."""
    fact = app.store.fact(connection.org_id, key)
    if fact is None or not 0 <= app.clock.now() - fact.fetched_at < lasts_s:
        return None
    return fact
