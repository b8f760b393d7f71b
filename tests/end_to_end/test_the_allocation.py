"""The daily limit is used up, and a wake-up costs one call, counted by the emulator."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.test_the_call_budget import MeteredBench
from zsf_plugin.emulator import Emulator, OrgSpec


def test_a_used_up_daily_limit_pauses_all_calls_until_the_pause_ends(
    tmp_path: Path,
) -> None:
    with Emulator(OrgSpec.stock()) as emulator:
        bench = MeteredBench(tmp_path, "lead", emulator)
        emulator.org.used = emulator.org.daily_limit
        bench.purchase(1)
        report = bench.app.drains.drain("default")
        assert report.paused is not None
        assert (report.paused.code, report.waiting) == ("quota", 1)
        api = bench.app.status("default").as_json()["api"]
        assert isinstance(api, dict)
        assert (api["used"], api["next_to_rest"]) == (emulator.org.daily_limit, None)
        assert api["rests_until"] == report.paused.until
        bench.app.close()


def test_when_the_pause_ends_one_check_and_the_work_are_all_that_is_sent(tmp_path: Path) -> None:
    with Emulator(OrgSpec.stock()) as emulator:
        bench = MeteredBench(tmp_path, "lead", emulator)
        connection, store = bench.app.store.connection("default"), bench.app.store
        assert connection is not None
        reported = store.allocation(connection.org_id, bench.app.clock.now())
        assert reported.limit is not None
        store.note_usage(connection.org_id, reported.limit, reported.limit, bench.app.clock.now())
        bench.purchase(1)
        before = emulator.org.used
        assert bench.app.drains.drain("default").paused is not None
        assert emulator.org.used == before
        store.pause("default", None)
        store.note_usage(
            connection.org_id, reported.limit, reported.limit, bench.app.clock.now() - 901
        )
        assert bench.calls_of_a_drain() <= 3
        bench.app.close()
