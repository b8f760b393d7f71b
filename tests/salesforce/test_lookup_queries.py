"""Lookups packed into SOQL: nothing lost, nothing too long, nothing that Salesforce's grammar
refuses; and the literals that a value is searched by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.texts import as_single_line
from tests.salesforce.support import by_email, described, facts_of, text
from zsf_plugin.emulator.soql.grammar import unquoted
from zsf_plugin.model import FieldDescribe, Lookup, ObjectDescribe, OrgFacts
from zsf_plugin.salesforce import addresses
from zsf_plugin.salesforce.literals import LIKE_COMPARISONS, PLAIN_TEXT_TYPES, search_literals
from zsf_plugin.salesforce.lookup_queries import MAX_STATEMENT_BYTES, build_queries

LEAD = described(
    "Lead",
    text("FirstName", 40),
    text("LastName", 80),
    text("Company"),
    FieldDescribe("Email", "Email", "email", length=80),
    FieldDescribe("Phone", "Phone", "phone", length=40),
    text("LinkedIn__c"),
    text("Zaplify_Id__c", 64, case_sensitive=True, external_id=True),
    FieldDescribe("Description", "Description", "textarea", length=32000, filterable=False),
)
ACCOUNT = described("Account", text("Name"), FieldDescribe("Website", "Website", "url", length=255))
TASK = described(
    "Task",
    text("Subject"),
    FieldDescribe("WhoId", "Name", "reference", references=("Contact", "Lead")),
    FieldDescribe("ActivityDate", "Due", "date"),
    FieldDescribe("IsHighPriority", "High", "boolean"),
    FieldDescribe("CallDurationInSeconds", "Duration", "int"),
    FieldDescribe("IsDeleted", "Deleted", "boolean"),
    FieldDescribe("IsDeleted", "Deleted", "boolean"),
)
USER = described(
    "User", FieldDescribe("Email", "Email", "email", length=128), text("TimeZoneSidKey", 40)
)
FACTS = facts_of([LEAD, ACCOUNT, TASK, USER, described("Contact", text("Email"))])


def statements(*lookups: Lookup, facts: OrgFacts = FACTS, **select: Sequence[str]) -> list[str]:
    return [query.statement for query in build_queries(lookups, select, facts).queries]


def one(field: str, compare: str, value: str, object_: str = "Lead") -> Lookup:
    return Lookup(object_, ((field, compare, value),))  # type: ignore[arg-type]


def test_values_of_one_field_share_one_list_without_case_variants() -> None:
    asked = statements(
        by_email("Lead", "a@x.example"),
        by_email("Lead", "A@X.example"),
        by_email("Lead", "b@x.example"),
    )
    assert asked == ["SELECT Id FROM Lead WHERE Email IN ('a@x.example','b@x.example')"]


def test_a_case_sensitive_field_is_searched_by_both_spellings() -> None:
    assert statements(
        one("Zaplify_Id__c", "text", "zp-A"), one("Zaplify_Id__c", "text", "zp-a")
    ) == ["SELECT Id FROM Lead WHERE Zaplify_Id__c IN ('zp-A','zp-a')"]


def test_several_fields_together_are_a_superset_that_the_caller_filters() -> None:
    names = [("Ada", "Byron", "Engines"), ("Bo", "Berg", "Engines")]
    lookups = [
        Lookup("Lead", (("FirstName", "text", f), ("LastName", "text", n), ("Company", "text", c)))
        for f, n, c in names
    ]
    assert statements(*lookups) == [
        "SELECT Id FROM Lead WHERE FirstName IN ('Ada','Bo') AND LastName IN ('Byron','Berg')"
        " AND Company IN ('Engines')"
    ]


def test_different_fields_of_an_object_share_a_statement_in_parentheses() -> None:
    (asked,) = statements(by_email("Lead", "a@x.example"), one("Company", "text", "Acme"))
    assert asked.endswith("WHERE (Email IN ('a@x.example')) OR (Company IN ('Acme'))")


def test_a_domain_is_reduced_to_its_bare_host() -> None:
    (asked,) = statements(
        one("Website", "domain", "https://www.Acme_1.example/about?x=1", "Account")
    )
    assert asked.endswith(r"WHERE Website LIKE '%acme\_1.example%'")


def test_a_linkedin_profile_is_searched_by_its_path_in_both_spellings() -> None:
    (asked,) = statements(
        one("LinkedIn__c", "linkedin", "https://se.linkedin.com/in/Ada-Byron/?x=1")
    )
    assert asked.endswith("WHERE LinkedIn__c LIKE '%/in/ada-byron%'")
    (asked,) = statements(one("LinkedIn__c", "linkedin", "https://linkedin.com/in/jos%C3%A9"))
    assert asked.endswith(
        "WHERE LinkedIn__c LIKE '%/in/josé%' OR LinkedIn__c LIKE '%/in/jose\u0301%'"
        r" OR LinkedIn__c LIKE '%/in/jos\%C3\%A9%'"
    )


def test_like_conditions_beside_other_conditions_get_parentheses() -> None:
    lookups = [
        Lookup("Account", (("Website", "domain", f"{n}.example"), ("Name", "text", n)))
        for n in ("aa", "bb")
    ]
    (asked,) = statements(*lookups)
    assert (
        "WHERE (Website LIKE '%aa.example%' OR Website LIKE '%bb.example%') AND Name IN ('aa','bb')"
        in asked
    )


def test_a_single_like_condition_needs_no_parentheses() -> None:
    parts = (("Website", "domain", "aa.example"), ("Name", "text", "Aa"))
    (asked,) = statements(Lookup("Account", parts))  # type: ignore[arg-type]
    assert asked.endswith("WHERE Website LIKE '%aa.example%' AND Name IN ('Aa')")


def test_a_field_that_is_compared_twice_has_two_conditions() -> None:
    parts = (("Company", "text", "Acme"), ("Company", "text", "Acme AB"))
    (asked,) = statements(Lookup("Lead", parts))  # type: ignore[arg-type]
    assert asked.endswith("WHERE Company IN ('Acme') AND Company IN ('Acme AB')")


def test_a_phone_number_is_searched_by_its_digits_whatever_stands_between_them() -> None:
    (asked,) = statements(one("Phone", "phone", "+46 8 123 456 78"))
    assert asked.endswith("WHERE Phone LIKE '%4%6%8%1%2%3%4%5%6%7%8%'")
    assert statements(one("Phone", "phone", "none")) == []


def test_dates_numbers_and_booleans_have_no_quotes() -> None:
    who = "00Q5g00000BvKcM"
    parts = (
        ("WhoId", "text", who),
        ("ActivityDate", "text", "2026-11-23"),
        ("IsHighPriority", "text", "true"),
    )
    (asked,) = statements(Lookup("Task", parts))  # type: ignore[arg-type]
    assert (
        "WHERE (WhoId IN ('00Q5g00000BvKcMEAV') AND ActivityDate IN (2026-11-23) AND IsHighPriority IN (true))"
        in asked
    )


@pytest.mark.parametrize(
    "lookup",
    [
        one("ActivityDate", "text", "2026-11-23 OR Id != null", "Task"),
        one("WhoId", "text", "new:3", "Task"),
        one("CallDurationInSeconds", "text", "many", "Task"),
        one("Id", "text", "' OR Id != null", "Lead"),
        one("Company", "text", "  ", "Lead"),
        one("Company", "text", "x" * 256, "Lead"),
    ],
)
def test_a_value_that_the_field_cannot_store_needs_no_query(lookup: Lookup) -> None:
    assert statements(lookup) == []


def test_queries_leave_out_deleted_tasks_and_users_that_are_inactive_or_not_standard() -> None:
    assert statements(one("Subject", "text", "Hi", "Task"))[0].endswith(
        "(Subject IN ('Hi')) AND IsDeleted = false"
    )
    assert statements(by_email("User", "a@x.example")) == [
        "SELECT Id, Email, TimeZoneSidKey FROM User WHERE (Email IN ('a@x.example'))"
        " AND IsActive = true AND UserType = 'Standard'"
    ]


def test_tasks_without_is_deleted_in_the_describe_use_a_plain_query() -> None:
    bare = facts_of([described("Task", text("Subject"))])
    (query,) = build_queries([one("Subject", "text", "Hi", "Task")], {}, bare).queries
    assert (query.statement, query.archived) == (
        "SELECT Id FROM Task WHERE Subject IN ('Hi')",
        False,
    )


def test_only_a_describe_with_is_deleted_makes_tasks_use_query_all() -> None:
    lookups = [one("Subject", "text", "Hi", "Task")]
    (shown,) = build_queries(lookups, {}, FACTS).queries
    (hidden,) = build_queries(lookups, {}, facts_of([described("Task", text("Subject"))])).queries
    assert shown.archived
    assert (hidden.statement, hidden.archived) == (
        "SELECT Id FROM Task WHERE Subject IN ('Hi')",
        False,
    )


def test_emails_of_a_sandboxs_users_but_not_leads_are_searched_with_invalid_appended() -> None:
    sandbox = facts_of([LEAD, USER], is_sandbox=True)
    assert (
        "IN ('a@x.example','a@x.example.invalid')"
        in statements(by_email("User", "a@x.example"), facts=sandbox)[0]
    )
    assert "invalid" not in statements(by_email("Lead", "a@x.example"), facts=sandbox)[0]


def test_accounts_and_users_are_queried_first() -> None:
    lookups = [by_email(name, "a@x.example") for name in ("Contact", "Lead", "User")]
    queries = build_queries([*lookups, one("Name", "text", "Acme", "Account")], {}, FACTS).queries
    assert [query.object for query in queries] == ["Account", "User", "Contact", "Lead"]


def test_id_and_the_fields_of_the_describe_are_selected_in_its_spelling() -> None:
    (asked,) = statements(
        by_email("Lead", "a@x.example"), Lead=["email", "EMAIL", "id", "Gone__c", "Company"]
    )
    assert asked.startswith("SELECT Id, Email, Company FROM Lead ")


@pytest.mark.parametrize(
    ("lookup", "code"),
    [
        (one("Gone__c", "text", "x"), "INVALID_FIELD"),
        (one("Description", "text", "x"), "INVALID_FIELD"),
        (one("Name", "text", "x", "Opportunity"), "INVALID_TYPE"),
    ],
)
def test_a_lookup_that_the_describe_has_no_place_for_leaves_the_others_as_they_are(
    lookup: Lookup, code: str
) -> None:
    packed = build_queries([lookup, by_email("Lead", "a@x.example")], {}, FACTS)
    assert packed.undescribed == {lookup: code}
    assert packed.refused == {}
    (query,) = packed.queries
    assert query.lookups == [by_email("Lead", "a@x.example")]


def test_an_id_can_be_searched_whatever_the_describe_has() -> None:
    bare = facts_of([ObjectDescribe("Lead", "Lead", True, True, {})])
    assert statements(one("Id", "text", LEAD_ID[:15]), facts=bare) == [
        f"SELECT Id FROM Lead WHERE Id IN ('{LEAD_ID}')"
    ]


def test_two_hundred_people_and_their_companies_fit_one_composite() -> None:
    lookups = []
    for number in range(200):
        address = f"firstname.lastname{number}@company{number}.example"
        lookups += [
            by_email("Lead", address),
            by_email("Contact", address),
            by_email("User", f"s{number % 9}@x.example"),
        ]
        lookups.append(one("Website", "domain", f"https://www.company{number}.example", "Account"))
    assert len(statements(*lookups)) <= 5


_VALUES = st.text(min_size=1, max_size=40) | st.text(
    alphabet="'\\%_äö😀\n", min_size=1, max_size=200
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_VALUES, _VALUES), min_size=1, max_size=300))
def test_packing_loses_no_lookup_and_exceeds_no_limit(pairs: list[tuple[str, str]]) -> None:
    lookups = [
        Lookup("Lead", (("FirstName", "text", first), ("LastName", "text", last)))
        for first, last in pairs
    ]
    asked = statements(*lookups, Lead=["FirstName", "LastName", "Email"])
    conditions = [_conditions(text) for text in asked]
    for first, last in pairs:
        if as_single_line(first) and as_single_line(last):
            assert any(_covers(one, first, last) for group in conditions for one in group)
    assert all(len(addresses.encoded(text)) <= MAX_STATEMENT_BYTES for text in asked)


def _literals(found: str) -> list[str]:
    return [unquoted(one) for one in re.findall(r"'(?:[^'\\]|\\.)*'", found, re.DOTALL)]


def _conditions(statement: str) -> list[dict[str, set[str]]]:
    """Each AND-group of a statement as field → values in lower-case ASCII."""
    pattern = r"FirstName IN \(((?:'(?:[^'\\]|\\.)*',?)+)\) AND LastName IN \(((?:'(?:[^'\\]|\\.)*',?)+)\)"
    return [
        {"first": {_same(v) for v in _literals(first)}, "last": {_same(v) for v in _literals(last)}}
        for first, last in re.findall(pattern, statement, re.DOTALL)
    ]


def _covers(group: dict[str, set[str]], first: str, last: str) -> bool:
    return _written(first) in group["first"] and _written(last) in group["last"]


def _written(value: str) -> str:
    return _same(as_single_line(value))


def _same(value: str) -> str:
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in value)


def by_company(count: int, length: int) -> list[Lookup]:
    return [one("Company", "text", f"{number:03}".ljust(length, "x")) for number in range(count)]


def test_a_statement_is_filled_as_far_as_a_url_allows() -> None:
    asked = statements(*by_company(200, 100))
    sizes = [len(addresses.encoded(text)) for text in asked]
    assert len(asked) == 2
    assert max(sizes) <= MAX_STATEMENT_BYTES
    assert sizes[0] > MAX_STATEMENT_BYTES - 150


def test_like_conditions_fill_a_statement_too() -> None:
    lookups = [one("Website", "domain", f"company{n:04}.example", "Account") for n in range(400)]
    sizes = [len(addresses.encoded(text)) for text in statements(*lookups)]
    assert max(sizes) <= MAX_STATEMENT_BYTES
    assert sizes[0] > MAX_STATEMENT_BYTES - 150


def test_groups_share_the_bytes_that_are_left() -> None:
    lookups = [by_email("Lead", f"p{n}@x.example") for n in range(100)] + by_company(130, 100)
    asked = statements(*lookups)
    assert len(asked) == 2
    assert "Email IN" in asked[0]
    assert "Company IN" in asked[0]
    assert max(len(addresses.encoded(text)) for text in asked) <= MAX_STATEMENT_BYTES


def test_conditions_on_many_fields_stay_within_the_limit() -> None:
    names = [f"Field{number:03}__c" for number in range(600)]
    facts = facts_of([described("Lead", *map(text, names))])
    asked = statements(*(one(name, "text", "x") for name in names), facts=facts)
    assert max(len(addresses.encoded(text)) for text in asked) <= MAX_STATEMENT_BYTES


def test_a_lookup_is_refused_if_the_selected_fields_leave_no_space_for_its_condition() -> None:
    many = described("Lead", text("Company"), *(text(f"Field{n:04}__c") for n in range(1100)))
    lookup = one("Company", "text", "Acme")
    packed = build_queries([lookup], {"Lead": list(many.fields)}, facts_of([many]))
    assert packed.queries == []
    assert packed.refused == {lookup: "HTTP_414"}


def test_only_a_row_of_long_values_that_fits_no_url_is_refused() -> None:
    names = "FirstName LastName Company LinkedIn__c Phone Email Zaplify_Id__c".split()
    huge = Lookup("Lead", tuple((name, "text", "小" * 255) for name in names))
    alike = Lookup("Lead", tuple((name, "text", "x") for name in names))
    packed = build_queries([huge, alike, one("Company", "text", "Acme")], {}, FACTS)
    assert packed.refused == {huge: "HTTP_414"}
    (asked,) = [query.statement for query in packed.queries]
    conditions = " AND ".join(f"{name} IN ('x')" for name in names)
    assert asked.endswith(f"WHERE ({conditions}) OR (Company IN ('Acme'))")


def test_merged_records_have_a_query_of_their_own_that_selects_the_master() -> None:
    merged = described("Lead", text("Company"), FieldDescribe("MasterRecordId", "M", "reference"))
    lookups = [
        Lookup("Lead", (("Id", "text", "00Q5g00000BvKcM"),), merged=True),
        one("Company", "text", "Acme"),
    ]
    plain, gone = build_queries(lookups, {"Lead": ["Company"]}, facts_of([merged])).queries
    assert (plain.archived, gone.archived) == (False, True)
    assert gone.statement == (
        "SELECT Id, MasterRecordId FROM Lead WHERE (Id IN ('00Q5g00000BvKcMEAV'))"
        " AND IsDeleted = true AND MasterRecordId != NULL"
    )


def test_users_are_searched_by_email_even_if_their_describe_is_hidden() -> None:
    asked = statements(by_email("User", "a@x.example"), facts=facts_of([LEAD]))
    assert asked[0].startswith("SELECT Id, Email FROM User WHERE (Email IN ('a@x.example'))")


def test_a_lookup_without_parts_needs_no_query() -> None:
    assert statements(Lookup("Lead", ())) == []


@pytest.mark.parametrize("length", range(40, 120, 2))
def test_no_statement_is_too_long_however_its_values_fall(length: int) -> None:
    rows = [
        (("FirstName", "text", f"{n:03}"), ("LastName", "text", f"{n:03}".ljust(length, "x")))
        for n in range(160)
    ]
    patterns = [
        (("Company", "text", f"{n:03}"), ("LinkedIn__c", "linkedin", f"linkedin.com/in/p{n:03}"))
        for n in range(60)
    ]
    lookups = [Lookup("Lead", parts) for parts in [*patterns, *rows]]  # type: ignore[arg-type]
    sizes = [len(addresses.encoded(text)) for text in statements(*lookups)]
    assert max(sizes) <= MAX_STATEMENT_BYTES


LEAD_ID = "00Q5g00000BvKcMEAV"


def literals_for(
    value: str, compare: Any = "text", type_: str = "string", **more: Any
) -> list[str]:
    """The literals for a value of a field of that type."""
    sandbox_user = more.pop("sandbox_user", False)
    field = FieldDescribe("X__c", "X", type_, **more)
    is_like = compare in LIKE_COMPARISONS and type_ in PLAIN_TEXT_TYPES and not field.encrypted
    found = search_literals(value, compare, field, is_like=is_like, sandbox_user=sandbox_user)
    return list(found.values())


def test_a_text_is_searched_as_the_org_stores_it() -> None:
    assert literals_for("  O'Neil\n& Sons ") == ["'O\\'Neil & Sons'"]


def test_a_long_text_area_keeps_its_line_breaks() -> None:
    assert literals_for("a\nb", type_="textarea") == ["'a\\nb'"]


@pytest.mark.parametrize("value", ["", "  ", "\x00"])
def test_an_empty_text_has_no_literal(value: str) -> None:
    assert literals_for(value) == []


def test_a_text_longer_than_any_field_has_no_literal() -> None:
    """255 UTF-16 units: an emoji counts for two."""
    assert literals_for("x" * 255) == [f"'{'x' * 255}'"]
    assert literals_for("x" * 256) == []
    assert len(literals_for("😀" * 127)) == 1
    assert literals_for("😀" * 128) == []


@pytest.mark.parametrize("type_", ["id", "reference"])
def test_an_id_is_searched_in_its_long_form_and_an_invalid_one_has_no_literal(type_: str) -> None:
    assert literals_for(LEAD_ID[:15], type_=type_) == [f"'{LEAD_ID}'"]
    assert literals_for("new:3", type_=type_) == []
    assert literals_for("", type_=type_) == []


@pytest.mark.parametrize(
    ("type_", "value", "literals"),
    [
        ("date", "2026-11-23", ["2026-11-23"]),
        ("date", "2026-11-23 OR Id != null", []),
        ("datetime", "2026-11-23T10:15:30Z", ["2026-11-23T10:15:30Z"]),
        ("boolean", "true", ["true"]),
        ("boolean", "yes", []),
        ("int", "12", ["12"]),
        ("long", "12", ["12"]),
        ("double", "-1.5", ["-1.5"]),
        ("currency", "1.5", ["1.5"]),
        ("percent", "50", ["50"]),
        ("percent", "many", []),
    ],
)
def test_numbers_dates_and_booleans_have_no_quotes_and_must_be_valid(
    type_: str, value: str, literals: list[str]
) -> None:
    assert literals_for(value, type_=type_) == literals


def test_a_domain_is_searched_by_its_bare_host_anywhere() -> None:
    assert literals_for("https://www.Acme_1.example/x?y", "domain") == [r"'%acme\_1.example%'"]


@pytest.mark.parametrize("site", ["http://bücher.example", "www.xn--bcher-kva.example/x"])
def test_a_host_is_searched_as_letters_and_as_punycode(site: str) -> None:
    assert literals_for(site, "domain") == [
        "'%xn--bcher-kva.example%'",
        "'%bücher.example%'",
        "'%bu\u0308cher.example%'",
    ]


def test_a_website_longer_than_any_field_is_searched_by_its_host() -> None:
    site = f"https://acme.example/{'x' * 300}"
    assert literals_for(site, "domain") == ["'%acme.example%'"]


def test_an_address_is_searched_with_each_form_of_its_host() -> None:
    assert literals_for("ann@bücher.example", "email") == [
        "'ann@bücher.example'",
        "'ann@bu\u0308cher.example'",
        "'ann@xn--bcher-kva.example'",
    ]


@pytest.mark.parametrize(
    "more",
    [{"encrypted": True}, {"type_": "picklist"}, {"type_": "multipicklist"}],
)
def test_a_domain_is_searched_by_its_usual_forms_where_only_equality_works(more: Any) -> None:
    found = literals_for("https://www.Acme.example/about", "domain", **more)
    assert found[0] == "'https://www.Acme.example/about'"
    assert {one.strip("'") for one in found[1:]} == {
        f"{scheme}{www}acme.example{end}"
        for scheme in ("", "http://", "https://")
        for www in ("", "www.")
        for end in ("", "/")
    }


def test_a_profile_is_searched_by_its_usual_forms_where_only_equality_works() -> None:
    found = literals_for("https://se.linkedin.com/in/Ada", "linkedin", encrypted=True)
    assert found[0] == "'https://se.linkedin.com/in/Ada'"
    assert "'https://www.linkedin.com/in/ada/'" in found
    assert len(found) == 13


@pytest.mark.parametrize("compare", ["domain", "linkedin"])
@pytest.mark.parametrize(
    "type_", ["id", "reference", "date", "datetime", "int", "currency", "percent", "boolean"]
)
def test_a_field_that_holds_no_text_is_not_searched_by_like(compare: Any, type_: str) -> None:
    field = FieldDescribe("X__c", "X", type_)
    assert (
        statements(
            one("X__c", compare, "https://acme.example"), facts=facts_of([described("Lead", field)])
        )
        == []
    )
    assert literals_for("https://acme.example", compare, type_) == []


def test_an_encrypted_address_is_searched_as_given_and_in_lower_case() -> None:
    assert literals_for("Ann@x.example", "email", "email", encrypted=True) == [
        "'Ann@x.example'",
        "'ann@x.example'",
    ]


@given(st.text(max_size=300), st.sampled_from(["domain", "linkedin", "email", "phone", "text"]))
def test_whatever_is_searched_by_equality_fits_a_statement(value: str, compare: Any) -> None:
    lookup = Lookup("Account", (("Website", compare, value),))
    field = FieldDescribe("Website", "Website", "url", length=255, encrypted=True)
    packed = build_queries([lookup], {}, facts_of([described("Account", field)]))
    assert packed.refused == {}
    for query in packed.queries:
        assert " LIKE " not in query.statement.partition("WHERE")[2].partition("IN (")[0]
        assert len(addresses.encoded(query.statement)) <= MAX_STATEMENT_BYTES


def test_a_text_that_is_no_domain_is_searched_unchanged() -> None:
    assert literals_for("acme", "domain") == ["'%acme%'"]


def test_a_profile_is_searched_as_people_see_it_and_as_browsers_write_it() -> None:
    assert literals_for("https://se.linkedin.com/in/Ada-Byron/?x=1", "linkedin") == [
        "'%/in/ada-byron%'"
    ]
    assert literals_for("https://linkedin.com/in/jos%C3%A9", "linkedin") == [
        "'%/in/josé%'",
        "'%/in/jose\u0301%'",
        r"'%/in/jos\%C3\%A9%'",
    ]


def test_a_text_that_is_no_profile_is_searched_as_it_reads() -> None:
    assert literals_for("jos%C3%A9", "linkedin") == [
        "'%/josé%'",
        "'%/jose\u0301%'",
        r"'%/jos\%C3\%A9%'",
    ]


def test_a_phone_number_is_searched_by_its_digits_in_order() -> None:
    assert literals_for("+46 8 123 45", "phone", "phone") == ["'%4%6%8%1%2%3%4%5%'"]
    assert literals_for("no digits", "phone", "phone") == []


@pytest.mark.parametrize("more", [{"encrypted": True}, {"type_": "picklist"}])
def test_a_phone_number_is_searched_in_usual_spellings_where_only_equality_works(more: Any) -> None:
    found = literals_for("+46 8 123 456", "phone", **{"type_": "phone", **more})
    assert found[:4] == ["'+46 8 123 456'", "'+468123456'", "'468123456'", "'00468123456'"]
    assert literals_for("no digits", "phone", **{"type_": "phone", **more}) == ["'no digits'"]


def test_the_email_of_a_sandboxs_user_is_also_searched_with_invalid_appended() -> None:
    assert literals_for("a@x.example", "email", "email", sandbox_user=True) == [
        "'a@x.example'",
        "'a@x.example.invalid'",
    ]
    assert literals_for("a@x.example", "email", "email") == ["'a@x.example'"]


def keys(value: str, **more: Any) -> set[str]:
    return set(
        search_literals(value, "text", FieldDescribe("X__c", "X", **{"type": "string", **more}))
    )


def test_spellings_differ_only_if_the_field_is_case_sensitive() -> None:
    assert keys("ABC") == keys("abc")
    ours = {"case_sensitive": True, "external_id": True}
    assert keys("ABC", **ours) != keys("abc", **ours)
    assert keys("aBc", case_sensitive=True) == {"'aBc'", "'abc'", "'ABC'", "'Abc'"}
    assert keys("aBc", encrypted=True) == {"'aBc'", "'abc'", "'ABC'", "'Abc'"}
    assert keys("00Q5g00000BvKcM", type="id") != keys("00Q5g00000BvKcm", type="id")


def test_only_ascii_is_folded() -> None:
    assert keys("ÄZ") == {"'Äz'", "'a\u0308z'"}
    assert keys("[@`{") == {"'[@`{'"}
