"""Why entries are held, as data: what groups them, and never a value of a record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zsf_plugin.decision import causes
from zsf_plugin.errors import Rejected
from zsf_plugin.model import (
    DEFECT,
    GATEWAY_REFUSED,
    INVALID_EVENT,
    NO_CLOSED_STATUS,
    OUTCOME_UNCLEAR,
    OWN_CODES,
    PERSON_MISSING,
    Cause,
    Json,
    RecordSearch,
    Step,
    Unasked,
)

OWN = [
    causes.person_missing(),
    causes.several_match("Contact", ("FirstName", "LastName"), "hold"),
    causes.shared_mailbox("Lead", ("Email",)),
    causes.key_not_askable(
        RecordSearch("Lead", "match_key", (), ("Email",)), Unasked("refused", code="INVALID_FIELD")
    ),
    causes.required_empty("Lead", "Company"),
    causes.required_empty("Lead", "Rank__c", {"misfit": "not_whole_number"}),
    causes.does_not_fit("Lead", "Industry", {"misfit": "not_in_picklist"}),
    causes.object_hidden("Task"),
    causes.person_account("Account"),
    causes.no_closed_status(),
    causes.outcome_unclear("Lead"),
    causes.answers_lost("Lead"),
    causes.invalid_event("/prospect/id", {"fault": "missing"}),
    causes.from_rejection(
        Rejected(GATEWAY_REFUSED, data={"status": 403, "answer": "page"}), "Lead"
    ),
    causes.defect("KeyError"),
]


def test_every_cause_of_our_own_can_be_built() -> None:
    assert {cause.code for cause in OWN} == set(OWN_CODES)


@pytest.mark.parametrize("cause", OWN, ids=lambda cause: cause.code)
def test_data_holds_codes_and_names_and_no_words(cause: Cause) -> None:
    values = [one for value in cause.data.values() for one in (value if isinstance(value, list) else [value])]  # fmt: skip
    assert not any(isinstance(value, str) and " " in value for value in values)


def test_a_refusal_is_grouped_by_code_object_and_the_field_it_names() -> None:
    cause = causes.from_rejection(
        Rejected("STRING_TOO_LONG", "too large: SECRET", ("Title",)), "Lead"
    )
    assert cause.group == "STRING_TOO_LONG:Lead.Title"
    assert (cause.data, cause.detail) == ({}, "too large: SECRET")


def test_a_refusal_of_several_fields_is_grouped_by_all_of_them() -> None:
    cause = causes.from_rejection(
        Rejected("REQUIRED_FIELD_MISSING", "", ("Company", "LastName")), "Lead"
    )
    assert cause.group == "REQUIRED_FIELD_MISSING:Lead"
    assert (cause.field, cause.data) == (None, {"fields": ["Company", "LastName"]})


def test_salesforces_message_is_not_part_of_a_causes_key() -> None:
    first, second = (
        causes.from_rejection(Rejected("APEX_ERROR", words), "Lead") for words in ("one", "two")
    )
    assert (first.group, first.key) == (second.group, second.key)
    assert first != second


def test_equal_causes_have_equal_keys_whatever_the_order_of_their_data() -> None:
    cause = causes.does_not_fit("Lead", "Title", {"misfit": "too_long", "limit": 80})
    same = replace(cause, data={"limit": 80, "misfit": "too_long"})
    assert cause.key == same.key
    assert cause.key != replace(cause, data={"limit": 81, "misfit": "too_long"}).key
    assert cause.key != replace(cause, field="Name").key
    assert cause.key != replace(cause, object="Contact").key


def test_a_cause_is_also_stored_as_a_reason() -> None:
    assert causes.held_reason(
        causes.required_empty("Lead", "Rank__c", {"misfit": "not_number"})
    ) == (Step("held", "Lead", "Rank__c", {"misfit": "not_number", "cause": "REQUIRED_EMPTY"}))


def test_each_refusal_of_ours_names_the_object_and_field_that_it_is_about() -> None:
    """Built here and not at collection, so that each cause is covered by a test that ran."""
    fault: dict[str, Json] = {"code": "too_long"}
    assert [
        causes.person_missing(),
        causes.no_closed_status(),
        causes.outcome_unclear("Lead"),
        causes.answers_lost("Lead"),
        causes.invalid_event("/prospect/id", fault),
        causes.invalid_event("", fault),
        causes.defect("KeyError"),
    ] == [
        Cause(PERSON_MISSING, "Task"),
        Cause(NO_CLOSED_STATUS, "Task", "Status"),
        Cause(OUTCOME_UNCLEAR, "Lead", data={"lost": "once"}),
        Cause(OUTCOME_UNCLEAR, "Lead", data={"lost": "every_time"}),
        Cause(INVALID_EVENT, field="/prospect/id", data=fault),
        Cause(INVALID_EVENT, data=fault),
        Cause(DEFECT, data={"error": "KeyError"}),
    ]
