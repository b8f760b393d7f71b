"""`/composite/tree/X`: creates parents with their children, all or none (salesforce-api.md
§3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zsf_plugin.emulator.documents import as_object
from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import Author, Request, Response, objects_of, sent_attribute
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import ObjectType
from zsf_plugin.emulator.writes.rows import create

_CHILDREN = {
    ("Account", "Contacts"): "AccountId",
    ("Account", "Tasks"): "WhatId",
    ("Contact", "Tasks"): "WhoId",
    ("Lead", "Tasks"): "WhoId",
}
_MAX_RECORDS, _MAX_DEPTH = 200, 5


class _RollBack(Exception):
    """One record of the tree failed."""


@dataclass(frozen=True, slots=True)
class _TreeWriter:
    """Creates a tree's records one by one and collects the results."""

    org: Org
    author: Author
    created: list[Json] = field(default_factory=list)
    failed: list[Json] = field(default_factory=list)

    def write(
        self, object_: ObjectType, records: Json, parent: Mapping[str, Json], depth: int = 1
    ) -> None:
        """Create these records, then their children; `parent` is each record's reference to its
        parent."""
        if depth > _MAX_DEPTH:
            raise bad("INVALID_INPUT", "The tree is deeper than 5 levels")
        for record in objects_of(records, "records"):
            self._check_size()
            name = _reference_id(record)
            values, children = _split(object_, record)
            record_id = self._create(object_, name, {**values, **parent})
            if record_id is not None:
                self._write_children(object_, record_id, children, depth + 1)

    def _check_size(self) -> None:
        if len(self.created) + len(self.failed) >= _MAX_RECORDS:
            raise bad("EXCEEDED_ID_LIMIT", f"The tree holds more than {_MAX_RECORDS} records")

    def _create(self, object_: ObjectType, name: str, values: Mapping[str, Json]) -> Json:
        """Create a record; returns its id, or None if it is refused."""
        try:
            row = create(self.org, object_, values, self.author)
        except SalesforceError as error:
            self.failed.append({"referenceId": name, "errors": error.in_collection()["errors"]})
            return None
        self.created.append({"referenceId": name, "id": row["Id"]})
        return row["Id"]

    def _write_children(
        self, object_: ObjectType, parent_id: Json, children: Mapping[str, Json], depth: int
    ) -> None:
        for name, value in children.items():
            child = self.org.object_type(name.removesuffix("s"))
            parent = {_CHILDREN[object_.name, name]: parent_id}
            self.write(child, as_object(value).get("records"), parent, depth)


def _reference_id(record: Mapping[str, Json]) -> str:
    name = sent_attribute(record, "referenceId")
    if name is None:
        raise bad("INVALID_INPUT", "Each record needs attributes with a type and a referenceId")
    return name


def _split(
    object_: ObjectType, record: Mapping[str, Json]
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Split a record into (own values, children by relationship)."""
    values = {name: value for name, value in record.items() if name != "attributes"}
    names = [name for name in values if (object_.name, name) in _CHILDREN]
    children = {name: values.pop(name) for name in names}
    return values, children


def answer_tree(org: Org, request: Request, object_: ObjectType) -> Response:
    """Create a tree: 201 with every id, or 400 with the failed records only and nothing written."""
    writer = _TreeWriter(org, request.author)
    try:
        with org.records.undo_on_error():
            writer.write(object_, request.rows_body().get("records"), {})
            if writer.failed:
                raise _RollBack
    except _RollBack:
        return Response(400, {"hasErrors": True, "results": writer.failed})
    return Response(201, {"hasErrors": False, "results": writer.created})
