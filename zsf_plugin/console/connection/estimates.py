"""What sending all that waits would do. Estimating costs calls and writes nothing; an estimate is
kept for ten minutes. Decides on nothing that waits: that is the person's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from zsf_plugin.console.connection.org_queries import fresh_fact, why_not
from zsf_plugin.explain import Estimate
from zsf_plugin.model import Connection, Json, JsonObject
from zsf_plugin.ports import Fact
from zsf_plugin.sync.availability import ORG_ERRORS
from zsf_plugin.wiring.console import ConsoleApp

_ESTIMATE_LASTS_S = 600.0
_CREATED = (
    ("Lead", "Create a Lead"),
    ("Contact", "Create a Contact"),
    ("Account", "Create an Account"),
)


def estimate_of(app: ConsoleApp, connection: Connection, *, again: bool = False) -> Estimate | str:
    """What sending would do now; in words, why that is not known. Never raises for what Salesforce
    does. Raises StoreUnavailable."""
    stored = None if again else _stored_estimate(app, connection)
    if stored is not None:
        return stored
    try:
        estimate = app.explainer.estimate(connection.workspace)
    except ORG_ERRORS as error:
        return why_not(app, connection, error)
    _store_estimate(app, connection, estimate)
    return estimate


def lines_of(estimate: Estimate) -> Iterator[tuple[str, int]]:
    """What would be done, and how often."""
    yield "Connect to a record that exists", estimate.connected
    for name, words in _CREATED:
        yield words, estimate.created.get(name, 0)
    yield "Add a completed activity", estimate.activities
    for words, number in sorted(estimate.held.items(), key=lambda held: -held[1]):
        yield f"Hold: {words}", number
    yield "Nothing to do", estimate.nothing


def _store_estimate(app: ConsoleApp, connection: Connection, estimate: Estimate) -> None:
    """Keep it with a digest of the rules that it was made by."""
    body: JsonObject = {
        **asdict(estimate),
        "created": dict(estimate.created),
        "held": dict(estimate.held),
        "rules": app.rulebook.digest(connection.workspace),
    }
    fact = Fact(body, app.clock.now())
    app.store.save_fact(connection.org_id, _estimate_key(connection), fact)


def _stored_estimate(app: ConsoleApp, connection: Connection) -> Estimate | None:
    """What was read lately, while as many wait as then, by the same rules and the same fields of
    the org."""
    workspace = connection.workspace
    fact = fresh_fact(app, connection, _estimate_key(connection), _ESTIMATE_LASTS_S)
    known = app.orgs.known_facts(workspace)
    if fact is None or known is None or known.read_at > fact.fetched_at:
        return None
    body = fact.body
    if not isinstance(body, dict) or not _still_holds(app, workspace, body):
        return None
    return _estimate_in(body)


def _still_holds(app: ConsoleApp, workspace: str, body: JsonObject) -> bool:
    """Whether as many wait as then, and the rules are those it was made by."""
    is_same_backlog = body.get("waiting") == app.store.counts(workspace).pending
    return is_same_backlog and body.get("rules") == app.rulebook.digest(workspace)


def _estimate_in(body: JsonObject) -> Estimate:
    return Estimate(
        waiting=_number(body, "waiting"),
        looked_at=_number(body, "looked_at"),
        connected=_number(body, "connected"),
        created=_numbers(body, "created"),
        activities=_number(body, "activities"),
        held=_numbers(body, "held"),
        nothing=_number(body, "nothing"),
        calls=_number(body, "calls"),
    )


def _number(body: Mapping[str, Json], name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) else 0


def _numbers(body: Mapping[str, Json], name: str) -> dict[str, int]:
    value = body.get(name)
    if not isinstance(value, dict):
        return {}
    return {key: number for key, number in value.items() if isinstance(number, int)}


def _estimate_key(connection: Connection) -> str:
    return f"estimate:{connection.workspace}:{connection.connected_at!r}"
