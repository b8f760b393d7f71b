"""No token, address, text or query reaches a log line or an error's words."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.salesforce.support import AdapterBench, by_email, create
from zsf_plugin.errors import Rejected, ZsfError
from zsf_plugin.salesforce.oauth import TokenAnswer

SECRETS = ("secret-person", "secret subject", "secret-query")


@pytest.mark.parametrize(
    "kind", ["html_503", "drop_before", "drop_after_commit", "reset_mid_body", "status"]
)
def test_no_failure_shows_a_secret_in_the_log_or_the_error(
    bench: AdapterBench, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = bench.store.tokens("w")
    assert tokens is not None
    hidden = (*SECRETS, tokens.access, str(tokens.refresh))
    body = [{"errorCode": "MALFORMED_QUERY", "message": "near secret-query"}]
    bench.fault(kind, "/composite", status=400, body=body, times=99, after=1)
    bench.crm.facts()
    said = []
    with caplog.at_level(logging.DEBUG, logger="zsf_plugin"):
        try:
            bench.crm.find([by_email("Lead", "secret-person@x.example")], {}, "purchases")
        except ZsfError as error:
            said.append(_words(error))
        write = create("Task", 1, {"Subject": "secret subject", "WhoId": "secret-person@x.example"})
        said += [_words(outcome.error) for outcome in bench.crm.write([write], "activities")]
    assert len(said) == 2
    for secret in hidden:
        assert secret not in caplog.text
        assert not any(secret in words for words in said)


def _words(error: Any) -> str:
    """What an error shows by itself: its text and its reason. Rejected keeps Salesforce's words
    apart."""
    return (
        f"{error!r} {error} {'' if isinstance(error, Rejected) else getattr(error, 'reason', '')}"
    )


def test_refreshing_logs_that_it_happened_and_nothing_of_the_tokens(
    bench: AdapterBench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.control("POST", "sessions/expire")
    with caplog.at_level(logging.DEBUG, logger="zsf_plugin"):
        bench.crm.facts()
    tokens = bench.store.tokens("w")
    assert tokens is not None
    assert "refreshed the sign-in of workspace w" in caplog.text
    assert tokens.access not in caplog.text
    assert str(tokens.refresh) not in caplog.text


def test_a_cached_user_is_not_named_by_their_address(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    keep = bench.store.save_facts

    def noting(org_id: str, facts: Any) -> None:
        names.extend(facts)
        keep(org_id, facts)

    monkeypatch.setattr(bench.store, "save_facts", noting)
    bench.crm.find([by_email("User", "secret-person@x.example")], {}, "purchases")
    assert any(name.startswith("user:") for name in names)
    assert not any("secret" in name for name in names)


def test_a_token_answer_shows_nothing_of_itself() -> None:
    assert "tok" not in repr(TokenAnswer("tok-a", "tok-r", "https://x", "o", "u"))
