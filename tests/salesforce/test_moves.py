"""An org whose address is another now: what shows it, one renewal, the new address if it may be
trusted, and a person where nothing helps. Never a token to an address that may not be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.fakes.gateway import GONE, Gateway, page
from tests.salesforce.support import Owners
from tests.salesforce.wire import ACME, FRESH, ORG, TOKEN, connected
from zsf_plugin.errors import (
    GatewayRefused,
    NotSent,
    ReconnectRequired,
    Unavailable,
)
from zsf_plugin.ports import Store
from zsf_plugin.salesforce import answers, moves
from zsf_plugin.salesforce.composites import RestRequest, parse_composite
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.salesforce.login import SalesforceLogin
from zsf_plugin.salesforce.renewals import VAIN_FOR_S
from zsf_plugin.salesforce.session import SalesforceSession
from zsf_plugin.salesforce.tokens import Refresher

ACME2 = "https://acme2.my.salesforce.com"
LOGIN = "https://login.salesforce.com"
READ = RestRequest("GET", "/query?q=x")
LIMITS = HttpResponse(200, {}, b'{"DailyApiRequests":{"Max":100,"Remaining":90}}')
PARKED = HttpResponse(200, {}, b'{"status":"parked"}')


def coded(code: str, status: int) -> HttpResponse:
    return HttpResponse(status, {}, json.dumps([{"errorCode": code, "message": "x"}]).encode())


def parts(*codes: str | None) -> HttpResponse:
    """A composite's answer: the code of each part's error, None for a part that is done."""
    found: list[Any] = []
    for number, code in enumerate(codes):
        body: Any = {"id": "x"} if code is None else [{"errorCode": code, "message": "x"}]
        status = 201 if code is None else 401
        found.append({"referenceId": f"w{number}", "httpStatusCode": status, "body": body})
    return HttpResponse(200, {}, json.dumps({"compositeResponse": found}).encode())


NOT_RESET = coded("URL_NOT_RESET", 400)
TO_LOGIN = page(302, location=f"{ACME}/?ec=302&startURL=%2Fservices")
TO_NEW = page(301, location=f"{ACME2}/services/data/v68.0/query")
TO_PLAIN = page(307, location="http://acme2.my.salesforce.com/x")
TO_ITSELF = page(308, location=f"{ACME}/services/data/v68.0/query?q=x")
RELATIVE = page(303, location="/secur/login.jsp")
TO_EVIL = page(302, location="https://salesforce.com.evil.example/services")
TO_PORTAL = page(302, location="http://portal.hotel.example/welcome")
NOWHERE = page(302)
MISDIRECTED = page(421)
NO_LONGER = page(404, b"<html>URL No Longer Exists</html>")
FOREIGN_404 = HttpResponse(404, {}, b'{"error":"no such route"}')


@pytest.mark.parametrize(
    ("answer", "sign"),
    [
        (NOT_RESET, "moved"),
        (coded("URL_NOT_RESET", 404), "moved"),
        (TO_LOGIN, "moved"),
        (TO_NEW, "moved"),
        (TO_PLAIN, "moved"),
        (TO_ITSELF, "moved"),
        (RELATIVE, "moved"),
        (NOWHERE, "moved"),
        (TO_EVIL, "elsewhere"),
        (TO_PORTAL, "elsewhere"),
        (page(302, location="//evil.example/"), "elsewhere"),
        (page(302, location="https://status.salesforce.com/maintenances/1"), "elsewhere"),
        (page(302, location="http://trust.salesforce.com/"), "elsewhere"),
        (page(302, location="https://user@acme.my.salesforce.com/"), "elsewhere"),
        (page(302, location="https://acme.my.salesforce.com:8443/"), "elsewhere"),
        (page(302, location="https://[bad/"), "elsewhere"),
        (MISDIRECTED, "lost"),
        (NO_LONGER, "lost"),
        (FOREIGN_404, "lost"),
        (HttpResponse(404, {}, b""), "lost"),
        (HttpResponse(401, {}, b""), "session"),
        (HttpResponse(401, {}, b'{"message":"Unauthorized"}'), "refused"),
        (page(401), "refused"),
        (coded("INVALID_SESSION_ID", 401), "session"),
        (parts("INVALID_SESSION_ID"), "session"),
        (parts("INVALID_SESSION_ID", "INVALID_SESSION_ID"), "session"),
        (parts("URL_NOT_RESET", "INVALID_SESSION_ID"), "moved"),
        (parts(None, "INVALID_SESSION_ID"), None),
        (parts("FIELD_CUSTOM_VALIDATION_EXCEPTION", "URL_NOT_RESET"), None),
        (coded("NOT_FOUND", 404), None),
        (coded("INVALID_FIELD", 400), None),
        (page(403), None),
        (page(503), None),
        (page(200), None),
        (HttpResponse(200, {}, b'{"Description":"INVALID_SESSION_ID"}'), None),
        (HttpResponse(300, {}, b"[]"), None),
        (HttpResponse(304, {}, b""), None),
    ],
)
def test_what_an_answer_says_of_the_address(answer: HttpResponse, sign: str | None) -> None:
    assert moves.sign_of_answer(answer, ACME) == sign


@given(st.integers(100, 599), st.text(max_size=60), st.binary(max_size=60))
def test_any_answer_has_a_sign_or_none(status: int, location: str, body: bytes) -> None:
    moves.sign_of_answer(HttpResponse(status, {"location": location}, body), ACME)


def test_a_certificate_for_another_name_and_an_unknown_host_are_no_outage() -> None:
    assert moves.sign_of_error(GONE) == "gone"
    assert moves.sign_of_error(NotSent("connection", data={"fault": "other_name"})) == "gone"
    behind_proxy = NotSent("proxy_failed", data={"fault": "unknown_to_proxy"})
    assert moves.sign_of_error(behind_proxy) == "gone"
    assert moves.sign_of_error(NotSent("connection", data={"error": "ConnectTimeout"})) is None
    with pytest.raises(NotSent) as caught:
        Http().send("GET", "http://no-such-host.invalid/", headers={})
    assert caught.value.data.get("fault") in ("unknown_host", None)  # None: no resolver answers


class Org:
    """A played org behind a gateway: what it answers at its old and its new address, and what the
    login addresses answer."""

    def __init__(self, gateway: Gateway, store: Store, clock: FakeClock) -> None:
        self.gateway, self.store, self.clock = gateway, store, clock
        self.old: HttpResponse | Exception = NOT_RESET
        self.new: HttpResponse | Exception = HttpResponse(200, {}, b'{"done":true}')
        self.small_read: HttpResponse | None = None
        self.logins: dict[str, HttpResponse | Exception] = {
            LOGIN: HttpResponse(200, {}, json.dumps(FRESH).encode())
        }
        gateway.play = self.play
        refresher = Refresher("w", store, clock, Http(), None, Owners())
        self.session = SalesforceSession("w", store, clock, Http(), refresher, 1000.0)

    def play(self, _: str, url: str, __: bytes) -> HttpResponse | Exception:
        base = "/".join(url.split("/")[:3])
        if TOKEN in url:
            return self.logins[base]
        if base == ACME2:
            return self.new
        assert base == ACME, url
        if self.small_read is not None and url.endswith("/limits"):
            return self.small_read
        return self.old

    def named(self, instance_url: str) -> None:
        body = json.dumps({**FRESH, "instance_url": instance_url}).encode()
        self.logins[LOGIN] = HttpResponse(200, {}, body)

    def call(self, *, writes: bool = False) -> HttpResponse:
        return self.session.call(READ, "purchases", writes=writes)

    def addresses(self) -> list[str]:
        return ["/".join(url.split("/")[:3]) for _, url in self.gateway.sent]


@pytest.fixture
def org(monkeypatch: pytest.MonkeyPatch, store: Store) -> Org:
    connected(store)
    return Org(Gateway(monkeypatch), store, FakeClock(2000.0))


MOVED = [NOT_RESET, TO_LOGIN, TO_NEW, TO_PLAIN, TO_ITSELF, RELATIVE, TO_EVIL, TO_PORTAL]
MOVED += [MISDIRECTED, NO_LONGER, FOREIGN_404, parts("URL_NOT_RESET"), parts("INVALID_SESSION_ID")]


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize("old", [*MOVED, GONE], ids=repr)
def test_one_renewal_learns_the_new_address_and_the_call_is_made_there(
    org: Org, old: HttpResponse | Exception, *, writes: bool
) -> None:
    org.old = old
    assert org.call(writes=writes).body == b'{"done":true}'
    assert org.addresses() == [ACME, LOGIN, ACME2]
    connection = org.store.connection("w")
    assert connection is not None
    assert (connection.instance_url, connection.state) == (ACME2, "connected")
    org.gateway.sent.clear()
    org.call()
    assert org.addresses() == [ACME2]


@pytest.mark.parametrize("old", [NOT_RESET, TO_LOGIN, TO_NEW, TO_PLAIN, TO_ITSELF, RELATIVE])
def test_where_a_renewal_names_the_same_address_a_person_is_asked_after_two_calls(
    org: Org, old: HttpResponse
) -> None:
    org.old = old
    org.named(ACME)
    with pytest.raises(ReconnectRequired) as caught:
        org.call()
    assert caught.value.code == "address_moved"
    assert "connect again" in str(caught.value)
    assert org.addresses() == [ACME, LOGIN, ACME]


@pytest.mark.parametrize("old", [MISDIRECTED, NO_LONGER, FOREIGN_404])
def test_an_address_that_knows_the_org_no_more_asks_for_a_person_after_three_calls(
    org: Org, old: HttpResponse
) -> None:
    org.old = old
    org.named(ACME)
    with pytest.raises(ReconnectRequired) as caught:
        org.call()
    assert caught.value.code == "address_moved"
    assert org.gateway.calls() == 3


@pytest.mark.parametrize("old", [MISDIRECTED, NO_LONGER, FOREIGN_404])
def test_one_request_that_is_not_found_while_a_small_read_is_answered_is_no_move(
    org: Org, old: HttpResponse
) -> None:
    org.old, org.small_read = old, LIMITS
    org.named(ACME)
    with pytest.raises(GatewayRefused):
        answers.result_of(org.call(writes=True), writes=True)


@pytest.mark.parametrize("old", [TO_EVIL, TO_PORTAL])
def test_a_redirect_elsewhere_is_never_followed_and_that_of_a_portal_passes(
    org: Org, old: HttpResponse
) -> None:
    org.old = old
    org.named(ACME)
    with pytest.raises(GatewayRefused):
        answers.result_of(org.call(), writes=False)
    assert not org.session.reaches_salesforce()
    assert org.gateway.tokens_to == {"acme.my.salesforce.com", "login.salesforce.com"}


def test_a_renewal_that_changed_nothing_is_not_repeated_for_each_call(org: Org) -> None:
    org.old = TO_PORTAL
    org.named(ACME)
    for _ in range(5):
        org.call()
    assert org.addresses().count(LOGIN) == 1
    org.clock.time += VAIN_FOR_S
    org.call()
    assert org.addresses().count(LOGIN) == 2


def test_a_host_that_is_gone_with_no_other_named_is_an_outage(org: Org) -> None:
    org.old = GONE
    org.named(ACME)
    for _ in range(3):
        with pytest.raises(NotSent):
            org.call()
    assert org.addresses().count(LOGIN) == 1
    assert org.store.allocation(ORG, org.clock.now()).by_purpose.get("purchases", 0) == 0


def test_a_network_that_is_gone_leaves_the_connection_as_it_is(org: Org) -> None:
    org.old = org.logins[LOGIN] = org.logins[ACME] = GONE
    with pytest.raises(NotSent):
        org.call()
    connection = org.store.connection("w")
    assert connection is not None
    assert connection.state == "connected"


@pytest.mark.parametrize(
    "named",
    ["https://evil.example", "http://acme2.my.salesforce.com", "https://acme2.my.salesforce.com:1"],
)
def test_a_new_address_that_may_not_be_trusted_gets_no_token(org: Org, named: str) -> None:
    org.named(named)
    with pytest.raises(ReconnectRequired) as caught:
        org.call()
    assert caught.value.code == "wrong_instance"
    assert org.gateway.tokens_to == {"acme.my.salesforce.com", "login.salesforce.com"}


def test_a_new_address_of_another_org_stops_the_workspace(org: Org) -> None:
    body = {**FRESH, "id": f"{LOGIN}/id/00D5g000009999XEAQ/0055g00000FnJpQAAV"}
    org.logins[LOGIN] = HttpResponse(200, {}, json.dumps(body).encode())
    with pytest.raises(ReconnectRequired) as caught:
        org.call()
    assert caught.value.code == "org_changed"
    assert ACME2 not in org.addresses()


# The login address has moved


MY_DOMAIN = "https://acme-login.my.salesforce.com"
LOGIN_MOVED = [TO_LOGIN, TO_NEW, TO_PORTAL, MISDIRECTED, NO_LONGER, FOREIGN_404]
LOGIN_MOVED += [coded("NOT_FOUND", 404), NOT_RESET, GONE]


@pytest.mark.parametrize("first", LOGIN_MOVED, ids=repr)
def test_the_token_endpoint_of_the_instance_is_the_second(
    org: Org, first: HttpResponse | Exception
) -> None:
    connected(org.store, login_url=MY_DOMAIN)
    fresh = org.logins[LOGIN]
    org.logins = {MY_DOMAIN: first, ACME: fresh}
    assert org.call().body == b'{"done":true}'
    assert org.addresses() == [ACME, MY_DOMAIN, ACME, ACME2]


@pytest.mark.parametrize("first", [TO_NEW, NO_LONGER, GONE], ids=repr)
def test_an_own_login_address_that_has_moved_is_left_for_that_of_the_org(
    org: Org, first: HttpResponse | Exception
) -> None:
    connected(org.store, login_url=ACME, environment="custom")
    org.logins[ACME] = org.old = first
    org.call()
    connection = org.store.connection("w")
    assert connection is not None
    assert (connection.login_url, connection.instance_url) == (ACME2, ACME2)
    org.new = coded("INVALID_SESSION_ID", 401)
    org.logins[ACME2] = org.logins[LOGIN]
    org.gateway.sent.clear()
    with pytest.raises(Unavailable):
        org.call()
    assert org.addresses() == [ACME2] * 5


@pytest.mark.parametrize("environment", ["production", "custom"])
def test_a_login_address_that_answers_stays(org: Org, environment: str) -> None:
    connected(org.store, environment=environment)
    org.call()
    connection = org.store.connection("w")
    assert connection is not None
    assert connection.login_url == LOGIN


@pytest.mark.parametrize("first", [NO_LONGER, GONE])
def test_the_login_address_of_all_orgs_is_the_last(
    org: Org, first: HttpResponse | Exception
) -> None:
    connected(org.store, login_url=ACME)
    org.logins[ACME] = org.old = first
    assert org.call().body == b'{"done":true}'
    assert org.addresses() == [ACME, ACME, LOGIN, ACME2]


@pytest.mark.parametrize("answer", [page(503), page(502), page(200), HttpResponse(500, {}, b"")])
def test_a_login_service_in_trouble_is_no_move_and_gets_the_token_once(
    org: Org, answer: HttpResponse
) -> None:
    connected(org.store, login_url=MY_DOMAIN)
    org.logins = {MY_DOMAIN: answer}
    with pytest.raises(Unavailable):
        org.call()
    assert org.addresses() == [ACME, MY_DOMAIN]


@pytest.mark.parametrize("login", [TO_NEW, NO_LONGER, MISDIRECTED])
@pytest.mark.parametrize("old", [NOT_RESET, NO_LONGER])
def test_where_every_address_has_moved_a_person_is_asked(
    org: Org, old: HttpResponse, login: HttpResponse
) -> None:
    org.old = old
    org.logins = {LOGIN: login, ACME: login}
    with pytest.raises(ReconnectRequired) as caught:
        org.call()
    assert caught.value.code == "address_moved"


@pytest.mark.parametrize("old", [NOT_RESET, NO_LONGER, coded("INVALID_SESSION_ID", 401)])
def test_a_portal_before_every_address_is_an_outage(org: Org, old: HttpResponse) -> None:
    org.old = old
    org.logins = {LOGIN: TO_PORTAL, ACME: TO_PORTAL}
    with pytest.raises(Unavailable):
        org.call()


def test_a_session_that_ended_in_the_middle_of_a_call_is_renewed_by_the_next() -> None:
    body = json.loads(parts(None, "INVALID_SESSION_ID").body)
    done, ended = parse_composite(body, ["w0", "w1"], writes=True).values()
    assert done.result(writes=True) == {"id": "x"}
    with pytest.raises(Unavailable) as caught:
        ended.result(writes=True)
    assert caught.value.code == "session_ended"


@pytest.mark.parametrize("old", [page(403), page(200), PARKED], ids=repr)
def test_pages_from_every_data_address_are_a_reason_to_ask_for_the_address_once(
    org: Org, old: HttpResponse
) -> None:
    org.old, org.new = old, LIMITS
    assert org.session.after_pages() == "moved"
    assert org.addresses() == [ACME, ACME, LOGIN, ACME2]


def test_an_allow_list_that_refuses_limits_alone_is_no_outage(org: Org) -> None:
    org.old, org.small_read = HttpResponse(200, {}, b'{"compositeResponse":[]}'), page(403)
    assert org.session.after_pages() == "answers"
    assert org.session.usage() is None
    assert org.addresses() == [ACME] * 3


def test_pages_from_an_address_that_stays_are_an_outage(org: Org) -> None:
    org.old = page(403)
    org.named(ACME)
    assert not org.session.reaches_salesforce()
    assert org.session.after_pages() == "silent"
    assert org.addresses() == [ACME, ACME, LOGIN]


@pytest.mark.parametrize("first", LOGIN_MOVED, ids=repr)
def test_a_grant_is_revoked_where_it_can_be(org: Org, first: HttpResponse | Exception) -> None:
    connection = connected(org.store, login_url=MY_DOMAIN)
    tokens = org.store.tokens("w")
    assert tokens is not None

    def play(_: str, url: str, __: bytes) -> HttpResponse | Exception:
        return first if url.startswith(MY_DOMAIN) else HttpResponse(200, {}, b"")

    org.gateway.play = play
    SalesforceLogin(None, org.clock).revoke(connection, tokens)
    assert org.addresses() == [MY_DOMAIN, ACME]
