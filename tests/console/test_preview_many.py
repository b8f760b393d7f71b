"""The preview over many: before a draft is saved, what it changes for the last prospects."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.mapping_page import MappingBench
from zsf_plugin.emulator import Emulator, OrgSpec

MANY = "/mapping/preview/many"
TITLE_ALWAYS = {"Lead.Title.overwrite": "always"}
AS_CONTACTS = {"mode": "contact"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MappingBench]:
    """Connected, with purchases of 4 prospects, one of whom is a Lead already."""
    with Emulator(OrgSpec.stock()) as emulator:
        bench = MappingBench(tmp_path, emulator)
        bench.connect()
        person = {"LastName": "Byron", "Company": "C", "Email": "ada1@acme.example", "Title": "CFO"}
        emulator.org.seed("Lead", person)
        for number in range(1, 5):
            title = "Engineer" if number < 4 else None
            email = f"ada{number}@acme.example"
            bench.purchase(f"e{number}", id=f"p{number}", email=email, title=title)
        bench.app.orgs.crm("default").facts()
        yield bench
        bench.app.close()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2]))


def many(bench: MappingBench, **changes: str) -> str:
    answer = bench.post({**bench.form(), **changes}, MANY)
    assert answer.status_code == 200
    return words(answer.text)


def test_it_says_how_many_prospects_the_draft_changes_for_no_call(bench: MappingBench) -> None:
    used = bench.emulator.org.used
    shown = many(bench, **TITLE_ALWAYS)
    assert "Changes 3 of 4" in shown
    assert "Title Lead.Title – – 3 –" in shown
    assert "Title If blank → becomes Always" in shown
    assert "No API call was made." in shown
    assert (bench.emulator.org.used, bench.document()) == (used, {})


def test_compared_with_salesforce_it_shows_values_before_and_after_and_the_calls(
    bench: MappingBench,
) -> None:
    used = bench.emulator.org.used
    shown = many(bench, **TITLE_ALWAYS, compare="yes")
    assert "Changes 4 of 4 prospects in Salesforce" in shown
    assert "Title Lead.Title 2 1 –" in shown
    assert "CFO → becomes Engineer" in shown
    assert "Sending them would take about 2 API calls, lookups included." in shown
    assert 0 < bench.emulator.org.used - used <= 4
    assert len(bench.emulator.org.rows["Lead"]) == 1


def test_another_mode_is_shown_object_by_object(bench: MappingBench) -> None:
    shown = many(bench, **AS_CONTACTS)
    assert "Changes 4 of 4" in shown
    assert "Contact.Email 4 – – –" in shown
    assert "Lead.Email – – – 4" in shown


def test_without_an_unsaved_change_it_says_so_and_offers_no_save(bench: MappingBench) -> None:
    shown = many(bench)
    assert "No unsaved changes" in shown
    assert "Save mapping" not in shown
    assert "No unsaved changes" in words(bench.page(MANY))


def test_the_draft_is_kept_for_saving_and_for_the_way_back(bench: MappingBench) -> None:
    answer = bench.post({**bench.form(), **TITLE_ALWAYS}, MANY)
    assert '<input type="hidden" name="Lead.Title.overwrite" value="always">' in answer.text
    assert "Save mapping" in words(answer.text)


def test_salesforce_out_of_reach_is_said_and_the_plans_stay(bench: MappingBench) -> None:
    bench.emulator.control.answer("POST", ["faults"], {"kind": "html_503", "times": 9})
    shown = many(bench, **TITLE_ALWAYS, compare="yes")
    assert "No API call was made" not in shown
    assert "It was not compared with Salesforce." in shown
    assert "Changes 3 of 4" in shown


def test_fifty_prospects_take_a_fraction_of_the_time_of_a_page(bench: MappingBench) -> None:
    for number in range(10, 60):
        bench.purchase(f"e{number}", id=f"p{number}", email=f"ada{number}@acme.example", title="X")
    form = {**bench.form(), **AS_CONTACTS}
    bench.post(form, MANY)
    before = time.process_time()
    answer = bench.post(form, MANY)
    assert "Changes 50 of 50" in words(answer.text)
    assert time.process_time() - before < 0.4  # 200 ms, on a machine that is busy
