"""The org's day is used up, and a wake is one call: against the emulator, by its own count."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.test_the_call_budget import Desk
from zsf_plugin.emulator import Emulator, OrgSpec


def test_a_day_that_is_used_up_pauses_and_is_not_asked_again_until_the_rest_ends(
    tmp_path: Path,
) -> None:
    with Emulator(OrgSpec.stock()) as emulator:
        desk = Desk(tmp_path, "lead", emulator)
        emulator.org.used = emulator.org.daily_limit
        desk.purchase(1)
        report = desk.app.drains.drain("default")
        assert report.paused is not None
        assert (report.paused.code, report.waiting) == ("quota", 1)
        api = desk.app.status("default").as_json()["api"]
        assert isinstance(api, dict)
        assert (api["used"], api["next_to_rest"]) == (emulator.org.daily_limit, None)
        assert api["rests_until"] == report.paused.until
        desk.app.close()


def test_when_the_rest_ends_one_look_and_the_work_is_all_that_is_asked(tmp_path: Path) -> None:
    with Emulator(OrgSpec.stock()) as emulator:
        desk = Desk(tmp_path, "lead", emulator)
        connection, store = desk.app.store.connection("default"), desk.app.store
        assert connection is not None
        told = store.allocation(connection.org_id, desk.app.clock.now())
        assert told.limit is not None
        store.note_usage(connection.org_id, told.limit, told.limit, desk.app.clock.now())
        desk.purchase(1)
        before = emulator.org.used
        assert desk.app.drains.drain("default").paused is not None
        assert emulator.org.used == before
        store.pause("default", None)
        store.note_usage(connection.org_id, told.limit, told.limit, desk.app.clock.now() - 901)
        assert desk.calls_of_a_drain() <= 3
        desk.app.close()
