"""The part of the Tooling API that makes fields (salesforce-api.md §8). A made field is hidden until it is granted."""

from __future__ import annotations

from typing import cast

from zsf_plugin.emulator.errors import Json, SalesforceError, bad, not_found
from zsf_plugin.emulator.exchange import Request, Response
from zsf_plugin.emulator.ids import make_id
from zsf_plugin.emulator.org import Org


def answer_tooling(org: Org, request: Request, steps: list[str]) -> Response:
    """Create a CustomField."""
    if steps == ["sobjects", "CustomField"] and request.method == "POST":
        return _custom_field(org, request)
    raise not_found()


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
