"""Estimates what sending all waiting entries would do, under the rules in force or a draft. Takes
API calls, writes nothing; the last estimate is stored for ten minutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from zsf_plugin.console.connection.org_queries import failure_text, fresh_fact
from zsf_plugin.explain import Estimate
from zsf_plugin.model import Connection, Json, JsonObject
from zsf_plugin.ports import Fact, RuleSource
from zsf_plugin.sync.availability import ORG_ERRORS
from zsf_plugin.wiring.apps import ConsoleApp

_ESTIMATE_TTL_S = 600.0
_NUMBERS = ("waiting", "looked_at", "connected", "activities", "nothing", "calls")
_CREATED = (
    ("Lead", "Create a Lead"),
    ("Contact", "Create a Contact"),
    ("Account", "Create an Account"),
)
_UPDATED = (
    ("Lead", "Update a Lead"),
    ("Contact", "Update a Contact"),
    ("Account", "Update an Account"),
)


@dataclass(frozen=True, slots=True)
class EstimatePart:
    """The estimate as the page shows it, with the org's daily `limit` of calls, if known; or
    `failure`, why there is none."""

    estimate: Estimate | None = None
    limit: int | None = None
    failure: str = ""

    @property
    def lines(self) -> list[tuple[str, int]]:
        """What would be done, and how often; nothing that would not happen."""
        rows = estimate_rows(self.estimate) if self.estimate is not None else ()
        return [row for row in rows if row[1]]


def estimate_part(
    app: ConsoleApp,
    connection: Connection,
    *,
    again: bool = False,
    document: JsonObject | None = None,
) -> EstimatePart:
    """Estimate what sending would do now, or would do with another console document; `again`
    ignores a stored estimate.

    An error of Salesforce becomes the `failure`. Raises StoreUnavailable; ConfigurationError if the
    document is invalid.
    """
    rules = _rules_with(app, connection.workspace, document)
    estimate = None if again else _stored_estimate(app, connection, rules)
    try:
        estimate = estimate or _estimate_now(app, connection, rules)
    except ORG_ERRORS as error:
        return EstimatePart(failure=failure_text(app, connection, error))
    limit = app.store.allocation(connection.org_id, app.clock.now()).limit
    return EstimatePart(estimate, limit)


def _rules_with(app: ConsoleApp, workspace: str, document: JsonObject | None) -> RuleSource:
    """The rules in force, or those with that console document."""
    return app.rulebook if document is None else app.rulebook.with_draft(workspace, document)


def _estimate_now(app: ConsoleApp, connection: Connection, rules: RuleSource) -> Estimate:
    estimate = app.explainer.estimate(connection.workspace, rules)
    _store_estimate(app, connection, estimate, rules)
    return estimate


def estimate_rows(estimate: Estimate) -> Iterator[tuple[str, int]]:
    """What would be done, and how often."""
    yield "Link to an existing record", estimate.connected
    for name, words in _CREATED:
        yield words, estimate.created.get(name, 0)
    for name, words in _UPDATED:
        yield words, estimate.updated.get(name, 0)
    yield "Add a completed activity", estimate.activities
    yield from _held_lines(estimate.held)
    yield "No changes", estimate.nothing


def _held_lines(held: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """The most frequent cause first."""
    for words in sorted(held, key=held.__getitem__, reverse=True):
        yield f"Hold: {words}", held[words]


def _store_estimate(
    app: ConsoleApp, connection: Connection, estimate: Estimate, rules: RuleSource
) -> None:
    """Store it with a digest of the rules."""
    body: JsonObject = {
        **asdict(estimate),
        "created": dict(estimate.created),
        "updated": dict(estimate.updated),
        "held": dict(estimate.held),
        "rules": rules.digest(connection.workspace),
    }
    fact = Fact(body, app.clock.now())
    app.store.save_fact(connection.org_id, _estimate_key(connection), fact)


def _stored_estimate(app: ConsoleApp, connection: Connection, rules: RuleSource) -> Estimate | None:
    """A recent estimate, if the number of waiting entries, the rules and the org's fields are
    unchanged."""
    fact = fresh_fact(app, connection, _estimate_key(connection), _ESTIMATE_TTL_S)
    if fact is None or not _is_read_before(app, connection, fact.fetched_at):
        return None
    body = fact.body if isinstance(fact.body, dict) else {}
    return _estimate_in(body) if _still_holds(app, connection.workspace, rules, body) else None


def _is_read_before(app: ConsoleApp, connection: Connection, moment: float) -> bool:
    """Whether the org's fields were last read before that moment."""
    known = app.orgs.known_facts(connection.workspace)
    return known is not None and known.read_at <= moment


def _still_holds(app: ConsoleApp, workspace: str, rules: RuleSource, body: JsonObject) -> bool:
    """Whether the number of waiting entries and the rules are unchanged."""
    made_by = (body.get("waiting"), body.get("rules"))
    return made_by == (app.store.counts(workspace).pending, rules.digest(workspace))


def _estimate_in(body: JsonObject) -> Estimate:
    return Estimate(
        created=_numbers(body, "created"),
        updated=_numbers(body, "updated"),
        held=_numbers(body, "held"),
        **{name: _number(body, name) for name in _NUMBERS},
    )


def _number(body: Mapping[str, Json], name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) else 0


def _numbers(body: Mapping[str, Json], name: str) -> dict[str, int]:
    value = body.get(name)
    items = value.items() if isinstance(value, dict) else ()
    return {key: number for key, number in items if isinstance(number, int)}


def _estimate_key(connection: Connection) -> str:
    return f"estimate:{connection.workspace}:{connection.connected_at!r}"
