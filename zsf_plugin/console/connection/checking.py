"""Reading what a connection may do, for a few calls and with no record written; kept for an hour.
Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.console.connection.asking import NO_ANSWER, why_not
from zsf_plugin.console.connection.rights import Found, Right, right_of, rights
from zsf_plugin.decision.merge import for_everyone
from zsf_plugin.decision.questions import SYSTEM_FIELDS
from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.model.event import text_at
from zsf_plugin.model.link import Connection
from zsf_plugin.model.world import Lookup
from zsf_plugin.ports.crm import Crm
from zsf_plugin.ports.store import EntryFilter, Fact
from zsf_plugin.wiring.console import ConsoleApp

_FRESH_S = 3600.0
#: So many of the latest entries are looked at for who sells.
_LOOK_AT = 200
_NAMELESS = "A seller without a name"


@dataclass(frozen=True, slots=True)
class Checked:
    """Rights as of `at` (seconds since 1970); or `failed`, why they could not be read."""

    rights: tuple[Right, ...] = ()
    at: float | None = None
    failed: str | None = None


SIGNED_OUT = Checked(failed="The sign-in ended. Reconnect, then this is checked again.")


def known_rights(app: ConsoleApp, connection: Connection) -> Checked | None:
    """What was read within the hour; None where it has to be read. Costs no call."""
    fact = app.store.fact(connection.org_id, _name(connection))
    if (
        fact is None
        or not isinstance(fact.body, list)
        or not 0 <= app.clock.now() - fact.fetched_at < _FRESH_S
    ):
        return None
    return Checked(
        tuple(right_of(row) for row in fact.body if isinstance(row, dict)), fact.fetched_at
    )


def check_rights(app: ConsoleApp, connection: Connection) -> Checked:
    """Read it all anew. Never raises for what Salesforce does. Raises StoreUnavailable."""
    try:
        found = _look(app, connection)
    except NO_ANSWER as error:
        why = why_not(app, connection, error)
        return SIGNED_OUT if isinstance(error, ReconnectRequired) else Checked(failed=why)
    return _judged(app, connection, found)


def _judged(app: ConsoleApp, connection: Connection, found: Found) -> Checked:
    rules = app.rulebook.rules(connection.workspace)
    merged = for_everyone(rules)
    made = app.store.history(connection.workspace, codes=("field_created",), limit=1)
    has_made = any(line.at >= connection.connected_at for line in made)
    judged, now = rights(found, merged, rules, has_made_fields=has_made), app.clock.now()
    app.store.save_fact(
        connection.org_id, _name(connection), Fact([right.as_json() for right in judged], now)
    )
    return Checked(judged, now)


def _look(app: ConsoleApp, connection: Connection) -> Found:
    looked = app.orgs.provisioner(connection.workspace).look()
    crm = app.orgs.crm(connection.workspace)
    emails = _sellers(app, connection.workspace)
    return Found(crm.facts(), looked, _with_users(crm, emails))


def _sellers(app: ConsoleApp, workspace: str) -> Mapping[str, str]:
    """The names of those who purchased or sent lately, by their e-mail."""
    page = app.store.page(workspace, EntryFilter(), limit=_LOOK_AT, look_at=_LOOK_AT)
    found: dict[str, str] = {}
    for entry in page.entries:
        email = text_at(entry.payload, "user", "email")
        if email is not None:
            found.setdefault(
                email.strip().casefold(), text_at(entry.payload, "user", "name") or _NAMELESS
            )
    return found


def _with_users(crm: Crm, emails: Mapping[str, str]) -> Sequence[tuple[str, bool]]:
    """Each name, and whether exactly one active user has that e-mail: with several nobody is
    chosen."""
    if not emails:
        return ()
    lookups: Sequence[Lookup] = [Lookup("User", (("Email", "email", email),)) for email in emails]
    users = crm.find(lookups, {"User": SYSTEM_FIELDS["User"]}, "upkeep")
    have = [str(user.values.get("Email") or "").casefold() for user in users]
    return [(name, have.count(email) == 1) for email, name in emails.items()]


def _name(connection: Connection) -> str:
    """Rights are those of one sign-in: another user may do other things."""
    return f"rights:{connection.workspace}:{connection.connected_at!r}"
