"""A connection that signs in by a key renews itself, from the sealed key alone."""

from __future__ import annotations

import json
import sys
import time
from email.utils import formatdate
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.clock import FakeClock
from tests.fakes.gateway import GONE, Gateway, page
from tests.salesforce.support import CLIENT, Owners
from tests.salesforce.wire import ACME, FRESH, TOKEN, Wire, connected
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator
from zsf_plugin.errors import AppRefused, NotSent, ReconnectRequired, Unavailable
from zsf_plugin.model import SignInKey, Tokens
from zsf_plugin.ports import PendingSignIn, Store
from zsf_plugin.salesforce.adapter import SalesforceCrm
from zsf_plugin.salesforce.composites import RestRequest
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.salesforce.login import SalesforceLogin
from zsf_plugin.salesforce.session import SalesforceSession
from zsf_plugin.salesforce.sign_in_errors import clock_fault
from zsf_plugin.salesforce.tokens import Refresher
from zsf_plugin.settings import Settings

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
STALE = Tokens("a!ccess", None, 0, 1000.0)


class SystemTime(FakeClock):
    """The machine's clock: the emulator checks how long an assertion is valid."""

    def now(self) -> float:
        return time.time()


def engine(store: Store) -> SalesforceCrm:
    """A process of its own: nothing but the store is shared."""
    return SalesforceCrm(
        "w",
        store=store,
        clock=SystemTime(),
        client_secret=None,
        identity=Owners(),
        calls_per_second=1000.0,
    )


def connect(server: Emulator, store: Store) -> None:
    server.oauth.keys[CLIENT] = PUBLIC.decode()
    login = SalesforceLogin(None, SystemTime())
    grant = login.sign_in_with_jwt(server.url, CLIENT, "admin@acme.example", PEM)
    assert grant.lacks is None
    pending = PendingSignIn("", server.url, CLIENT, "", "", "")
    Connector(store, login, SystemTime()).finish("w", grant, pending, "custom", "send")


def test_a_session_that_ended_is_followed_by_another_in_any_process(
    server: Emulator, store: Store
) -> None:
    connect(server, store)
    assert store.renewal("w") == "key"
    for _ in range(3):
        server.oauth.expire_sessions()
        assert engine(store).facts().org_id
    kept = store.connection("w")
    assert kept is not None
    assert kept.state == "connected"


def test_the_key_is_sealed_and_deleted_with_the_connection(
    server: Emulator, store: Store, settings: Settings
) -> None:
    connect(server, store)
    stored = b"".join(path.read_bytes() for path in settings.data_dir.glob("zsf.sqlite3*"))
    assert b"PRIVATE KEY" not in stored
    assert PEM.splitlines()[1] not in stored
    assert store.sign_in_key("w") == SignInKey("jwt", PEM.decode(), "admin@acme.example")
    assert "PRIVATE" not in repr(store.sign_in_key("w"))
    Connector(store, SalesforceLogin(None, SystemTime()), SystemTime()).disconnect("w")
    assert (store.sign_in_key("w"), store.renewal("w")) == (None, None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(config_dir=tmp_path, data_dir=tmp_path, secret_key="k" * 40)


def test_signing_in_by_browser_afterwards_deletes_the_key(store: Store) -> None:
    connection = connected(store, STALE)
    store.save_connection(connection, STALE, key=SignInKey("jwt", "pem", "u"))
    store.save_connection(connection)
    assert store.renewal("w") == "key"
    store.save_connection(connection, Tokens("access", "refresh"))
    assert (store.renewal("w"), store.sign_in_key("w")) == ("refresh_token", None)


@pytest.fixture
def refresher(store: Store, wire: Wire, clock: FakeClock) -> Refresher:
    clock.sleep(1_795_429_230.0 - clock.now())
    return Refresher("w", store, clock, Http(), None, Owners())


def keyed(store: Store, key: SignInKey) -> Tokens:
    store.save_connection(connected(store, STALE), STALE, key=key)
    tokens = store.tokens("w")
    assert tokens is not None
    return tokens


def test_an_app_renews_itself_by_its_secret(wire: Wire, store: Store, refresher: Refresher) -> None:
    stale = keyed(store, SignInKey("client_credentials", "s3cret"))
    wire.answer(TOKEN, {key: text for key, text in FRESH.items() if key != "refresh_token"})
    assert refresher.refresh(stale).access == "fr3sh"
    (sent,) = wire.to(TOKEN)
    assert sent.form == {
        "grant_type": "client_credentials",
        "client_id": "the-app",
        "client_secret": "s3cret",
    }
    assert store.renewal("w") == "key"


def test_another_secret_of_the_app_is_taken_from_the_settings(
    wire: Wire, store: Store, clock: FakeClock
) -> None:
    refresher = Refresher("w", store, clock, Http(), "n3w", Owners())
    stale = keyed(store, SignInKey("client_credentials", "s3cret"))
    refused = {"error": "invalid_client", "error_description": "invalid client credentials"}
    wire.answer(TOKEN, refused, 400)
    wire.answer(TOKEN, {key: text for key, text in FRESH.items() if key != "refresh_token"})
    assert refresher.refresh(stale).access == "fr3sh"
    assert [sent.form["client_secret"] for sent in wire.to(TOKEN)] == ["s3cret", "n3w"]


@pytest.mark.parametrize("configured", [None, "s3cret", "wrong too"])
def test_a_secret_that_is_refused_costs_no_connection(
    wire: Wire, store: Store, clock: FakeClock, configured: str | None
) -> None:
    refresher = Refresher("w", store, clock, Http(), configured, Owners())
    stale = keyed(store, SignInKey("client_credentials", "s3cret"))
    refused = {"error": "invalid_client", "error_description": "invalid client credentials"}
    for _ in range(2):
        wire.answer(TOKEN, refused, 400)
    with pytest.raises(Unavailable, match="ZSF_CLIENT_SECRET"):
        refresher.refresh(stale)
    assert len(wire.to(TOKEN)) == (2 if configured == "wrong too" else 1)


@pytest.mark.parametrize(
    ("described", "code"),
    [
        ("user hasn't approved this consumer", "not_authorised"),
        ("audience is invalid", "wrong_login_address"),
        ("inactive user", "inactive"),
    ],
)
def test_a_key_that_is_refused_asks_for_a_person_and_says_why(
    wire: Wire, store: Store, refresher: Refresher, described: str, code: str
) -> None:
    stale = keyed(store, SignInKey("jwt", PEM.decode(), "u"))
    wire.answer(TOKEN, {"error": "invalid_grant", "error_description": described}, 400)
    with pytest.raises(ReconnectRequired) as caught:
        refresher.refresh(stale)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("ahead_s", "word"), [(600, "10 minutes ahead"), (-300, "5 minutes behind")]
)
def test_a_wrong_clock_is_named_and_costs_no_connection(
    wire: Wire, store: Store, refresher: Refresher, clock: FakeClock, ahead_s: float, word: str
) -> None:
    stale = keyed(store, SignInKey("jwt", PEM.decode(), "u"))
    refused = {"error": "invalid_grant", "error_description": "invalid assertion"}
    date = {"Date": formatdate(clock.now() - ahead_s, usegmt=True)}
    wire.answer(TOKEN, refused, 400, headers=date)
    with pytest.raises(Unavailable, match=word) as caught:
        refresher.refresh(stale)
    assert caught.value.code == "our_app"
    kept = store.connection("w")
    assert kept is not None
    assert kept.state == "connected"


@pytest.mark.parametrize("date", ["", "yesterday", formatdate(1000.0, usegmt=True)])
def test_a_clock_that_is_right_or_unknown_is_not_blamed(date: str) -> None:
    assert clock_fault(date, 1030.0) is None


def test_a_missing_package_costs_no_connection(
    wire: Wire, store: Store, refresher: Refresher, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = keyed(store, SignInKey("jwt", PEM.decode(), "u"))
    monkeypatch.setitem(sys.modules, "joserfc", None)
    with pytest.raises(Unavailable, match=r"zsf-plugin\[jwt\]"):
        refresher.refresh(stale)


def test_client_credentials_need_the_apps_secret(clock: FakeClock) -> None:
    with pytest.raises(AppRefused, match="ZSF_CLIENT_SECRET"):
        SalesforceLogin(None, clock).sign_in_as_app("https://acme.my.salesforce.com", "app")


@pytest.mark.parametrize(
    ("scope", "lacks"),
    [
        ("api id", "no_refresh_scope"),
        (None, "no_refresh_scope"),
        ("api refresh_token id", "no_refresh_policy"),
        ("offline_access api", "no_refresh_policy"),
    ],
)
def test_a_grant_without_a_refresh_token_says_what_the_app_lacks(
    wire: Wire, clock: FakeClock, scope: str | None, lacks: str
) -> None:
    answer = {name: text for name, text in FRESH.items() if name != "refresh_token"}
    wire.answer("/services/data", [{"version": "68.0"}])
    wire.answer("/query", {"records": []})
    wire.answer("/userinfo", {"preferred_username": "ada@acme.example"})
    wire.answer(TOKEN, {**answer, "scope": scope} if scope else answer)
    login = SalesforceLogin(None, clock)
    begun = login.begin("https://login.salesforce.com", CLIENT, "http://localhost/cb")
    grant = login.finish(begun, {"code": "x", "state": begun.state})
    assert grant.lacks == lacks


@pytest.mark.parametrize("scope", ["id", "refresh_token id openid", "apis"])
def test_a_grant_without_the_api_is_refused_and_given_back(
    wire: Wire, clock: FakeClock, scope: str
) -> None:
    wire.answer(TOKEN, {**FRESH, "scope": scope})
    wire.answer("/services/oauth2/revoke", None)
    login = SalesforceLogin(None, clock)
    begun = login.begin("https://login.salesforce.com", CLIENT, "http://localhost/cb")
    with pytest.raises(AppRefused, match="scopes api, refresh_token and id"):
        login.finish(begun, {"code": "x", "state": begun.state})
    assert len(wire.to("/services/oauth2/revoke")) == 1


# The org's address has moved

ACME2 = "https://acme2.my.salesforce.com"
MOVED = [page(301, location=f"{ACME2}/x"), page(302, location="/x"), page(404), page(421)]
KEYS = {
    "jwt": SignInKey("jwt", PEM.decode(), "u"),
    "client_credentials": SignInKey("client_credentials", "s3cret"),
}
NOT_HERE = {"error": "invalid_grant", "error_description": "request not supported on this domain"}


def call_at_a_moved_address(
    monkeypatch: pytest.MonkeyPatch,
    store: Store,
    kind: str,
    old: HttpResponse | Exception,
    login: HttpResponse | None = None,
) -> HttpResponse:
    """A call with a key to an org whose old address gives that answer; and to sign-ins the same, or
    that of `login`."""
    connection = connected(store, STALE, login_url=ACME, environment="custom")
    store.save_connection(connection, STALE, key=KEYS[kind])
    fresh = {name: text for name, text in FRESH.items() if name != "refresh_token"}
    given = HttpResponse(200, {}, json.dumps(fresh).encode())
    refused = HttpResponse(400, {}, json.dumps(NOT_HERE).encode())
    answers = {
        ACME: old,
        f"{ACME}{TOKEN}": old if login is None else login,
        "https://login.salesforce.com": given if kind == "jwt" else refused,
        ACME2: HttpResponse(200, {}, b'{"done":true}'),
    }
    Gateway(monkeypatch).play = lambda _, url, __: (
        answers[url] if url in answers else answers["/".join(url.split("/")[:3])]
    )
    clock = FakeClock()
    refresher = Refresher("w", store, clock, Http(), "s3cret", Owners())
    session = SalesforceSession("w", store, clock, Http(), refresher, 1000.0)
    return session.call(RestRequest("GET", "/query?q=x"), "purchases")


FORMER = {"error": "invalid_grant", "error_description": "audience is invalid"}


@pytest.mark.parametrize("old", [*MOVED, GONE], ids=repr)
def test_a_key_signs_in_where_an_org_has_moved_to(
    monkeypatch: pytest.MonkeyPatch, store: Store, old: HttpResponse | Exception
) -> None:
    assert call_at_a_moved_address(monkeypatch, store, "jwt", old).body == b'{"done":true}'
    kept = store.connection("w")
    assert kept is not None
    assert (kept.instance_url, kept.login_url, kept.state) == (ACME2, ACME2, "connected")


def test_an_assertion_for_the_orgs_former_address_is_followed_by_one_for_all_orgs(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    former = HttpResponse(400, {}, json.dumps(FORMER).encode())
    answer = call_at_a_moved_address(monkeypatch, store, "jwt", page(404), former)
    assert answer.body == b'{"done":true}'


@pytest.mark.parametrize("old", MOVED, ids=repr)
def test_an_app_that_signs_in_at_the_orgs_own_address_alone_asks_for_the_new_one(
    monkeypatch: pytest.MonkeyPatch, store: Store, old: HttpResponse
) -> None:
    with pytest.raises(ReconnectRequired) as caught:
        call_at_a_moved_address(monkeypatch, store, "client_credentials", old)
    assert caught.value.code == "address_moved"


def test_an_app_whose_orgs_host_is_gone_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    with pytest.raises(NotSent):
        call_at_a_moved_address(monkeypatch, store, "client_credentials", GONE)


@pytest.mark.parametrize("answer", ["url_not_reset", "redirect", "misdirected", "page"])
def test_a_key_follows_an_emulators_org_that_has_moved(
    server: Emulator, store: Store, answer: str
) -> None:
    connect(server, store)
    server.org.conditions.moved_to, server.org.conditions.moved_answer = "localhost", answer
    for _ in range(2):
        assert engine(store).facts(refresh=True).org_id
        server.oauth.expire_sessions()
    kept = store.connection("w")
    assert kept is not None
    moved = server.url.replace("127.0.0.1", "localhost")
    assert (kept.instance_url, kept.state) == (moved, "connected")
