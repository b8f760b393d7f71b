"""`/composite` and `/composite/batch`: several requests in one (salesforce-api.md §3.6, §3.10)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import cast
from urllib.parse import unquote

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import Request, Response
from zsf_plugin.emulator.org import Org

#: Serves one request: the REST resources, handed in so that this module need not know them.
Serve = Callable[[Org, Request], Response]

_MOST = 25
_MOST_HEAVY = 5
_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
_ENCODED = re.compile(r"(?:@|%40)(?:\{|%7B)[A-Za-z0-9_.\[\]%]+?(?:\}|%7D)", re.IGNORECASE)
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
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
    subrequests = cast(list[dict[str, Json]], body.get("compositeRequest") or [])
    refused = _too_many(subrequests)
    if refused is not None:
        return Response(200, {"compositeResponse": [_entry(400, refused.single(), None)]})
    entries = run_subrequests(org, request, subrequests, serve, whole=bool(body.get("allOrNone")))
    return Response(200, {"compositeResponse": cast(Json, entries)})


def run_subrequests(
    org: Org, request: Request, subrequests: list[dict[str, Json]], serve: Serve, *, whole: bool
) -> list[dict[str, Json]]:
    """What each subrequest came to; `whole` takes everything back where one failed."""
    entries: list[dict[str, Json]] = []
    try:
        with org.records.undo_on_error() if whole else nullcontext():
            _run(org, request, subrequests, entries, serve, whole=whole)
            if whole and any(failed(entry) for entry in entries):
                raise _RollBack
    except _RollBack:
        halted = SalesforceError(400, "PROCESSING_HALTED", _ROLLED_BACK).single()
        entries = [_undone(entry, halted) for entry in entries]
    return entries


def answer_batch(org: Org, request: Request, serve: Serve) -> Response:
    """Independent subrequests; each counts as a call (§2.1)."""
    results: list[dict[str, Json]] = []
    halted = False
    body = request.rows_body()
    subrequests = cast(list[dict[str, Json]], body.get("batchRequests") or [])
    if len(subrequests) > _MOST:
        raise bad("LIMIT_EXCEEDED", "The request can’t contain more than 25 operations.")
    for sub in subrequests:
        if halted:
            words = SalesforceError(
                412, "BATCH_PROCESSING_HALTED", "Batch processing halted."
            ).single()
            results.append({"statusCode": 412, "result": words})
            continue
        org.used += 1
        inner = Request(
            str(sub["method"]),
            f"/services/data/{sub['url']}",
            sub.get("richInput"),
            request.headers,
            request.user_id,
        )
        answer = serve(org, inner)
        results.append({"statusCode": answer.status, "result": answer.body})
        halted = answer.status >= 400 and bool(body.get("haltOnError"))
    org.used -= 1
    wrong = any(cast(int, result["statusCode"]) >= 400 for result in results)
    return Response(200, {"hasErrors": wrong, "results": cast(Json, results)})


def _too_many(subrequests: list[dict[str, Json]]) -> SalesforceError | None:
    if len(subrequests) > _MOST:
        return bad("LIMIT_EXCEEDED", "The request can’t contain more than 25 operations.")
    heavy = sum(bool(_HEAVY.match(str(sub.get("url")))) for sub in subrequests)
    if heavy > _MOST_HEAVY:
        return bad(
            "LIMIT_EXCEEDED",
            "The request can’t contain more than 5 query or collection operations.",
        )
    names = [str(sub.get("referenceId")) for sub in subrequests]
    if not all(_NAME.fullmatch(name) for name in names) or any(
        "referenceId" not in sub for sub in subrequests
    ):
        return bad(
            "INVALID_INPUT",
            "referenceId must start with a letter or digit; letters, digits and _ may follow",
        )
    if not all("method" in sub and "url" in sub for sub in subrequests):
        return bad("INVALID_INPUT", "each subrequest needs a method and a url")
    if len(set(names)) != len(names):
        return bad("INVALID_INPUT", "referenceId values must be unique")
    return None


def _run(
    org: Org,
    request: Request,
    subrequests: list[dict[str, Json]],
    entries: list[dict[str, Json]],
    serve: Serve,
    *,
    whole: bool,
) -> None:
    bodies: dict[str, Json] = {}
    for place, sub in enumerate(subrequests):
        name, staged = str(sub["referenceId"]), request.staged.get(place)
        try:
            served = staged is None or staged.committed
            answer = (
                serve(org, _subrequest(request, _bound(sub) if whole else sub, bodies))
                if served
                else Response(0)
            )
        except SalesforceError as error:
            answer = Response(error.status, error.single())
        if staged is not None:
            answer = staged.response
        if answer.status < 300:
            bodies[name] = answer.body
        entries.append(_entry(answer.status, answer.body, name, answer.headers))


def _subrequest(request: Request, sub: Mapping[str, Json], bodies: Mapping[str, Json]) -> Request:
    """The subrequest with its references put in. Headers come from it alone, but for the session
    (§3.6)."""
    given = sub.get("httpHeaders")
    headers = (
        {key.lower(): str(value) for key, value in given.items()} if isinstance(given, dict) else {}
    )
    url = str(_filled(_ENCODED.sub(lambda match: unquote(match.group()), str(sub["url"])), bodies))
    if not url.startswith("/services/data/"):
        raise bad("INVALID_INPUT", "The url must start with /services/data/")
    return Request(
        str(sub["method"]),
        url,
        _filled(sub.get("body"), bodies),
        headers,
        request.user_id,
        nested=True,
    )


def _filled(value: Json, bodies: Mapping[str, Json]) -> Json:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: str(_referred(match, bodies)), value)
    if isinstance(value, dict):
        return {key: _filled(inner, bodies) for key, inner in value.items()}
    return [_filled(inner, bodies) for inner in value] if isinstance(value, list) else value


def _referred(match: re.Match[str], bodies: Mapping[str, Json]) -> Json:
    """The value a reference names. A missing or null one halts the subrequest (§9 trap 12)."""
    name, path = match.group(1), match.group(2)
    value: Json = bodies.get(name)
    for key, position in _STEP.findall(path):
        if key:
            value = value.get(key) if isinstance(value, dict) else None
        else:
            value = (
                value[int(position)]
                if isinstance(value, list) and int(position) < len(value)
                else None
            )
    if value is None:
        words = f"Invalid reference specified. No value for {name}{path} found in {name}."
        raise bad("PROCESSING_HALTED", words)
    return value


def _entry(
    status: int, body: Json, name: str | None, headers: Mapping[str, str] | None = None
) -> dict[str, Json]:
    return {
        "body": body,
        "httpHeaders": dict(headers or {}),
        "httpStatusCode": status,
        "referenceId": name,
    }


def _bound(sub: Mapping[str, Json]) -> Mapping[str, Json]:
    """A collection's own allOrNone gives way to the composite's when that is set (§3.6)."""
    body = sub.get("body")
    if isinstance(body, dict) and "/composite/sobjects" in str(sub.get("url")):
        return {**sub, "body": {**body, "allOrNone": True}}
    return sub


def failed(entry: Mapping[str, Json]) -> bool:
    """Whether an entry is a refusal, or holds one."""
    body = entry["body"]
    rows = body if isinstance(body, list) else []
    lost = any(isinstance(row, dict) and row.get("success") is False for row in rows)
    return (cast(int, entry["httpStatusCode"]) >= 300 and entry["httpStatusCode"] != 304) or lost


def _undone(entry: dict[str, Json], halted: Json) -> dict[str, Json]:
    """The culprit keeps its own code; all others are halted."""
    if failed(entry):
        return entry
    return _entry(400, halted, cast(str, entry["referenceId"]))
