"""`/composite`, its batch and its graph: several requests in one, and the references between them
(salesforce-api.md §3.6, §3.9, §3.10, §9 trap 12)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from typing import cast
from urllib.parse import unquote

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import Request, Response, fold_names, objects_of
from zsf_plugin.emulator.org.org import Org

_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
_ENCODED = re.compile(r"(?:@|%40)(?:\{|%7B)[A-Za-z0-9_.\[\]%]+?(?:\}|%7D)", re.IGNORECASE)
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")


def fill_url(url: str, bodies: Mapping[str, Json]) -> str:
    """The URL with its references put in, percent-encoded ones as well. Raises
    PROCESSING_HALTED."""
    return _fill_text(_ENCODED.sub(lambda match: unquote(match.group()), url), bodies)


def fill(value: Json, bodies: Mapping[str, Json]) -> Json:
    """A body with its references put in, at any depth. Raises PROCESSING_HALTED."""
    if isinstance(value, str):
        return _fill_text(value, bodies)
    if isinstance(value, dict):
        return {key: fill(inner, bodies) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, bodies) for inner in value]
    return value


def _fill_text(text: str, bodies: Mapping[str, Json]) -> str:
    return _REFERENCE.sub(lambda match: str(_resolve(match[1], match[2], bodies)), text)


def _resolve(name: str, path: str, bodies: Mapping[str, Json]) -> Json:
    """The value a reference names. A missing or null one halts the subrequest."""
    value: Json = bodies.get(name)
    for key, position in _STEP.findall(path):
        value = _member(value, key) if key else _item(value, int(position))
    if value is None:
        words = f"Invalid reference specified. No value for {name}{path} found in {name}."
        raise bad("PROCESSING_HALTED", words)
    return value


def _member(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, dict) else None


def _item(value: Json, position: int) -> Json:
    return value[position] if isinstance(value, list) and position < len(value) else None


#: Serves one request: the REST resources, handed in so that this module need not know them.
Serve = Callable[[Org, Request], Response]
#: A subrequest as it was sent; what it came to.
Subrequest = dict[str, Json]
Entry = dict[str, Json]

_MAX_SUBREQUESTS = 25
_MAX_HEAVY = 5
_HEAVY = re.compile(r"/services/data/v[\d.]+/(query(All)?|composite/sobjects)\b")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_ROLLED_BACK = (
    "The transaction was rolled back since another operation in the same transaction failed."
)


class _RollBack(Exception):
    """A subrequest of an allOrNone composite failed."""


def answer_composite(org: Org, request: Request, serve: Serve) -> Response:
    """Subrequests in order, with references between them."""
    body = request.rows_body()
    subrequests = cast(list[Subrequest], body.get("compositeRequest") or [])
    try:
        _check(subrequests)
    except SalesforceError as error:
        return Response(200, {"compositeResponse": [_entry(400, error.single(), None)]})
    entries = run_subrequests(org, request, subrequests, serve, whole=bool(body.get("allOrNone")))
    return Response(200, {"compositeResponse": entries})


def run_subrequests(
    org: Org, request: Request, subrequests: list[Subrequest], serve: Serve, *, whole: bool
) -> list[Entry]:
    """What each subrequest came to; `whole` takes everything back where one failed."""
    entries: list[Entry] = []
    try:
        with org.records.undo_on_error() if whole else nullcontext():
            for entry in _run(org, request, subrequests, serve, whole=whole):
                entries.append(entry)
            if whole and any(failed(entry) for entry in entries):
                raise _RollBack
    except _RollBack:
        return [_undone(entry) for entry in entries]
    return entries


def failed(entry: Mapping[str, Json]) -> bool:
    """Whether an entry is a refusal, or holds one."""
    status, body = cast(int, entry["httpStatusCode"]), entry["body"]
    if status >= 300 and status != 304:
        return True
    rows = body if isinstance(body, list) else []
    return any(isinstance(row, dict) and row.get("success") is False for row in rows)


def _check(subrequests: list[Subrequest]) -> None:
    """What refuses a composite as a whole."""
    if len(subrequests) > _MAX_SUBREQUESTS:
        raise bad("LIMIT_EXCEEDED", "The request can’t contain more than 25 operations.")
    heavy = [sub for sub in subrequests if _HEAVY.match(str(sub.get("url")))]
    if len(heavy) > _MAX_HEAVY:
        words = "The request can’t contain more than 5 query or collection operations."
        raise bad("LIMIT_EXCEEDED", words)
    names = [str(sub.get("referenceId", "")) for sub in subrequests]
    if not all(_NAME.fullmatch(name) for name in names):
        words = "referenceId must start with a letter or digit; letters, digits and _ may follow"
        raise bad("INVALID_INPUT", words)
    _check_requests(subrequests)
    if len(set(names)) != len(names):
        raise bad("INVALID_INPUT", "referenceId values must be unique")


def _check_requests(subrequests: list[Subrequest]) -> None:
    if not all("method" in sub and "url" in sub for sub in subrequests):
        raise bad("INVALID_INPUT", "each subrequest needs a method and a url")


def _run(
    org: Org, request: Request, subrequests: list[Subrequest], serve: Serve, *, whole: bool
) -> Iterable[Entry]:
    bodies: dict[str, Json] = {}
    for place, sub in enumerate(subrequests):
        staged = request.staged.get(place)
        response = Response(0)
        if staged is None or staged.committed:
            response = _serve(org, request, _bound(sub) if whole else sub, bodies, serve)
        if staged is not None:
            response = staged.response
        name = str(sub["referenceId"])
        if response.status < 300:
            bodies[name] = response.body
        yield _entry(response.status, response.body, name, response.headers)


def _serve(
    org: Org, request: Request, sub: Subrequest, bodies: Mapping[str, Json], serve: Serve
) -> Response:
    try:
        return serve(org, _subrequest(request, sub, bodies))
    except SalesforceError as error:
        return Response(error.status, error.single())


def _subrequest(request: Request, sub: Subrequest, bodies: Mapping[str, Json]) -> Request:
    """The subrequest with its references put in. Headers come from it alone, but for the session
    (§3.6)."""
    given = sub.get("httpHeaders")
    headers = given if isinstance(given, dict) else {}
    url = fill_url(str(sub["url"]), bodies)
    if not url.startswith("/services/data/"):
        raise bad("INVALID_INPUT", "The url must start with /services/data/")
    return Request(
        method=str(sub["method"]),
        path=url,
        body=fill(sub.get("body"), bodies),
        headers=fold_names(headers),
        user_id=request.user_id,
        nested=True,
    )


def _bound(sub: Subrequest) -> Subrequest:
    """A collection's own allOrNone gives way to the composite's when that is set (§3.6)."""
    body = sub.get("body")
    if isinstance(body, dict) and "/composite/sobjects" in str(sub.get("url")):
        return {**sub, "body": {**body, "allOrNone": True}}
    return sub


def _entry(
    status: int, body: Json, name: str | None, headers: Mapping[str, str] | None = None
) -> Entry:
    return {
        "body": body,
        "httpHeaders": dict(headers or {}),
        "httpStatusCode": status,
        "referenceId": name,
    }


def _undone(entry: Entry) -> Entry:
    """The culprit keeps its own code; all others are halted."""
    if failed(entry):
        return entry
    halted = bad("PROCESSING_HALTED", _ROLLED_BACK).single()
    return {**entry, "httpStatusCode": 400, "httpHeaders": {}, "body": halted}


def answer_batch(org: Org, request: Request, serve: Serve) -> Response:
    """Independent subrequests; each counts as a call (§2.1)."""
    body = request.rows_body()
    subrequests = cast(list[Subrequest], body.get("batchRequests") or [])
    if len(subrequests) > _MAX_SUBREQUESTS:
        raise bad("LIMIT_EXCEEDED", "The request can’t contain more than 25 operations.")
    results: list[Json] = []
    has_errors = halted = False
    for sub in subrequests:
        response = _BATCH_HALTED if halted else _serve_alone(org, request, sub, serve)
        results.append({"statusCode": response.status, "result": response.body})
        has_errors = has_errors or response.status >= 400
        halted = has_errors and bool(body.get("haltOnError"))
    org.used -= 1  # the batch counts as its subrequests alone
    return Response(200, {"hasErrors": has_errors, "results": results})


def _serve_alone(org: Org, request: Request, sub: Subrequest, serve: Serve) -> Response:
    org.used += 1
    path = f"/services/data/{sub['url']}"
    body, headers = sub.get("richInput"), request.headers
    return serve(org, Request(str(sub["method"]), path, body, headers, request.user_id))


_BATCH_HALTED = Response(
    412, SalesforceError(412, "BATCH_PROCESSING_HALTED", "Batch processing halted.").single()
)


_MAX_GRAPHS, _MAX_NODES, _MAX_FAILED = 75, 500, 14
_GRAPH_ROW = re.compile(r"/services/data/v[\d.]+/sobjects/[^/?]+(/[^/?]+){0,2}(\?.*)?")
_GRAPH_HALTED = "The graph was not processed: too many graphs failed before it"


def answer_graph(org: Org, request: Request, serve: Serve) -> Response:
    """Each graph's own composite response; after 14 failures the rest is halted."""
    graphs = objects_of(request.rows_body().get("graphs"), "graphs")
    nodes = [objects_of(graph.get("compositeRequest"), "compositeRequest") for graph in graphs]
    _check_graphs(nodes)
    results: list[Json] = []
    failures = 0
    for graph, subrequests in zip(graphs, nodes, strict=True):
        if failures >= _MAX_FAILED:
            entries = [_halted_node(sub) for sub in subrequests]
        else:
            entries = run_subrequests(org, request, subrequests, serve, whole=True)
        well = not any(failed(entry) for entry in entries)
        failures += not well
        results.append(_result(graph, entries, well=well))
    return Response(200, {"graphs": results})


def _check_graphs(graphs: list[list[Subrequest]]) -> None:
    """What refuses the request as a whole."""
    nodes = [node for graph in graphs for node in graph]
    if len(graphs) > _MAX_GRAPHS or len(nodes) > _MAX_NODES:
        raise bad("LIMIT_EXCEEDED", "The request can’t contain more than 75 graphs or 500 nodes.")
    for node in nodes:
        if "method" not in node or "referenceId" not in node:
            raise bad("INVALID_INPUT", "each subrequest needs a method, a url and a referenceId")
    for node in nodes:
        if not _GRAPH_ROW.fullmatch(str(node.get("url"))):
            raise bad("INVALID_INPUT", "A graph takes sobjects resources only.")


def _result(graph: dict[str, Json], entries: list[Entry], *, well: bool) -> Json:
    return {
        "graphId": graph.get("graphId"),
        "graphResponse": {"compositeResponse": entries},
        "isSuccessful": well,
    }


def _halted_node(sub: Subrequest) -> Entry:
    return {
        "body": bad("PROCESSING_GRAPH_HALTED", _GRAPH_HALTED).single(),
        "httpHeaders": {},
        "httpStatusCode": 400,
        "referenceId": sub.get("referenceId"),
    }
