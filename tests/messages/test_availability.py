"""Why an org cannot be used: every text belongs to a code that exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import pytest

from zsf_plugin.messages.availability import (
    BADGE_UNKNOWN,
    NOT_ANSWERED,
    PAUSED_ON_A_PAGE,
    PREVIEW_IS_PLAN_ALONE,
    WAITS,
    WAITS_UNTIL,
    not_answered_text,
)
from zsf_plugin.model import Availability, AvailabilityCode, ReconnectReason, UnknownReason

#: Searching is allowed: neither makes a badge unknown.
BADGES_KNOWN = {"available", "previewing"}


def test_every_reason_of_an_unknown_badge_has_a_text_and_every_text_a_reason() -> None:
    assert set(BADGE_UNKNOWN) == set(get_args(UnknownReason)) - BADGES_KNOWN


@pytest.mark.parametrize(
    "words", [PAUSED_ON_A_PAGE, WAITS, WAITS_UNTIL, PREVIEW_IS_PLAN_ALONE], ids=len
)
def test_texts_of_a_page_belong_to_codes_that_exist(words: Mapping[str, str]) -> None:
    assert set(words) <= set(get_args(AvailabilityCode))
    assert not any("`" in text for text in words.values())


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (
            Availability("reconnect", reason=ReconnectReason("session")),
            "The sign-in ended. Reconnect first.",
        ),
        (Availability("quota"), "The org’s API calls for today are used up. No call was made."),
        (Availability("unavailable", detail="no answer"), "Salesforce didn’t answer: no answer."),
        (
            Availability("unavailable", detail="too often", error="login_rate"),
            "Salesforce refused the sign-in: too often.",
        ),
        (Availability("concurrent"), "Too many long requests are running in the org."),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_a_page_without_an_answer_says_why_and_what_follows(found: Availability, text: str) -> None:
    assert not_answered_text(found) == text
    sentence = text if found.error else NOT_ANSWERED.get(found.code, (text, ""))[0]
    assert not_answered_text(found, "It stays.").startswith(sentence.partition("{")[0])
    assert not_answered_text(found, "It stays.").endswith(". It stays.")
