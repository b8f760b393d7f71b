"""Bulk API 2.0: jobs that take and give comma-separated values."""

from __future__ import annotations

import csv
import io
from typing import Any

import requests

from tests.emulator.client import Client, refused

LEADS = """LastName,Company,NumberOfEmployees,HasOptedOutOfEmail,Title
Okafor,Brightwell,40,true,
Falk,,1,false,Head
"""


def send(org: Client, path: str, body: str, content_type: str = "text/csv") -> requests.Response:
    headers = {
        "Authorization": f"Bearer {org.tokens['access_token']}",
        "Content-Type": content_type,
    }
    return requests.put(
        f"{org.url}/services/data/v68.0/{path}", data=body, headers=headers, timeout=10
    )


def ingest(org: Client, body: str, **asked: str) -> dict[str, Any]:
    """Run a job to its end; returns what the org says of it then."""
    job = org.call("POST", "jobs/ingest", {"object": "Lead", "operation": "insert", **asked}).json()
    assert send(org, f"jobs/ingest/{job['id']}/batches", body).status_code == 201
    closed = org.call("PATCH", f"jobs/ingest/{job['id']}", {"state": "UploadComplete"})
    assert closed.json()["state"] == "UploadComplete"
    found: dict[str, Any] = org.call("GET", f"jobs/ingest/{job['id']}").json()
    return found


def table(org: Client, path: str) -> list[dict[str, str]]:
    answer = org.call("GET", path)
    assert answer.headers["Content-Type"] == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_an_insert_saves_each_row_by_its_types_and_reports_the_ones_it_refuses(org: Client) -> None:
    job = ingest(org, LEADS)
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (
        "JobComplete",
        2,
        1,
    )
    (done,) = table(org, f"jobs/ingest/{job['id']}/successfulResults")
    (failed,) = table(org, f"jobs/ingest/{job['id']}/failedResults")
    assert (done["sf__Created"], done["LastName"]) == ("true", "Okafor")
    assert failed["sf__Error"].startswith("REQUIRED_FIELD_MISSING:")
    row = org.row("Lead", done["sf__Id"])
    assert (row["NumberOfEmployees"], row["HasOptedOutOfEmail"]) == (40, True)


def test_an_upsert_creates_then_updates_and_a_blank_leaves_a_field_alone(org: Client) -> None:
    asked = {"operation": "upsert", "externalIdFieldName": "Key__c"}
    head = "Key__c,LastName,Company,Title,City\n"
    first = ingest(org, f"{head}k1,Okafor,Brightwell,Head,Lagos\n", **asked)
    second = ingest(org, f"{head}k1,Okafor,Brightwell,,#N/A\n", **asked)
    (created,) = table(org, f"jobs/ingest/{first['id']}/successfulResults")
    (updated,) = table(org, f"jobs/ingest/{second['id']}/successfulResults")
    assert (created["sf__Created"], updated["sf__Created"]) == ("true", "false")
    row = org.row("Lead", created["sf__Id"])
    assert (row["Title"], row["City"]) == ("Head", None)


def test_a_column_that_is_no_field_fails_the_job_and_saves_nothing(org: Client) -> None:
    job = ingest(org, "LastName,Company,Wrong\nOkafor,Brightwell,x\n")
    assert job["state"] == "Failed"
    assert job["errorMessage"] == "InvalidBatch : Field name not found : Wrong"
    assert org.rows("SELECT Id FROM Lead") == []


def test_a_query_gives_its_rows_with_the_columns_also_if_there_are_none(org: Client) -> None:
    company = org.create("Account", Name="Brightwell, Ltd")
    org.create("Contact", LastName="Okafor", AccountId=company)
    text = "SELECT LastName, Account.Name, DoNotCall, Title FROM Contact"
    job = org.call("POST", "jobs/query", {"operation": "query", "query": text}).json()
    assert org.call("GET", f"jobs/query/{job['id']}").json()["state"] == "JobComplete"
    answer = org.call("GET", f"jobs/query/{job['id']}/results")
    assert answer.headers["Sforce-Locator"] == "null"
    assert answer.headers["Sforce-NumberOfRecords"] == "1"
    assert answer.text == (
        '"LastName","Account.Name","DoNotCall","Title"\n"Okafor","Brightwell, Ltd","false",""\n'
    )
    empty = org.call(
        "POST",
        "jobs/query",
        {"operation": "query", "query": "SELECT Id FROM Lead WHERE LastName = 'x'"},
    ).json()
    assert org.call("GET", f"jobs/query/{empty['id']}/results").text == '"Id"\n'


def test_what_a_job_cannot_be_is_refused(org: Client) -> None:
    ask = {"object": "Lead", "operation": "insert"}
    refused(org.call("POST", "jobs/ingest", {**ask, "operation": "hardDelete"}), 400, "INVALIDJOB")
    refused(org.call("POST", "jobs/ingest", {**ask, "columnDelimiter": "TAB"}), 400, "INVALIDJOB")
    refused(org.call("POST", "jobs/ingest", {**ask, "object": "Nothing__c"}), 404, "NOT_FOUND")
    query = {"operation": "query", "query": "SELECT COUNT() FROM Lead"}
    refused(org.call("POST", "jobs/query", query), 400, "API_ERROR")
    refused(
        org.call("POST", "jobs/query", {**query, "query": "SELECT Nope FROM Lead"}),
        400,
        "INVALID_FIELD",
    )
    refused(org.call("GET", "jobs/ingest/7505g0000000001AAA"), 404, "NOT_FOUND")


def test_a_job_takes_one_upload_of_csv_while_it_is_open(org: Client) -> None:
    job = org.call("POST", "jobs/ingest", {"object": "Lead", "operation": "insert"}).json()
    path = f"jobs/ingest/{job['id']}"
    assert job["contentUrl"] == f"services/data/v68.0/{path}/batches"
    refused(send(org, f"{path}/batches", "{}", "application/json"), 400, "INVALIDJOBSTATE")
    assert send(org, f"{path}/batches", LEADS).status_code == 201
    refused(send(org, f"{path}/batches", LEADS), 400, "INVALIDJOBSTATE")
    assert org.call("PATCH", path, {"state": "Aborted"}).json()["state"] == "Aborted"
    refused(org.call("PATCH", path, {"state": "UploadComplete"}), 400, "INVALIDJOBSTATE")
    assert org.rows("SELECT Id FROM Lead") == []


def test_each_request_of_a_job_counts_as_a_call(org: Client) -> None:
    before = org.calls()["api_calls"]
    job = ingest(org, LEADS)
    table(org, f"jobs/ingest/{job['id']}/successfulResults")
    assert org.calls()["api_calls"] - before == 5
