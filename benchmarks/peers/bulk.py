"""Bulk API 2.0 on simple-salesforce: look up everyone by query jobs, then ingest what is missing or
blank, and the activities.

python -m benchmarks.peers.bulk JOB.json
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simple_salesforce.api import Salesforce
from simple_salesforce.format import format_soql

from benchmarks.peers.clients import client_of
from benchmarks.peers.naive import blanks_of, task_of

Row = Mapping[str, Any]
#: Between the questions whether a job is complete; simple-salesforce would wait five seconds.
_WAIT_S = 1


def main() -> None:
    """Do the job of that file."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    client = client_of(job["url"], job["token"])
    rows = {prospect["email"]: prospect["rows"] for prospect in job["prospects"]}
    found: dict[str, tuple[str, Row]] = {}
    for object_ in ("Lead", "Contact"):
        found |= {row["Email"]: (object_, row) for row in _known(client, object_, rows)}
    _fill(client, rows, found)
    created = [values["Lead"] for email, values in rows.items() if email not in found]
    _ingest(client, "Lead", created)
    # A job does not say which row became which record, so they are looked up.
    ids = {email: row["Id"] for email, (_, row) in found.items()}
    ids |= {row["Email"]: row["Id"] for row in _known(client, "Lead", rows)}
    emails = {prospect["id"]: prospect["email"] for prospect in job["prospects"]}
    tasks = [task_of(one, ids[emails[one["prospect"]]]) for one in job["touchpoints"]]
    _ingest(client, "Task", tasks)


def _known(client: Salesforce, object_: str, rows: Mapping[str, Mapping[str, Row]]) -> list[Row]:
    """The people who are in the org as this object."""
    names = ", ".join(next(iter(rows.values()))[object_])
    query = f"SELECT Id, {names} FROM {object_} WHERE Email IN {{}}"  # noqa: S608 - own names
    pages = getattr(client.bulk2, object_).query(format_soql(query, list(rows)), wait=_WAIT_S)
    return [row for page in pages for row in csv.DictReader(io.StringIO(page))]


def _fill(
    client: Salesforce,
    rows: Mapping[str, Mapping[str, Row]],
    found: Mapping[str, tuple[str, Row]],
) -> None:
    """Fill what is blank in the records that were found."""
    for wanted in ("Lead", "Contact"):
        changes = []
        for email, (object_, row) in found.items():
            blanks = blanks_of(row, rows[email][object_]) if object_ == wanted else {}
            if blanks:
                changes.append({"Id": row["Id"], **blanks})
        _ingest(client, wanted, changes, key="Id")


def _ingest(client: Salesforce, object_: str, rows: Sequence[Row], key: str = "") -> None:
    """One job; raises RuntimeError if a row is refused."""
    if not rows:
        return
    bulk = getattr(client.bulk2, object_)
    results = (
        bulk.upsert(records=rows, external_id_field=key, wait=_WAIT_S)
        if key
        else bulk.insert(records=rows, wait=_WAIT_S)
    )
    for result in results:
        if result["numberRecordsFailed"]:
            raise RuntimeError(bulk.get_failed_records(result["job_id"]))


if __name__ == "__main__":
    main()
