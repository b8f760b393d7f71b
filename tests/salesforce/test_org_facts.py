"""What is asked of an org to know it, and what its answers say."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.errors import Rejected
from zsf_plugin.model import Connection
from zsf_plugin.ports import Fact
from zsf_plugin.salesforce.composites import SubResponse
from zsf_plugin.salesforce.org_facts import NAMES, closed_status, fresh_facts, org_facts, read_of

DATE = "Mon, 23 Nov 2026 10:15:30 GMT"
LEAD: Any = {"name": "Lead", "fields": [{"name": "Email"}]}
HIDDEN = SubResponse(404, [{"errorCode": "NOT_FOUND"}], {})


def connection(*, is_sandbox: bool = False) -> Connection:
    return Connection(
        workspace="w",
        org_id="00D5g000004TyUiEAK",
        user_id="0055g00000AbCdEAAV",
        username="admin@acme.example",
        environment="production",
        login_url="https://login.salesforce.com",
        instance_url="https://acme.my.salesforce.com",
        client_id="c",
        is_sandbox=is_sandbox,
        api_version="68.0",
        connected_at=0.0,
    )


def responses(**given: SubResponse) -> dict[str, SubResponse]:
    """An answer for each name: hidden objects and no rows, but for those given."""
    rows = SubResponse(200, {"records": []}, {})
    found = dict.fromkeys(NAMES[:5], HIDDEN) | dict.fromkeys(NAMES[5:], rows)
    return found | given


def status(name: str, *, closed: bool = True, default: bool = False) -> dict[str, Any]:
    return {"ApiName": name, "IsClosed": closed, "IsDefault": default}


def test_everything_is_asked_in_one_call_of_seven_reads_with_two_queries() -> None:
    reads = read_of({}).subrequests
    assert tuple(reads) == NAMES
    assert [request.path.partition("?")[0] for request in reads.values()] == [
        "/sobjects/Lead/describe",
        "/sobjects/Contact/describe",
        "/sobjects/Account/describe",
        "/sobjects/Task/describe",
        "/sobjects/User/describe",
        "/query",
        "/query",
    ]


def test_of_a_known_describe_only_what_changed_is_asked() -> None:
    reads = read_of({"Lead": Fact(LEAD, 1.0, DATE), "Task": Fact(None, 1.0)}).subrequests
    assert reads["Lead"].headers == {"If-Modified-Since": DATE}
    assert reads["Task"].headers == reads["Contact"].headers == {}


def test_a_describe_is_kept_with_its_date() -> None:
    given = responses(Lead=SubResponse(200, LEAD, {"last-modified": DATE}))
    fresh = fresh_facts(given, {}, 100.0)
    assert (fresh["Lead"].fetched_at, fresh["Lead"].last_modified) == (100.0, DATE)
    assert tuple(fresh) == NAMES


def test_a_describe_that_has_not_changed_is_confirmed() -> None:
    before = Fact(LEAD, 1.0, DATE)
    fresh = fresh_facts(responses(Lead=SubResponse(304, None, {})), {"Lead": before}, 100.0)
    assert fresh["Lead"] == Fact(LEAD, 100.0, DATE)


@pytest.mark.parametrize("code", ["NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS"])
def test_an_object_that_the_user_may_not_see_has_no_describe(code: str) -> None:
    refused = SubResponse(403, [{"errorCode": code}], {})
    assert fresh_facts(responses(Lead=refused), {}, 100.0)["Lead"] == Fact(None, 100.0)


def test_a_describe_refused_for_another_reason_is_not_taken_for_hidden() -> None:
    refused = SubResponse(400, [{"errorCode": "MALFORMED_ID"}], {})
    with pytest.raises(Rejected):
        fresh_facts(responses(Lead=refused), {}, 100.0)


def test_a_query_that_the_user_may_not_ask_has_no_rows() -> None:
    fresh = fresh_facts(responses(TaskStatus=HIDDEN), {}, 100.0)
    assert fresh["TaskStatus"] == Fact([], 100.0)


def test_a_field_that_is_missing_since_is_remembered() -> None:
    fewer = SubResponse(200, {"name": "Lead", "fields": []}, {})
    fresh = fresh_facts(responses(Lead=fewer), {"Lead": Fact(LEAD, 1.0)}, 100.0)
    lead = org_facts(connection(), fresh).describes.get("Lead")
    assert lead is not None
    assert lead.gone == {"Email": 100.0}


def test_the_facts_are_what_was_stored() -> None:
    stored = {
        "Lead": Fact(LEAD, 1.0),
        "Contact": Fact(None, 1.0),
        "TaskStatus": Fact([status("Done")], 1.0),
        "Organization": Fact([{"IsSandbox": True}], 1.0),
    }
    facts = org_facts(connection(), stored)
    assert (facts.org_id, facts.is_sandbox, facts.closed_status) == (
        "00D5g000004TyUiEAK",
        True,
        "Done",
    )
    assert list(facts.describes) == ["Lead"]


@pytest.mark.parametrize("is_sandbox", [True, False])
def test_an_org_that_does_not_say_what_it_is_is_what_the_connection_says(is_sandbox: bool) -> None:
    assert org_facts(connection(is_sandbox=is_sandbox), {}).is_sandbox is is_sandbox


@pytest.mark.parametrize(
    ("statuses", "closed"),
    [
        ([], None),
        ([status("Open", closed=False, default=True)], None),
        ([status("Done"), status("Completed"), status("Away", default=True)], "Completed"),
        ([status("Away"), status("Done", default=True), status("Zap", default=True)], "Done"),
        ([status("Done"), status("Away")], "Away"),
        ([{"MasterLabel": "Erledigt", "IsClosed": True}], "Erledigt"),
    ],
)
def test_the_closed_status_is_the_orgs_own(statuses: Any, closed: str | None) -> None:
    assert closed_status(statuses) == closed
