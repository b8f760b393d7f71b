"""What a record type offers decides which picklist values fit, without another call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_input.place import Place
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.messages.text import step_text

PICKLISTS = {"Lead.Rating": {"values": ["Hot", "Warm", "Cold"], "restricted": True}}
TYPES = {"Lead": {"Partner": {"Rating": ["Hot"]}, "Customer": {"Rating": ["Warm", "Cold"]}}}
RULE = """
[fields.Lead]
Rating = ["prospect.custom.rating", "prospect.custom.other"]
RecordTypeId = "prospect.custom.type"
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    spec = OrgSpec(
        picklists=PICKLISTS, record_types=TYPES, default_record_types={"Lead": "Partner"}
    )
    with Emulator(spec) as emulator:
        made = Place(tmp_path, emulator)
        made.rule(RULE)
        made.connect()
        yield made
        made.app.close()


@pytest.mark.parametrize(
    ("custom", "rating"),
    [
        ({"rating": "hot"}, "Hot"),
        ({"rating": "Warm"}, None),  # the default type offers only Hot
        ({"rating": "Warm", "type": "Customer"}, "Warm"),
        ({"rating": "Hot", "type": "Customer"}, None),
        ({"rating": "Hot", "other": "Cold", "type": "Customer"}, "Cold"),
    ],
)
def test_a_value_fits_if_its_record_type_offers_it(
    place: Place, custom: dict[str, str], rating: str | None
) -> None:
    receipt = place.purchase(custom=custom)
    report = place.drain()
    (lead,) = place.leads()
    assert (lead["Rating"], report.calls) == (rating, 3)  # describes, lookup, write
    steps = [step_text(step) for step in place.entry(receipt["entry"]).steps]
    assert any("Rating left out" in step for step in steps) == (rating is None)


def test_an_update_keeps_to_the_type_that_the_record_has(place: Place) -> None:
    place.purchase("e1", custom={"type": "Customer"})
    place.drain()
    place.purchase("e2", custom={"rating": "Hot", "other": "Warm"})
    place.drain()
    (lead,) = place.leads()
    assert lead["Rating"] == "Warm"
