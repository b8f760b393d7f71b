"""What is asked of an org to know it, and what its answers say (salesforce-api.md §3.11). Pure.

Describes of the objects we read, the Task statuses, and whether it is a sandbox. How long that is
believed is for `facts`; how a describe is read for `describe`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zsf_plugin.errors import Rejected
from zsf_plugin.model import Connection, Json, ObjectDescribe, OrgFacts
from zsf_plugin.ports import Fact
from zsf_plugin.salesforce import addresses, composites, describe, headers
from zsf_plugin.salesforce.answers import objects_in

OBJECTS = ("Lead", "Contact", "Account", "Task", "User")
_STATUSES = "SELECT ApiName, MasterLabel, IsClosed, IsDefault FROM TaskStatus"
_ORGANIZATION = "SELECT Id, Name, IsSandbox FROM Organization"
_QUERIES = {"TaskStatus": _STATUSES, "Organization": _ORGANIZATION}
#: The facts of an org by name.
NAMES = (*OBJECTS, *_QUERIES)
#: What an object's describe answers where the connected user may not see it.
_HIDDEN = frozenset({"NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS"})


def read_of(known: Mapping[str, Fact]) -> composites.Composite:
    """The one call for all facts; of describes that are `known`, only for what changed since."""
    reads = {}
    for name in OBJECTS:
        last_modified = known[name].last_modified if name in known else None
        unchanged = headers.unchanged_since(last_modified)
        reads[name] = composites.Request("GET", addresses.describe(name), headers=unchanged)
    for name, statement in _QUERIES.items():
        reads[name] = composites.Request("GET", addresses.query(statement))
    return composites.Composite(reads)


def fresh_facts(
    responses: Mapping[str, composites.SubResponse], before: Mapping[str, Fact], now: float
) -> dict[str, Fact]:
    """The facts to keep, by name, as read at `now` (seconds since 1970).

    Raises what a refused describe stands for, unless the object is hidden from the connected user.
    """
    fresh = {}
    for name in OBJECTS:
        fresh[name] = _describe_fact(responses[name], before.get(name), now)
    return fresh | {name: Fact(_rows(responses[name]), now) for name in _QUERIES}


def org_facts(connection: Connection, stored: Mapping[str, Fact]) -> OrgFacts:
    """What the facts say; an object without a describe is absent."""
    describes: dict[str, ObjectDescribe] = {}
    for name in OBJECTS:
        body = stored[name].body if name in stored else None
        if isinstance(body, dict):
            describes[name] = describe.parse(body)
    is_sandbox = _is_sandbox(stored, connection.is_sandbox)
    closed = closed_status(_stored_rows(stored, "TaskStatus"))
    return OrgFacts(connection.org_id, is_sandbox, closed, describes)


def _is_sandbox(stored: Mapping[str, Fact], as_connected: bool) -> bool:
    """What the org says of itself, else what was known when it was connected."""
    rows = _stored_rows(stored, "Organization")
    return rows[-1].get("IsSandbox") is True if rows else as_connected


def closed_status(statuses: Sequence[Mapping[str, Json]]) -> str | None:
    """The org's own closed status: “Completed” where there is one, else the default among the
    closed, else the first by name (§5.4: several may be closed, and none need be called so)."""
    closed = []
    default = None
    for row in statuses:
        if row.get("IsClosed") is not True:
            continue
        closed.append(_status_name(row))
        if default is None and row.get("IsDefault") is True:
            default = closed[-1]
    if "Completed" in closed:
        return "Completed"
    return default or min(closed, default=None)


def _status_name(row: Mapping[str, Json]) -> str:
    return str(row.get("ApiName") or row.get("MasterLabel"))


def _describe_fact(response: composites.SubResponse, before: Fact | None, now: float) -> Fact:
    """The describe to keep: the new one, the old one where it has not changed, none where the
    object is hidden."""
    if response.status == 304 and before is not None:
        return Fact(before.body, now, before.last_modified)
    try:
        body = response.result(writes=False)
    except Rejected as error:
        if error.code not in _HIDDEN:
            raise
        return Fact(None, now)
    slim = describe.slim(body) if isinstance(body, dict) else None
    with_gone = describe.with_gone(slim, before.body if before is not None else None, now)
    return Fact(with_gone, now, response.headers.get("last-modified"))


def _rows(response: composites.SubResponse) -> Json:
    """A query's rows; none where the connected user may not ask."""
    try:
        return [dict(row) for row in objects_in(response.result(writes=False), "records")]
    except Rejected:
        return []


def _stored_rows(stored: Mapping[str, Fact], name: str) -> list[Mapping[str, Json]]:
    return objects_in({name: stored[name].body}, name) if name in stored else []
