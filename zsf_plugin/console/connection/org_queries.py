"""What this page asks Salesforce: what the connection may do, and what sending would do. Both cost
calls, write nothing, and are kept for a while. Judges no right: that is `rights`'s."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from zsf_plugin.console.connection.rights import Right, right_of, rights
from zsf_plugin.console.labels import capital
from zsf_plugin.decision.merge import for_everyone
from zsf_plugin.decision.questions import SYSTEM_FIELDS
from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.explain import Estimate
from zsf_plugin.messages.availability import availability_in_words
from zsf_plugin.model.event import text_at
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.link import Connection
from zsf_plugin.model.world import Lookup
from zsf_plugin.ports.crm import Crm
from zsf_plugin.ports.store import EntryFilter, Fact
from zsf_plugin.sync.availability import ORG_ERRORS, OrgError
from zsf_plugin.wiring.console import ConsoleApp

#: What asking an org may end with, through no fault of anybody here.
NO_ANSWER = ORG_ERRORS
_RIGHTS_LAST_S = 3600.0
_ESTIMATE_LASTS_S = 600.0
#: So many of the latest entries are looked at for who sells.
_MAX_ENTRIES = 200
_NAMELESS = "A seller without a name"
_CREATED = (
    ("Lead", "Create a Lead"),
    ("Contact", "Create a Contact"),
    ("Account", "Create an Account"),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """Rights as of `at` (seconds since 1970); or `failed`, why they could not be read."""

    rights: tuple[Right, ...] = ()
    at: float | None = None
    failed: str | None = None


SIGNED_OUT = Checked(failed="The sign-in ended. Reconnect, then this is checked again.")


@dataclass(frozen=True, slots=True)
class ShownEstimate:
    """The lines, in order: what, and how many. `limit` is the org's calls a day, None where not
    known; `failed` says why there are no lines."""

    lines: tuple[tuple[str, int], ...] = ()
    calls: int = 0
    limit: int | None = None
    waiting: int = 0
    looked_at: int = 0
    failed: str | None = None

    @property
    def is_partial(self) -> bool:
        """Whether only the first were looked at."""
        return self.looked_at < self.waiting


def why_not(app: ConsoleApp, connection: Connection, error: OrgError, after: str = "") -> str:
    """The error in words; `after` says what that leaves. Raises StoreUnavailable."""
    found = app.availability.record(connection, error, "upkeep")
    if found.code == "reconnect":
        return f"The sign-in ended. {after or 'Reconnect first.'}"
    if found.code == "quota":
        return f"The org’s calls for today are used up. {after or 'Nothing was asked.'}"
    if found.code == "unavailable":
        return f"Salesforce didn’t answer: {found.detail}. {after}".rstrip()
    return f"{capital(availability_in_words(found.code))}. {after}".rstrip()


def known_rights(app: ConsoleApp, connection: Connection) -> Checked | None:
    """What was read within the hour; None where it has to be read. Costs no call."""
    fact = _fresh_fact(app, connection, _rights_key(connection), _RIGHTS_LAST_S)
    if fact is None or not isinstance(fact.body, list):
        return None
    stored = [right_of(row) for row in fact.body if isinstance(row, dict)]
    return Checked(tuple(stored), fact.fetched_at)


def check_rights(app: ConsoleApp, connection: Connection) -> Checked:
    """Read it all anew. Never raises for what Salesforce does. Raises StoreUnavailable."""
    try:
        judged = _read_rights(app, connection)
    except NO_ANSWER as error:
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
    facts, with_users = crm.facts(), _with_users(crm, _sellers(app, workspace))
    rules = app.rulebook.rules(workspace)
    has_made_fields = _has_made_fields(app, connection)
    return rights(
        facts, looked, with_users, for_everyone(rules), rules, has_made_fields=has_made_fields
    )


def _has_made_fields(app: ConsoleApp, connection: Connection) -> bool:
    """Whether this sign-in has created a field before."""
    made = app.store.history(connection.workspace, codes=("field_created",), limit=1)
    return any(line.at >= connection.connected_at for line in made)


def _sellers(app: ConsoleApp, workspace: str) -> Mapping[str, str]:
    """The names of those who purchased or sent lately, by their e-mail."""
    page = app.store.page(workspace, EntryFilter(), limit=_MAX_ENTRIES, look_at=_MAX_ENTRIES)
    found: dict[str, str] = {}
    for entry in page.entries:
        email = text_at(entry.payload, "user", "email")
        if email is not None:
            name = text_at(entry.payload, "user", "name") or _NAMELESS
            found.setdefault(email.strip().casefold(), name)
    return found


def _with_users(crm: Crm, sellers: Mapping[str, str]) -> Sequence[tuple[str, bool]]:
    """Each name, and whether exactly one active user has that e-mail: with several nobody is
    chosen."""
    if not sellers:
        return ()
    lookups = [Lookup("User", (("Email", "email", email),)) for email in sellers]
    users = crm.find(lookups, {"User": SYSTEM_FIELDS["User"]}, "upkeep")
    have = [str(user.values.get("Email") or "").casefold() for user in users]
    return [(name, have.count(email) == 1) for email, name in sellers.items()]


def estimate_of(app: ConsoleApp, connection: Connection, *, again: bool = False) -> ShownEstimate:
    """What sending would do now. Never raises for what Salesforce does. Raises StoreUnavailable."""
    kept = None if again else _kept_estimate(app, connection)
    if kept is not None:
        return _shown(app, connection, *kept)
    try:
        made = app.explainer.estimate(connection.workspace)
    except NO_ANSWER as error:
        return ShownEstimate(failed=why_not(app, connection, error))
    rules = app.rulebook.digest(connection.workspace)
    body = {**_estimate_as_json(made), "rules": rules}
    now = app.clock.now()
    app.store.save_fact(connection.org_id, _estimate_key(connection), Fact(body, now))
    return _shown(app, connection, body, now)


def _kept_estimate(app: ConsoleApp, connection: Connection) -> tuple[JsonObject, float] | None:
    """What was read lately, and when, while as many wait as then, by the same rules and the same
    fields of the org."""
    workspace = connection.workspace
    fact = _fresh_fact(app, connection, _estimate_key(connection), _ESTIMATE_LASTS_S)
    known = app.orgs.known_facts(workspace)
    if fact is None or known is None or known.read_at > fact.fetched_at:
        return None
    made = fact.body
    if not isinstance(made, dict) or made.get("waiting") != app.store.counts(workspace).pending:
        return None
    is_same_rules = made.get("rules") == app.rulebook.digest(workspace)
    return (made, fact.fetched_at) if is_same_rules else None


def _shown(app: ConsoleApp, connection: Connection, made: JsonObject, at: float) -> ShownEstimate:
    return ShownEstimate(
        lines=tuple((words, number) for words, number in _lines(made) if number),
        calls=_number(made, "calls"),
        limit=app.store.allocation(connection.org_id, at).limit,
        waiting=_number(made, "waiting"),
        looked_at=_number(made, "looked_at"),
    )


def _lines(made: JsonObject) -> Iterator[tuple[str, int]]:
    """What would be done, and how often."""
    created, held = _table(made, "created"), _table(made, "held")
    yield "Connect to a record that exists", _number(made, "connected")
    for name, words in _CREATED:
        yield words, created.get(name, 0)
    yield "Add a completed activity", _number(made, "activities")
    for words in sorted(held, key=lambda one: -held[one]):
        yield f"Hold: {words}", held[words]
    yield "Nothing to do", _number(made, "nothing")


def _estimate_as_json(made: Estimate) -> JsonObject:
    return {**asdict(made), "created": dict(made.created), "held": dict(made.held)}


def _number(made: Mapping[str, Json], name: str) -> int:
    value = made.get(name)
    return value if isinstance(value, int) else 0


def _table(made: Mapping[str, Json], name: str) -> dict[str, int]:
    value = made.get(name)
    if not isinstance(value, dict):
        return {}
    return {key: number for key, number in value.items() if isinstance(number, int)}


def _fresh_fact(app: ConsoleApp, connection: Connection, key: str, lasts_s: float) -> Fact | None:
    """What was stored under that key, unless it is too old by now."""
    fact = app.store.fact(connection.org_id, key)
    if fact is None or not 0 <= app.clock.now() - fact.fetched_at < lasts_s:
        return None
    return fact


def _rights_key(connection: Connection) -> str:
    """Rights are those of one sign-in: another user may do other things."""
    return f"rights:{connection.workspace}:{connection.connected_at!r}"


def _estimate_key(connection: Connection) -> str:
    return f"estimate:{connection.workspace}:{connection.connected_at!r}"
