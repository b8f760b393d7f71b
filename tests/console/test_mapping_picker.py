"""The picker: fields that fit come first, the others say why not; search by any part of label or API
name."""

from __future__ import annotations

import pytest

from zsf_plugin.console.mapping.fitting import format_value, picklist_choices, type_words, unfit
from zsf_plugin.console.mapping.picker import MAX_OPTIONS, Offer, marked, offer
from zsf_plugin.console.presenters.sources import Kind
from zsf_plugin.model import FieldDescribe, ObjectDescribe, PicklistValue

FIELDS = (
    FieldDescribe("LinkedIn_Profile__c", "LinkedIn profile", "url", length=255, custom=True),
    FieldDescribe("Personal_Link__c", "Personal web link", "string", length=120, custom=True),
    FieldDescribe("Source_Link__c", "Source link", "url", length=255, custom=True),
    FieldDescribe(
        "LinkedIn_Connections__c", "LinkedIn connections", "double", precision=6, custom=True
    ),
    FieldDescribe(
        "LinkedIn_Checked__c", "LinkedIn last checked", "date", createable=False, updateable=False
    ),
    FieldDescribe("Strasse__c", "Straße der Geschäftsführung", "string", length=255),
    FieldDescribe("Title", "Title", "string", length=128),
    FieldDescribe("OwnerId", "Owner", "reference", references=("User",)),
    FieldDescribe("ReportsToId", "Reports To", "reference", references=("Contact",)),
    FieldDescribe("Zaplify_Id__c", "Zaplify Id", "string", length=64),
    FieldDescribe("Level__c", "Level", "picklist", length=255, restricted=True),
)


def describe(*fields: FieldDescribe) -> ObjectDescribe:
    return ObjectDescribe(
        "Contact", "Contact", True, True, {field.name: field for field in fields or FIELDS}
    )


def found(
    search: str, kind: Kind | None = "url", refused: dict[str, str] | None = None, field: str = ""
) -> Offer:
    return offer(describe(), kind, field, search, refused or {})


def test_fields_that_fit_come_first_and_the_others_say_why_not() -> None:
    seen = found("link", refused={"source_link__c": "Already filled by Record link"})
    assert seen.heading == "Fits a web address"
    assert [(one.field.label, one.type, one.why) for one in seen.fitting] == [
        ("LinkedIn profile", "URL, 255", "Fits"),
        ("Personal web link", "Text, 120", "Fits; longer values are shortened"),
    ]
    assert {one.field.label: one.why for one in seen.others} == {
        "Source link": "Already filled by Record link",
        "LinkedIn connections": "An address is not a number",
        "LinkedIn last checked": "Read-only in Salesforce",
    }
    assert (seen.found, seen.of) == (5, len(FIELDS))


@pytest.mark.parametrize(
    "search", ["STRASSE", "strasse gesch", "geschaftsfuhrung", "Strasse__c", "der straße"]
)
def test_accents_case_and_the_order_of_words_do_not_matter(search: str) -> None:
    assert [one.field.name for one in found(search, "text").options] == ["Strasse__c"]


def test_the_current_field_comes_first() -> None:
    assert found("", "text", field="Title").options[0].field.name == "Title"


def test_a_similar_word_is_suggested_if_nothing_is_found() -> None:
    seen = found("linkdin")
    assert (seen.options, seen.suggestion) == ((), ("linkedin", 3))
    assert found("qqqq").suggestion is None
    assert found("").suggestion is None


def test_lookups_and_fields_that_the_sync_fills_are_never_offered() -> None:
    why = {one.field.name: one.why for one in found("", "text").others}
    assert why["OwnerId"] == why["Zaplify_Id__c"] == "Filled by Zaplify"
    assert why["ReportsToId"] == "Looks up another record"
    level = next(one for one in found("level", "text").fitting)
    assert level.why == "Fits; values not in the picklist are left out"


@pytest.mark.parametrize(
    ("kind", "type_", "why"),
    [
        ("url", "double", "An address is not a number"),
        ("text", "email", "A text is not an e-mail address"),
        ("text", "phone", "A text is not a phone number"),
        ("email", "boolean", "An e-mail address is not a yes or no"),
        ("date", "currency", "A date is not an amount of money"),
        ("number", "percent", None),
        ("date", "datetime", None),
        ("email", "textarea", None),
        ("phone", "picklist", None),
        (None, "double", None),
        ("text", "base64", "Fields of this type can’t be filled"),
    ],
)
def test_a_kind_and_a_type_fit_or_say_why_not(
    kind: Kind | None, type_: str, why: str | None
) -> None:
    assert unfit(kind, FieldDescribe("X__c", "X", type_)) == why


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (FieldDescribe("A", "A", "string", length=80), "Text, 80"),
        (FieldDescribe("A", "A", "int", digits=8), "Number, 8"),
        (FieldDescribe("A", "A", "double", precision=18, scale=2), "Number, 16"),
        (FieldDescribe("A", "A", "picklist", length=255), "Picklist"),
        (FieldDescribe("A", "A", "datetime"), "Date and time"),
        (FieldDescribe("A", "A", "location"), "Location"),
    ],
)
def test_a_type_has_a_readable_name(field: FieldDescribe, words: str) -> None:
    assert type_words(field) == words


def test_matches_are_marked_in_the_original_text() -> None:
    assert marked("Straße", ("strass",)) == (("Straß", True), ("e", False))
    assert marked("LinkedIn", ()) == (("LinkedIn", False),)
    assert marked("", ("x",)) == ()


def test_eight_hundred_fields_are_searched_and_twenty_shown() -> None:
    many = [
        FieldDescribe(f"Custom_{number}__c", f"Custom field {number}", "string", length=255)
        for number in range(800)
    ]
    whole = describe(*many, *FIELDS)
    seen = offer(whole, "text", "", "custom", {})
    assert (len(seen.options), seen.found, seen.of) == (MAX_OPTIONS, 800, 811)
    assert offer(whole, "text", "", "custom fild 79", {}).suggestion is not None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-11-18T23:30:00-02:00", "19 Nov 2026"),
        ("2026-11-18T23:30:00", "18 Nov 2026"),
        ("2026-13-18T23:30:00", "2026-13-18T23:30:00"),
        (1240, "1,240"),
        (None, ""),
    ],
)
def test_a_timestamp_is_shown_as_its_day_in_utc_and_other_values_in_words(
    value: str | int | None, text: str
) -> None:
    assert format_value(value) == text


def test_a_picklist_offers_its_active_values() -> None:
    values = (PicklistValue("mgr", "Manager"), PicklistValue("old", "Old", False))
    assert picklist_choices(FieldDescribe("Level__c", "Level", "picklist", picklist=values)) == [
        ("=mgr", "Manager")
    ]
