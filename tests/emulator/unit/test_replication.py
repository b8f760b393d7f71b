"""What changed and what went between two moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

import pytest

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.exchange import Request
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.populate import new_org
from zsf_plugin.emulator.org.spec import OrgSpec
from zsf_plugin.emulator.org.values import format_datetime
from zsf_plugin.emulator.resources.sobjects import deleted_between, updated_between

NOON = (datetime.now(UTC) - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def org() -> Org:
    return new_org(OrgSpec())


def lead(org: Org, changed: datetime, *, gone: bool = False) -> str:
    """A Lead that was last changed, or deleted, at that moment."""
    record_id = org.seed("Lead", {"LastName": "Byron"})
    changes = {"SystemModstamp": format_datetime(changed), "IsDeleted": gone}
    return org.edit("Lead", record_id, changes)


def between(start: str | datetime, end: str | datetime) -> Request:
    given = {"start": start, "end": end}
    query = {
        name: moment.isoformat() if isinstance(moment, datetime) else moment
        for name, moment in given.items()
    }
    return Request("GET", f"/services/data/v68.0/sobjects/Lead/updated?{urlencode(query)}")


def ids(org: Org, request: Request) -> list[str]:
    answer = cast(dict[str, Any], updated_between(org, org.objects["Lead"], request))
    return cast(list[str], answer["ids"])


def refusal(org: Org, request: Request) -> str:
    with pytest.raises(SalesforceError) as caught:
        updated_between(org, org.objects["Lead"], request)
    assert caught.value.code == "INVALID_REPLICATION_DATE"
    return caught.value.message


def test_a_span_includes_its_start_and_excludes_its_end(org: Org) -> None:
    lead(org, NOON - MINUTE)
    first = lead(org, NOON)
    last = lead(org, NOON + 2 * MINUTE - timedelta(seconds=1))
    lead(org, NOON + 2 * MINUTE)
    assert ids(org, between(NOON, NOON + 2 * MINUTE)) == [first, last]


def test_seconds_of_start_and_end_are_ignored(org: Org) -> None:
    changed = lead(org, NOON + timedelta(seconds=10))
    late = timedelta(seconds=50)
    assert ids(org, between(NOON + late, NOON + MINUTE + late)) == [changed]


def test_a_datetime_without_an_offset_is_in_utc(org: Org) -> None:
    changed = lead(org, NOON)
    start, end = NOON.replace(tzinfo=None), (NOON + MINUTE).replace(tzinfo=None)
    assert ids(org, between(start, end)) == [changed]


def test_deleted_and_updated_rows_are_reported_separately(org: Org) -> None:
    changed, gone = lead(org, NOON), lead(org, NOON, gone=True)
    request = between(NOON, NOON + MINUTE)
    answer = cast(dict[str, Any], deleted_between(org, org.objects["Lead"], request))
    assert answer["deletedRecords"] == [{"id": gone, "deletedDate": format_datetime(NOON)}]
    assert answer["latestDateCovered"] == format_datetime(NOON + MINUTE)
    assert answer["earliestDateAvailable"].endswith(":00.000+0000")
    assert ids(org, request) == [changed]


def test_a_record_hidden_from_the_user_is_not_reported(org: Org) -> None:
    unshared, changed = lead(org, NOON), lead(org, NOON)
    org.set_permissions(org.admin_id, {"unshared": [unshared]})
    org.acting_user_id = org.admin_id
    assert ids(org, between(NOON, NOON + MINUTE)) == [changed]


def test_a_span_is_at_least_a_minute_long(org: Org) -> None:
    assert "at least one minute" in refusal(org, between(NOON, NOON))


def test_a_span_begins_within_the_last_thirty_days(org: Org) -> None:
    ago = datetime.now(UTC) - timedelta(days=31)
    assert "30 days" in refusal(org, between(ago, NOON))


@pytest.mark.parametrize("start", ["yesterday", ""])
def test_an_invalid_datetime_is_refused(org: Org, start: str) -> None:
    assert "must be dates with times" in refusal(org, between(start, NOON))
