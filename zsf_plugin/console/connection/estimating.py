"""The estimate as people read it: a line for each thing that would be done; kept for ten minutes,
as it costs calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from zsf_plugin.console.connection.asking import NO_ANSWER, why_not
from zsf_plugin.explain import Estimate
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.store import Fact
from zsf_plugin.wiring.console import ConsoleApp

_FRESH_S = 600.0
_CREATED = (
    ("Lead", "Create a Lead"),
    ("Contact", "Create a Contact"),
    ("Account", "Create an Account"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """The lines, in order: what, and how many. `limit` is the org's calls a day, None where not
    known; `failed` says why there are no lines."""

    lines: tuple[tuple[str, int], ...] = ()
    calls: int = 0
    limit: int | None = None
    waiting: int = 0
    looked_at: int = 0
    at: float | None = None
    failed: str | None = None

    @property
    def is_partial(self) -> bool:
        """Whether only the first were looked at."""
        return self.looked_at < self.waiting


def estimate_of(app: ConsoleApp, connection: Connection, *, again: bool = False) -> Told:
    """What sending would do now. Never raises for what Salesforce does. Raises StoreUnavailable."""
    kept = None if again else _kept(app, connection)
    if kept is not None:
        return kept
    try:
        made = app.explainer.estimate(connection.workspace)
    except NO_ANSWER as error:
        return Told(failed=why_not(app, connection, error))
    now = app.clock.now()
    body = {**_as_json(made), "rules": app.rulebook.digest(connection.workspace)}
    app.store.save_fact(connection.org_id, _name(connection), Fact(body, now))
    return _told(app, connection, body, now)


def _kept(app: ConsoleApp, connection: Connection) -> Told | None:
    """What was read lately, while as many wait as then, by the same rules and the same fields of
    the org."""
    fact = app.store.fact(connection.org_id, _name(connection))
    if (
        fact is None
        or not isinstance(fact.body, dict)
        or not 0 <= app.clock.now() - fact.fetched_at < _FRESH_S
    ):
        return None
    known = app.orgs.known_facts(connection.workspace)
    same = fact.body.get("waiting") == app.store.counts(connection.workspace).pending
    same &= fact.body.get("rules") == app.rulebook.digest(connection.workspace)
    same &= known is not None and known.read_at <= fact.fetched_at
    return _told(app, connection, fact.body, fact.fetched_at) if same else None


def _told(app: ConsoleApp, connection: Connection, made: JsonObject, at: float) -> Told:
    created, held = _table(made, "created"), _table(made, "held")
    lines = [("Connect to a record that exists", _number(made, "connected"))]
    lines += [(words, created[name]) for name, words in _CREATED if created.get(name)]
    lines += [("Add a completed activity", _number(made, "activities"))]
    lines += [
        (f"Hold: {words}", number)
        for words, number in sorted(held.items(), key=lambda one: -one[1])
    ]
    lines += [("Nothing to do", _number(made, "nothing"))]
    return Told(
        lines=tuple((words, number) for words, number in lines if number),
        calls=_number(made, "calls"),
        limit=app.store.allocation(connection.org_id, at).limit,
        waiting=_number(made, "waiting"),
        looked_at=_number(made, "looked_at"),
        at=at,
    )


def _as_json(made: Estimate) -> JsonObject:
    return {**asdict(made), "created": dict(made.created), "held": dict(made.held)}


def _number(made: Mapping[str, Json], name: str) -> int:
    value = made.get(name)
    return value if isinstance(value, int) else 0


def _table(made: Mapping[str, Json], name: str) -> dict[str, int]:
    value = made.get(name)
    return (
        {key: number for key, number in value.items() if isinstance(number, int)}
        if isinstance(value, dict)
        else {}
    )


def _name(connection: Connection) -> str:
    return f"estimate:{connection.workspace}:{connection.connected_at!r}"
