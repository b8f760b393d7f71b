"""What the page asks Salesforce about the connection: its rights, and which sellers have a user in
the org. Errors become texts; results are stored for an hour.

Writes nothing to the org. `rights` interprets what is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.connect import last_line
from zsf_plugin.console.connection.rights import Right, list_rights, rights_of
from zsf_plugin.decision.lookups import SYSTEM_FIELDS
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.messages.availability import not_answered_text
from zsf_plugin.model import Connection, Lookup, Record, text_at
from zsf_plugin.ports import Crm, Entry, EntryFilter, Fact
from zsf_plugin.sync.availability import ORG_ERRORS, OrgError
from zsf_plugin.wiring.apps import ConsoleApp


def failure_text(app: ConsoleApp, connection: Connection, error: OrgError, after: str = "") -> str:
    """Record the error and put it into words; `after` is a sentence to add. Raises
    StoreUnavailable."""
    return not_answered_text(app.availability.record(connection, error, "upkeep"), after)


def fresh_fact(app: ConsoleApp, connection: Connection, key: str, lasts_s: float) -> Fact | None:
    """The fact stored under that key, unless it is older than `lasts_s` seconds."""
    fact = app.store.fact(connection.org_id, key)
    is_fresh = fact is not None and 0 <= app.clock.now() - fact.fetched_at < lasts_s
    return fact if is_fresh else None


_RIGHTS_TTL_S = 3600.0


@dataclass(frozen=True, slots=True)
class CheckedRights:
    """Rights as of `at` (seconds since 1970); or `failed`, why they could not be read."""

    rights: tuple[Right, ...] = ()
    at: float | None = None
    failed: str | None = None


SIGNED_OUT = CheckedRights(failed="Reconnect to check what it can do.")


def known_rights(app: ConsoleApp, connection: Connection) -> CheckedRights | None:
    """The rights if they were read within the last hour. Makes no API call."""
    fact = fresh_fact(app, connection, _rights_key(connection), _RIGHTS_TTL_S)
    if fact is None or not isinstance(fact.body, list):
        return None
    return CheckedRights(rights_of(fact.body), fact.fetched_at)


def check_rights(app: ConsoleApp, connection: Connection) -> CheckedRights:
    """Read all rights again. An error of Salesforce is part of the result. Raises
    StoreUnavailable."""
    try:
        rights = _read_rights(app, connection)
    except ORG_ERRORS as error:
        why = failure_text(app, connection, error)
        return SIGNED_OUT if isinstance(error, ReconnectRequired) else CheckedRights(failed=why)
    return _store_rights(app, connection, rights)


def _store_rights(
    app: ConsoleApp, connection: Connection, rights: tuple[Right, ...]
) -> CheckedRights:
    fact = Fact([right.as_json() for right in rights], app.clock.now())
    app.store.save_fact(connection.org_id, _rights_key(connection), fact)
    return CheckedRights(rights, fact.fetched_at)


def _read_rights(app: ConsoleApp, connection: Connection) -> tuple[Right, ...]:
    workspace = connection.workspace
    looked = app.orgs.provisioner(workspace).inspect()
    crm = app.orgs.crm(workspace)
    facts, sellers = crm.facts(), _with_users_in(crm, _sellers_of(app, workspace))
    rules = app.rulebook.rules(workspace)
    made = _has_made_fields(app, connection)
    return list_rights(
        facts, looked, sellers, merge_unconditional(rules), rules, has_made_fields=made
    )


def _has_made_fields(app: ConsoleApp, connection: Connection) -> bool:
    """Whether this sign-in has created a field before."""
    line = last_line(app.store, connection.workspace, "field_created")
    return line is not None and line.at >= connection.connected_at


def _rights_key(connection: Connection) -> str:
    """Rights belong to one sign-in: another user may have others."""
    return f"rights:{connection.workspace}:{connection.connected_at!r}"


#: Newest entries that are read to find sellers.
_MAX_ENTRIES = 200
_NAMELESS = "A seller without a name"


def _sellers_of(app: ConsoleApp, workspace: str) -> Mapping[str, str]:
    """The names of recent sellers, by e-mail."""
    page = app.store.page(workspace, EntryFilter(), limit=_MAX_ENTRIES, max_scanned=_MAX_ENTRIES)
    found: dict[str, str] = {}
    for entry in page.entries:
        found.setdefault(*_seller(entry))
    found.pop("", None)
    return found


def _seller(entry: Entry) -> tuple[str, str]:
    """The seller's e-mail, normalized ("" if there is none), and name."""
    email = _user_text(entry, "email").strip().casefold()
    return email, _user_text(entry, "name") or _NAMELESS


def _user_text(entry: Entry, name: str) -> str:
    return text_at(entry.payload, "user", name) or ""


def _with_users_in(crm: Crm, sellers: Mapping[str, str]) -> Sequence[tuple[str, bool]]:
    """Each seller's name, and whether exactly one active user has the e-mail: of several, none is
    chosen."""
    if not sellers:
        return ()
    have = _users_emails(crm, sellers)
    return [(name, have.count(email) == 1) for email, name in sellers.items()]


def _users_emails(crm: Crm, emails: Iterable[str]) -> list[str]:
    """The e-mails of the active users with one of these e-mails."""
    lookups = [Lookup("User", (("Email", "email", email),)) for email in emails]
    users = crm.find(lookups, {"User": SYSTEM_FIELDS["User"]}, "upkeep")
    return [_email_of(user) for user in users.records]


def _email_of(user: Record) -> str:
    return str(user.values.get("Email") or "").casefold()
