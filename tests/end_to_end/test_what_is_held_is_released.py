"""What is held goes on by itself once its cause is gone, with `zsf worker` and `zsf console` as
with a host's drains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.desk import Desk
from tests.fakes.clock import FakeClock
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.ports import HistoryLine
from zsf_plugin.sync.due import RECHECK_INTERVAL_S
from zsf_plugin.sync.scheduler import Scheduler

CODE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """One purchase is held, as a validation rule refused it; from now on Salesforce takes it."""
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        made = Desk(tmp_path, "lead", emulator)
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
def clock(desk: Desk) -> FakeClock:
    """The scheduler's."""
    clock = FakeClock()
    clock.time = desk.app.clock.now()
    return clock


@pytest.fixture
def scheduler(desk: Desk, clock: FakeClock) -> Scheduler:
    """That of `zsf worker`, after surveys until nothing happens any more; it starts no thread."""
    parts = replace(desk.app.drains.scheduler_parts, clock=clock)
    scheduler = Scheduler(parts, max_threads=0)
    surveys(scheduler)
    assert desk.app.store.counts("default").held == 1
    return scheduler


def surveys(scheduler: Scheduler) -> None:
    for _ in range(4):
        scheduler.start()
        scheduler.run_all_due()


def is_done(desk: Desk) -> bool:
    return desk.app.store.counts("default").done == 1


def test_where_nothing_changes_surveys_cost_no_call(desk: Desk, scheduler: Scheduler) -> None:
    before = desk.emulator.org.used
    surveys(scheduler)
    assert (desk.emulator.org.used, is_done(desk)) == (before, False)


def test_a_mapping_saved_in_the_console_releases_in_the_next_survey(
    desk: Desk, scheduler: Scheduler
) -> None:
    line = HistoryLine(desk.app.clock.now(), "mapping", "Ada")
    desk.app.store.save_console_rule(
        "default", {"fields": {"Lead": {"Title": False}}}, expected_version=0, line=line
    )
    surveys(scheduler)
    assert is_done(desk)


def test_an_edited_rule_file_releases_in_the_next_survey(desk: Desk, scheduler: Scheduler) -> None:
    (desk.app.settings.config_dir / "rules" / "20.toml").write_text(
        "[fields.Lead]\nTitle = false\n"
    )
    surveys(scheduler)
    assert is_done(desk)


def test_a_field_that_was_made_releases_once_somebody_read_the_fields_anew(
    desk: Desk, scheduler: Scheduler
) -> None:
    make_field(desk)
    surveys(scheduler)
    assert not is_done(desk)
    desk.app.orgs.crm("default").facts(refresh=True)
    surveys(scheduler)
    assert is_done(desk)


def test_a_field_that_was_made_releases_within_the_hour_though_nobody_says_so(
    desk: Desk, scheduler: Scheduler, clock: FakeClock
) -> None:
    desk.an_hour_passes()
    the_describe_is_of_another_second(desk)
    make_field(desk)
    clock.time += RECHECK_INTERVAL_S + 60
    surveys(scheduler)
    assert is_done(desk)


def the_describe_is_of_another_second(desk: Desk) -> None:
    """Last-Modified counts seconds (salesforce-api.md §3.11): a change within the same one would
    not show."""
    connection, store = desk.app.orgs.connection("default"), desk.app.store
    name = f"describe:{connection.user_id}:Lead"
    read = store.fact(connection.org_id, name)
    assert read is not None
    store.save_fact(
        connection.org_id, name, replace(read, last_modified="Mon, 02 Nov 2026 10:00:00 GMT")
    )


def make_field(desk: Desk) -> None:
    field = {
        "object": "Lead",
        "name": "Region__c",
        "label": "Region",
        "type": "string",
        "length": 40,
    }
    assert desk.emulator.control.answer("POST", ["fields"], field)[0] == 200
