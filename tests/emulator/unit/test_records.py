"""Rows, what is derived in the same save, and taking writes back."""

from __future__ import annotations

import pytest

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.org.records import Records, set_derived_fields
from zsf_plugin.emulator.org.schema import NewRow, ObjectType
from zsf_plugin.emulator.org.stock import stock_objects
from zsf_plugin.emulator.org.values import make_id

OBJECTS = stock_objects()
LEAD, ACCOUNT, CONTACT = OBJECTS["Lead"], OBJECTS["Account"], OBJECTS["Contact"]
TASK, PERMISSION_SET = OBJECTS["Task"], OBJECTS["PermissionSet"]


@pytest.fixture
def records() -> Records:
    return Records(OBJECTS)


def row(prefix: str, number: int = 1, **values: object) -> NewRow:
    return {"Id": make_id(prefix, number), "IsDeleted": False, **values}  # type: ignore[dict-item]


def write(records: Records, *writes: tuple[ObjectType, NewRow], fail: bool = False) -> None:
    """All of these writes, or none."""
    with records.undo_on_error():
        for object_, one in writes:
            records.put(object_, one)
            records.writes["created"] += 1
        if fail:
            raise RuntimeError


def write_and_fail(records: Records, *rows: NewRow) -> None:
    with pytest.raises(RuntimeError):
        write(records, *[(LEAD, one) for one in rows], fail=True)


def write_twice_and_fail(records: Records) -> None:
    with records.undo_on_error():
        write(records, (LEAD, row("00Q")))
        raise RuntimeError


def test_a_row_is_found_by_either_form_of_its_id(records: Records) -> None:
    lead = row("00Q")
    records.put(LEAD, lead)
    assert records.get(lead["Id"]) == records.get(str(lead["Id"])[:15]) == (LEAD, lead)


def test_a_deleted_row_is_found_only_by_query_all(records: Records) -> None:
    lead = {**row("00Q"), "IsDeleted": True}
    records.put(LEAD, lead)
    assert records.get(lead["Id"]) is None
    assert records.get(lead["Id"], deleted=True) == (LEAD, lead)


def test_a_new_row_is_rolled_back(records: Records) -> None:
    write_and_fail(records, row("00Q"))
    assert records.rows["Lead"] == {}


def test_a_changed_row_is_restored(records: Records) -> None:
    old = row("00Q", Title="old")
    records.put(LEAD, old)
    write_and_fail(records, {**old, "Title": "new"}, {**old, "Title": "newer"})
    assert list(records.rows["Lead"].values()) == [old]


def test_counts_are_rolled_back_with_the_rows(records: Records) -> None:
    write_and_fail(records, row("00Q"))
    assert records.writes["created"] == 0


def test_an_outer_block_rolls_back_a_completed_inner_block(records: Records) -> None:
    with pytest.raises(RuntimeError):
        write_twice_and_fail(records)
    assert records.rows["Lead"] == {}


def test_setup_and_data_share_no_transaction(records: Records) -> None:
    with pytest.raises(SalesforceError, match="MIXED_DML_OPERATION"):
        write(records, (LEAD, row("00Q")), (PERMISSION_SET, row("0PS")))
    assert records.rows["Lead"] == {}


def test_a_name_is_first_and_last_name(records: Records) -> None:
    lead = row("00Q", FirstName="Ada", LastName="Byron")
    set_derived_fields(records, LEAD, lead)
    assert lead["Name"] == "Ada Byron"


def test_a_tasks_account_is_its_persons_account(records: Records) -> None:
    account = row("001")
    contact = row("003", AccountId=account["Id"])
    records.put(ACCOUNT, account)
    records.put(CONTACT, contact)
    task = row("00T", WhoId=contact["Id"], Status="Completed")
    records.store("TaskStatus", row("01V", ApiName="Completed", IsClosed=True))
    set_derived_fields(records, TASK, task)
    assert (task["AccountId"], task["IsClosed"]) == (account["Id"], True)
    assert task["CompletedDateTime"] is not None
