"""Every refusal that a sync can meet (salesforce-api.md §4.2): its class, the cause shown to an
admin, held or retried, and its cost beyond the usual lookup and write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import DuplicateFound, DuplicateRecord, Rejected, ZsfError
from zsf_plugin.messages.causes import REFUSALS
from zsf_plugin.messages.text import cause_advice, cause_text
from zsf_plugin.model import FieldDescribe, JsonObject, ObjectDescribe, Write
from zsf_plugin.salesforce.answers import error_of
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store

SECRET = "ada1@acme1.example"


@dataclass(frozen=True, slots=True)
class Held:
    """A refusal that ends in a cause: `looks` and `writes` are its total cost."""

    code: str
    message: str
    text: str
    fields: tuple[str, ...] = ()
    looks: int = 1
    writes: int = 1
    status: int = 400


#: Held at once: one look, one write, as any entry.
AT_ONCE = [
    Held(
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [Rating]",
        "Lead.Rating: a field that the org requires is empty",
        ("Rating",),
    ),
    Held(
        "STRING_TOO_LONG",
        f"Title: data value too large: {SECRET} (max length=40)",
        "Lead.Title: the text is longer than the field",
        ("Title",),
    ),
    Held(
        "INVALID_EMAIL_ADDRESS",
        f"Email: invalid email address: {SECRET}",
        "Lead.Email: Salesforce does not accept the e-mail address",
        ("Email",),
    ),
    Held(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Rating: bad value for restricted picklist field: Boiling",
        "Lead.Rating: not in the restricted picklist",
        ("Rating",),
    ),
    Held(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        f"Ruf {SECRET} erst an",
        "Lead: a validation rule of the org refused the record",
    ),
    Held(
        "FIELD_FILTER_VALIDATION_EXCEPTION",
        "Value does not exist or does not match filter criteria.",
        "Lead.Region__c: the filter of a lookup",
        ("Region__c",),
    ),
    Held(
        "FIELD_INTEGRITY_EXCEPTION",
        "There's a problem with this state",
        "Lead.State: the value conflicts with another field, or is not in the org's state and country",
        ("State",),
    ),
    Held(
        "NUMBER_OUTSIDE_VALID_RANGE",
        "value outside of valid range on numeric field: 1.0E20",
        "Lead.AnnualRevenue: the number is too large",
        ("AnnualRevenue",),
    ),
    Held(
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "Email: value not of required type: 123",
        "Lead: the value has the wrong type",
    ),
    Held(
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of date",
        "Lead: Salesforce could not read a value as its field's type",
    ),
    Held("MALFORMED_ID", "bad id xyz", "Lead: a value is not a Salesforce ID"),
    Held("INSUFFICIENT_ACCESS", "no", "Lead: the connected user lacks a permission", status=403),
    Held(
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "insufficient access rights on object id",
        "Lead: the connected user has no permission to edit the record",
        status=403,
    ),
    Held(
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "insufficient access rights on cross-reference id: 001",
        "Lead: the connected user has no access to the record that it refers to",
    ),
    Held(
        "ENTITY_IS_LOCKED",
        "the entity is locked for editing",
        "Lead: the record is locked by an approval process",
    ),
    Held(
        "DUPLICATE_EXTERNAL_ID",
        "more than one record found for external id field",
        "Lead: several records have the same external ID",
    ),
    Held(
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "LeadTrigger: execution of BeforeInsert caused by: System.NullPointerException",
        "Lead: an Apex trigger of the org failed",
    ),
    Held(
        "CANNOT_EXECUTE_FLOW_TRIGGER",
        'the "X" process failed',
        "Lead: a flow of the org failed",
    ),
    Held("APEX_ERROR", "Apex CPU time limit exceeded", "Lead: Apex code of the org failed"),
    Held(
        "LIMIT_EXCEEDED",
        "Too many SOQL queries: 101",
        "Lead: Apex code of the org exceeded a governor limit",
    ),
    Held(
        "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", "Lead: the org's data storage is full"
    ),
    Held(
        "FUNCTIONALITY_NOT_ENABLED",
        "no",
        "Lead: a Salesforce feature that this needs is off",
        status=403,
    ),
    Held(
        "TXN_SECURITY_NO_ACCESS",
        "no",
        "Lead: a transaction security policy of the org blocked the write",
        status=403,
    ),
    Held(
        "TXN_SECURITY_METERING_ERROR",
        "no",
        "Lead: a transaction security policy of the org blocked the write",
    ),
    Held(
        "TRANSFER_REQUIRES_READ",
        "The new owner must have read permission",
        "Lead: the owner has no read access to the object",
    ),
    Held(
        "METHOD_NOT_ALLOWED",
        "HTTP Method 'PUT' not allowed",
        "Lead: Salesforce refused the record",
        status=405,
    ),
    Held("UNSUPPORTED_MEDIA_TYPE", "no", "Lead: Salesforce refused the record", status=415),
    Held("EXCEEDED_ID_LIMIT", "record limit reached", "Lead: Salesforce refused the record"),
    Held(
        "MIXED_DML_OPERATION",
        "DML operation on setup object is not permitted",
        "Lead: Salesforce refused the record",
    ),
    Held("A_CODE_OF_NEXT_YEAR", f"something about {SECRET}", "Lead: Salesforce refused the record"),
]
#: A rule that holds the entry for a value that does not fit, whoever sees it.
HOLDING: JsonObject = {
    "fields": {
        "Lead": {
            "Title": {"from": "prospect.title", "too_long": "hold"},
            "Email": {"from": "prospect.email", "misfit": "hold"},
        }
    }
}
#: What we believed may have changed since we looked: one more look and one more write, then held.
SECOND_LOOK = [
    Held(
        "INVALID_TYPE",
        "sObject type 'Lead' is not supported.",
        "Lead: the object is hidden from the connected user",
    ),
    Held(
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "cannot reference converted lead",
        "Lead: the Lead was converted",
    ),
    Held("ENTITY_IS_DELETED", "entity is deleted", "Lead: the record was deleted", status=404),
    Held(
        "NOT_FOUND",
        "The requested resource does not exist",
        "Lead: the record is gone, or hidden",
        status=404,
    ),
    Held(
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        "Lead: the record that it refers to is gone or hidden",
    ),
    Held(
        "DUPLICATE_VALUE",
        "duplicate value found: <unknown> duplicates value on record with id: <unknown>",
        "Lead: a record with the same unique value exists",
    ),
    Held(
        "DUPLICATES_DETECTED",
        "Use one of these records?",
        "Lead: a duplicate rule of the org refused the record",
    ),
    Held(
        "INVALID_FIELD",
        "No such column 'foo' on sobject of type Lead",
        "Lead: the field is gone, or hidden",
    ),
    Held(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: IsConverted.",
        "Lead.IsConverted: the connected user has no permission to write the field",
        ("IsConverted",),
    ),
    Held(
        "INACTIVE_OWNER_OR_USER",
        "operation performed with inactive user [0055g] as owner of lead",
        "Lead.OwnerId: the owner is inactive",
        ("OwnerId",),
    ),
    Held(
        "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
        "Operation not valid for this user type",
        "Lead: users of this type cannot own the record",
    ),
]
#: Nobody's fault, or the org's: nothing is held, nothing lost; the workspace or the entry waits.
WAITS = [
    ("UNABLE_TO_LOCK_ROW", 400, "unable to obtain exclusive access to this record", None),
    (
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        400,
        "caused by: UNABLE_TO_LOCK_ROW, unable to obtain",
        None,
    ),
    ("CANNOT_EXECUTE_FLOW_TRIGGER", 400, "the process failed: UNABLE_TO_LOCK_ROW", None),
    ("SERVER_UNAVAILABLE", 503, "Server is too busy", "unavailable"),
    ("FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", 403, "later", "unavailable"),
    ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", 400, "read-only", "unavailable"),
    ("REQUEST_LIMIT_EXCEEDED", 403, "TotalRequests Limit exceeded.", "quota"),
    (
        "REQUEST_LIMIT_EXCEEDED",
        403,
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        "quota",
    ),
    ("REQUEST_LIMIT_EXCEEDED", 403, "ConcurrentPerOrgLongTxn Limit exceeded", "quota"),
    ("INVALID_SESSION_ID", 401, "Session expired or invalid", "reconnect"),
    ("INVALID_AUTH_HEADER", 401, "INVALID_HEADER_TYPE", "reconnect"),
    (
        "API_DISABLED_FOR_ORG",
        403,
        "The REST API is not enabled for this Organization.",
        "reconnect",
    ),
    ("API_CURRENTLY_DISABLED", 403, "API is disabled for this User", "reconnect"),
    ("CLIENT_NOT_ACCESSIBLE_FOR_USER", 403, "no", "reconnect"),
    ("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", 403, "The users password has expired", "reconnect"),
    ("UNSUPPORTED_API_VERSION", 410, "gone", "reconnect"),
]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = open_store(Settings(tmp_path, tmp_path, secret_key="k" * 40))
    yield Bench(
        store, FakeClock(), FakeCrm(facts(), {"005000000000001AAA": "seller@zaplify.example"})
    )
    store.close()


def error_from_answer(
    code: str, status: int, message: str, fields: tuple[str, ...] = ()
) -> ZsfError:
    """The error that our adapter raises for this answer from Salesforce."""
    return error_of(
        status, [{"errorCode": code, "message": message, "fields": list(fields)}], writes=True
    )


@pytest.mark.parametrize(
    "row",
    AT_ONCE
    + [
        Held(r.code, r.message, r.text, r.fields, looks=2, writes=2, status=r.status)
        for r in SECOND_LOOK
    ],
    ids=lambda row: row.code,
)
def test_a_refusal_holds_its_entry_with_a_cause_an_admin_understands(
    bench: Bench, row: Held
) -> None:
    error = error_from_answer(row.code, row.status, row.message, row.fields)
    tries: list[Write] = []
    bench.crm.refuse = lambda write: tries.append(write) or error  # type: ignore[func-returns-value]
    bench.rule |= HOLDING
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    bench.drain()
    held = bench.entry(entry)
    assert isinstance(error, Rejected)
    assert held.state == "held"
    assert held.cause is not None
    assert held.cause.code == row.code
    assert cause_text(held.cause).startswith(row.text)
    assert row.code in cause_text(held.cause)
    assert cause_advice(held.cause)
    assert SECRET not in cause_text(held.cause) + cause_advice(held.cause)
    assert held.cause.detail is not None
    assert held.cause.detail.startswith(row.message)
    assert (bench.crm.finds, len(tries)) == (row.looks, row.writes)
    assert "created" not in [step.code for step in held.steps]


@pytest.mark.parametrize(("code", "status", "message", "pause"), WAITS, ids=lambda it: str(it)[:40])
def test_an_error_that_no_record_causes_holds_nothing_and_recovers(
    bench: Bench, code: str, status: int, message: str, pause: str | None
) -> None:
    left = [error_from_answer(code, status, message)]
    bench.crm.refuse = lambda write: left.pop() if left else None
    (entry,) = bench.feed(purchase(prospect(1)))
    report = bench.drain()
    if pause == "reconnect":
        assert report.paused is not None
        assert (report.paused.code, bench.entry(entry).state) == ("reconnect", "pending")
        bench.clock.sleep(1)
        bench.connect()
    elif pause is not None:
        bench.clock.sleep(3600)
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert bench.entry(entry).attempts == 0
    assert len(bench.rows("Lead")) == 1


def test_during_maintenance_no_call_is_made_before_its_end(bench: Bench) -> None:
    sent: list[Write] = []
    error = error_from_answer(
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", 400, "read-only"
    )
    bench.crm.refuse = lambda write: sent.append(write) or error  # type: ignore[func-returns-value]
    bench.feed(purchase(prospect(1)))
    report = bench.drain()
    assert report.paused is not None
    assert (len(sent), report.paused.until) == (1, bench.clock.now() + 300)


def test_one_refused_of_two_hundred_costs_nothing_extra(bench: Bench) -> None:
    error = error_from_answer("STRING_TOO_LONG", 400, "too long", ("Title",))
    bench.crm.refuse = lambda write: error if write.values.get("LastName") == "Lovelace7" else None
    bench.feed(*(purchase(prospect(number), f"e{number}") for number in range(200)))
    report = bench.drain()
    assert (report.done, report.held) == (199, 1)
    assert bench.crm.finds == 1


def test_an_owner_deactivated_since_the_lookup_is_left_out_at_the_second_one(
    bench: Bench,
) -> None:
    error = error_from_answer(
        "INACTIVE_OWNER_OR_USER", 400, "operation performed with inactive user", ("OwnerId",)
    )

    def refuse(write: Write) -> ZsfError | None:
        bench.crm.rows["User"].clear()  # the next look finds no such active user
        return error if "OwnerId" in write.values else None

    bench.crm.refuse = refuse
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert "OwnerId" not in bench.rows("Lead")[0]


def test_a_duplicate_created_since_the_lookup_is_linked_if_its_key_is_equal(
    bench: Bench,
) -> None:
    error = error_from_answer("DUPLICATES_DETECTED", 400, "Use one of these records?")
    made: list[str] = []

    def refuse(write: Write) -> ZsfError | None:
        if write.action == "create" and not made:
            made.append(bench.crm.add("Contact", LastName="Lovelace1", Email="ADA1@acme1.example"))
            return error
        return None

    bench.crm.refuse = refuse
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert (len(bench.rows("Lead")), len(bench.rows("Contact"))) == (0, 1)


def _by_id_alone(bench: Bench) -> None:
    """An org that finds records only by their id (with an encrypted address, for example)."""
    find = bench.crm.find

    def hiding(lookups, select, purpose):  # type: ignore[no-untyped-def]
        return find([one for one in lookups if one.parts[0][0] == "Id"], select, purpose)

    bench.crm.find = hiding  # type: ignore[method-assign]


def _duplicates(bench: Bench, *ids: str) -> DuplicateFound:
    return DuplicateFound(
        "DUPLICATES_DETECTED",
        "Use one of these records?",
        tuple(DuplicateRecord("Contact", i) for i in ids),
    )


@pytest.mark.parametrize("alert", [True, False], ids=["alert", "block"])
def test_a_named_duplicate_is_linked_if_exactly_one_has_an_equal_key(
    bench: Bench, alert: bool
) -> None:
    named = [
        bench.crm.add("Contact", LastName="Byron", Email="else@where.example"),
        bench.crm.add("Contact", LastName="Lovelace1", Email="ADA1@acme1.example"),
    ]
    _by_id_alone(bench)
    error = replace_overridable(_duplicates(bench, *named), alert)
    bench.crm.refuse = lambda write: error if write.action == "create" else None
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert bench.rows("Lead") == []
    links = bench.store.links("default", bench.crm.org.org_id, [("prospect", "p1")])
    assert links["prospect", "p1"].record_id == named[1]


@pytest.mark.parametrize(
    "emails", [("ada1@acme1.example", "ada1@acme1.example"), ("a@x.example", "b@x.example")]
)
def test_duplicates_of_which_none_is_certainly_the_same_are_held_with_the_candidates(
    bench: Bench, emails: tuple[str, str]
) -> None:
    named = [bench.crm.add("Contact", LastName="Lovelace", Email=email) for email in emails]
    _by_id_alone(bench)
    error = _duplicates(bench, *named)
    bench.crm.refuse = lambda write: error if write.action == "create" else None
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    held = bench.entry(entry)
    assert held.state == "held"
    assert held.cause is not None
    reported = [step.data["record"] for step in held.steps if step.code == "named"]
    assert reported == named
    assert not any(email in cause_text(held.cause) + cause_advice(held.cause) for email in emails)


def replace_overridable(error: DuplicateFound, overridable: bool) -> DuplicateFound:
    """The same refusal by an alerting rule, or by a blocking one."""
    return DuplicateFound(error.code, error.message, error.records, overridable)


def test_a_refused_account_of_two_hundred_contacts_costs_one_more_write_and_no_lookup(
    bench: Bench,
) -> None:
    bench.rule["mode"] = "contact"
    error = error_from_answer("FIELD_CUSTOM_VALIDATION_EXCEPTION", 400, "no such company")
    calls: list[int] = []
    write = bench.crm.write
    bench.crm.write = lambda *given: calls.append(1) or write(*given)  # type: ignore[method-assign,func-returns-value,assignment]
    bench.crm.refuse = lambda write: error if write.object == "Account" else None
    company = prospect(1)["company"]
    bench.feed(
        *(purchase(prospect(number, company=company), f"e{number}") for number in range(200))
    )
    report = bench.drain()
    assert (report.done, report.held) == (0, 200)
    assert (len(calls), bench.crm.finds) == (1, 1)


def test_a_merged_person_is_followed_to_the_other_record(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)))
    bench.drain()
    (loser,) = bench.crm.rows["Lead"]
    winner = bench.crm.add(
        "Lead", LastName="Lovelace", Company="Acme", Email="another@address.example", Title="CEO"
    )
    bench.crm.merge("Lead", loser, winner)
    (again,) = bench.feed(purchase(prospect(1, title="CTO"), "e2"))
    bench.drain()
    assert bench.entry(again).state == "done"
    assert list(bench.crm.rows["Lead"]) == [winner]
    assert bench.crm.rows["Lead"][winner]["Title"] == "CEO"


def test_a_person_account_is_linked_unchanged_and_held_if_it_needs_a_write(
    bench: Bench,
) -> None:
    person = prospect(1)
    whole = {
        "LastName": "Lovelace1",
        "FirstName": "Ada1",
        "Email": person["email"],
        "Title": person["title"],
    }
    bench.rule["mode"] = "contact"
    flagged = {name: _with_flag(describe) for name, describe in bench.crm.org.describes.items()}
    bench.crm.org = type(bench.crm.org)(bench.crm.org.org_id, False, "Completed", flagged)
    shadow = bench.crm.add(
        "Contact", **whole, AccountId="001000000000009AAA", LeadSource="Web", IsPersonAccount=True
    )
    connected, held = bench.feed(
        purchase(prospect(1, company=None), "e1"),
        purchase(prospect(1, company=None, phone="+46 8 1"), "e2"),
    )
    bench.drain()
    assert bench.entry(connected).state == "done"
    cause = bench.entry(held).cause
    assert cause is not None
    assert cause.code == "PERSON_ACCOUNT"
    assert list(bench.crm.rows["Contact"]) == [shadow]
    assert bench.crm.written == []


def _with_flag(describe: ObjectDescribe) -> ObjectDescribe:
    flag = FieldDescribe(
        "IsPersonAccount", "Is Person Account", "boolean", createable=False, updateable=False
    )
    return replace(describe, fields={**describe.fields, flag.name: flag})


def test_every_refusal_with_its_own_text_is_tested_here() -> None:
    tried = {row.code for row in AT_ONCE + SECOND_LOOK}
    assert set(REFUSALS) <= tried
