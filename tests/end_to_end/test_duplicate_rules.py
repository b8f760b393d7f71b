"""The org's duplicate rules, alerting and blocking, in both spellings of their result
(salesforce-api.md §7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_input.place import Place
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.messages.text import cause_text
from zsf_plugin.model import Step

PHONE = "+46 8 123 456"


@pytest.fixture(params=["duplicateResut", "duplicateResult"])
def spelling(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["alert", "block"])
def org(request: pytest.FixtureRequest, tmp_path: Path, spelling: str) -> Iterator[Place]:
    """An org with a duplicate rule on phone numbers; its one Lead has our phone and another email."""
    rule = {"object": "Lead", "field": "Phone", "action": request.param}
    other = {"LastName": "Else", "Company": "Else", "Email": "else@else.example", "Phone": PHONE}
    with Emulator(OrgSpec(duplicate_rules=(rule,), records={"Lead": [other]})) as emulator:
        place = Place(tmp_path, emulator)
        place.control("POST", "settings", {"duplicate_key": spelling})
        place.connect()
        yield place
        place.app.close()


def test_an_entry_that_a_duplicate_rule_blocks_is_held_with_the_records_it_names(
    org: Place,
) -> None:
    receipt = org.purchase(phone=PHONE)
    org.drain()
    entry = org.entry(receipt["entry"])
    cause = entry.cause
    assert cause is not None
    assert cause.code == "DUPLICATES_DETECTED"
    assert "similar records exist, but none is certainly the same" in cause_text(cause)
    assert Step("named", "Lead", None, {"record": org.leads()[0]["Id"]}) in entry.steps
    assert len(org.leads()) == 1


def test_a_rule_file_may_override_an_alert_but_not_a_block(org: Place) -> None:
    org.rule('[match]\nalerts = "save"\n')
    blocks = org.emulator.org.rules["duplicate_rules"][0]["action"] == "block"
    receipt = org.purchase(phone=PHONE)
    org.drain()
    assert org.entry(receipt["entry"]).state == ("held" if blocks else "done")
    assert len(org.leads()) == (1 if blocks else 2)


def test_a_held_entry_is_sent_after_the_rule_file_changes(org: Place) -> None:
    if org.emulator.org.rules["duplicate_rules"][0]["action"] == "block":
        pytest.skip("a block holds, whatever our rules say")
    receipt = org.purchase(phone=PHONE)
    org.drain()
    org.rule('[match]\nalerts = "save"\n')
    org.drain()
    assert org.entry(receipt["entry"]).state == "done"


def test_the_others_of_a_batch_go_through(org: Place) -> None:
    receipts = [
        org.purchase(f"e{n}", id=f"p{n}", email=f"p{n}@x.example", phone=PHONE if n == 3 else None)
        for n in range(40)
    ]
    org.drain()
    states = [org.entry(receipt["entry"]).state for receipt in receipts]
    assert states == ["held" if n == 3 else "done" for n in range(40)]
