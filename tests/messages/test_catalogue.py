"""The catalogue has words for every code, and no words for what is no code."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from tests.sync.test_refusals import AT_ONCE, SECOND_LOOK
from zsf_plugin import messages
from zsf_plugin.decision.misfits import MisfitCode
from zsf_plugin.errors import Content
from zsf_plugin.messages.cause_parts import (
    ANSWERED,
    LOOK_FIRST,
    LOST,
    MAKE_ASKABLE,
    UNFILLED,
    UNSETTLED,
)
from zsf_plugin.messages.causes import CAUSES, NOT_IN_PICKLIST, OWN, REFUSALS, UNKNOWN
from zsf_plugin.messages.provision import (
    FIELD_FAULTS,
    FIELD_NOTES,
    PROVISION,
    RIGHTS,
    provision_text,
)
from zsf_plugin.messages.shape import CauseWords
from zsf_plugin.messages.steps import (
    CHOSEN,
    FINDINGS,
    FOUND_BY,
    FOUND_BY_ON_A_PAGE,
    MISFITS,
    NO_OWNER,
    SKIPS,
    STEPS,
    UNASKED,
)
from zsf_plugin.messages.text import (
    admin_message,
    cause_advice,
    cause_headline,
    cause_text,
    cause_why,
    filled,
    misfit_text,
    reason_text,
    step_text,
)
from zsf_plugin.model import (
    OWN_CODES,
    Cause,
    FoundBy,
    Many,
    NoOwnerReason,
    SkipCode,
    Step,
    StepCode,
    UnaskedReason,
)
from zsf_plugin.provision.reasons import (
    FaultCode,
    FieldMismatch,
    Kind,
    NoteCode,
    PlanReason,
    ReasonCode,
)


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (STEPS, get_args(StepCode)),
        (SKIPS, get_args(SkipCode)),
        (FOUND_BY, get_args(FoundBy)),
        (NO_OWNER, get_args(NoOwnerReason)),
        (UNASKED, get_args(UnaskedReason)),
        (MAKE_ASKABLE, get_args(UnaskedReason)),
        (MISFITS, get_args(MisfitCode)),
        (OWN, OWN_CODES),
        (UNSETTLED, get_args(Many)),
        (CHOSEN, [policy for policy in get_args(Many) if policy != "hold"]),
        (LOST, LOOK_FIRST),
        (ANSWERED, get_args(Content)),
        (UNFILLED, ("nothing", "misfit")),
        (PROVISION, get_args(ReasonCode)),
        (FIELD_FAULTS, get_args(FaultCode)),
        (FIELD_NOTES, get_args(NoteCode)),
        (RIGHTS, get_args(Kind)),
        (REFUSALS, {held.code for held in (*AT_ONCE, *SECOND_LOOK)} & REFUSALS.keys()),
    ],
    ids=["steps", "skips", "found by", "no owner", "unasked", "make askable", "misfits", "causes", "unsettled", "chosen", "lost", "answered", "unfilled", "provision", "field faults", "field notes", "rights", "refusals"],
)  # fmt: skip
def test_every_code_has_a_text_and_every_text_a_code(
    words: dict[str, object], codes: list[str]
) -> None:
    assert set(words) == set(codes)


def test_page_texts_exist_only_for_codes_that_have_a_text_elsewhere() -> None:
    assert set(FINDINGS) <= set(STEPS)
    assert set(FOUND_BY_ON_A_PAGE) <= set(FOUND_BY)


def texts(words: CauseWords) -> Iterator[str]:
    yield from (words.why, words.advice, words.title, words.todo, words.brief)


@pytest.mark.parametrize("words", [*CAUSES.values(), UNKNOWN, NOT_IN_PICKLIST])
def test_words_of_a_page_name_no_command_and_end_as_sentences(words: CauseWords) -> None:
    assert words.why
    assert words.advice
    assert "`" not in words.title + words.todo + words.brief
    assert not words.title.endswith(".")
    assert not words.todo or words.todo.endswith((".", "?"))


FILLED = {
    "found": {"by": "match_key", "fields": ["Email"], "record": "003"},
    "already_logged": {"record": "00T"},
    "chosen": {"count": 2, "fields": ["Email"], "policy": "oldest"},
    "several": {"count": 2, "fields": ["Email"]},
    "other_person": {"fields": ["Email"], "record": "00Q"},
    "names_differ": {"fields": ["Email"], "names": ["LastName"]},
    "unasked": {"fields": ["Email"], "unasked": "refused", "code": "INVALID_FIELD"},
    "logged": {"person": "Contact", "record": "003"},
    "updated": {"fields": ["Phone"]},
    "shortened": {"from": 90, "to": 80},
    "left_out": {"misfit": "not_number"},
    "parts_left_out": {"misfit": "not_in_picklist", "count": 2},
    "other_source": {"misfit": "too_long_to_cut", "limit": 255},
    "owned": {"user": "005"},
    "owner_mapped": {"owner": "00G"},
    "no_owner": {"why": "no_user"},
    "named": {"record": "003"},
    "held": {"cause": "SEVERAL_MATCH", "fields": ["Email"], "policy": "hold"},
    "legacy": {"text": "an old sentence"},
}


@pytest.mark.parametrize("code", [*get_args(StepCode), *get_args(SkipCode)])
def test_every_step_reads_whole(code: StepCode) -> None:
    text = step_text(Step(code, "Lead", "Industry", FILLED.get(code, {})))
    assert text
    assert "?" not in text
    assert "{" not in text


@pytest.mark.parametrize("code", get_args(ReasonCode))
def test_every_reason_of_provisioning_reads_whole(code: ReasonCode) -> None:
    spec = {"type": "Text", "length": 64, "unique": True}
    data = {**spec, "object": "Lead", "field": "Zaplify_Id__c", "label": "Zaplify Sync"}
    refusal = {"error": "NOT_FOUND", "kind": "field", "message": "in its words"}
    wrong = FieldMismatch("too_short", {"found": 20, "wanted": 64})
    text = provision_text(PlanReason(code, {**data, **refusal}, (wrong,), ("hidden",)))
    assert text
    assert "?" not in text
    assert "{" not in text


@pytest.mark.parametrize("code", [*OWN_CODES, *REFUSALS, "A_CODE_OF_NEXT_YEAR"])
def test_every_cause_reads_whole_with_its_place(code: str) -> None:
    data = {"fields": ["Email"], "policy": "hold", "misfit": "not_number", "error": "KeyError"}
    cause = Cause(
        code,
        "Lead",
        "Industry",
        {**data, "fault": "missing", "unasked": "hidden", "status": 403, "answer": "page"},
    )
    assert cause_text(cause) == f"Lead.Industry: {cause_why(cause)}"
    for text in (cause_text(cause), cause_advice(cause)):
        assert text
        assert "?" not in text
        assert "{" not in text


def test_a_refusal_says_salesforces_code_and_the_fields_it_names() -> None:
    cause = Cause("REQUIRED_FIELD_MISSING", "Lead", data={"fields": ["Company", "LastName"]})
    assert cause_text(cause).endswith(": Company, LastName (REQUIRED_FIELD_MISSING)")


BY_RULE = Cause(
    "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Lead", "Region__c", detail="EMEA leads need\n a region"
)


def test_the_message_of_an_admins_validation_rule_is_the_headline() -> None:
    assert admin_message(BY_RULE, BY_RULE.detail) == "EMEA leads need a region"
    assert cause_headline(BY_RULE, BY_RULE.detail) == (
        "Lead.Region__c: EMEA leads need a region (FIELD_CUSTOM_VALIDATION_EXCEPTION)"
    )
    nowhere = replace(BY_RULE, object=None, field=None)
    assert cause_headline(nowhere, BY_RULE.detail).startswith("EMEA leads need a region (")


@pytest.mark.parametrize("message", [None, "", " \n"])
def test_a_rule_without_a_message_has_the_catalogues_headline(message: str | None) -> None:
    assert cause_headline(BY_RULE, message) == cause_text(BY_RULE)


def test_only_a_message_that_an_admin_wrote_is_a_headline() -> None:
    cause = Cause("STRING_TOO_LONG", "Lead", "Title", detail="data value too large: Ann")
    assert admin_message(cause, cause.detail) == ""
    assert cause_headline(cause, cause.detail) == cause_text(cause)


def test_texts_that_logs_and_hosts_get_never_hold_salesforces_message() -> None:
    cause = replace(BY_RULE, detail="Ann")
    texts_ = (cause_text(cause), cause_why(cause), cause_advice(cause), reason_text(None, cause))
    assert not any("Ann" in str(text) for text in texts_)


def test_only_the_terminal_and_the_pages_show_an_admins_message() -> None:
    package = Path(messages.__path__[0]).parent
    users = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*.py")
        if {"cause_headline", "admin_message"} & set(re.findall(r"\w+", path.read_text("utf-8")))
    }
    assert users <= {"messages", "cli", "console"}


def test_data_that_an_older_version_did_not_store_reads_as_a_question_mark() -> None:
    assert step_text(Step("shortened", "Lead", "Title")) == (
        "Title shortened from ? to ? characters"
    )


@pytest.mark.parametrize("render", [cause_text, cause_why, cause_advice])
def test_a_cause_without_its_data_reads_as_a_question_mark(render: Callable[[Cause], str]) -> None:
    assert render(Cause("DEFECT"))


def test_a_faces_own_template_reads_so_too() -> None:
    assert filled("an unexpected {error}", Cause("DEFECT")) == "an unexpected ?"
    assert filled("{error} in {page}", Cause("DEFECT"), page="Held") == "? in Held"


def test_a_code_of_a_newer_version_is_shown_as_it_is() -> None:
    assert step_text(Step("{brace", "Lead")) == "{brace"  # type: ignore[arg-type]
    assert misfit_text({"misfit": "{brace"}) == "{brace"
    assert step_text(Step("of_next_year", "Lead")) == "of_next_year"  # type: ignore[arg-type]


def test_templates_name_only_what_can_be_filled_in() -> None:
    known = {"object", "field", "label", "whom", "count", "by", "record", "fields", "user", "why"}
    known |= {
        "unasked",
        "chosen",
        "unsettled",
        "misfit",
        "unfilled",
        "lost",
        "look_first",
        "answered",
        "status",
        "fault",
        "error",
    }
    known |= {
        "person",
        "from",
        "to",
        "text",
        "cause",
        "type",
        "limit",
        "code",
        "last_seen",
        "what",
        "remedy",
        "which",
        "names",
        "named",
        "owner",
        "who",
        "make_askable",
        "make_fit",
        "make_fit_on_page",
        "refusal",
    }
    templates = [*STEPS.values(), *MISFITS.values(), *FINDINGS.values()]
    for words in (*CAUSES.values(), UNKNOWN, NOT_IN_PICKLIST):
        templates += texts(words)
    named = {name for text in templates for _, name, _, _ in string.Formatter().parse(text) if name}
    assert named <= known


@pytest.mark.parametrize(
    ("misfit", "advice"),
    [
        ("field_gone", "create the field again in Salesforce or make it visible"),
        ("no_such_field", "create the field in Salesforce or make it visible"),
        ("not_writable", "make the field editable for the connected user"),
        ("not_in_picklist", "translate it with `values`"),
    ],
)
def test_a_hold_because_of_the_field_itself_says_how_to_mend_the_field(
    misfit: str, advice: str
) -> None:
    held = Cause("DOES_NOT_FIT", "Lead", "Region__c", {"misfit": misfit, "last_seen": "2026-11-01"})
    assert cause_advice(held).startswith(advice)
