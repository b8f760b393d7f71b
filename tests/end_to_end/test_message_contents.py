"""What was said in a message, from the hook to the Task's Description: as text or as HTML, and only
while the contents switch is on."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.place import USER, Place

PERSON = {"id": "p1", "last_name": "Byron", "email": "ada@acme.example"}
HTML = "<p>Hello <b>Nadia</b>,<br>ask &amp; answer</p>"
TEXT = "Hello Nadia,\nask & answer"
CONTENTS_ON = "[switches]\ninclude_contents = true\n"


def description(place: Place, content: Any, channel: str = "email") -> Any:
    """The Description of the Task for a touchpoint with that content."""
    place.connect()
    place.purchase("first", **PERSON)
    call = {"workspace": "default", "event_id": "t1", "occurred_at": "2026-11-02T10:00:00Z"}
    sent = {"id": "t1", "channel": channel, "subject": "Hello", "content": content}
    place.app.intake.receive(
        "on_touchpoint_sent", dict(**call, touchpoint=sent, prospect=PERSON, user=USER)
    )
    assert place.drain().held == 0
    (task,) = place.emulator.org.rows["Task"].values()
    return task["Description"]


CHANNELS = ("email", "linkedin_message", "call", "letter")


@pytest.mark.parametrize(
    ("number", "content", "text"),
    [
        (0, {"html": HTML}, TEXT),
        (1, {"html": HTML, "text": None}, TEXT),
        (2, {"html": HTML, "text": ""}, TEXT),
        (3, {"html": HTML, "text": " \n\t"}, TEXT),
        (4, {"html": HTML, "text": "\u00a0\u200b\ufeff"}, TEXT),
        (5, {"html": HTML, "text": 5}, TEXT),
        (6, {"html": HTML, "text": "As text"}, "As text"),
        (7, {"html": 5, "text": "As text"}, "As text"),
        (8, "<p>no table", None),
        (9, {"html": "<img src=x>"}, None),
        (10, {"html": "", "text": " "}, None),
        (11, {"html": None}, None),
        (12, None, None),
    ],
)
def test_the_text_is_used_and_else_that_of_the_html(
    place: Place, number: int, content: Any, text: str | None
) -> None:
    """The channels take turns."""
    place.rule(CONTENTS_ON)
    assert description(place, content, CHANNELS[number % len(CHANNELS)]) == text


def test_a_long_message_is_shortened_to_the_field(place: Place) -> None:
    place.rule(CONTENTS_ON)
    written = description(place, {"html": f"<p>{'word ' * 10_000}</p>"})
    assert written.startswith("word word")
    assert 31_000 < len(written) <= 32_000


def test_html_stays_out_of_everything_while_the_switch_is_off(
    place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert description(place, {"html": "<p>Sesame</p>"}) is None
    assert "Sesame" not in caplog.text
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"Sesame" not in file.read_bytes()


def test_no_log_has_a_word_of_the_message(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    place.rule(CONTENTS_ON)
    assert description(place, {"html": "<p>Sesame"}) == "Sesame"
    assert "Sesame" not in caplog.text
