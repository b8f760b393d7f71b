"""The part of the Tooling API that makes fields (salesforce-api.md §8). A made field is hidden until it is granted."""

from __future__ import annotations

import re
from typing import cast

from zsf_plugin.emulator.errors import Json, SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import Request, Response
from zsf_plugin.emulator.ids import make_id
from zsf_plugin.emulator.org import Org


def answer_tooling(org: Org, request: Request, steps: list[str]) -> Response:
    """Create a CustomField, or ask for those there are."""
    if steps == ["query"] and request.method == "GET":
        return Response(200, _query(org, request.query.get("q", "")))
    if steps == ["sobjects", "CustomField"] and request.method == "POST":
        return _custom_field(org, request)
    raise not_found()


_ASKED = re.compile(
    r"\s*SELECT\s+([\w\s,]+?)\s+FROM\s+CustomField\s+WHERE\s+TableEnumOrId\s*=\s*'(\w+)'"
    r"(?:\s+AND\s+DeveloperName\s*=\s*'(\w+)')?\s*",
    re.IGNORECASE,
)


def _query(org: Org, text: str) -> Json:
    """The custom fields of one object, hidden or not; an Activity's are Task's."""
    match = _ASKED.fullmatch(text)
    if match is None:
        raise bad("MALFORMED_QUERY", "this stand-in's tooling query knows CustomField by TableEnumOrId alone")
    object_ = org.object_type("Task" if match[2] == "Activity" else match[2])
    made = [one for one in object_.fields.values() if one.custom]
    records: list[Json] = []
    for at, one in enumerate(made, start=1):
        name = one.name.removesuffix("__c")
        if match[3] in (None, name):
            row: dict[str, Json] = {"Id": make_id("00N", at), "DeveloperName": name, "NamespacePrefix": None}
            row |= {"TableEnumOrId": match[2]}
            asked = [key.strip() for key in match[1].split(",")]
            records.append({"attributes": {"type": "CustomField"}, **{key: row.get(key) for key in asked}})
    return {"size": len(records), "totalSize": len(records), "done": True, "records": records}


def _custom_field(org: Org, request: Request) -> Response:
    body = request.rows_body()
    object_name, _, name = str(body.get("FullName", "")).partition(".")
    metadata = body.get("Metadata")
    if not isinstance(metadata, dict) or not name.endswith("__c"):
        raise bad("INVALID_FIELD", "FullName and Metadata are required", "FullName")
    if object_name in ("Task", "Event"):
        raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field", "FullName")
    target = "Task" if object_name == "Activity" else object_name
    if name in org.object_type(target).fields:
        words = f"There is already a field named {name.removesuffix('__c')} on {object_name}."
        raise SalesforceError(400, "DUPLICATE_DEVELOPER_NAME", words, ["DeveloperName"])
    spec = {**cast(dict[str, Json], metadata), "object": object_name, "name": name}
    org.add_field(spec, hidden=True)
    record_id = make_id("00N", len(org.hidden) + 1)
    made: Json = {"id": record_id, "success": True, "errors": [], "warnings": [], "infos": []}
    return Response(201, made)
