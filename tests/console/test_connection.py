"""The sign-in through the console: what a browser keeps of it, every way it can come back, and the steps' order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.console.conftest import ADA
from tests.fakes.clock import FakeClock
from tests.fakes.events import prospect, purchase
from tests.salesforce.support import browse
from zsf_plugin.connect.resting import preview_seen
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.connection.routes import COOKIE
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.login import SignIn
from zsf_plugin.salesforce.ids import long_id
from zsf_plugin.settings import Settings
from zsf_plugin.wiring import Application

STRONG = "<strong>{}</strong>"


@pytest.fixture
def stand_in() -> Iterator[Emulator]:
    with Emulator(OrgSpec()) as emulator:
        yield emulator


@pytest.fixture
def turned() -> FakeClock:
    return FakeClock()


@pytest.fixture
def application(product_settings: Settings, turned: FakeClock) -> Iterator[Application]:
    built = Application(product_settings, turned)
    yield built
    built.close()


def begin(client: FlaskClient, stand_in: Emulator, **form: str) -> tuple[TestResponse, str]:
    """The page that leads on, and where it leads."""
    answer = client.post("/connect", data={"org": "production", "own": stand_in.url, **form})
    assert answer.status_code == 200, answer.text
    address = answer.text.partition("0; url=")[2].partition('"')[0].replace("&amp;", "&")
    return answer, address


def consent(address: str, decision: str = "allow") -> dict[str, str]:
    """What Salesforce's answer says, once a person has signed in and decided."""
    query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    return browse(SignIn(address, "", "", query["redirect_uri"], query["state"], ""), decision=decision)


def come_back(client: FlaskClient, answer: dict[str, str]) -> TestResponse:
    return client.get("/oauth/callback", query_string=answer)


def sign_in(client: FlaskClient, stand_in: Emulator, decision: str = "allow", **form: str) -> TestResponse:
    return come_back(client, consent(begin(client, stand_in, **form)[1], decision))


def connection(application: Application) -> Connection:
    found = application.store.connection(ADA.workspace)
    assert found is not None
    return found


def feed(application: Application, *numbers: int) -> None:
    for number in numbers:
        event = purchase(prospect(number), f"e{number}")
        told = {"workspace": ADA.workspace, "event_id": event.event_id, "occurred_at": event.occurred_at}
        application.intake.purchase(**told, **event.payload)


def attributes(answer: TestResponse) -> set[str]:
    """Of the sign-in's cookie."""
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}="))
    return {part.strip() for part in cookie.split(";")[1:]}


def sealed(answer: TestResponse) -> str:
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}="))
    return cookie.partition("=")[2].partition(";")[0]


# The way there.


def test_a_sign_in_connects_and_the_workspace_rests(
    client: FlaskClient, application: Application, stand_in: Emulator
) -> None:
    landed = sign_in(client, stand_in)
    assert "Connected to Acme (stand-in)" in landed.text
    assert '0; url=/mapping"' in landed.text
    kept = connection(application)
    assert (kept.state, kept.connected_by, kept.environment) == ("previewing", "Ada Admin", "custom")


def test_what_the_browser_keeps_is_sealed_for_the_way_back_alone_and_for_ten_minutes(
    client: FlaskClient, stand_in: Emulator
) -> None:
    answer, address = begin(client, stand_in)
    assert {"HttpOnly", "SameSite=Lax", "Path=/oauth/callback", "Max-Age=600"} <= attributes(answer)
    assert "Secure" not in attributes(answer)
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert state not in sealed(answer)


def test_the_cookie_is_for_the_mounts_path_and_https(application: Application, stand_in: Emulator) -> None:
    app = build_app(application, ConsoleOptions(lambda _: ADA, "https://zaplify.example/zsf"))
    app.config["WTF_CSRF_ENABLED"] = False
    host = {"HTTP_HOST": "zaplify.example", "SCRIPT_NAME": "/zsf"}
    answer = app.test_client().post(
        "/connect", data={"own": "acme.my.salesforce.com", "client_id": "3MVG9abcdef"}, environ_overrides=host
    )
    assert {"Secure", "Path=/zsf/oauth/callback"} <= attributes(answer)
    assert "https%3A%2F%2Fzaplify.example%2Fzsf%2Foauth%2Fcallback" in answer.text


def test_the_session_is_neither_read_nor_set_on_the_way_back(
    client: FlaskClient, stand_in: Emulator, application: Application
) -> None:
    client.get("/connection")
    landed = sign_in(client, stand_in)
    cookies = landed.headers.getlist("Set-Cookie")
    assert [one.partition("=")[0] for one in cookies] == [COOKIE]
    assert "Cookie" not in landed.headers.get("Vary", "")


def test_the_way_back_needs_no_visitor_but_a_known_one_must_be_the_same(
    application: Application, stand_in: Emulator
) -> None:
    who: list[Visitor | None] = [ADA]
    app = build_app(application, ConsoleOptions(lambda _: who[0]))
    app.config["WTF_CSRF_ENABLED"] = False
    for other in (Visitor("globex", "Ada Admin", "u-1"), Visitor("acme", "Eve", "u-2")):
        browser = app.test_client()
        who[0] = ADA
        answer = consent(begin(browser, stand_in)[1])
        who[0] = other
        assert "This sign-in wasn’t started here." in come_back(browser, answer).text
        assert application.store.connection("acme") is None
        assert application.store.connection("globex") is None
    browser, who[0] = app.test_client(), ADA
    answer = consent(begin(browser, stand_in)[1])
    who[0] = None
    assert "Connected to" in come_back(browser, answer).text
    assert connection(application).connected_by == "Ada Admin"


def test_no_code_and_no_token_is_left_on_the_page_that_it_lands_on(
    client: FlaskClient, stand_in: Emulator, application: Application
) -> None:
    answer = consent(begin(client, stand_in)[1])
    landed = come_back(client, answer)
    tokens = application.store.tokens(ADA.workspace)
    assert tokens is not None
    assert not [secret for secret in (answer["code"], answer["state"], tokens.access) if secret in landed.text]
    assert "no-store" in landed.headers["Cache-Control"]
    assert '<meta name="referrer" content="no-referrer">' in landed.text
    assert "landing.js" in landed.text


# Every way it can fail.


@pytest.mark.parametrize(
    "answer", [{}, {"code": "x"}, {"code": "x", "state": "y"}, {"error": "access_denied", "state": "ü"}]
)
def test_an_answer_that_nobody_asked_for_connects_nobody(
    client: FlaskClient, application: Application, stand_in: Emulator, answer: dict[str, str]
) -> None:
    assert "This sign-in wasn’t started here." in come_back(client, answer).text
    begin(client, stand_in)
    assert "This sign-in wasn’t started here." in come_back(client, answer).text
    assert application.store.connection(ADA.workspace) is None


def test_a_forged_answer_does_not_end_the_sign_in_that_is_on_its_way(client: FlaskClient, stand_in: Emulator) -> None:
    answer = consent(begin(client, stand_in)[1])
    come_back(client, {"code": "forged", "state": "forged"})
    assert "Connected to" in come_back(client, answer).text


def test_an_answer_works_once(client: FlaskClient, stand_in: Emulator, application: Application) -> None:
    answer = consent(begin(client, stand_in)[1])
    assert "Connected to" in come_back(client, answer).text
    before = connection(application)
    assert "This sign-in wasn’t started here." in come_back(client, answer).text
    assert connection(application) == before


def test_an_answer_to_another_browsers_sign_in_is_refused(
    client: FlaskClient, console: Flask, stand_in: Emulator, application: Application
) -> None:
    theirs = console.test_client()
    begin(theirs, stand_in)
    answer = consent(begin(client, stand_in)[1])
    assert "This sign-in wasn’t started here." in come_back(theirs, answer).text
    assert application.store.connection(ADA.workspace) is None


@pytest.mark.parametrize("kept", ["", "rubbish", "gAAAAA"])
def test_a_cookie_that_we_did_not_give_is_nothing(client: FlaskClient, kept: str) -> None:
    client.set_cookie(COOKIE, kept, path="/oauth/callback")
    assert "This sign-in wasn’t started here." in come_back(client, {"code": "x", "state": "y"}).text


def test_a_sign_in_that_took_too_long_says_so(client: FlaskClient, stand_in: Emulator, turned: FakeClock) -> None:
    answer = consent(begin(client, stand_in)[1])
    turned.sleep(601)
    landed = come_back(client, answer)
    assert "This sign-in took too long." in landed.text
    assert "Try again" in landed.text


def test_refused_consent_says_what_to_do(client: FlaskClient, stand_in: Emulator) -> None:
    landed = sign_in(client, stand_in, "deny")
    assert STRONG.format("You didn’t allow the access.") in landed.text
    assert "Nothing was changed." in landed.text
    assert "earlier connection" not in landed.text


def test_another_org_is_told_with_both_ids_and_given_back(
    client: FlaskClient, stand_in: Emulator, application: Application
) -> None:
    sign_in(client, stand_in)
    before = connection(application)
    with Emulator() as other:
        other.org.org_id = long_id("00D5g000000OthR") or ""
        landed = sign_in(client, other)
        assert other.oauth.grants == []
        for words in (before.org_id, other.org.org_id, "Acme (stand-in)", "the earlier connection still stands"):
            assert words in landed.text
    assert connection(application) == before


@pytest.mark.parametrize(
    ("is_sandbox", "org", "words", "action"),
    [
        (True, "production", "This is a sandbox, and you chose Production.", "Connect it as a sandbox"),
        (False, "sandbox", "This is a live org, and you chose Sandbox.", "Connect it as production"),
    ],
)
def test_the_other_kind_of_org_is_not_connected_by_mistake(
    client: FlaskClient, application: Application, is_sandbox: bool, org: str, words: str, action: str
) -> None:
    with Emulator(OrgSpec(is_sandbox=is_sandbox)) as emulator:
        landed = sign_in(client, emulator, org=org)
        assert emulator.oauth.grants == []
    assert words in landed.text
    assert action in landed.text
    assert application.store.connection(ADA.workspace) is None


@pytest.mark.parametrize(
    ("command", "body", "words"),
    [
        ("settings", {"api_enabled": False}, "This Salesforce edition has no API."),
        ("permissions", {"user": "admin@acme.example", "api_enabled": False}, "may not use the API."),
        ("permissions", {"user": "admin@acme.example", "app_allowed": False}, "Your Salesforce admin has to allow Zaplify first."),
        ("faults", {"kind": "html_503", "match": {"path_contains": "/token"}}, "Salesforce didn’t answer."),
    ],
)  # fmt: skip
def test_who_may_not_is_told_what_to_ask_for(
    client: FlaskClient, stand_in: Emulator, application: Application, command: str, body: Any, words: str
) -> None:
    assert stand_in.control.answer("POST", [command], body)[0] == 200
    landed = sign_in(client, stand_in)
    assert words in landed.text
    assert "zsf " not in landed.text
    assert application.store.connection(ADA.workspace) is None


def test_an_app_that_is_not_installed_is_told_with_its_steps(client: FlaskClient, stand_in: Emulator) -> None:
    answer = consent(begin(client, stand_in)[1])
    told = {"state": answer["state"], "error": "OAUTH_APP_BLOCKED", "error_description": "this app must be installed"}
    landed = come_back(client, told)
    assert "Your Salesforce admin has to allow Zaplify first." in landed.text
    assert "Copy steps" in landed.text


# What is asked before leaving.


@pytest.mark.parametrize(
    "own", ["https://evil.example", "http://acme.my.salesforce.com", "acme", "https://a@b.my.salesforce.com"]
)
def test_an_address_that_is_not_salesforces_is_told_before_leaving(client: FlaskClient, own: str) -> None:
    answer = client.post("/connect", data={"org": "production", "own": own})
    assert answer.status_code == 422
    assert "That is not a Salesforce address. It ends in .my.salesforce.com." in answer.text
    assert COOKIE not in str(answer.headers)


def test_a_real_org_asks_for_the_apps_key_and_keeps_it(client: FlaskClient, application: Application) -> None:
    asked = client.post("/connect", data={"org": "sandbox"})
    assert asked.status_code == 422
    assert "Paste the consumer key" in asked.text
    assert "http://localhost/oauth/callback" in asked.text
    begun = client.post("/connect", data={"org": "sandbox", "client_id": "3MVG9.made_up"})
    assert "https://test.salesforce.com/services/oauth2/authorize" in begun.text
    assert "3MVG9.made_up" in begun.text


def test_a_key_that_is_none_is_told(client: FlaskClient) -> None:
    answer = client.post("/connect", data={"org": "sandbox", "client_id": "not a key"})
    assert (answer.status_code, "That is not a consumer key." in answer.text) == (422, True)


def test_a_page_under_another_name_than_salesforce_knows_says_which(
    application: Application, stand_in: Emulator
) -> None:
    hosts = frozenset({"localhost:17717", "127.0.0.1:17717"})
    app = build_app(application, ConsoleOptions(lambda _: ADA, "http://localhost:17717", hosts=hosts))
    app.config["WTF_CSRF_ENABLED"] = False
    browser, there = app.test_client(), "http://127.0.0.1:17717"
    real = browser.post("/connect", data={"client_id": "3MVG9abcdef"}, base_url=there)
    assert real.status_code == 422
    assert 'href="http://localhost:17717/connect"' in real.text
    rehearsal = browser.post("/connect", data={"own": stand_in.url}, base_url=there)
    assert "127.0.0.1%3A17717%2Foauth%2Fcallback" in rehearsal.text


# The steps, and their order.


def test_the_steps_cannot_be_skipped_by_their_addresses(
    client: FlaskClient, application: Application, stand_in: Emulator
) -> None:
    feed(application, 1, 2)

    def refused(path: str, **form: str) -> bool:
        answer = client.post(path, data=form)
        return answer.status_code == 409 and "Nothing was changed." in answer.text

    for path in ("/connection/id-field", "/connection/id-field/without", "/connection/switches"):
        assert refused(path), path
    sign_in(client, stand_in)
    assert refused("/connection/waiting", waiting="send")
    assert client.post("/connection/id-field/without").status_code == 303
    assert refused("/connection/waiting", waiting="skip")
    client.get("/connection/rights")
    assert refused("/connection/waiting", waiting="skip")
    assert refused("/connection/switches")
    preview_seen(application.store, ADA.workspace, "Ada", application.clock.now())
    assert client.post("/connection/waiting", data={"waiting": "send"}).status_code == 303
    assert connection(application).state == "connected"
    assert refused("/connection/waiting", waiting="send")
    assert client.post("/connection/switches").status_code == 303
    assert "First run: all six steps are done" in client.get("/connection").text


def test_a_decision_that_is_none_is_refused(client: FlaskClient) -> None:
    assert client.post("/connection/waiting", data={"waiting": "perhaps"}).status_code == 400


def test_the_id_field_is_planned_made_and_told(
    client: FlaskClient, application: Application, stand_in: Emulator
) -> None:
    sign_in(client, stand_in)
    planned = client.get("/connection/id-field", headers={"HX-Request": "true"}).text
    assert "This is made in Salesforce." in planned
    assert stand_in.control.answer("GET", ["calls"], None)[1]["writes"] == 0  # type: ignore[index,call-overload]
    made = client.post("/connection/id-field", headers={"HX-Request": "true"})
    assert "Created." in made.text
    assert made.headers["HX-Trigger"] == "looked"
    page = client.get("/connection/rights").text
    assert "Zaplify ID is in place on Lead, Contact, Account and Activity." in page
    assert "Zaplify ID field created on Lead, Contact, Account, Activity" in page


def test_where_it_may_not_be_made_the_way_by_hand_is_told(client: FlaskClient, stand_in: Emulator) -> None:
    shut: dict[str, Any] = {"user": "admin@acme.example", "view_setup": False, "customize_application": False}
    stand_in.control.answer("POST", ["permissions"], shut)
    sign_in(client, stand_in)
    planned = client.get("/connection/id-field").text
    assert "Object Manager" in planned
    assert "zsf " not in planned


# Who is connected, and leaving.


def test_rights_are_read_once_an_hour_and_when_asked_for(
    client: FlaskClient, stand_in: Emulator, turned: FakeClock
) -> None:
    sign_in(client, stand_in)
    assert "Asking Salesforce" in client.get("/connection").text
    assert "Checked just now" in client.get("/connection/rights").text
    used = stand_in.org.used
    turned.sleep(240)
    assert "Checked 4 min ago" in client.get("/connection").text
    assert stand_in.org.used == used
    assert "Checked just now" in client.get("/connection/rights?again=1").text
    assert stand_in.org.used > used


def test_rights_that_cannot_be_read_say_so_and_the_page_stands(client: FlaskClient, stand_in: Emulator) -> None:
    sign_in(client, stand_in)
    stand_in.control.answer("POST", ["chaos"], {"seed": 1, "share": 1.0, "kinds": ["html_503"]})
    answer = client.get("/connection/rights")
    assert answer.status_code == 200
    assert "This could not be checked." in answer.text
    assert "Connected to Acme (stand-in)" in answer.text


def test_an_ended_sign_in_is_told_on_every_page_and_asks_to_reconnect(
    client: FlaskClient, stand_in: Emulator, application: Application
) -> None:
    sign_in(client, stand_in)
    feed(application, 1)
    stand_in.control.answer("POST", ["grants", "revoke"], None)
    assert "The sign-in ended." in client.get("/connection/rights").text
    for path in ("/connection", "/activity", "/held", "/search"):
        page = client.get(path).text
        assert "Your Salesforce sign-in ended." in page
        assert "1 entry waits; none is lost." in page
    assert connection(application).state == "reconnect"
    sign_in(client, stand_in)
    assert connection(application).state == "previewing"


def test_leaving_asks_first_and_revokes(client: FlaskClient, stand_in: Emulator, application: Application) -> None:
    feed(application, 1, 2)
    sign_in(client, stand_in)
    asked = client.get("/connection/disconnect").text
    assert "2 entries keep waiting" in asked
    assert stand_in.oauth.grants
    client.post("/connection/disconnect")
    assert stand_in.oauth.grants == []
    assert application.store.connection(ADA.workspace) is None
    assert application.store.counts(ADA.workspace).pending == 2
    assert "Disconnected" in client.get("/connection").text


def test_leaving_that_salesforce_did_not_confirm_says_what_to_do(
    client: FlaskClient, stand_in: Emulator, application: Application
) -> None:
    sign_in(client, stand_in)
    stand_in.control.answer("POST", ["faults"], {"kind": "html_503", "match": {"path_contains": "/revoke"}})
    left = client.post("/connection/disconnect", follow_redirects=True)
    assert "Salesforce did not confirm it" in left.text
    assert application.store.connection(ADA.workspace) is None


def test_the_estimate_is_read_and_kept_while_nothing_changes(
    client: FlaskClient, stand_in: Emulator, application: Application
) -> None:
    feed(application, 1, 2, 3)
    sign_in(client, stand_in)
    told = client.get("/connection/estimate", headers={"HX-Request": "true"}).text
    assert "If you send the 3 entries" in told
    assert "Create a Lead" in told
    used = stand_in.org.used
    client.get("/connection/estimate")
    assert stand_in.org.used == used
    feed(application, 4)
    client.get("/connection/estimate")
    assert stand_in.org.used > used


def test_a_workspace_connected_on_the_command_line_takes_no_first_steps(
    client: FlaskClient, stand_in: Emulator, application: Application
) -> None:
    sign_in(client, stand_in)
    store = application.store
    kept, tokens = connection(application), store.tokens(ADA.workspace)
    store.forget_connection(ADA.workspace)
    assert "Six steps to go" in client.get("/connection").text
    line = replace(
        next(iter(store.history(ADA.workspace, codes=("connected",)))),
        detail={"rests": False},
        at=kept.connected_at + 1,
    )
    store.save_connection(replace(kept, state="connected"), tokens, line=line)
    page = client.get("/connection").text
    assert "to go" not in page
    assert "First run" not in page
    assert client.post("/connection/waiting", data={"waiting": "send"}).status_code == 409
