"""The rows of an ingest job of Bulk API 2.0: from CSV to records, and to tables of results."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from functools import partial

from zsf_plugin.emulator.documents import as_list, as_object
from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.exchange import Author
from zsf_plugin.emulator.org.jobs import FAILED, SUCCESSFUL, BulkJob
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Field, ObjectType
from zsf_plugin.emulator.resources.collections import Upsert, save_one
from zsf_plugin.emulator.writes.rows import create

_MAX_ROWS_SAVED = 200
_NUMBERS = ("int", "double", "currency", "percent")


def save_rows(org: Org, author: Author, job: BulkJob) -> None:
    """Save each row; one that is refused fails alone. A column that is no field fails the job."""
    object_ = org.object_type(str(job.asked["object"]))
    names, *rows = list(csv.reader(io.StringIO(job.data))) or [[]]
    fields = [org.visible(object_, name) for name in names]
    if None in fields:
        unknown = names[fields.index(None)]
        job.state, job.error = "Failed", f"InvalidBatch : Field name not found : {unknown}"
        return
    done, failed = [["sf__Id", "sf__Created", *names]], [["sf__Id", "sf__Error", *names]]
    save = partial(_save, org, author, job, object_)
    org.save_size = min(max(len(rows), 1), _MAX_ROWS_SAVED)
    for row in rows:
        result = save_one(save, _values(fields, row))
        if result["success"]:
            done.append([str(result["id"]), as_text(result["created"]), *row])
        else:
            failed.append(["", _error(result), *row])
    org.save_size = 1
    job.state, job.tables = "JobComplete", {SUCCESSFUL: done, FAILED: failed}


def _save(
    org: Org, author: Author, job: BulkJob, object_: ObjectType, values: dict[str, Json]
) -> dict[str, Json]:
    if job.asked["operation"] == "insert":
        row = create(org, object_, values, author)
        return {"id": row["Id"], "success": True, "created": True}
    key = str(job.asked["externalIdFieldName"])
    return Upsert(org, author, object_, key, frozenset()).save(values)


def _values(fields: Sequence[Field | None], row: Sequence[str]) -> dict[str, Json]:
    """The values of a row by field; a blank leaves a field alone, and `#N/A` makes it null."""
    return {
        field.name: _typed(field, text)
        for field, text in zip(fields, row, strict=False)
        if field is not None and text
    }


def _typed(field: Field, text: str) -> Json:
    if text == "#N/A":
        return None
    if field.type == "boolean":
        return text.lower() == "true"
    return _number_in(text) if field.type in _NUMBERS else text


def _number_in(text: str) -> Json:
    try:
        return float(text)
    except ValueError:
        return text


def _error(result: Mapping[str, Json]) -> str:
    error = as_object(as_list(result["errors"])[0])
    return f"{error['statusCode']}:{error['message']}:{_joined(error['fields'])} --"


def _joined(names: Json) -> str:
    return ",".join(map(str, as_list(names)))


def as_text(value: Json) -> str:
    """A value as CSV shows it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
