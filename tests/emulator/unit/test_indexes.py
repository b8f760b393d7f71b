"""Indexes: a search by an index finds what a scan of all rows finds, whatever changed the rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.exchange import Author
from zsf_plugin.emulator.org import by_hand
from zsf_plugin.emulator.org.custom_fields import change_field
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.populate import new_org
from zsf_plugin.emulator.org.records import Records
from zsf_plugin.emulator.org.schema import Field, Row
from zsf_plugin.emulator.org.spec import OrgSpec
from zsf_plugin.emulator.org.tables import Among, AnyOf, Table
from zsf_plugin.emulator.soql.evaluate import evaluate
from zsf_plugin.emulator.writes.rows import create, delete, update

KEY = {"name": "Key__c", "type": "string", "length": 64, "externalId": True, "unique": True}
FIELDS = [{**KEY, "object": name, "caseSensitive": name == "Lead"} for name in ("Lead", "Contact")]
ADMIN = {"Username": "admin@acme.example", "Email": "admin@acme.example", "LastName": "Admin"}
TEXTS = ["Ada", "ADA", "straße", "STRASSE", "İ"]
SEARCHED = ("Lead", "Contact")


def small_org() -> Org:
    return new_org(OrgSpec(users=[ADMIN], fields=FIELDS))


def author(org: Org) -> Author:
    return Author(org.admin_id, {})


# -- What changes rows -----------------------------------------------------------------------------


Change = Callable[[Org], object]


def ids(org: Org, name: str) -> list[str]:
    return list(org.rows[name])


def chosen(org: Org, name: str, number: int) -> str:
    """One of the object's ids, in either form; the id of no record if it has none."""
    record_id = (ids(org, name) or ["00Q000000000001"])[number % max(len(org.rows[name]), 1)]
    return record_id if number % 2 else record_id[:15]


def rolled_back(org: Org, change: Change) -> None:
    with suppress(ZeroDivisionError), org.records.undo_on_error():
        change(org)
        raise ZeroDivisionError


values = st.fixed_dictionaries(
    {"LastName": st.sampled_from(TEXTS)},
    optional={
        "Email": st.sampled_from(["a@x.example", "A@X.example", None]),
        "Key__c": st.sampled_from([*TEXTS, None]),
        "NumberOfEmployees": st.sampled_from([0, 1, 1.0, None]),
    },
)
names, numbers = st.sampled_from(SEARCHED), st.integers(0, 7)


def body(name: str, given_values: dict[str, Any]) -> dict[str, Any]:
    if name == "Lead":
        return {"Company": "Firm", **given_values}
    return {key: value for key, value in given_values.items() if key != "NumberOfEmployees"}


def creating(name: str, given_values: dict[str, Any]) -> Change:
    return lambda org: create(org, org.objects[name], body(name, given_values), author(org))


def updating(name: str, at: int, given_values: dict[str, Any]) -> Change:
    def change(org: Org) -> object:
        record_id, new = chosen(org, name, at), body(name, given_values)
        return update(org, org.objects[name], record_id, new, author(org))

    return change


def editing(name: str, at: int, given_values: dict[str, Any]) -> Change:
    return lambda org: org.edit(name, chosen(org, name, at), body(name, given_values))


def deleting(name: str, at: int) -> Change:
    return lambda org: delete(org, org.objects[name], chosen(org, name, at))


def merging(name: str, winner: int, loser: int) -> Change:
    return lambda org: by_hand.merge(
        org, name, chosen(org, name, winner), chosen(org, name, loser), {"LastName": "Ada"}
    )


def converting(at: int, *, into_known: bool) -> Change:
    def change(org: Org) -> object:
        contact = chosen(org, "Contact", at) if into_known and org.rows["Contact"] else ""
        return by_hand.convert(org, by_hand.Conversion(chosen(org, "Lead", at), contact=contact))

    return change


def task_of(org: Org, at: int) -> dict[str, Any]:
    return {"WhoId": chosen(org, "Lead", at), "Status": "Completed", "Subject": "Call"}


def comparing_by_case(name: str, scheme: str) -> Change:
    given_field = {"object": name, "name": "LastName", "encrypted": scheme}
    return lambda org: change_field(org, given_field)


writes = st.one_of(
    st.builds(creating, names, values),
    st.builds(updating, names, numbers, values),
    st.builds(deleting, names, numbers),
)
changes = st.one_of(
    writes,
    writes,
    writes.map(lambda change: lambda org: rolled_back(org, change)),
    st.builds(editing, names, numbers, values),
    st.builds(merging, names, numbers, numbers),
    st.builds(converting, numbers, into_known=st.booleans()),
    numbers.map(lambda at: lambda org: org.seed("Task", task_of(org, at))),
    st.builds(lambda n, at: lambda org: by_hand.delete(org, chosen(org, n, at)), names, numbers),
    st.builds(lambda n, at: lambda org: by_hand.undelete(org, chosen(org, n, at)), names, numbers),
    st.sampled_from([by_hand.empty_bin, Org.clear_records]),
    st.builds(comparing_by_case, names, st.sampled_from(["", "deterministic_exact"])),
)

# -- What is asked ---------------------------------------------------------------------------------

literals = {
    "LastName": ["'ada'", "'Ada'", "'STRASSE'", "'nobody'", "null"],
    "Email": ["'A@x.EXAMPLE'", "null"],
    "Key__c": ["'Ada'", "'ada'", "'i̇'", "null"],
    "IsDeleted": ["true", "false"],
    "MasterRecordId": ["null"],
    "CreatedDate": ["TODAY", "2026-01-01T00:00:00Z"],
    "Owner.Name": ["'Admin'", "'nobody'"],
}


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(list(literals)))
    one, other = (draw(st.sampled_from(literals[name])) for _ in range(2))
    ways = [f"{name} = {one}", f"{name} != {one}", f"{name} IN ({one}, {other})"]
    return draw(st.sampled_from([*ways, f"{name} NOT IN ({one}, {other})"]))


conditions = st.recursive(
    st.one_of(
        comparisons(),
        st.just("LastName LIKE 'a%'"),
        st.just("Id = 'THEIRS'"),
        st.just("Id IN (SELECT WhoId FROM Task WHERE Status = 'Completed')"),
    ),
    lambda parts: st.one_of(
        st.tuples(parts, parts).map(lambda both: f"({both[0]}) AND ({both[1]})"),
        st.tuples(parts, parts).map(lambda both: f"({both[0]}) OR ({both[1]})"),
        parts.map(lambda part: f"(NOT ({part}))"),
    ),
    max_leaves=4,
)
statements = st.builds("SELECT Id, LastName, Key__c FROM {} WHERE {}".format, names, conditions)


def scanned(self: Records, object_name: str, any_of: AnyOf | None) -> Iterable[Row]:
    """`Records.narrowed` without an index."""
    return self.rows[object_name].values()


def answers(org: Org, statement: str) -> list[Any]:
    """The rows, in order, without and with the recycle bin; or the refusal."""
    try:
        return [evaluate(org, statement, deleted=deleted) for deleted in (False, True)]
    except SalesforceError as error:
        return [error.code]


def agree(org: Org, statement: str, at: int) -> None:
    text = statement.replace("THEIRS", chosen(org, "Lead", at))
    found = answers(org, text)
    with patch.object(Records, "narrowed", scanned):
        assert found == answers(org, text), text


several = st.lists(changes, min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(several, several, st.lists(st.tuples(statements, numbers), min_size=1, max_size=4))
def test_a_search_finds_what_a_scan_finds(
    earlier: list[Change], later: list[Change], asked: list[tuple[str, int]]
) -> None:
    org = small_org()
    for part in (earlier, later):  # the first searches make the indexes, which then follow
        for change in part:
            with suppress(SalesforceError, KeyError):
                change(org)
        for statement, at in asked:
            agree(org, statement, at)
        for name in SEARCHED:
            found_by_key_as_in_a_scan(org, name)


def found_by_key_as_in_a_scan(org: Org, name: str) -> None:
    for field, value in [("Key__c", "Ada"), ("Email", "a@X.example"), ("LastName", "strasse")]:
        compared, rows = org.objects[name].fields[field], org.rows[name].values()
        wanted = compared.comparable(value)
        live = [row for row in rows if not row["IsDeleted"]]
        expected = [row for row in live if compared.comparable(row.get(field)) == wanted]
        assert org.records.find(name, field, value) == expected


field_values = st.sampled_from([*TEXTS, "ada", None, 0, 0.0, 1, True, False])
stored = st.builds(
    lambda number, text: lambda table: table.put({"Id": f"id{number}", "Text": text}),
    numbers,
    field_values,
)
table_changes = st.one_of(
    stored,
    stored,
    numbers.map(lambda number: lambda table: removed(table, f"id{number}")),
    st.just(Table.clear),
)
fields = st.sampled_from([Field("Text"), Field("Text", case_sensitive=True), Field("Id")])
searches = st.lists(st.tuples(fields, st.lists(field_values, max_size=3)), max_size=2)


def removed(table: Table, record_id: str) -> None:
    if record_id in table.rows:
        table.remove(record_id)


@given(st.lists(st.tuples(table_changes, searches), max_size=30))
def test_an_index_finds_what_a_scan_of_its_table_finds(
    steps: list[tuple[Callable[[Table], None], list[tuple[Field, list[Any]]]]],
) -> None:
    table = Table()
    for change, search in steps:
        change(table)
        any_of = [
            Among(field, {field.comparable(value) for value in wanted}) for field, wanted in search
        ]
        rows = table.rows.values()
        expected = [row for row in rows if any(passes(row, one) for one in any_of)]
        assert list(map(dict, table.find(any_of))) == list(map(dict, expected))
        assert table.count(any_of) >= len(expected)


def passes(row: Row, one: Among) -> bool:
    return one.field.comparable(row.get(one.field.name)) in one.values


def test_a_search_by_values_looks_at_the_rows_that_have_them() -> None:
    org = small_org()
    for number in range(50):
        org.seed("Lead", {"LastName": f"L{number}", "Key__c": f"k{number}"})
    with patch.object(Org, "shared", autospec=True, return_value=True) as looked_at:
        where = "IsConverted = false AND (Key__c IN ('k1', 'k2') OR LastName = 'l3')"
        found, _ = evaluate(org, f"SELECT LastName FROM Lead WHERE {where}")
    assert [row["LastName"] for row in found] == ["L1", "L2", "L3"]
    assert looked_at.call_count == 3


def test_a_write_does_not_look_at_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    org = small_org()
    first = org.seed("Lead", {"LastName": "L", "Company": "Firm", "Key__c": "k1"})
    monkeypatch.setattr(Records, "live_rows", None)
    given_values = {"LastName": "L", "Company": "Firm", "Key__c": "k1"}
    with pytest.raises(SalesforceError) as refused:
        create(org, org.objects["Lead"], given_values, author(org))
    assert first[:15] in refused.value.message
    create(org, org.objects["Lead"], {**given_values, "Key__c": "K1"}, author(org))


def test_a_stored_row_changes_only_by_another_in_its_place() -> None:
    table, row = Table(), {"Id": "1", "IsDeleted": False}
    table.put(row)
    row["IsDeleted"] = True
    assert json.dumps(dict(table.rows["1"])) == '{"Id": "1", "IsDeleted": false}'
    with pytest.raises(TypeError):
        table.rows["1"]["IsDeleted"] = True  # type: ignore[index]
