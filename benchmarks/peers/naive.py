"""The naive loop: one prospect at a time on simple-salesforce, as a first version would.

python -m benchmarks.peers.naive JOB.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simple_salesforce.api import Salesforce
from simple_salesforce.format import format_soql

from benchmarks.peers.clients import client_of


def main() -> None:
    """Do the job of that file."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    client = client_of(job["url"], job["token"])
    for prospect in job["prospects"]:
        record_id = _saved(client, prospect)
        for touchpoint in job["touchpoints"]:
            if touchpoint["prospect"] == prospect["id"]:
                client.restful("sobjects/Task", method="POST", json=task_of(touchpoint, record_id))


def _saved(client: Salesforce, prospect: dict[str, Any]) -> str:
    """The id of the person's record: found and filled, or created."""
    rows = prospect["rows"]
    for object_ in ("Contact", "Lead"):
        names = ", ".join(rows[object_])
        query = f"SELECT Id, {names} FROM {object_} WHERE Email = {{}}"  # noqa: S608 - own names
        found = client.query(format_soql(query, prospect["email"]))["records"]
        if found:
            record_id: str = found[0]["Id"]
            blanks = blanks_of(found[0], rows[object_])
            if blanks:
                client.restful(f"sobjects/{object_}/{record_id}", method="PATCH", json=blanks)
            return record_id
    created: Any = client.restful("sobjects/Lead", method="POST", json=rows["Lead"])
    return str(created["id"])


def blanks_of(found: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The values for what is blank in a record."""
    return {name: value for name, value in row.items() if found.get(name) in (None, "")}


def task_of(touchpoint: Mapping[str, Any], person: str) -> dict[str, Any]:
    """The activity of a touchpoint."""
    return {
        "WhoId": person,
        "Subject": f"Email, step {touchpoint['step']}",
        "ActivityDate": touchpoint["sent_at"][:10],
        "Status": "Completed",
        "TaskSubtype": "Email",
    }


if __name__ == "__main__":
    main()
