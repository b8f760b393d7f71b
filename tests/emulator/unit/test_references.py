"""References of a composite, put in from earlier answers."""

from __future__ import annotations

import pytest

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.resources.composite import fill, fill_url

BODIES = {"acc": {"id": "001A"}, "q": {"records": [{"Id": "003B"}]}, "none": {"id": None}}


def test_references_are_replaced_at_any_depth() -> None:
    body = {"AccountId": "@{acc.id}", "list": [{"x": "a @{q.records[0].Id} b"}], "n": 1}
    assert fill(body, BODIES) == {"AccountId": "001A", "list": [{"x": "a 003B b"}], "n": 1}


@pytest.mark.parametrize("url", ["/a/@{acc.id}", "/a/%40%7Bacc.id%7D", "/a/@%7Bacc.id}"])
def test_references_in_a_url_may_be_percent_encoded(url: str) -> None:
    assert fill_url(url, BODIES) == "/a/001A"


@pytest.mark.parametrize("text", ["@{other.id}", "@{acc.name}", "@{q.records[1].Id}", "@{none.id}"])
def test_a_reference_without_a_value_halts_the_subrequest(text: str) -> None:
    with pytest.raises(SalesforceError, match="PROCESSING_HALTED"):
        fill(text, BODIES)


def test_text_that_only_looks_like_a_reference_is_unchanged() -> None:
    assert fill("@{not a name} {acc.id}", BODIES) == "@{not a name} {acc.id}"
