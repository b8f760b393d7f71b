"""`/composite/graph`: several composites, each of them whole or not at all (salesforce-api.md
§3.9)."""

from __future__ import annotations

import re

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.exchange import Request, Response, objects_of
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.resources.composite import (
    Entry,
    Serve,
    Subrequest,
    failed,
    run_subrequests,
)

_MAX_GRAPHS, _MAX_NODES, _MAX_FAILED = 75, 500, 14
_ROW = re.compile(r"/services/data/v[\d.]+/sobjects/[^/?]+(/[^/?]+){0,2}(\?.*)?")
_HALTED = "The graph was not processed: too many graphs failed before it"


def answer_graph(org: Org, request: Request, serve: Serve) -> Response:
    """Each graph's own composite response; after 14 failures the rest is halted."""
    graphs = objects_of(request.rows_body().get("graphs"), "graphs")
    nodes = [objects_of(graph.get("compositeRequest"), "compositeRequest") for graph in graphs]
    _check(nodes)
    results: list[Json] = []
    failures = 0
    for graph, subrequests in zip(graphs, nodes, strict=True):
        if failures >= _MAX_FAILED:
            entries = [_halted(sub) for sub in subrequests]
        else:
            entries = run_subrequests(org, request, subrequests, serve, whole=True)
        well = not any(failed(entry) for entry in entries)
        failures += not well
        results.append(_result(graph, entries, well=well))
    return Response(200, {"graphs": results})


def _check(graphs: list[list[Subrequest]]) -> None:
    """What refuses the request as a whole."""
    nodes = [node for graph in graphs for node in graph]
    if len(graphs) > _MAX_GRAPHS or len(nodes) > _MAX_NODES:
        raise bad("LIMIT_EXCEEDED", "The request can’t contain more than 75 graphs or 500 nodes.")
    for node in nodes:
        if "method" not in node or "referenceId" not in node:
            raise bad("INVALID_INPUT", "each subrequest needs a method, a url and a referenceId")
    for node in nodes:
        if not _ROW.fullmatch(str(node.get("url"))):
            raise bad("INVALID_INPUT", "A graph takes sobjects resources only.")


def _result(graph: dict[str, Json], entries: list[Entry], *, well: bool) -> Json:
    return {
        "graphId": graph.get("graphId"),
        "graphResponse": {"compositeResponse": entries},
        "isSuccessful": well,
    }


def _halted(sub: Subrequest) -> Entry:
    return {
        "body": bad("PROCESSING_HALTED", _HALTED).single(),
        "httpHeaders": {},
        "httpStatusCode": 400,
        "referenceId": sub.get("referenceId"),
    }
