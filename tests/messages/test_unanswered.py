"""Why Salesforce gave no usable answer, and which step is out of order: every code that is raised
has a text, and every text a code."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from zsf_plugin.console.connection.steps import Name
from zsf_plugin.errors import GatewayRefused, NotSent, OutcomeUnknown, OutOfOrder, Unavailable
from zsf_plugin.messages.network import NETWORK_WORDS
from zsf_plugin.messages.unanswered import (
    ANSWERED,
    DECISIONS,
    FIRST_STEPS,
    REFUSED_FOR_NOW,
    UNANSWERED_WORDS,
    UNDOING,
    unserved_text,
)
from zsf_plugin.salesforce.connecting import (
    _BEYOND_A_PROXY,
    _CERTIFICATES,
    _REFUSED_BY_PROXY,
    _SYSTEM,
)
from zsf_plugin.salesforce.oauth import LoginMoved
from zsf_plugin.salesforce.sign_in_errors import _TEMPORARY

PACKAGE = Path(__file__).parents[2] / "zsf_plugin"
#: The functions that make an error for a code.
LOST = ("lost", "NotConnected", "not_sent")
#: What may keep a connection from being opened, at Salesforce or at the proxy.
KINDS = {"unknown", "unresolved", "silent", "cut", *_SYSTEM.values()}
#: Codes that are chosen from a variable.
CHOSEN = {"proxy_forbids", "proxy_failed", "certificate_refused", "certificate_unlisted"}


def raised(*errors: str) -> Iterator[str]:
    """The codes with which those errors are raised."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and called(node) in errors:
                code = node.args[0 if called(node) != "not_sent" else 1]
                if isinstance(code, ast.Constant):
                    yield str(code.value)


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def test_every_code_of_a_missing_answer_has_a_text_and_every_text_a_code() -> None:
    codes = set(raised("Unavailable", "NotSent", "RowBusy", "OutcomeUnknown", *LOST))
    codes |= {*_CERTIFICATES.values(), *_REFUSED_BY_PROXY.values()}
    codes |= {f"{where}_{kind}" for where in ("host", "proxy") for kind in KINDS}
    codes |= {f"tunnel_{kind}" for kind in _BEYOND_A_PROXY}
    codes |= {GatewayRefused(403, "page").code, LoginMoved("moved", 301).code}
    codes |= {code for code, _ in _TEMPORARY.values()}
    assert codes == set(UNANSWERED_WORDS) | set(NETWORK_WORDS) - CHOSEN


def test_every_code_of_a_step_out_of_order_has_a_text_and_every_text_a_code() -> None:
    decided = {"waiting_sent", "waiting_skipped"}
    chosen = {"undo_held", "undo_waiting"}
    assert set(raised("OutOfOrder")) | decided | chosen == {*DECISIONS, *UNDOING}
    assert set(FIRST_STEPS) | {"switches"} == set(get_args(Name))


def test_what_is_refused_for_now_are_codes_of_the_sign_in() -> None:
    assert {code for code, _ in _TEMPORARY.values()} == REFUSED_FOR_NOW


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("silent", "Salesforce does not answer: x"),
        ("http_503", "Salesforce does not answer: x"),
        ("host_refused", "Salesforce does not answer: x"),
        ("", "Salesforce does not answer: x"),
        ("login_rate", "Salesforce refused the sign-in: x"),
        ("address_not_allowed", "Salesforce refused the sign-in: x"),
        ("our_app", "x"),
        ("gateway", "x"),
    ],
)
def test_an_error_says_who_did_not_serve_us_once(code: str, text: str) -> None:
    assert unserved_text(code, "x") == text
    assert set(UNANSWERED_WORDS) > ANSWERED


@pytest.mark.parametrize("code", UNANSWERED_WORDS)
def test_texts_are_clauses_that_follow_a_colon(code: str) -> None:
    names = [name for _, name, _, _ in string.Formatter().parse(UNANSWERED_WORDS[code]) if name]
    text = str(Unavailable(code, data=dict.fromkeys(names, "x")))
    assert text
    assert not set(text) & set("{}?")
    assert not text.endswith(".")
    assert text == str(OutcomeUnknown(code, dict.fromkeys(names, "x")))


@pytest.mark.parametrize("code", NETWORK_WORDS)
def test_texts_of_the_network_say_what_to_do(code: str) -> None:
    words = NETWORK_WORDS[code]
    names = [name for _, name, _, _ in string.Formatter().parse(": ".join(words)) if name]
    text = str(NotSent(code, data=dict.fromkeys(names, "x")))
    assert not set(text) & set("{}?")
    assert words.advice
    assert not text.endswith(".")


@pytest.mark.parametrize("code", [*FIRST_STEPS, *DECISIONS])
def test_out_of_order_errors_read_as_sentences(code: str) -> None:
    assert str(OutOfOrder(code)).endswith(".")
    assert "?" not in str(OutOfOrder(code))


def test_the_person_who_decided_is_named_if_known() -> None:
    assert "by Ada: the waiting entries are sent" in str(OutOfOrder("waiting_sent", {"by": "Ada"}))
    assert "by someone:" in str(OutOfOrder("waiting_skipped", {"by": None}))


def test_a_code_without_a_text_is_shown_unchanged() -> None:
    assert str(NotSent("{brace")) == "{brace"
    assert str(OutOfOrder("{brace")) == "{brace"
