"""Pages of a query's answer: records, the next page."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.errors import Unavailable
from zsf_plugin.salesforce.pages import Page, page_of

LEAD_ID = "00Q5g00000BvKcMEAV"
NEXT = "/services/data/v68.0/query/01g5g00000AbCdEAAV-200"


@pytest.mark.parametrize("body", [None, [], "x", {}, {"records": None}, {"records": {}}])
def test_an_answer_of_another_shape_has_no_records_and_no_next_page(body: Any) -> None:
    assert page_of("Lead", body) == Page([], None)


def test_a_row_whose_id_is_none_is_not_believed() -> None:
    rows: Any = [{"Id": "../Account"}, {"Id": None}, {}, {"Id": LEAD_ID[:15]}]
    (record,) = page_of("Lead", {"records": rows}).records
    assert (record.object, record.id) == ("Lead", LEAD_ID)


def test_a_record_has_its_values_without_the_attributes() -> None:
    row: Any = {"attributes": {"type": "Lead"}, "Id": LEAD_ID, "Email": "a@x.example"}
    (record,) = page_of("Lead", {"records": [row]}).records
    assert record.values == {"Id": LEAD_ID, "Email": "a@x.example"}
    assert "attributes" in row


def test_a_page_that_is_not_done_names_the_next_one() -> None:
    page = page_of("Lead", {"done": False, "nextRecordsUrl": NEXT})
    assert page.next == "/query/01g5g00000AbCdEAAV-200"


@pytest.mark.parametrize(
    "body",
    [
        {"done": True, "nextRecordsUrl": NEXT},
        {"nextRecordsUrl": NEXT},
        {"done": False},
        {"done": False, "nextRecordsUrl": 3},
    ],
)
def test_the_last_page_names_none(body: Any) -> None:
    assert page_of("Lead", body).next is None


def test_a_next_page_that_leads_elsewhere_is_not_followed() -> None:
    with pytest.raises(Unavailable):
        page_of("Lead", {"done": False, "nextRecordsUrl": "https://elsewhere.example/query/x"})
