"""Reading what the connection may do: asks Salesforce, writes nothing, and keeps the answer for an
hour. Judges no right: that is `rights`'s."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.console.connection.org_queries import fresh_fact, why_not
from zsf_plugin.console.connection.rights import Right, right_of, rights
from zsf_plugin.console.connection.sellers import sellers_of, with_users_in
from zsf_plugin.decision.merge import for_everyone
from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.model import Connection
from zsf_plugin.ports import Fact
from zsf_plugin.sync.availability import ORG_ERRORS
from zsf_plugin.wiring.console import ConsoleApp

_RIGHTS_LAST_S = 3600.0


@dataclass(frozen=True, slots=True)
class Checked:
    """Rights as of `at` (seconds since 1970); or `failed`, why they could not be read."""

    rights: tuple[Right, ...] = ()
    at: float | None = None
    failed: str | None = None


SIGNED_OUT = Checked(failed="The sign-in ended. Reconnect, then this is checked again.")


def known_rights(app: ConsoleApp, connection: Connection) -> Checked | None:
    """What was read within the hour; None where it has to be read. Costs no call."""
    fact = fresh_fact(app, connection, _rights_key(connection), _RIGHTS_LAST_S)
    if fact is None or not isinstance(fact.body, list):
        return None
    stored = [right_of(row) for row in fact.body if isinstance(row, dict)]
    return Checked(tuple(stored), fact.fetched_at)


def check_rights(app: ConsoleApp, connection: Connection) -> Checked:
    """Read it all anew. Never raises for what Salesforce does. Raises StoreUnavailable."""
    try:
        judged = _read_rights(app, connection)
    except ORG_ERRORS as error:
        why = why_not(app, connection, error)
        return SIGNED_OUT if isinstance(error, ReconnectRequired) else Checked(failed=why)
    now = app.clock.now()
    kept = Fact([right.as_json() for right in judged], now)
    app.store.save_fact(connection.org_id, _rights_key(connection), kept)
    return Checked(judged, now)


def _read_rights(app: ConsoleApp, connection: Connection) -> tuple[Right, ...]:
    workspace = connection.workspace
    looked = app.orgs.provisioner(workspace).look()
    crm = app.orgs.crm(workspace)
    facts, with_users = crm.facts(), with_users_in(crm, sellers_of(app, workspace))
    rules = app.rulebook.rules(workspace)
    has_made_fields = _has_made_fields(app, connection)
    return rights(
        facts, looked, with_users, for_everyone(rules), rules, has_made_fields=has_made_fields
    )


def _has_made_fields(app: ConsoleApp, connection: Connection) -> bool:
    """Whether this sign-in has created a field before."""
    made = app.store.history(connection.workspace, codes=("field_created",), limit=1)
    return any(line.at >= connection.connected_at for line in made)


def _rights_key(connection: Connection) -> str:
    """Rights are those of one sign-in: another user may do other things."""
    return f"rights:{connection.workspace}:{connection.connected_at!r}"
