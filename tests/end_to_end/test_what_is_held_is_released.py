"""Held entries are released once their cause is gone, by `zsf worker` and `zsf console` as by a
host's drains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.bench import MeteredBench
from tests.fakes.clock import FakeClock
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.ports import HistoryLine
from zsf_plugin.sync.due import RECHECK_INTERVAL_S
from zsf_plugin.sync.scheduler import Scheduler

CODE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MeteredBench]:
    """One purchase is held because a validation rule refused it once."""
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        made = MeteredBench(tmp_path, "lead", emulator)
        staged = {
            "code": CODE,
            "message": "No.",
            "fields": [],
            "status": 400,
            "times": 1,
            "object": "Lead",
        }
        emulator.control.answer("POST", ["refusals"], staged)
        made.purchase(1)
        yield made
        made.app.close()


@pytest.fixture
def clock(bench: MeteredBench) -> FakeClock:
    """The scheduler's."""
    clock = FakeClock()
    clock.time = bench.app.clock.now()
    return clock


@pytest.fixture
def scheduler(bench: MeteredBench, clock: FakeClock) -> Scheduler:
    """The scheduler of `zsf worker`, without threads, after surveys until nothing is left to do."""
    parts = replace(bench.app.drains.scheduler_parts(), clock=clock)
    scheduler = Scheduler(parts, max_threads=0)
    surveys(scheduler)
    assert bench.app.store.counts("default").held == 1
    return scheduler


def surveys(scheduler: Scheduler) -> None:
    for _ in range(4):
        scheduler.start()
        scheduler.run_all_due()


def is_done(bench: MeteredBench) -> bool:
    return bench.app.store.counts("default").done == 1


def test_surveys_cost_no_call_if_nothing_changes(bench: MeteredBench, scheduler: Scheduler) -> None:
    before = bench.emulator.org.used
    surveys(scheduler)
    assert (bench.emulator.org.used, is_done(bench)) == (before, False)


def test_a_mapping_saved_in_the_console_releases_in_the_next_survey(
    bench: MeteredBench, scheduler: Scheduler
) -> None:
    line = HistoryLine(bench.app.clock.now(), "mapping", "Ada")
    bench.app.store.save_console_rule(
        "default", {"fields": {"Lead": {"Title": False}}}, expected_version=0, line=line
    )
    surveys(scheduler)
    assert is_done(bench)


def test_an_edited_rule_file_releases_in_the_next_survey(
    bench: MeteredBench, scheduler: Scheduler
) -> None:
    (bench.app.settings.config_dir / "rules" / "20.toml").write_text(
        "[fields.Lead]\nTitle = false\n"
    )
    surveys(scheduler)
    assert is_done(bench)


def test_a_created_field_releases_entries_once_someone_refreshes_the_fields(
    bench: MeteredBench, scheduler: Scheduler
) -> None:
    make_field(bench)
    surveys(scheduler)
    assert not is_done(bench)
    bench.app.orgs.crm("default").facts(refresh=True)
    surveys(scheduler)
    assert is_done(bench)


def test_a_created_field_releases_entries_within_the_hour_without_a_refresh(
    bench: MeteredBench, scheduler: Scheduler, clock: FakeClock
) -> None:
    bench.an_hour_passes()
    the_describe_is_of_another_second(bench)
    make_field(bench)
    clock.time += RECHECK_INTERVAL_S + 60
    surveys(scheduler)
    assert is_done(bench)


def the_describe_is_of_another_second(bench: MeteredBench) -> None:
    """Last-Modified has a resolution of one second (salesforce-api.md §3.11): a change within the same
    second would not show."""
    connection, store = bench.app.orgs.connection("default"), bench.app.store
    name = f"describe:{connection.user_id}:Lead"
    read = store.fact(connection.org_id, name)
    assert read is not None
    store.save_fact(
        connection.org_id, name, replace(read, last_modified="Mon, 02 Nov 2026 10:00:00 GMT")
    )


def make_field(bench: MeteredBench) -> None:
    field = {
        "object": "Lead",
        "name": "Region__c",
        "label": "Region",
        "type": "string",
        "length": 40,
    }
    assert bench.emulator.control.answer("POST", ["fields"], field)[0] == 200
