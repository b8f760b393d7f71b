"""`/composite/tree/X`: parents with their children, all created or none (salesforce-api.md
§3.8)."""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import Request, Response, objects_of
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.rows import create
from zsf_plugin.emulator.schema import ObjectType

_CHILDREN = {
    ("Account", "Contacts"): "AccountId",
    ("Account", "Tasks"): "WhatId",
    ("Contact", "Tasks"): "WhoId",
    ("Lead", "Tasks"): "WhoId",
}
_MOST, _DEEPEST = 200, 5


class _RollBack(Exception):
    """One record of the tree failed."""


class _Planter:
    """Creates a tree's records one by one, keeping what each came to."""

    def __init__(self, org: Org, request: Request) -> None:
        self._org, self._request = org, request
        self.made: list[Json] = []
        self.failed: list[Json] = []

    def plant(
        self, object_: ObjectType, records: Json, over: Mapping[str, Json], depth: int = 1
    ) -> None:
        """Create these records, then their children under them."""
        if depth > _DEEPEST:
            raise bad("INVALID_INPUT", "The tree is deeper than 5 levels")
        for record in objects_of(records, "records"):
            if len(self.made) + len(self.failed) >= _MOST:
                raise bad("EXCEEDED_ID_LIMIT", f"The tree holds more than {_MOST} records")
            attributes = record.get("attributes")
            if not isinstance(attributes, dict) or "referenceId" not in attributes:
                raise bad(
                    "INVALID_INPUT", "Each record needs attributes with a type and a referenceId"
                )
            name = str(attributes["referenceId"])
            values = {key: value for key, value in record.items() if key != "attributes"}
            nested = {
                key: values.pop(key) for key in list(values) if (object_.name, key) in _CHILDREN
            }
            try:
                row = create(
                    self._org,
                    object_,
                    {**values, **over},
                    self._request.options,
                    self._request.user_id,
                )
            except SalesforceError as error:
                self.failed.append({"referenceId": name, "errors": error.in_collection()["errors"]})
                continue
            self.made.append({"referenceId": name, "id": row["Id"]})
            self._below(object_, row["Id"], nested, depth)

    def _below(
        self, object_: ObjectType, parent: Json, nested: Mapping[str, Json], depth: int
    ) -> None:
        for key, value in nested.items():
            records = value.get("records") if isinstance(value, dict) else None
            child = self._org.object_type(key.removesuffix("s"))
            self.plant(child, records, {_CHILDREN[object_.name, key]: parent}, depth + 1)


def answer_tree(org: Org, request: Request, object_: ObjectType) -> Response:
    """201 with every id, or 400 with the failing references alone and nothing written."""
    planter = _Planter(org, request)
    try:
        with org.records.undo_on_error():
            planter.plant(object_, request.rows_body().get("records"), {})
            if planter.failed:
                raise _RollBack
    except _RollBack:
        return Response(400, {"hasErrors": True, "results": planter.failed})
    return Response(201, {"hasErrors": False, "results": planter.made})
