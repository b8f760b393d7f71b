"""`/composite`, its batch and its graph: several requests in one, with references between them
(salesforce-api.md §3.6, §3.9, §3.10, §9 trap 12)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from typing import cast
from urllib.parse import unquote

from zsf_plugin.emulator.documents import as_list, as_object
from zsf_plugin.emulator.errors import Json, SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import Request, Response, lower_case_names, objects_of
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.resources.collections import answer_collections
from zsf_plugin.emulator.resources.tree import answer_tree

_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
_ENCODED = re.compile(r"(?:@|%40)(?:\{|%7B)[A-Za-z0-9_.\[\]%]+?(?:\}|%7D)", re.IGNORECASE)
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")


def fill_url(url: str, bodies: Mapping[str, Json]) -> str:
    """The URL with its references replaced, including percent-encoded ones. Raises
    PROCESSING_HALTED."""
    return _fill_text(_ENCODED.sub(lambda match: unquote(match.group()), url), bodies)


def fill(value: Json, bodies: Mapping[str, Json]) -> Json:
    """A body with its references replaced, at any depth. Raises PROCESSING_HALTED."""
    match value:
        case str():
            return _fill_text(value, bodies)
        case dict():
            return {key: fill(inner, bodies) for key, inner in value.items()}
        case list():
            return [fill(inner, bodies) for inner in value]
    return value


def _fill_text(text: str, bodies: Mapping[str, Json]) -> str:
    return _REFERENCE.sub(lambda match: str(_resolve(match[1], match[2], bodies)), text)


def _resolve(name: str, path: str, bodies: Mapping[str, Json]) -> Json:
    """The value of a reference. A missing or null value halts the subrequest."""
    value = bodies.get(name)
    for key, position in _STEP.findall(path):
        value = as_object(value).get(key) if key else _item(as_list(value), int(position))
    if value is None:
        message = f"Invalid reference specified. No value for {name}{path} found in {name}."
        raise bad("PROCESSING_HALTED", message)
    return value


def _item(values: list[Json], position: int) -> Json:
    return values[position] if position < len(values) else None


#: Serves one request; passed in so that this module does not import the REST resources.
Serve = Callable[[Org, Request], Response]
#: A subrequest as it was sent, and its entry in the response.
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


def answer_composites(org: Org, request: Request, steps: list[str], serve: Serve) -> Response:
    """Serve `/composite/…`."""
    match steps:
        case []:
            return _answer_composite(org, request, serve)
        case ["graph"] if request.method == "POST":
            return _answer_graph(org, request, serve)
        case ["tree", name] if request.method == "POST":
            return answer_tree(org, request, org.object_type(name))
        case ["batch"]:
            return _answer_batch(org, request, serve)
        case ["sobjects", *more]:
            return answer_collections(org, request, more)
    raise not_found()


def _answer_composite(org: Org, request: Request, serve: Serve) -> Response:
    """Run subrequests in order, with references between them."""
    body = request.rows_body()
    subrequests = cast(list[Subrequest], body.get("compositeRequest") or [])
    try:
        _check(subrequests)
    except SalesforceError as error:
        return Response(200, {"compositeResponse": [_refused_entry(error, None)]})
    entries = _run_all(org, request, subrequests, serve, whole=bool(body.get("allOrNone")))
    return Response(200, {"compositeResponse": entries})


def _run_all(
    org: Org, request: Request, subrequests: list[Subrequest], serve: Serve, *, whole: bool
) -> list[Entry]:
    """Run each subrequest; if `whole`, roll everything back when one fails."""
    entries: list[Entry] = []
    try:
        with org.records.undo_on_error() if whole else nullcontext():
            entries.extend(_run(org, request, subrequests, serve, whole=whole))
            if whole and any(map(_is_failed, entries)):
                raise _RollBack
    except _RollBack:
        return [_undone(entry) for entry in entries]
    return entries


def _is_failed(entry: Mapping[str, Json]) -> bool:
    """Whether an entry is an error, or contains one."""
    status = cast(int, entry["httpStatusCode"])
    return (status >= 300 and status != 304) or _has_failed_row(entry["body"])


def _has_failed_row(body: Json) -> bool:
    return any(as_object(row).get("success") is False for row in as_list(body))


def _check(subrequests: list[Subrequest]) -> None:
    """Checks that refuse the composite as a whole."""
    _check_count(subrequests)
    _check_heavy(subrequests)
    names = [str(sub.get("referenceId", "")) for sub in subrequests]
    if not all(_NAME.fullmatch(name) for name in names):
        message = "referenceId must start with a letter or digit; letters, digits and _ may follow"
        raise bad("INVALID_INPUT", message)
    _check_requests(subrequests)
    if len(set(names)) != len(names):
        raise bad("INVALID_INPUT", "referenceId values must be unique")


def _check_heavy(subrequests: list[Subrequest]) -> None:
    if sum(_is_heavy(sub) for sub in subrequests) > _MAX_HEAVY:
        message = "The request can’t contain more than 5 query or collection operations."
        raise bad("LIMIT_EXCEEDED", message)


def _check_count(subrequests: list[Subrequest]) -> None:
    if len(subrequests) > _MAX_SUBREQUESTS:
        raise bad("LIMIT_EXCEEDED", "The request can’t contain more than 25 operations.")


def _is_heavy(sub: Subrequest) -> bool:
    return _HEAVY.match(str(sub.get("url"))) is not None


def _check_requests(subrequests: list[Subrequest]) -> None:
    if not all("method" in sub and "url" in sub for sub in subrequests):
        raise bad("INVALID_INPUT", "each subrequest needs a method and a url")


def _run(
    org: Org, request: Request, subrequests: list[Subrequest], serve: Serve, *, whole: bool
) -> Iterable[Entry]:
    bodies: dict[str, Json] = {}
    for position, sub in enumerate(subrequests):
        injected = request.injected.get(position)
        response = Response(0)
        if injected is None or injected.committed:
            response = _serve(org, request, _bound(sub) if whole else sub, bodies, serve)
        if injected is not None:
            response = injected.response
        name = str(sub["referenceId"])
        if response.status < 300:
            bodies[name] = response.body
        yield _entry(response, name)


def _serve(
    org: Org, request: Request, sub: Subrequest, bodies: Mapping[str, Json], serve: Serve
) -> Response:
    try:
        return serve(org, _subrequest(request, sub, bodies))
    except SalesforceError as error:
        return Response.refusal(error)


def _subrequest(request: Request, sub: Subrequest, bodies: Mapping[str, Json]) -> Request:
    """The subrequest with its references replaced. It inherits the session, not headers (§3.6)."""
    return Request(
        method=str(sub["method"]),
        path=_parse_url(str(sub["url"]), bodies),
        body=fill(sub.get("body"), bodies),
        headers=lower_case_names(as_object(sub.get("httpHeaders"))),
        user_id=request.user_id,
        nested=True,
    )


def _parse_url(given: str, bodies: Mapping[str, Json]) -> str:
    url = fill_url(given, bodies)
    if not url.startswith("/services/data/"):
        raise bad("INVALID_INPUT", "The url must start with /services/data/")
    return url


def _bound(sub: Subrequest) -> Subrequest:
    """The composite's allOrNone, if set, overrides a collection's own (§3.6)."""
    body = as_object(sub.get("body"))
    if body and _is_collection(sub):
        return {**sub, "body": {**body, "allOrNone": True}}
    return sub


def _is_collection(sub: Subrequest) -> bool:
    return "/composite/sobjects" in str(sub.get("url"))


def _entry(response: Response, name: Json) -> Entry:
    return {
        "body": response.body,
        "httpHeaders": dict(response.headers),
        "httpStatusCode": response.status,
        "referenceId": name,
    }


def _refused_entry(error: SalesforceError, name: Json) -> Entry:
    return _entry(Response.refusal(error), name)


def _undone(entry: Entry) -> Entry:
    """A failed entry keeps its own code; the others are reported as halted."""
    if _is_failed(entry):
        return entry
    return _refused_entry(bad("PROCESSING_HALTED", _ROLLED_BACK), entry["referenceId"])


def _answer_batch(org: Org, request: Request, serve: Serve) -> Response:
    """Run independent subrequests; each counts as a call (§2.1), the batch itself does not."""
    body = request.rows_body()
    subrequests = cast(list[Subrequest], body.get("batchRequests") or [])
    _check_count(subrequests)
    responses: list[Response] = []
    for sub in subrequests:
        halted = bool(body.get("haltOnError")) and _has_errors(responses)
        responses.append(_BATCH_HALTED if halted else _serve_alone(org, request, sub, serve))
    org.used -= 1
    results = [{"statusCode": one.status, "result": one.body} for one in responses]
    return Response(200, {"hasErrors": _has_errors(responses), "results": results})


def _has_errors(responses: list[Response]) -> bool:
    return any(response.status >= 400 for response in responses)


def _serve_alone(org: Org, request: Request, sub: Subrequest, serve: Serve) -> Response:
    org.used += 1
    path, body = f"/services/data/{sub['url']}", sub.get("richInput")
    alone = Request(str(sub["method"]), path, body, request.headers, request.user_id)
    return serve(org, alone)


_BATCH_HALTED = Response.refusal(
    SalesforceError(412, "BATCH_PROCESSING_HALTED", "Batch processing halted.")
)


_MAX_GRAPHS, _MAX_NODES, _MAX_FAILED = 75, 500, 14
_GRAPH_ROW = re.compile(r"/services/data/v[\d.]+/sobjects/[^/?]+(/[^/?]+){0,2}(\?.*)?")
_GRAPH_HALTED = bad(
    "PROCESSING_HALTED", "The graph was not processed: too many graphs failed before it"
)


def _answer_graph(org: Org, request: Request, serve: Serve) -> Response:
    """Run each graph; after 14 failures the remaining graphs are halted."""
    graphs = objects_of(request.rows_body().get("graphs"), "graphs")
    nodes = [objects_of(graph.get("compositeRequest"), "compositeRequest") for graph in graphs]
    _check_graphs(nodes)
    results: list[Entry] = []
    for graph, subrequests in zip(graphs, nodes, strict=True):
        if sum(not result["isSuccessful"] for result in results) < _MAX_FAILED:
            entries = _run_all(org, request, subrequests, serve, whole=True)
        else:
            entries = [_refused_entry(_GRAPH_HALTED, sub["referenceId"]) for sub in subrequests]
        results.append(_result(graph, entries))
    return Response(200, {"graphs": results})


def _check_graphs(graphs: list[list[Subrequest]]) -> None:
    """Checks that refuse the request as a whole."""
    nodes = [node for graph in graphs for node in graph]
    if len(graphs) > _MAX_GRAPHS or len(nodes) > _MAX_NODES:
        raise bad("LIMIT_EXCEEDED", "The request can’t contain more than 75 graphs or 500 nodes.")
    if not all("method" in node and "referenceId" in node for node in nodes):
        raise bad("INVALID_INPUT", "each subrequest needs a method, a url and a referenceId")
    if not all(_GRAPH_ROW.fullmatch(str(node.get("url"))) for node in nodes):
        raise bad("INVALID_INPUT", "A graph takes sobjects resources only.")


def _result(graph: Mapping[str, Json], entries: list[Entry]) -> Entry:
    return {
        "graphId": graph.get("graphId"),
        "graphResponse": {"compositeResponse": entries},
        "isSuccessful": not any(map(_is_failed, entries)),
    }
