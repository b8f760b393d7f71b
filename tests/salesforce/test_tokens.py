"""Refreshing: once at a time, stored before it is used, and never for another org."""

from __future__ import annotations

import multiprocessing
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import AdapterBench, Owners, connect, engine, sign_in
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import NotSent, ReconnectRequired, Unavailable
from zsf_plugin.model import ReconnectReason, Tokens
from zsf_plugin.ports import Store
from zsf_plugin.salesforce.http import Http
from zsf_plugin.salesforce.renewals import CUT_DELAY_S, CUT_PERIOD_S
from zsf_plugin.salesforce.tokens import Refresher
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store


class RealClock:
    """For what happens in several threads or processes at once."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def since_boot(self) -> float | None:
        return self.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def tokens_of(bench: AdapterBench) -> Tokens:
    found = bench.store.tokens("w")
    assert found is not None
    return found


def refreshes(bench: AdapterBench) -> int:
    return sum(
        "grant_type=refresh_token" in line["body"] for line in bench.requests("oauth2/token")
    )


def test_an_ended_session_is_refreshed_once_and_the_rotated_token_is_stored(
    bench: AdapterBench,
) -> None:
    before = tokens_of(bench)
    bench.control("POST", "sessions/expire")
    bench.crm.facts()
    after = tokens_of(bench)
    assert refreshes(bench) == 1
    assert after.version == before.version + 1
    assert after.refresh != before.refresh
    assert after.refresh == bench.server.oauth.grants[0].refresh


def test_without_rotation_the_refresh_token_is_kept(store: Store, clock: FakeClock) -> None:
    with Emulator(OrgSpec(refresh_rotation=False)) as server:
        bench = connect(server, store, clock)
        before = tokens_of(bench)
        bench.control("POST", "sessions/expire")
        bench.crm.facts()
        assert tokens_of(bench).refresh == before.refresh


def test_the_rotated_token_is_stored_before_the_new_session_is_used(bench: AdapterBench) -> None:
    bench.control("POST", "sessions/expire")
    bench.fault("drop_before", "composite", after=1)
    with pytest.raises(Unavailable):
        bench.crm.facts()
    assert tokens_of(bench).refresh == bench.server.oauth.grants[0].refresh


def test_two_threads_with_a_dead_session_refresh_once(server: Emulator, store: Store) -> None:
    bench = connect(server, store, RealClock())
    bench.control("POST", "sessions/expire")
    engines = [engine(store, bench.clock) for _ in range(2)]
    failures: list[BaseException] = []
    threads = [threading.Thread(target=_facts, args=(one, failures)) for one in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert refreshes(bench) == 1


def _facts(crm: Any, failures: list[BaseException]) -> None:
    try:
        crm.facts(refresh=True)
    except BaseException as error:
        failures.append(error)


def _in_a_process(folder: Path, ready: Any, answers: Any) -> None:
    store = open_store(Settings(config_dir=folder, data_dir=folder, secret_key="k" * 40))
    ready.wait(120)
    try:
        engine(store, RealClock()).facts(refresh=True)
        answers.put("well")
    except Exception as error:
        answers.put(repr(error))
    store.close()


def test_two_processes_with_a_dead_session_refresh_once(
    server: Emulator, store: Store, tmp_path: Path
) -> None:
    bench = connect(server, store, RealClock())
    bench.control("POST", "sessions/expire")
    spawn = multiprocessing.get_context("spawn")
    ready, answers = spawn.Barrier(2), spawn.Queue()
    processes = [
        spawn.Process(target=_in_a_process, args=(tmp_path, ready, answers)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    assert [answers.get(timeout=120) for _ in processes] == ["well", "well"]
    for process in processes:
        process.join(120)
    assert refreshes(bench) == 1


SESSION_ENDED = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]


def test_a_session_that_ends_twice_within_one_call_is_renewed_twice(bench: AdapterBench) -> None:
    bench.fault("status", "composite", status=401, body=SESSION_ENDED, times=2)
    began = bench.clock.now()
    assert bench.crm.facts().describes
    assert refreshes(bench) == 2
    assert CUT_DELAY_S <= bench.clock.now() - began < 2 * CUT_DELAY_S
    assert bench.connection().state == "connected"


def test_a_second_401_after_a_pause_is_an_outage_for_a_minute(bench: AdapterBench) -> None:
    bench.fault("status", "composite", status=401, body=SESSION_ENDED, times=5)
    with pytest.raises(Unavailable) as caught:
        bench.crm.facts()
    assert caught.value.code == "session_ended"
    assert 0 < caught.value.retry_after_s <= CUT_PERIOD_S
    assert refreshes(bench) == 2
    with pytest.raises(Unavailable):
        bench.crm.facts()
    assert refreshes(bench) == 2
    assert bench.connection().state == "connected"


def test_sessions_that_are_refused_in_two_minutes_need_a_person(bench: AdapterBench) -> None:
    bench.fault("status", "composite", status=401, body=SESSION_ENDED, times=5)
    with pytest.raises(Unavailable):
        bench.crm.facts()
    bench.clock.sleep(CUT_PERIOD_S)
    with pytest.raises(ReconnectRequired) as caught:
        engine(bench.store, bench.clock).facts()
    assert caught.value.code == "session_cut"
    assert refreshes(bench) == 3


@pytest.mark.parametrize("times", [2, 4])
def test_a_session_that_was_accepted_meanwhile_is_another_fault(
    bench: AdapterBench, times: int
) -> None:
    bench.fault("status", "composite", status=401, body=SESSION_ENDED, times=times)
    for _ in range(times - 1):
        with suppress(Unavailable):
            bench.crm.facts()
        bench.clock.sleep(CUT_PERIOD_S)
    bench.clock.sleep(2 * 3600.0)
    bench.fault("status", "composite", status=401, body=SESSION_ENDED, times=2)
    assert bench.crm.facts().describes


def test_a_revoked_grant_needs_a_person_and_is_not_tried_again(bench: AdapterBench) -> None:
    bench.control("POST", "sessions/expire")
    bench.control("POST", "grants/revoke")
    with pytest.raises(ReconnectRequired) as caught:
        bench.crm.facts()
    assert caught.value.code == "revoked"
    assert (bench.connection().state, bench.connection().reason) == (
        "reconnect",
        ReconnectReason("revoked", {"error": "invalid_grant"}),
    )
    asked = len(bench.requests("/"))
    with pytest.raises(ReconnectRequired):
        bench.crm.facts()
    assert len(bench.requests("/")) == asked


def test_a_token_that_answers_for_another_org_stops_the_workspace(bench: AdapterBench) -> None:
    bench.store.save_connection(replace(bench.connection(), org_id="00D5g000004TyUiEAK"))
    before = tokens_of(bench)
    bench.control("POST", "sessions/expire")
    with pytest.raises(ReconnectRequired) as caught:
        bench.crm.facts()
    assert caught.value.code == "org_changed"
    assert bench.connection().state == "reconnect"
    assert tokens_of(bench).access == before.access


def test_a_short_org_id_in_the_connection_is_the_same_org(bench: AdapterBench) -> None:
    bench.store.save_connection(replace(bench.connection(), org_id=bench.org.org_id[:15]))
    bench.control("POST", "sessions/expire")
    assert bench.crm.facts().closed_status == "Completed"


def refused(bench: AdapterBench, error: str, words: str, **more: Any) -> None:
    body = {"error": error, "error_description": words}
    bench.fault("status", "oauth2/token", status=400, body=body, **more)


def test_a_refresh_already_under_way_is_waited_for_and_tried_again(bench: AdapterBench) -> None:
    bench.control("POST", "sessions/expire")
    refused(bench, "invalid_grant", "token request is already being processed")
    began = bench.clock.now()
    bench.crm.facts()
    assert bench.connection().state == "connected"
    assert bench.clock.now() - began >= 1.0


def test_a_refresh_under_way_for_too_long_is_left_for_later(bench: AdapterBench) -> None:
    bench.control("POST", "sessions/expire")
    refused(bench, "invalid_grant", "expired authorization code", times=99)
    with pytest.raises(Unavailable):
        bench.crm.facts()
    assert bench.connection().state == "connected"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("invalid_grant", "ip restricted"),
        ("invalid_client", "invalid client credentials"),
        ("rate_limit_exceeded", "login rate exceeded"),
        ("server_error", ""),
    ],
)
def test_an_error_that_keeps_the_grant_keeps_the_token_and_the_connection(
    bench: AdapterBench, error: str, words: str
) -> None:
    before = tokens_of(bench)
    bench.control("POST", "sessions/expire")
    refused(bench, error, words)
    with pytest.raises(Unavailable):
        bench.crm.facts()
    assert bench.connection().state == "connected"
    assert tokens_of(bench).refresh == before.refresh
    bench.crm.facts()


def test_an_html_page_instead_of_tokens_is_no_revocation(bench: AdapterBench) -> None:
    bench.control("POST", "sessions/expire")
    bench.fault("html_503", "oauth2/token")
    with pytest.raises(Unavailable):
        bench.crm.facts()
    assert bench.connection().state == "connected"


def test_a_refresh_whose_answer_was_lost_is_not_repeated_within_the_call(
    bench: AdapterBench,
) -> None:
    bench.control("POST", "sessions/expire")
    bench.fault("drop_after_commit", "oauth2/token")
    with pytest.raises(Unavailable):
        bench.crm.facts()
    assert refreshes(bench) == 1
    assert bench.connection().state == "connected"
    with pytest.raises(
        ReconnectRequired
    ):  # the org had rotated it: the spent token ends the grant (§1.4)
        bench.crm.facts()
    assert refreshes(bench) == 2


def test_a_refresh_that_never_left_can_be_tried_again(bench: AdapterBench) -> None:
    bench.control("POST", "sessions/expire")
    elsewhere = replace(bench.connection(), login_url="http://127.0.0.1:9")
    there = bench.connection()
    bench.store.save_connection(elsewhere)
    with pytest.raises(NotSent):
        bench.crm.facts()
    bench.store.save_connection(there)
    assert bench.crm.facts().org_id == bench.org.org_id


def test_a_new_sign_in_is_not_disconnected_by_the_old_token(
    bench: AdapterBench,
) -> None:
    stale = tokens_of(bench)
    _, grant = sign_in(bench.server, bench.clock)
    bench.store.save_connection(bench.connection(), grant.tokens)
    refresher = Refresher("w", bench.store, bench.clock, Http(), None, Owners())
    assert refresher.refresh(stale).access == grant.tokens.access
    assert refreshes(bench) == 0


def test_a_sign_in_at_the_moment_the_old_grant_ends_stays_connected(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = tokens_of(bench)
    bench.control("POST", "grants/revoke")
    tokens = bench.store.tokens

    def one_look_too_early(workspace: str) -> Any:
        """Whoever looks after the token call sees the old tokens still, and a person signs in right
        then."""
        found = tokens(workspace)
        if refreshes(bench):
            _, grant = sign_in(bench.server, bench.clock)
            newer = replace(bench.connection(), connected_at=bench.clock.now() + 1.0)
            bench.store.save_connection(newer, grant.tokens)
        return found

    monkeypatch.setattr(bench.store, "tokens", one_look_too_early)
    with pytest.raises(ReconnectRequired):
        Refresher("w", bench.store, bench.clock, Http(), None, Owners()).refresh(stale)
    assert bench.connection().state == "connected"


def test_a_late_winner_of_the_lease_uses_the_tokens_of_the_winner_before(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = tokens_of(bench)
    acquire = bench.store.acquire_lease

    def just_after_another(*args: Any, **more: Any) -> Any:
        fresh = Tokens("another", "another's", stale.version + 1, bench.clock.now())
        bench.store.rotate_tokens(
            "w", fresh, instance_url=bench.server.url, expected_version=stale.version
        )
        return acquire(*args, **more)

    monkeypatch.setattr(bench.store, "acquire_lease", just_after_another)
    assert (
        Refresher("w", bench.store, bench.clock, Http(), None, Owners()).refresh(stale).access
        == "another"
    )
    assert refreshes(bench) == 0


def test_a_refresher_past_its_lease_sends_no_token_that_another_rotated(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = tokens_of(bench)
    connection = bench.store.connection

    def slept(workspace: str) -> Any:
        """The machine stood still here, and another process had its turn."""
        monkeypatch.setattr(bench.store, "connection", connection)
        bench.clock.sleep(200.0)
        Refresher("w", bench.store, bench.clock, Http(), None, Owners()).refresh(stale)
        return connection(workspace)

    monkeypatch.setattr(bench.store, "connection", slept)
    fresh = Refresher("w", bench.store, bench.clock, Http(), None, Owners()).refresh(stale)
    assert fresh == tokens_of(bench)
    assert refreshes(bench) == 1
    assert bench.crm.facts().org_id == bench.org.org_id


def test_a_session_without_a_refresh_token_ends_with_a_person(bench: AdapterBench) -> None:
    bench.store.save_connection(bench.connection(), replace(tokens_of(bench), refresh=None))
    bench.control("POST", "sessions/expire")
    with pytest.raises(ReconnectRequired):
        bench.crm.facts()


def test_a_lease_held_by_another_process_is_waited_for_and_then_left_for_later(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.control("POST", "sessions/expire")
    held = bench.store.acquire_lease(
        "refresh:w", "other", bench.clock.now(), ttl_s=10_000, is_over=lambda _: False
    )
    assert held is not None
    sleep = bench.clock.sleep

    def sleep_beside_a_live_holder(seconds: float) -> None:
        bench.store.renew_lease(held, bench.clock.now(), ttl_s=10_000)
        sleep(max(seconds, 10.0))

    monkeypatch.setattr(bench.clock, "sleep", sleep_beside_a_live_holder)
    with pytest.raises(Unavailable, match="another process"):
        bench.crm.facts()
    assert refreshes(bench) == 0


def test_a_token_not_used_for_a_week_is_refreshed_before_it_dies(
    bench: AdapterBench, clock: FakeClock
) -> None:
    bench.crm.keep_alive()
    assert refreshes(bench) == 0
    clock.sleep(8 * 24 * 3600)
    bench.crm.keep_alive()
    bench.crm.keep_alive()
    assert refreshes(bench) == 1


def test_a_failed_keep_alive_never_stops_work(bench: AdapterBench, clock: FakeClock) -> None:
    clock.sleep(8 * 24 * 3600)
    bench.fault("html_503", "oauth2/token", times=99)
    assert bench.crm.facts().org_id == bench.org.org_id
