"""An org changes under the rules: the next look at its fields says so everywhere, what a rule holds
is held before anything is written, all else goes on, and what was held goes on by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.bench import MeteredBench
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.ports import Fact
from zsf_plugin.rulebook import Finding
from zsf_plugin.wiring.rule_checks import check_in_force

REGION = {"object": "Lead", "name": "Region__c", "type": "string", "length": 40}
RULE: Any = {
    "fields": {
        "Lead": {
            "Region__c": {"from": "prospect.location.region", "misfit": "hold", "too_long": "hold"},
            "Rating": {"value": "Hot"},
        }
    }
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MeteredBench]:
    with Emulator(OrgSpec(fields=(*FIELDS, REGION))) as emulator:
        made = MeteredBench(tmp_path, "lead", emulator, rule=RULE)
        yield made
        made.app.close()


def admin(bench: MeteredBench, **permissions: Any) -> None:
    change(bench, "POST", "permissions", user="admin@acme.example", **permissions)


def change(bench: MeteredBench, method: str, path: str, **document: Any) -> None:
    status, body = bench.emulator.control.answer(method, [path], document)
    assert status < 400, body


def refresh(bench: MeteredBench) -> None:
    bench.app.orgs.crm("default").facts(refresh=True)


def unfit(bench: MeteredBench) -> list[tuple[str, str]]:
    return [(one.code, one.pointer) for one in bench.app.status("default").unfit]


def counts(bench: MeteredBench) -> tuple[int, int]:
    found = bench.app.store.counts("default")
    return found.done, found.held


def writes(bench: MeteredBench) -> int:
    return len(bench.emulator.org.rows["Lead"])


GONE = ("FIELD_GONE", "/fields/Lead/Region__c")


def test_nothing_is_found_while_all_fits(bench: MeteredBench) -> None:
    refresh(bench)
    assert unfit(bench) == []


def test_a_field_that_is_gone_is_said_held_and_goes_on_by_itself_once_it_is_back(
    bench: MeteredBench, caplog: pytest.LogCaptureFixture
) -> None:
    admin(bench, hidden_fields=["Lead.Region__c"])
    with caplog.at_level(logging.WARNING, "zsf_plugin"):
        refresh(bench)
        refresh(bench)
    said = [one.getMessage() for one in caplog.records if "do not fit" in one.getMessage()]
    assert (len(said), "Region__c" in said[0]) == (1, True)
    assert unfit(bench) == [GONE]
    bench.purchase(1, location={"region": "Skåne"})
    bench.purchase(2)
    bench.app.drains.drain("default")
    assert (counts(bench), writes(bench)) == ((1, 1), 1)
    used = bench.emulator.org.used
    bench.app.drains.drain("default")
    assert bench.emulator.org.used == used
    admin(bench, hidden_fields=[])
    refresh(bench)
    assert unfit(bench) == []
    bench.app.drains.drain("default")
    assert counts(bench) == (2, 0)


def test_the_rules_may_be_mended_in_place_of_the_org(bench: MeteredBench) -> None:
    admin(bench, hidden_fields=["Lead.Region__c"])
    refresh(bench)
    bench.purchase(1, location={"region": "Skåne"})
    bench.app.drains.drain("default")
    assert counts(bench) == (0, 1)
    rules = bench.app.settings.config_dir / "rules"
    (rules / "30.toml").write_text("[fields.Lead]\nRegion__c = false\n")
    (rules / "20.json").unlink()
    bench.app.drains.drain("default")
    assert (counts(bench), unfit(bench)) == ((1, 0), [])


def test_a_shorter_field_holds_only_what_it_cannot_take(bench: MeteredBench) -> None:
    change(bench, "PATCH", "fields", object="Lead", name="Region__c", length=3)
    refresh(bench)
    bench.purchase(1, location={"region": "Skåne"})
    bench.purchase(2, location={"region": "Rex"})
    bench.app.drains.drain("default")
    assert (counts(bench), writes(bench)) == ((1, 1), 1)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        (
            {"name": "Rating", "picklist": ["Warm", "Cold"], "restricted": True},
            ("VALUE_NEVER_FITS", "/fields/Lead/Rating/value"),
        ),
        ({"name": "Region__c", "createable": False, "updateable": False}, None),
        (
            {"name": "AnnualRevenue", "required": True},
            ("REQUIRED_UNFILLED", "/fields/Lead/AnnualRevenue"),
        ),
    ],
)
def test_each_change_of_a_field_is_found_at_the_next_refresh(
    bench: MeteredBench, changed: dict[str, Any], found: tuple[str, str] | None
) -> None:
    change(bench, "PATCH", "fields", object="Lead", **changed)
    refresh(bench)
    assert unfit(bench) == [found or ("FIELD_READ_ONLY", "/fields/Lead/Region__c")]


def test_a_check_tries_the_events_that_the_outbox_has(bench: MeteredBench) -> None:
    change(bench, "PATCH", "fields", object="Lead", name="Region__c", length=3)
    refresh(bench)
    bench.purchase(1, location={"region": "Skåne"})
    bench.purchase(2)
    checked = check_in_force(bench.app, "default")
    (finding,) = [one for one in checked.findings if one.code == "SAMPLE_MISFIT"]
    assert finding.pointer == "/fields/Lead/Region__c"
    assert "of 2 sample events, 1 had" in finding.message
    assert checked.org is not None


def test_what_another_version_stored_harms_nothing(bench: MeteredBench) -> None:
    refresh(bench)
    connection = bench.app.orgs.connection("default")
    body: Any = {"rules": bench.app.rulebook.digest("default"), "findings": [{"what": 1}]}
    bench.app.store.save_fact(connection.org_id, "findings:default", Fact(body, 1.0))
    assert unfit(bench) == []


def test_what_another_workspace_of_the_org_fetched_counts_here(bench: MeteredBench) -> None:
    refresh(bench)
    admin(bench, hidden_fields=["Lead.Region__c"])
    assert unfit(bench) == []
    connection = bench.app.orgs.connection("default")
    before = bench.app.store.fact(connection.org_id, "findings:default")
    assert before is not None
    refresh(bench)
    bench.app.store.save_fact(
        connection.org_id, "findings:default", before
    )  # as if it had not seen that
    assert unfit(bench) == [GONE]


def test_a_file_that_was_renamed_is_named_as_it_is_now(bench: MeteredBench) -> None:
    admin(bench, hidden_fields=["Lead.Region__c"])
    refresh(bench)
    assert [one.file for one in bench.app.unfit_rules("default")] == ["rules/20.json"]
    rules = bench.app.settings.config_dir / "rules"
    (rules / "20.json").rename(rules / "30.json")
    assert [one.file for one in bench.app.unfit_rules("default")] == ["rules/30.json"]


def test_a_defect_of_the_check_ends_neither_a_refresh_nor_the_status(
    bench: MeteredBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> list[Finding]:
        raise KeyError("SECRET")

    monkeypatch.setattr("zsf_plugin.rulebook.org_findings.org_findings", fail)
    (bench.app.settings.config_dir / "rules" / "30.toml").write_text('mode = "lead"\n')
    refresh(bench)
    assert unfit(bench) == []
    assert "defect while checking the rules against the org: KeyError" in caplog.text
    assert "SECRET" not in caplog.text


def test_what_a_page_found_first_is_still_logged_by_the_refresh(
    bench: MeteredBench, caplog: pytest.LogCaptureFixture
) -> None:
    refresh(bench)
    rule = '[fields.Lead]\nNowhere__c = "prospect.title"\n'
    (bench.app.settings.config_dir / "rules" / "30.toml").write_text(rule)
    assert unfit(bench) == [("FIELD_MISSING", "/fields/Lead/Nowhere__c")]
    assert "do not fit" not in caplog.text
    refresh(bench)
    assert "Nowhere__c" in caplog.text


def test_what_a_command_shows_itself_is_left_for_other_processes_to_log(
    bench: MeteredBench, caplog: pytest.LogCaptureFixture
) -> None:
    admin(bench, hidden_fields=["Lead.Region__c"])
    bench.app.orgs.findings.leave_unlogged(["FIELD_GONE"])
    refresh(bench)
    assert unfit(bench) == [GONE]
    assert "do not fit" not in caplog.text
    bench.app.orgs.findings.leave_unlogged(())
    refresh(bench)
    assert "Region__c" in caplog.text


def test_a_condition_that_leaves_a_required_field_empty_is_found_with_its_line(
    bench: MeteredBench,
) -> None:
    rule = "when = \"prospect.location.country_code == 'AT'\"\n[fields.Lead]\nLastName = false\n"
    (bench.app.settings.config_dir / "rules" / "50-at.toml").write_text(rule)
    refresh(bench)
    (one,) = bench.app.status("default").unfit
    assert (one.code, one.place) == ("REQUIRED_UNFILLED", "rules/50-at.toml:3")
    assert "no rule fills it for events of rules/50-at.toml" in one.message
    bench.purchase(1, location={"country_code": "AT"})
    bench.purchase(2)
    bench.app.drains.drain("default")
    assert counts(bench) == (1, 1)
