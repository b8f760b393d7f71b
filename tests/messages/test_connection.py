"""Why a connection stopped working: every code that is raised has a text, and every text a code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from zsf_plugin.errors import OtherOrg, ReconnectRequired
from zsf_plugin.messages.connection import (
    CONNECTION_WORDS,
    connection_text,
    connection_text_for_page,
    connection_why,
)
from zsf_plugin.messages.landing import LANDING_WORDS, landing_words
from zsf_plugin.model import ReconnectReason
from zsf_plugin.salesforce.answers import CONNECTION
from zsf_plugin.salesforce.identity import _NO_API_ACCESS
from zsf_plugin.salesforce.sign_in_errors import _TEMPORARY, DESCRIBED, ERRORS

PACKAGE = Path(__file__).parents[2] / "zsf_plugin"
#: Codes that come from tables, not from where the error is raised.
TABLES = {
    *(code.lower() for code in CONNECTION),
    *_NO_API_ACCESS.values(),
    *({*DESCRIBED.values(), *ERRORS.values()} - {*_TEMPORARY}),
    OtherOrg("00D1", "00D2").code,
    "legacy",
    "login",
}


def raised() -> set[str]:
    """The codes of every `ReconnectRequired` and stored reason in the package."""
    codes: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if (
                isinstance(node, ast.Call)
                and name in ("ReconnectRequired", "Reason", "AppRefused")
                and node.args
            ):
                code = node.args[0]
                either = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
                codes.update(str(one.value) for one in either if isinstance(one, ast.Constant))
    return codes


def test_every_code_has_a_text_and_every_text_a_code() -> None:
    assert set(CONNECTION_WORDS) == raised() | TABLES


@pytest.mark.parametrize("code", CONNECTION_WORDS)
def test_texts_are_sentences_and_name_no_command_on_a_page(code: str) -> None:
    names = ("text", "fault", "belongs_to", "came_from", "org", "callback", "minutes")
    reason = ReconnectReason(code, dict.fromkeys(names, "x"))
    assert "{" not in connection_text(reason) + connection_text_for_page(reason)
    assert "?" not in connection_text(reason)
    assert "`" not in connection_text_for_page(reason)
    assert connection_text(reason).startswith(connection_why(reason))


def test_the_page_that_a_sign_in_ends_on_has_texts_for_codes_that_are_raised() -> None:
    temporary = {code for code, _ in _TEMPORARY.values()} & set(LANDING_WORDS)
    others = {"unlisted", "unavailable", "app"}
    assert set(LANDING_WORDS) - set(CONNECTION_WORDS) == others | temporary


@pytest.mark.parametrize("code", LANDING_WORDS)
def test_landing_words_are_sentences_that_name_no_command(code: str) -> None:
    names = ("why", "reason", "findings", "org", "came_from", "callback")
    words = landing_words(ReconnectReason(code, dict.fromkeys(names, "X.")))
    said = (words.title, words.text, *words.advice, *words.steps)
    assert not any(sign in text for text in said for sign in "{}`?")
    assert all(text.endswith((".", "Unblock.")) for text in said if text)
    assert words.action


def test_an_error_reads_as_one_line_with_what_to_do() -> None:
    assert str(ReconnectRequired("session")) == (
        "the session ended: sign in again with `zsf connect`"
    )
    assert str(OtherOrg("00D1", "00D2")) == (
        "this workspace belongs to org 00D1, but you signed in to org 00D2: sign in to 00D1, or run "
        "`zsf disconnect` to move to the other org for good"
    )


def test_text_stored_by_an_older_version_is_shown_unchanged() -> None:
    text = "the grant was revoked: run `zsf connect`"
    assert connection_text(ReconnectReason("legacy", {"text": text})) == text


def test_a_code_of_a_newer_version_says_that_the_sign_in_ended() -> None:
    assert connection_why(ReconnectReason("of_next_year")) == "the sign-in ended"
