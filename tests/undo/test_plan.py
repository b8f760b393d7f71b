"""What is put back or deleted, and what is left and why: pure."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.fakes.org import facts
from zsf_plugin.messages.undo import LEFT, left_text
from zsf_plugin.model import Json, Record
from zsf_plugin.ports import Dependent, Dependents, JournalLine, UndoLine
from zsf_plugin.undo.plan import (
    FieldChange,
    LeftReason,
    OrgNow,
    UndoItem,
    plan_records,
    without_cascades,
)
from zsf_plugin.undo.writes import RecordHistory, writes_of

US, OTHER = "005000000000001AAA", "005000000000002AAA"
LEAD, ACCOUNT, CONTACT = "00Q000000000001AAA", "001000000000001AAA", "003000000000001AAA"
AT = 1_796_000_000.0  # 2026-11-30T00:53:20Z
MADE = "2026-11-30T00:53:20.000+0000"


def update(
    entry: str, before: Mapping[str, Json], after: Mapping[str, Json], at: float = AT
) -> JournalLine:
    return JournalLine(entry, "Lead", LEAD, "update", before, after, at)


def create(entry: str, after: Mapping[str, Json], at: float = AT) -> JournalLine:
    return JournalLine(entry, "Lead", LEAD, "create", {}, after, at)


def restored(entry: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> UndoLine:
    return UndoLine(entry, "Lead", LEAD, "restore", "done", before, after, AT + 500)


def planned(
    entry: str,
    writes: list[JournalLine],
    now: Mapping[str, Json] | None,
    undos: tuple[UndoLine, ...] = (),
    elsewhere: tuple[str, ...] = (),
) -> UndoItem | None:
    """The item of the Lead, which the org holds as `now` (None: not any more). Entries `elsewhere`
    are another workspace's."""
    journal = [line for line in writes if line.entry_id == entry]
    found = writes_of(entry, journal, RecordHistory(writes, undos))
    stamps = {"CreatedDate": MADE, "LastModifiedDate": MADE, "LastModifiedById": US}
    records = {} if now is None else {("Lead", LEAD): Record("Lead", LEAD, {**stamps, **now})}
    items = plan_records(found, OrgNow(facts().describes, records, US, elsewhere))
    return items[0] if items else None


def test_a_value_is_put_back_where_the_org_still_holds_ours() -> None:
    writes = [update("e1", {"Title": "Poet", "Phone": None}, {"Title": "CTO", "Phone": "+46 1"})]
    item = planned("e1", writes, {"Title": "CTO", "Phone": "+46 1"})
    assert item is not None
    assert (item.action, item.state, item.is_whole) == ("restore", "ready", True)
    assert item.fields == {
        "Title": FieldChange("CTO", "Poet"),
        "Phone": FieldChange("+46 1", None),
    }


def test_a_value_in_another_form_of_the_same_is_still_ours() -> None:
    item = planned("e1", [update("e1", {"Email": None}, {"Email": "Ada@x.example"})],
                   {"Email": "ada@x.example"})  # fmt: skip
    assert item is not None
    assert item.fields == {"Email": FieldChange("ada@x.example", None)}


def test_a_value_that_someone_changed_is_left_and_the_others_are_put_back() -> None:
    writes = [update("e1", {"Title": "Poet", "City": None}, {"Title": "CTO", "City": "Lund"})]
    item = planned("e1", writes, {"Title": "Chair", "City": "Lund"})
    assert item is not None
    assert (item.state, list(item.fields)) == ("ready", ["City"])
    assert item.left == {"Title": LeftReason("changed")}


def test_a_value_that_is_as_it_was_needs_no_write() -> None:
    item = planned("e1", [update("e1", {"Title": "Poet"}, {"Title": "CTO"})], {"Title": "Poet"})
    assert item is not None
    assert (item.state, item.fields, item.as_before) == ("as_before", {}, {"Title": "Poet"})
    assert item.is_whole


def test_what_a_later_entry_wrote_is_undone_first() -> None:
    writes = [
        update("e1", {"Title": "Poet"}, {"Title": "CTO"}),
        update("e2", {"Title": "CTO"}, {"Title": "CEO"}),
    ]
    now = {"Title": "CEO"}
    first = planned("e1", writes, now)
    assert first is not None
    assert first.left == {"Title": LeftReason("later", {"entry": "e2"})}
    second = planned("e2", writes, now)
    assert second is not None
    assert second.fields == {"Title": FieldChange("CEO", "CTO")}
    undone = (restored("e2", {"Title": "CEO"}, {"Title": "CTO"}),)
    after = planned("e1", writes, {"Title": "CTO"}, undone)
    assert after is not None
    assert after.fields == {"Title": FieldChange("CTO", "Poet")}
    assert planned("e2", writes, {"Title": "CTO"}, undone) is None  # again is nothing


def test_what_a_later_entry_put_back_by_chance_is_still_that_entrys() -> None:
    """Otherwise undoing the later one would put back a value that counts as undone."""
    writes = [
        update("e1", {"Title": "Poet"}, {"Title": "CTO"}),
        update("e2", {"Title": "CTO"}, {"Title": "Poet"}),
    ]
    item = planned("e1", writes, {"Title": "Poet"})
    assert item is not None
    assert item.left == {"Title": LeftReason("later", {"entry": "e2"})}


def test_an_entry_of_another_workspace_is_not_named() -> None:
    writes = [create("e1", {"LastName": "Byron"}), update("e2", {"Title": None}, {"Title": "CTO"})]
    now = {"LastName": "Byron", "Title": "CTO"}
    item = planned("e1", writes, now, elsewhere=("e2",))
    assert item is not None
    assert item.reason == LeftReason("later_elsewhere")


def test_two_writes_of_one_entry_count_as_one() -> None:
    writes = [
        update("e1", {"Title": "Poet"}, {"Title": "CTO"}),
        update("e1", {"Title": "CTO", "City": None}, {"Title": "CEO", "City": "Lund"}),
    ]
    item = planned("e1", writes, {"Title": "CEO", "City": "Lund"})
    assert item is not None
    assert item.fields["Title"] == FieldChange("CEO", "Poet")


def test_a_hidden_field_and_a_read_only_one_are_left() -> None:
    writes = [update("e1", {"Secret__c": None}, {"Secret__c": "x", "IsConverted": True})]
    item = planned("e1", writes, {"IsConverted": True})
    assert item is not None
    assert {name: reason.code for name, reason in item.left.items()} == {
        "Secret__c": "hidden",
        "IsConverted": "read_only",
    }


def test_nothing_is_put_back_on_a_converted_lead() -> None:
    writes = [update("e1", {"Title": "Poet"}, {"Title": "CTO"})]
    item = planned("e1", writes, {"Title": "CTO", "IsConverted": True})
    assert item is not None
    assert (item.state, item.reason) == ("left", LeftReason("converted_before"))


def test_a_record_that_nobody_changed_is_deleted() -> None:
    item = planned("e1", [create("e1", {"LastName": "Byron"})], {"LastName": "Byron"})
    assert item is not None
    assert (item.action, item.state) == ("delete", "ready")
    assert item.fields == {"LastName": FieldChange("Byron", None)}


@pytest.mark.parametrize(
    ("now", "code"),
    [
        ({"LastName": "Lovelace"}, "changed"),
        ({"IsConverted": True}, "converted"),
        ({"LastModifiedById": OTHER}, "modified"),
        ({"LastModifiedDate": "2026-11-30T00:53:21.000+0000"}, "modified"),
        ({"LastModifiedDate": None}, "modified"),
    ],
)
def test_a_record_that_changed_since_it_was_created_is_left(
    now: Mapping[str, Json], code: str
) -> None:
    item = planned("e1", [create("e1", {"LastName": "Byron"})], {"LastName": "Byron", **now})
    assert item is not None
    assert item.reason is not None
    assert (item.state, item.reason.code) == ("left", code)


def test_a_record_that_a_later_entry_wrote_to_is_deleted_once_that_is_undone() -> None:
    writes = [create("e1", {"LastName": "Byron"}), update("e2", {"Title": None}, {"Title": "CTO"})]
    item = planned("e1", writes, {"LastName": "Byron", "Title": "CTO"})
    assert item is not None
    assert item.reason == LeftReason("later", {"entry": "e2"})
    undone = (restored("e2", {"Title": "CTO"}, {"Title": None}),)
    # we changed it last, when we put the title back: 500 seconds later
    now = {"LastName": "Byron", "LastModifiedDate": "2026-11-30T01:01:40.000+0000"}
    after = planned("e1", writes, now, undone)
    assert after is not None
    assert after.state == "ready"
    item = planned("e1", writes, {**now, "LastModifiedById": OTHER}, undone)
    assert item is not None
    assert item.state == "left"


def test_a_record_stays_if_someone_changed_what_a_later_entry_wrote() -> None:
    """Undoing the later entry would leave that as it is, and lead back here."""
    writes = [
        create("e1", {"LastName": "Byron"}),
        update("e2", {"Title": None, "City": None}, {"Title": "CTO", "City": "Lund"}),
    ]
    now = {"LastName": "Byron", "Title": "Chair", "City": "Malmö"}
    item = planned("e1", writes, now)
    assert item is not None
    assert item.reason == LeftReason("changed", {"fields": ["Title", "City"]})
    item = planned("e1", writes, {**now, "City": "Lund"})
    assert item is not None
    assert item.reason == LeftReason("later", {"entry": "e2"})


def test_a_record_that_was_created_as_another_user_is_deleted() -> None:
    now = {"LastName": "Byron", "CreatedById": OTHER, "LastModifiedById": OTHER}
    item = planned("e1", [create("e1", {"LastName": "Byron"})], now)
    assert item is not None
    assert item.state == "ready"
    changed = {**now, "LastModifiedDate": "2026-11-30T00:53:21.000+0000"}
    item = planned("e1", [create("e1", {"LastName": "Byron"})], changed)
    assert item is not None
    assert item.state == "left"


@pytest.mark.parametrize(
    ("held", "changed"),
    [
        ({}, []),
        ({"Phone": "", "Title": None}, []),
        ({"Phone": "+46 1"}, ["Phone"]),
        ({"City": "Lund", "Phone": "+46 1"}, ["City", "Phone"]),
        ({"Title": "Poet"}, ["Title"]),
    ],
)
def test_our_own_later_write_never_hides_what_others_filled_in_before_it(
    held: Mapping[str, Json], changed: list[str]
) -> None:
    """Last Modified is ours again, so it says nothing of what happened before."""
    writes = [create("e1", {"LastName": "Byron"}), update("e2", {"Title": None}, {"Title": "CTO"})]
    undone = (restored("e2", {"Title": "CTO"}, {"Title": None}),)
    now = {"LastName": "Byron", "LastModifiedDate": "2026-11-30T01:01:40.000+0000", **held}
    item = planned("e1", writes, now, undone)
    assert item is not None
    reason = LeftReason("changed", {"fields": [*changed]}) if changed else None
    assert (item.state, item.reason) == ("left" if changed else "ready", reason)


def test_of_a_record_that_is_gone_nothing_is_left_to_undo() -> None:
    for writes in ([create("e1", {"LastName": "B"})], [update("e1", {}, {"LastName": "B"})]):
        item = planned("e1", writes, None)
        assert item is not None
        assert (item.state, item.is_gone, item.is_whole) == ("as_before", True, True)


def deletion(object_: str, record_id: str) -> UndoItem:
    return UndoItem(object_, record_id, "delete", "ready")


def states(items: tuple[UndoItem, ...]) -> dict[str, str]:
    return {item.object: item.state if item.reason is None else item.reason.code for item in items}


CHILD = Dependent("Contact", CONTACT, ACCOUNT, "AccountId")


def test_an_account_is_deleted_together_with_its_contact() -> None:
    items = [deletion("Contact", CONTACT), deletion("Account", ACCOUNT)]
    found = without_cascades(items, Dependents([CHILD]), {})
    assert states(found) == {"Contact": "ready", "Account": "ready"}


def test_a_deletion_that_would_take_along_what_stays_is_left_and_so_is_what_it_belongs_to() -> None:
    items = [deletion("Contact", CONTACT), deletion("Account", ACCOUNT)]
    task = Dependent("Task", "00T000000000001AAA", CONTACT, "WhoId")
    found = without_cascades(items, Dependents([CHILD, task]), {task.id: "e7"})
    assert states(found) == {"Contact": "children", "Account": "children"}
    assert found[0].reason is not None
    assert "undo e7 first" in left_text(found[0].reason)


def test_a_contact_that_gets_another_account_back_no_longer_goes_with_it() -> None:
    change = {"AccountId": FieldChange(ACCOUNT, None)}
    contact = UndoItem("Contact", CONTACT, "restore", "ready", change)
    found = without_cascades([contact, deletion("Account", ACCOUNT)], Dependents([CHILD]), {})
    assert states(found) == {"Contact": "ready", "Account": "ready"}
    assert found[1].needs == {("Contact", CONTACT)}


def test_where_it_is_not_known_what_would_go_or_may_be_deleted_nothing_is() -> None:
    items = [deletion("Lead", LEAD)]
    unread = Dependents(unread={"Lead": {"Secret__c"}})
    assert states(without_cascades(items, unread, {})) == {"Lead": "unread"}
    protected = Dependents(protected=frozenset({"Lead"}))
    assert states(without_cascades(items, protected, {})) == {"Lead": "protected"}


@pytest.mark.parametrize("code", LEFT)
def test_every_reason_has_words(code: str) -> None:
    assert left_text(LeftReason(code, {}))  # type: ignore[arg-type]
