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
    progress, baseline = progress_since(Baseline(1000.0, 50), counts(150, 200), 1060.0)
    assert progress is not None
    assert (progress.ended, progress.waiting, progress.total) == (100, 200, 300)
    assert progress.per_minute == 100
    assert progress.ends_at == pytest.approx(1180.0)
    assert baseline == Baseline(1000.0, 50)


@pytest.mark.parametrize(
    ("baseline", "now"),
    [(None, 1000.0), (Baseline(1000.0, 50), 1400.0), (Baseline(1000.0, 50), 990.0)],
)
def test_watching_begins_again_without_a_baseline_that_fits(
    baseline: Baseline | None, now: float
) -> None:
    assert progress_since(baseline, counts(150, 200), now) == (None, Baseline(now, 150))


@pytest.mark.parametrize(
    ("ended", "waiting", "now"), [(50, 200, 1060.0), (55, 5, 1060.0), (90, 200, 1001.0)]
)
def test_what_stands_still_or_is_short_or_just_began_has_no_progress(
    ended: int, waiting: int, now: float
) -> None:
    assert progress_since(Baseline(1000.0, 50), counts(ended, waiting), now)[0] is None


@given(text=st.text(max_size=30) | st.sampled_from(["nan.1", "inf.2", "1e999.1", "-1.-1", "1.5.3"]))
def test_any_text_is_a_baseline_or_none(text: str) -> None:
    parsed = parse_baseline(text)
    progress_since(parsed, counts(5, 50), 1000.0)
    assert parsed is None or parse_baseline(parsed.text) == parsed


def test_the_live_part_shows_the_progress_since_the_page_was_opened(
    client: FlaskClient, application: CommandApp, fake_clock: FakeClock
) -> None:
    entries = [keep(application.store, purchase(prospect(n), f"e{n}")) for n in range(40)]
    page = client.get("/activity").text
    watched = re.search(r'name="watched" value="([^"]+)"', page)
    assert watched is not None
    for entry in entries[:10]:
        settle(application.store, entry, "done")
    fake_clock.sleep(30)
    live = client.get(f"/activity/newer?top={entries[-1]}&watched={watched.group(1)}").text
    assert "Syncing: 10 done, 30 waiting · about 20 a minute · done at about" in live
    assert '<section id="today" class="today" hx-swap-oob="true"' in live
    assert "Syncing" not in client.get("/activity/newer?watched=nonsense").text


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
