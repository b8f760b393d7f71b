"""Refreshing with the login played: what is presented, what each failure carries, how long is
waited, and what is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import Owners
from tests.salesforce.wire import ACME, FRESH, LOST, NEVER_SENT, ORG, TOKEN, USER, Wire, connected
from zsf_plugin.errors import NotSent, ReconnectRequired, Unavailable
from zsf_plugin.model import Connection, ReconnectReason, Tokens
from zsf_plugin.ports import Store
from zsf_plugin.salesforce.http import Http
from zsf_plugin.salesforce.tokens import Refresher

STALE = Tokens("a!ccess", "r3fresh", 0, 1000.0)
BUSY = {"error": "invalid_grant", "error_description": "token request is already being processed"}
REVOKED = {"error": "invalid_grant", "error_description": "expired access/refresh token"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(2000.0)


@pytest.fixture
def refresher(store: Store, clock: FakeClock) -> Refresher:
    connected(store)
    return refresher_of(store, clock)


def refresher_of(store: Store, clock: FakeClock, secret: str | None = None) -> Refresher:
    return Refresher("w", store, clock, Http(), secret, Owners())


def stored_tokens(store: Store) -> tuple[str, str | None, int, float]:
    found = store.tokens("w")
    assert found is not None
    return found.access, found.refresh, found.version, found.refreshed_at


def connection(store: Store) -> Connection:
    found = store.connection("w")
    assert found is not None
    return found


def lease(store: Store, owner: str, now: float, ttl_s: float = 1.0) -> Any:
    return store.acquire_lease("refresh:w", owner, now, ttl_s=ttl_s, is_over=lambda _: False)


@pytest.mark.parametrize("secret", [None, "s3cret"])
def test_the_refresh_token_is_presented_to_the_login_that_gave_it(
    wire: Wire, store: Store, clock: FakeClock, secret: str | None
) -> None:
    connected(store, login_url="https://test.salesforce.com")
    wire.answer(TOKEN, FRESH)
    refresher_of(store, clock, secret).refresh(STALE)
    (sent,) = wire.sent
    assert (sent.method, sent.url) == ("POST", f"https://test.salesforce.com{TOKEN}")
    assert sent.form == {
        "grant_type": "refresh_token",
        "refresh_token": "r3fresh",
        "client_id": "the-app",
        **({"client_secret": secret} if secret else {}),
    }


def test_a_response_signed_with_another_secret_is_rejected(
    wire: Wire, store: Store, clock: FakeClock
) -> None:
    connected(store)
    wire.answer(TOKEN, {**FRESH, "signature": "bWFkZS11cA=="})
    with pytest.raises(ReconnectRequired) as caught:
        refresher_of(store, clock, "s3cret").refresh(STALE)
    assert caught.value.code == "not_signed"


@pytest.mark.parametrize(("rotated", "refresh"), [("rot4ted", "rot4ted"), (None, "r3fresh")])
def test_fresh_tokens_are_kept_with_the_instance_they_name(
    wire: Wire, store: Store, refresher: Refresher, rotated: str | None, refresh: str
) -> None:
    wire.answer(TOKEN, {**FRESH, "refresh_token": rotated})
    fresh = refresher.refresh(STALE)
    assert (fresh.access, fresh.refresh, fresh.version) == ("fr3sh", refresh, 1)
    assert fresh.refreshed_at == 2000.0
    assert stored_tokens(store) == ("fr3sh", refresh, 1, 2000.0)
    assert connection(store).instance_url == "https://acme2.my.salesforce.com"


@pytest.mark.parametrize("missing", ["id", "instance_url"])
def test_what_the_answer_to_a_refresh_token_does_not_name_stays_as_it_is(
    wire: Wire, store: Store, refresher: Refresher, missing: str
) -> None:
    wire.answer(TOKEN, {name: value for name, value in FRESH.items() if name != missing})
    assert refresher.refresh(STALE).access == "fr3sh"
    kept = connection(store)
    assert (kept.state, kept.org_id, kept.user_id) == ("connected", ORG, USER)
    is_named = missing != "instance_url"
    assert kept.instance_url == ("https://acme2.my.salesforce.com" if is_named else ACME)


def test_a_refresh_is_logged_with_its_workspace(
    wire: Wire, refresher: Refresher, caplog: pytest.LogCaptureFixture
) -> None:
    wire.answer(TOKEN, FRESH)
    with caplog.at_level(logging.INFO, "zsf_plugin.salesforce"):
        refresher.refresh(STALE)
    assert "workspace w" in caplog.text


@pytest.mark.parametrize("stale", [replace(STALE, access="older"), replace(STALE, version=7)])
def test_stored_tokens_of_another_access_or_version_are_taken_as_they_are(
    wire: Wire, refresher: Refresher, stale: Tokens
) -> None:
    assert refresher.refresh(stale).access == "a!ccess"
    assert wire.sent == []


def test_a_refresh_holds_the_workspaces_lease_for_150_seconds_and_releases_it(
    wire: Wire, store: Store, clock: FakeClock, refresher: Refresher
) -> None:
    wire.answer(TOKEN, FRESH)
    won: list[Any] = []
    wire.meanwhile = lambda: won.append(lease(store, "another", clock.now() + 149.9))
    refresher.refresh(STALE)
    assert won == [None]
    assert lease(store, "another", clock.now()) is not None


def test_a_lease_that_was_taken_while_the_refresher_lived_is_another_ones(
    wire: Wire, store: Store, clock: FakeClock, refresher: Refresher
) -> None:
    wire.answer(TOKEN, FRESH)
    won: list[Any] = []

    def take() -> None:
        taken = store.acquire_lease("refresh:w", "another", 9.0, ttl_s=1.0, is_over=lambda _: True)
        won.append(taken)

    wire.meanwhile = take
    refresher.refresh(STALE)
    assert won[0] is not None
    assert lease(store, "third", clock.now() + 150.5) is None


def test_a_lease_is_renewed_before_the_token_is_presented(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    refresher: Refresher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reading the connection took most of the lease's time: it is held for as long again."""
    wire.answer(TOKEN, FRESH)
    read = store.connection
    won: list[Any] = []

    def slowly(workspace: str) -> Any:
        clock.sleep(140.0)
        return read(workspace)

    monkeypatch.setattr(store, "connection", slowly)
    wire.meanwhile = lambda: won.append(lease(store, "another", clock.now() + 149.9))
    refresher.refresh(STALE)
    assert won == [None]


@pytest.mark.parametrize("fails", ["token", "connection"])
def test_a_failed_refresh_releases_its_lease_too(
    wire: Wire, store: Store, clock: FakeClock, refresher: Refresher, fails: str
) -> None:
    wire.answer(TOKEN, NEVER_SENT)
    if fails == "connection":
        store.forget_connection("w")
    with pytest.raises((NotSent, ReconnectRequired)):
        refresher.refresh(STALE)
    assert lease(store, "another", clock.now()) is not None


def test_the_lease_of_a_dead_process_is_taken_at_once(
    wire: Wire, store: Store, clock: FakeClock
) -> None:
    class Gone(Owners):
        def is_dead(self, owner: str) -> bool:
            return owner == "gone"

    connected(store)
    wire.answer(TOKEN, FRESH)
    lease(store, "gone", clock.now(), ttl_s=900.0)
    assert Refresher("w", store, clock, Http(), None, Gone()).refresh(STALE).access == "fr3sh"
    assert clock.now() == 2000.0


def test_each_refresh_holds_its_lease_under_a_name_of_its_own(
    wire: Wire, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(store)
    wire.answer(TOKEN, NEVER_SENT)
    acquire, names = store.acquire_lease, []

    def noted(name: str, owner: str, *args: Any, **more: Any) -> Any:
        names.append((name, owner))
        return acquire(name, owner, *args, **more)

    class Numbered(Owners):
        def new_owner(self) -> str:
            return f"owner {len(names)}"

    monkeypatch.setattr(store, "acquire_lease", noted)
    for _ in range(2):
        with pytest.raises(NotSent):
            Refresher("w", store, clock, Http(), None, Numbered()).refresh(STALE)
    assert names == [("refresh:w", "owner 0"), ("refresh:w", "owner 1")]


def test_a_lease_that_another_owner_renews_is_polled_every_50_ms_for_155_s(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    refresher: Refresher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    other = lease(store, "another", clock.now())

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.time += 31.0
        store.renew_lease(other, clock.now(), ttl_s=150.0)

    monkeypatch.setattr(clock, "sleep", sleep)
    with pytest.raises(Unavailable) as caught:
        refresher.refresh(STALE)
    assert (caught.value.code, caught.value.retry_after_s) == ("refresh_here", 1.5)
    assert waits == [0.05] * 5
    assert wire.sent == []


@pytest.mark.parametrize("ahead_s", [0.0, 7200.0, -3600.0, 86_400.0])
def test_a_lease_that_nobody_renews_is_taken_after_150_s_whatever_its_holders_clock_said(
    wire: Wire, store: Store, clock: FakeClock, refresher: Refresher, ahead_s: float
) -> None:
    wire.answer(TOKEN, FRESH)
    lease(store, "another", clock.now() + ahead_s, ttl_s=150.0)
    assert refresher.refresh(STALE).access == "fr3sh"
    assert clock.now() == pytest.approx(2150.0, abs=0.1)


@pytest.mark.parametrize("set_by_s", [86_400.0, -86_400.0])
def test_a_clock_that_is_set_neither_shortens_nor_lengthens_the_wait(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    refresher: Refresher,
    set_by_s: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire.answer(TOKEN, FRESH)
    lease(store, "another", clock.now(), ttl_s=150.0)
    sleep = clock.sleep

    def sleep_through_a_jump(seconds: float) -> None:
        monkeypatch.setattr(clock, "sleep", sleep)
        clock.set_by(set_by_s)
        sleep(seconds)

    monkeypatch.setattr(clock, "sleep", sleep_through_a_jump)
    before = clock.monotonic()
    assert refresher.refresh(STALE).access == "fr3sh"
    assert clock.monotonic() - before == pytest.approx(150.0, abs=0.1)


def test_a_lease_that_becomes_free_is_taken(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    refresher: Refresher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire.answer(TOKEN, FRESH)
    other = lease(store, "another", clock.now())

    def sleep(seconds: float) -> None:
        clock.time += seconds
        if clock.time > 2000.12:
            store.release_lease(other)

    monkeypatch.setattr(clock, "sleep", sleep)
    assert refresher.refresh(STALE).access == "fr3sh"
    assert clock.now() == pytest.approx(2000.15)


def test_the_lease_holders_tokens_are_used_while_it_still_holds_the_lease(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    refresher: Refresher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lease(store, "another", clock.now(), ttl_s=9000.0)

    def sleep(seconds: float) -> None:
        clock.time += seconds
        store.rotate_tokens("w", Tokens("another", "r", 1), instance_url=ACME, expected_version=0)

    monkeypatch.setattr(clock, "sleep", sleep)
    assert refresher.refresh(STALE).access == "another"
    assert wire.sent == []


def test_a_refresh_under_way_elsewhere_is_tried_three_times_a_second_and_a_half_apart(
    wire: Wire, store: Store, clock: FakeClock, refresher: Refresher
) -> None:
    wire.answer(TOKEN, BUSY, 400)
    with pytest.raises(Unavailable) as caught:
        refresher.refresh(STALE)
    assert (caught.value.code, caught.value.retry_after_s) == ("refresh_there", 1.5)
    assert len(wire.sent) == 3
    assert clock.now() == 2004.5
    assert connection(store).state == "connected"


def test_the_tokens_of_another_refresh_are_used_after_one_wait(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    refresher: Refresher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sleep(seconds: float) -> None:
        clock.time += seconds
        store.rotate_tokens("w", Tokens("another", "r", 1), instance_url=ACME, expected_version=0)

    monkeypatch.setattr(clock, "sleep", sleep)
    wire.answer(TOKEN, BUSY, 400)
    assert refresher.refresh(STALE).access == "another"
    assert len(wire.sent) == 1


def test_the_third_try_may_still_bring_tokens(
    wire: Wire, store: Store, refresher: Refresher
) -> None:
    wire.answer(TOKEN, BUSY, 400)
    wire.answer(TOKEN, BUSY, 400)
    wire.answer(TOKEN, FRESH)
    assert refresher.refresh(STALE).access == "fr3sh"


@pytest.mark.parametrize(
    ("answer", "status", "code", "retry_after_s"),
    [
        (LOST, 0, "refresh_lost", 30.0),
        ({"error": "invalid_client"}, 401, "our_app", 300.0),
        ({"error": "server_error"}, 400, "login_busy", 30.0),
        (NEVER_SENT, 0, "connection", 30.0),
    ],
)
def test_an_error_that_keeps_the_grant_says_when_to_retry(
    wire: Wire,
    store: Store,
    clock: FakeClock,
    refresher: Refresher,
    answer: Any,
    status: int,
    code: str,
    retry_after_s: float,
) -> None:
    wire.answer(TOKEN, answer, status)
    with pytest.raises(Unavailable) as caught:
        refresher.refresh(STALE)
    assert (caught.value.code, caught.value.retry_after_s) == (code, retry_after_s)
    assert len(wire.sent) == 1
    assert clock.now() == 2000.0
    assert stored_tokens(store) == ("a!ccess", "r3fresh", 0, 1000.0)
    assert connection(store).state == "connected"


def test_an_error_that_an_operator_must_correct_has_its_findings(
    wire: Wire, refresher: Refresher
) -> None:
    wire.answer(TOKEN, {"error": "invalid_client"}, 401)
    with pytest.raises(Unavailable) as caught:
        refresher.refresh(STALE)
    assert "ZSF_CLIENT_SECRET" in str(caught.value.data["findings"])


def test_a_workspace_without_a_connection_has_nothing_to_refresh(
    wire: Wire, store: Store, clock: FakeClock
) -> None:
    with pytest.raises(ReconnectRequired) as caught:
        refresher_of(store, clock).refresh(STALE)
    assert caught.value.code == "not_connected"


def ends(refresher: Refresher, stale: Tokens = STALE) -> ReconnectRequired:
    with pytest.raises(ReconnectRequired) as caught:
        refresher.refresh(stale)
    return caught.value


def revoked(wire: Wire, store: Store, refresher: Refresher) -> ReconnectRequired:
    wire.answer(TOKEN, REVOKED, 400)
    return ends(refresher)


def without_refresh(wire: Wire, store: Store, refresher: Refresher) -> ReconnectRequired:
    store.save_connection(connection(store), replace(STALE, refresh=None))
    stored = store.tokens("w")
    assert stored is not None
    return ends(refresher, stored)


def of_another_org(wire: Wire, store: Store, refresher: Refresher) -> ReconnectRequired:
    there = f"https://login.salesforce.com/id/00D5g000009ZzZzEAK/{USER}"
    wire.answer(TOKEN, {**FRESH, "id": there})
    return ends(refresher)


@pytest.mark.parametrize(
    ("end", "code", "data"),
    [
        (revoked, "revoked", {"error": "invalid_grant"}),
        (without_refresh, "no_refresh", {}),
        (of_another_org, "org_changed", {"org": "00D5g000009ZzZzEAK"}),
    ],
)
def test_a_sign_in_that_ends_says_why_on_the_connection_in_the_history_and_in_the_log(
    wire: Wire,
    store: Store,
    refresher: Refresher,
    caplog: pytest.LogCaptureFixture,
    end: Callable[[Wire, Store, Refresher], ReconnectRequired],
    code: str,
    data: dict[str, str],
) -> None:
    error = end(wire, store, refresher)
    assert (error.code, error.data) == (code, data)
    assert (connection(store).state, connection(store).reason) == (
        "reconnect",
        ReconnectReason(code, data),
    )
    (line,) = store.history("w")
    assert (line.at, line.code, line.detail) == (
        2000.0,
        "sign_in_ended",
        {"code": code, "data": data},
    )
    assert f"workspace w ended ({code})" in caplog.text
    assert stored_tokens(store)[0] == "a!ccess"


def test_an_old_grant_that_ended_after_a_new_sign_in_does_not_matter(
    wire: Wire, store: Store, refresher: Refresher
) -> None:
    wire.answer(TOKEN, REVOKED, 400)
    newer = Tokens("newer", "r", 0, 2000.0)
    wire.meanwhile = lambda: store.save_connection(connection(store), newer)
    assert refresher.refresh(STALE).access == "newer"
    assert connection(store).state == "connected"
    assert len(wire.sent) == 1


@pytest.mark.parametrize("is_left", [True, False])
def test_a_refresher_that_stores_too_late_uses_the_stored_tokens_else_its_own(
    wire: Wire,
    store: Store,
    refresher: Refresher,
    monkeypatch: pytest.MonkeyPatch,
    is_left: bool,
) -> None:
    wire.answer(TOKEN, FRESH)
    rotate = store.rotate_tokens

    def too_late(workspace: str, tokens: Tokens, **more: Any) -> bool:
        if is_left:
            rotate(workspace, Tokens("another", "r", 1), **more)
        else:
            store.forget_connection(workspace)
        return rotate(workspace, tokens, **more)

    monkeypatch.setattr(store, "rotate_tokens", too_late)
    assert refresher.refresh(STALE).access == ("another" if is_left else "fr3sh")
