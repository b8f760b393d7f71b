"""`/composite/graph`: several composites, each of them whole or not at all (salesforce-api.md
§3.9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from zsf_plugin.emulator.composite import Serve, failed, run_subrequests
from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.exchange import Request, Response, objects_of
from zsf_plugin.emulator.org import Org

_MOST_GRAPHS, _MOST_NODES, _MOST_FAILED = 75, 500, 14
_ROW = re.compile(r"/services/data/v[\d.]+/sobjects/[^/?]+(/[^/?]+){0,2}(\?.*)?")


def answer_graph(org: Org, request: Request, serve: Serve) -> Response:
    """Each graph's own composite response; after 14 failures the rest is halted."""
    graphs = objects_of(request.rows_body().get("graphs"), "graphs")
    nodes = [objects_of(graph.get("compositeRequest"), "compositeRequest") for graph in graphs]
    if len(graphs) > _MOST_GRAPHS or sum(map(len, nodes)) > _MOST_NODES:
        raise bad("LIMIT_EXCEEDED", "The request can’t contain more than 75 graphs or 500 nodes.")
    if not all("method" in node and "referenceId" in node for graph in nodes for node in graph):
        raise bad("INVALID_INPUT", "each subrequest needs a method, a url and a referenceId")
    if not all(_ROW.fullmatch(str(node.get("url"))) for graph in nodes for node in graph):
        raise bad("INVALID_INPUT", "A graph takes sobjects resources only.")
    results: list[Json] = []
    lost = 0
    for graph, subrequests in zip(graphs, nodes, strict=True):
        entries = _entries(org, request, subrequests, serve, halted=lost >= _MOST_FAILED)
        well = not any(failed(entry) for entry in entries)
        lost += not well
        response: Json = {"compositeResponse": cast(Json, entries)}
        results.append(
            {"graphId": graph.get("graphId"), "graphResponse": response, "isSuccessful": well}
        )
    return Response(200, {"graphs": results})


def _entries(
    org: Org, request: Request, subrequests: list[dict[str, Json]], serve: Serve, *, halted: bool
) -> list[Mapping[str, Json]]:
    if not halted:
        return list(run_subrequests(org, request, subrequests, serve, whole=True))
    words = bad(
        "PROCESSING_HALTED", "The graph was not processed: too many graphs failed before it"
    ).single()
    return [
        {
            "body": words,
            "httpHeaders": {},
            "httpStatusCode": 400,
            "referenceId": sub.get("referenceId"),
        }
        for sub in subrequests
    ]
