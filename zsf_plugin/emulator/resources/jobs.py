"""`/jobs/ingest` and `/jobs/query`: Bulk API 2.0 with comma-separated values. Each request counts
as a call.

A job is carried out when its upload is complete, or its query accepted; Salesforce does so later,
so clients ask until it is complete. Assignment rules do not run: jobs would name one.
"""

from __future__ import annotations

import csv
import io

from zsf_plugin.emulator.errors import Json, bad, not_found
from zsf_plugin.emulator.exchange import Author, Csv, Request, Response
from zsf_plugin.emulator.org.jobs import FAILED, RESULTS, SUCCESSFUL, BulkJob
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.values import now_as_datetime
from zsf_plugin.emulator.resources.bulk_rows import as_text, save_rows
from zsf_plugin.emulator.soql.evaluate import run_table
from zsf_plugin.emulator.writes.rows import key_field

_OPERATIONS = ("insert", "upsert")
_FORMAT: dict[str, Json] = {"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}


def answer_jobs(org: Org, request: Request, steps: list[str]) -> Response:
    """Serve `/jobs/…`."""
    match request.method, steps:
        case "POST", ["ingest"]:
            return _create_ingest(org, request)
        case "POST", ["query"]:
            return _create_query(org, request)
        case "GET", [_, job_id]:
            return Response(200, _info(job_id, _job(org, steps)))
        case "PUT", ["ingest", _, "batches"]:
            return _upload(_job(org, steps), request)
        case "PATCH", ["ingest", job_id]:
            return _close(org, request, job_id, _job(org, steps))
        case "GET", [_, _, table]:
            return _table(_job(org, steps), table)
    raise not_found()


def _job(org: Org, steps: list[str]) -> BulkJob:
    job = org.jobs.get(steps[1])
    if not isinstance(job, BulkJob) or ("query" in job.asked) != (steps[0] == "query"):
        raise not_found()
    return job


def _add(org: Org, request: Request, state: str) -> tuple[str, BulkJob]:
    asked = {**_FORMAT, **request.rows_body()}
    if any(asked[name] != value for name, value in _FORMAT.items()):
        raise bad("INVALIDJOB", "This emulator reads and writes CSV with COMMA and LF only")
    created: dict[str, Json] = {
        "createdById": request.user_id,
        "createdDate": now_as_datetime(),
        "apiVersion": float(request.url_path.split("/")[3].removeprefix("v")),
        "concurrencyMode": "Parallel",
    }
    job = BulkJob({**asked, **created}, state)
    return org.add_job(job), job


def _info(job_id: str, job: BulkJob) -> dict[str, Json]:
    info: dict[str, Json] = {"id": job_id, **job.asked, "state": job.state}
    info["systemModstamp"] = now_as_datetime()
    if "query" in job.asked:
        return {**info, "jobType": "V2Query", "numberRecordsProcessed": job.count(RESULTS)}
    failed, path = job.count(FAILED), f"jobs/ingest/{job_id}/batches"
    info |= {"jobType": "V2Ingest", "numberRecordsFailed": failed}
    info["numberRecordsProcessed"] = job.count(SUCCESSFUL) + failed
    info["contentUrl"] = f"services/data/v{job.asked['apiVersion']}/{path}"
    return {**info, "errorMessage": job.error} if job.error else info


def _create_query(org: Org, request: Request) -> Response:
    """A query that is not valid is refused here."""
    text = str(request.rows_body().get("query", ""))
    deleted = request.rows_body().get("operation") == "queryAll"
    names, rows = run_table(org, text, deleted=deleted)
    job_id, job = _add(org, request, "UploadComplete")
    shown = _info(job_id, job)
    job.tables[RESULTS] = [names, *([as_text(value) for value in row] for row in rows)]
    job.state = "JobComplete"
    return Response(200, shown)


def _create_ingest(org: Org, request: Request) -> Response:
    asked = request.rows_body()
    object_ = org.object_type(str(asked.get("object")))
    if asked.get("operation") not in _OPERATIONS:
        raise bad("INVALIDJOB", f"This emulator knows the operations {', '.join(_OPERATIONS)}")
    if asked["operation"] == "upsert":
        key_field(org, object_, str(asked.get("externalIdFieldName")))
    return Response(200, _info(*_add(org, request, "Open")))


def _upload(job: BulkJob, request: Request) -> Response:
    if job.state != "Open" or job.data or not isinstance(request.body, str):
        raise bad("INVALIDJOBSTATE", "A job takes one upload of CSV, while it is open")
    job.data = request.body
    return Response(201)


def _close(org: Org, request: Request, job_id: str, job: BulkJob) -> Response:
    wanted = request.rows_body().get("state")
    if job.state != "Open" or wanted not in ("UploadComplete", "Aborted"):
        raise bad("INVALIDJOBSTATE", f"A job that is {job.state} cannot become {wanted}")
    job.state = str(wanted)
    shown = _info(job_id, job)
    if wanted == "UploadComplete":
        save_rows(org, Author(request.user_id, {"sforce-auto-assign": "FALSE"}), job)
    return Response(200, shown)


def _table(job: BulkJob, name: str) -> Response:
    if name not in job.tables:
        raise not_found()
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(job.tables[name])
    headers = {"Sforce-Locator": "null", "Sforce-NumberOfRecords": str(job.count(name))}
    return Response(200, Csv(written.getvalue()), headers if name == RESULTS else {})
