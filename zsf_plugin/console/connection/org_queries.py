"""What asking Salesforce on this page has in common: an error in words, and answers that are kept
for a while. What is asked is `reading_rights`'s, `estimates`'s and `id_field`'s."""

from __future__ import annotations

from zsf_plugin.messages.availability import not_answered_text
from zsf_plugin.model import Connection
from zsf_plugin.ports import Fact
from zsf_plugin.sync.availability import OrgError
from zsf_plugin.wiring.console import ConsoleApp


def why_not(app: ConsoleApp, connection: Connection, error: OrgError, after: str = "") -> str:
    """The error in words; `after` says what that leaves. Raises StoreUnavailable."""
    return not_answered_text(app.availability.record(connection, error, "upkeep"), after)


def fresh_fact(app: ConsoleApp, connection: Connection, key: str, lasts_s: float) -> Fact | None:
    """What was stored under that key, unless it is too old by now."""
    fact = app.store.fact(connection.org_id, key)
    is_fresh = fact is not None and 0 <= app.clock.now() - fact.fetched_at < lasts_s
    return fact if is_fresh else None
