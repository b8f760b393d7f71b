"""Long texts of one character or few, which hosts and hostile people send, are read in time that
grows with their length, not with its square."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zsf_plugin.decision.fit_texts import fit_whole_text
from zsf_plugin.model import FieldDescribe
from zsf_plugin.model.email import email_addresses
from zsf_plugin.model.hosts import company_host
from zsf_plugin.model.placeholders import is_placeholder
from zsf_plugin.model.text import normal_form, one_line, stored_text

LENGTH = 200_000
RUNS = ["_", "-", " ", "\n", "\t", "\u200c", "\u200d", "\u200c\u202e", " \n", "é", ".é", "(", "a@"]


def _as_url(text: str) -> object:
    return fit_whole_text(text, FieldDescribe("Website", "Website", "url", length=255))


def _says_nothing(text: str) -> object:
    return is_placeholder("Company", text)


READERS: list[Callable[[str], object]] = [
    stored_text,
    one_line,
    email_addresses,
    company_host,
    _as_url,
    _says_nothing,
]


@pytest.mark.timeout(30)  # each takes less than a second; quadratic time would be minutes
@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("read", READERS)
def test_a_long_run_of_one_character_is_read_at_once(
    read: Callable[[str], object], run: str
) -> None:
    for before, after in (("", "x"), ("a", "x"), ("mailto:a@", "x@y.example"), ("not ", ")")):
        read(before + run * (LENGTH // len(run)) + after)


@pytest.mark.parametrize("blank", ["\u00a0", "\u2007", "\u202f"])
def test_a_line_that_must_not_be_broken_is_the_same_line(blank: str) -> None:
    assert one_line(f"Acme{blank}GmbH") == "Acme GmbH"
    assert normal_form("text", f"Acme{blank}GmbH") == normal_form("text", "Acme GmbH")
    assert stored_text(f"a{blank}b\nc") == f"a{blank}b\nc"


def test_joiners_stay_inside_words_only() -> None:
    assert stored_text("\u200ca\u200c\u200db\u200d\u200c c") == "a\u200c\u200db c"
    assert stored_text("a \u200c\u200d \u200cb\u200c") == "a  b"


def test_a_long_text_is_no_address() -> None:
    address = "ann@acme.example"
    assert email_addresses(", ".join([address] * 100)) == (address,)
    assert email_addresses(" " * 5000 + address) == ()
