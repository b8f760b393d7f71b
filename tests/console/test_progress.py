"""The progress of a backlog, from what a page saw first and what it sees now."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.console.outbox import keep, settle
from tests.fakes.clock import FakeClock
from tests.fakes.events import prospect, purchase
from zsf_plugin.console.activity.progress import Baseline, parse_baseline, progress_since
from zsf_plugin.ports import EntryCounts
from zsf_plugin.wiring.apps import CommandApp


def counts(ended: int, waiting: int) -> EntryCounts:
    return EntryCounts(pending=waiting, writing=0, held=0, done=ended, skipped=0)


def test_a_running_backlog_has_a_rate_and_an_end() -> None:
    together = [(1000.0, 200), (1030.0, 100), (1060.0, 100)]
    progress, baseline = progress_since(Baseline(900.0, 50), counts(550, 200), together, 1060.0)
    assert progress is not None
    assert (progress.ended, progress.waiting, progress.total) == (500, 200, 700)
    assert progress.per_minute == 200
    assert progress.ends_at == pytest.approx(1120.0)
    assert baseline == Baseline(900.0, 50)


@pytest.mark.parametrize(
    "baseline", [None, Baseline(1070.0, 50), Baseline(900.0, 900)], ids=["none", "ahead", "more"]
)
def test_the_rate_does_not_depend_on_when_a_page_was_opened(baseline: Baseline | None) -> None:
    together = [(1000.0, 200), (1060.0, 100)]
    progress, begun = progress_since(baseline, counts(550, 200), together, 1060.0)
    assert progress is not None
    assert (progress.ended, progress.per_minute) == (300, 100)
    assert begun == Baseline(1000.0, 250)


@pytest.mark.parametrize(
    ("waiting", "together"),
    [
        (200, []),
        (0, [(1000.0, 200), (1060.0, 100)]),
        (200, [(1060.0, 200)]),
        (5, [(1000.0, 3), (1060.0, 4)]),
    ],
    ids=["stands still", "is over", "one batch has no rate", "too few"],
)
def test_what_stands_still_or_is_over_or_just_began_has_no_progress(
    waiting: int, together: list[tuple[float, int]]
) -> None:
    found, _ = progress_since(Baseline(1000.0, 50), counts(500, waiting), together, 1061.0)
    assert found is None


def test_watching_begins_again_once_nothing_proceeds() -> None:
    assert progress_since(Baseline(900.0, 50), counts(150, 200), [], 1060.0)[1] == Baseline(
        1060.0, 150
    )


def test_an_end_more_than_a_day_ahead_goes_unsaid() -> None:
    together = [(1000.0, 20), (1100.0, 1)]
    progress, _ = progress_since(None, counts(150, 9_000), together, 1100.0)
    assert progress is not None
    assert progress.ends_at is None


@given(text=st.text(max_size=30) | st.sampled_from(["nan.1", "inf.2", "1e999.1", "-1.-1", "1.5.3"]))
def test_any_text_is_a_baseline_or_none(text: str) -> None:
    parsed = parse_baseline(text)
    progress_since(parsed, counts(5, 50), [(990.0, 3), (999.0, 2)], 1000.0)
    assert parsed is None or parse_baseline(parsed.text) == parsed


def test_a_page_that_is_opened_while_a_backlog_runs_shows_its_progress(
    client: FlaskClient, application: CommandApp, fake_clock: FakeClock
) -> None:
    entries = [keep(application.store, purchase(prospect(n), f"e{n}")) for n in range(40)]
    assert "Syncing" not in client.get("/activity").text
    settle(application.store, entries[0], "done", at=fake_clock.now())
    fake_clock.sleep(30)
    for entry in entries[1:11]:
        settle(application.store, entry, "done", at=fake_clock.now())
    page = client.get("/activity").text
    said = "Syncing: 11 done, 29 waiting · about 20 a minute · done at about"
    assert said in page
    watched = re.search(r'name="watched" value="([^"]+)"', page)
    assert watched is not None
    fake_clock.sleep(30)
    for entry in entries[11:21]:
        settle(application.store, entry, "done", at=fake_clock.now())
    live = client.get(f"/activity/newer?top={entries[-1]}&watched={watched.group(1)}").text
    assert "Syncing: 21 done, 19 waiting" in live
    assert '<section id="today" class="today" hx-swap-oob="true"' in live
    assert "Syncing: 21 done" in client.get("/activity/newer?watched=nonsense").text


def test_the_first_entries_of_an_empty_page_appear_by_themselves(
    client: FlaskClient, application: CommandApp
) -> None:
    empty = client.get("/activity").text
    assert "newer" not in client.get("/activity/newer").text.replace("activity/newer", "")
    assert "Nothing synced yet." in empty
    assert 'hx-trigger="load"' not in client.get("/activity/newer?top=").text
    keep(application.store, purchase(prospect(1), "e1"))
    live = client.get("/activity/newer?top=").text
    assert 'hx-trigger="load" hx-target="#list"' in live
    assert "newer entr" not in live
