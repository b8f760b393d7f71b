"""Error pages: visitors read what they can act on; messages for operators go to the log only."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from zsf_plugin.errors import ConfigurationError, OutOfOrder, StoreUnavailable
from zsf_plugin.wiring.apps import CommandApp

SECRET = "/srv/secret/zsf.toml line 3: no such key"


def failing(error: Exception) -> Callable[..., object]:
    def fail(*_: object, **__: object) -> object:
        raise error

    return fail


@pytest.fixture
def broken_by(
    application: CommandApp, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Exception], None]:
    """Make every page fail with that error."""

    def broken(error: Exception) -> None:
        monkeypatch.setattr(application.store, "held_groups", failing(error))

    return broken


@pytest.mark.parametrize("error", [ConfigurationError((SECRET,)), StoreUnavailable(SECRET)])
def test_messages_for_operators_are_logged_and_on_no_page(
    client: FlaskClient,
    broken_by: Callable[[Exception], None],
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    broken_by(error)
    with caplog.at_level(logging.ERROR, "zsf_plugin.console"):
        answer = client.get("/held")
    assert answer.status_code == 503
    assert "Tell the people who run Zaplify: the log says what to fix." in answer.text
    assert "/srv/secret" not in answer.text
    assert SECRET in caplog.text


def test_an_error_that_the_visitor_can_act_on_says_so_in_its_own_words(
    client: FlaskClient, broken_by: Callable[[Exception], None]
) -> None:
    broken_by(OutOfOrder("preview"))
    answer = client.get("/held")
    assert answer.status_code == 503
    assert "Review the preview first." in answer.text


def test_a_part_of_a_page_that_fails_is_an_alert(
    client: FlaskClient, broken_by: Callable[[Exception], None]
) -> None:
    broken_by(ConfigurationError((SECRET,)))
    answer = client.get("/held/news", headers={"HX-Request": "true"})
    assert answer.status_code == 503
    assert "<html" not in answer.text
    assert "That didn’t work" in answer.text
    assert "/srv/secret" not in answer.text


def test_a_defects_message_is_on_no_page_and_in_no_log(
    client: FlaskClient,
    broken_by: Callable[[Exception], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    broken_by(ValueError("ada@acme.example"))
    answer = client.get("/held")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "ada@acme.example" not in answer.text
    assert "ValueError" in caplog.text
    assert "ada@acme.example" not in caplog.text


def test_a_draft_that_cannot_be_previewed_says_why(
    client: FlaskClient, application: CommandApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ConfigurationError(("console: /fields/Lead/No Field is no field's name",))
    monkeypatch.setattr(application.explainer, "preview", failing(error))
    text = client.post("/mapping/preview", headers={"HX-Request": "true"}).text
    assert "This draft can’t be previewed." in text
    assert "/fields/Lead/No Field is no field" in text
