"""The sign-in through the console: the browser's cookie, and every answer that can come back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.console.conftest import ADA
from tests.console.sign_ins import (
    attributes,
    begin,
    connection,
    consent,
    finish,
    seal,
    sign_in,
)
from tests.fakes.clock import FakeClock
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.connection.popup import COOKIE
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.salesforce.ids import long_id
from zsf_plugin.wiring.apps import CommandApp

STRONG = "<strong>{}</strong>"

# Starting


def test_a_sign_in_connects_and_the_workspace_waits_for_a_preview(
    client: FlaskClient, application: CommandApp, emulator: Emulator
) -> None:
    landed = sign_in(client, emulator)
    assert "Connected to Acme (emulator)" in landed.text
    assert '0; url=/mapping"' in landed.text
    kept = connection(application)
    assert (kept.state, kept.connected_by, kept.environment) == (
        "previewing",
        "Ada Admin",
        "custom",
    )


def test_the_sign_in_cookie_is_sealed_for_the_callback_for_ten_minutes(
    client: FlaskClient, emulator: Emulator
) -> None:
    answer, address = begin(client, emulator)
    assert {"HttpOnly", "SameSite=Lax", "Path=/oauth/callback", "Max-Age=600"} <= attributes(answer)
    assert "Secure" not in attributes(answer)
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert state not in seal(answer)


def test_the_cookie_is_for_the_mounts_path_and_https(
    application: CommandApp, emulator: Emulator
) -> None:
    app = build_app(
        application.console(), ConsoleOptions(lambda _: ADA, "https://zaplify.example/zsf")
    )
    app.config["WTF_CSRF_ENABLED"] = False
    host = {"HTTP_HOST": "zaplify.example", "SCRIPT_NAME": "/zsf"}
    answer = app.test_client().post(
        "/connect",
        data={"own": "acme.my.salesforce.com", "client_id": "3MVG9abcdef"},
        environ_overrides=host,
    )
    assert {"Secure", "Path=/zsf/oauth/callback"} <= attributes(answer)
    assert "https%3A%2F%2Fzaplify.example%2Fzsf%2Foauth%2Fcallback" in answer.text


def test_the_callback_neither_reads_nor_sets_a_session(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    client.get("/connection")
    landed = sign_in(client, emulator)
    cookies = landed.headers.getlist("Set-Cookie")
    assert [one.partition("=")[0] for one in cookies] == [COOKIE]
    assert "Cookie" not in landed.headers.get("Vary", "")


def test_the_callback_needs_no_visitor_but_a_known_one_must_match(
    application: CommandApp, emulator: Emulator
) -> None:
    who: list[Visitor | None] = [ADA]
    app = build_app(application.console(), ConsoleOptions(lambda _: who[0]))
    app.config["WTF_CSRF_ENABLED"] = False
    for other in (Visitor("globex", "Ada Admin", "u-1"), Visitor("acme", "Eve", "u-2")):
        browser = app.test_client()
        who[0] = ADA
        answer = consent(begin(browser, emulator)[1])
        who[0] = other
        assert "This sign-in wasn’t started here." in finish(browser, answer).text
        assert application.store.connection("acme") is None
        assert application.store.connection("globex") is None
    browser, who[0] = app.test_client(), ADA
    answer = consent(begin(browser, emulator)[1])
    who[0] = None
    assert "Connected to" in finish(browser, answer).text
    assert connection(application).connected_by == "Ada Admin"


def test_no_code_or_token_is_left_on_the_landing_page(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    answer = consent(begin(client, emulator)[1])
    landed = finish(client, answer)
    tokens = application.store.tokens(ADA.workspace)
    assert tokens is not None
    assert not [
        secret
        for secret in (answer["code"], answer["state"], tokens.access)
        if secret in landed.text
    ]
    assert "no-store" in landed.headers["Cache-Control"]
    assert '<meta name="referrer" content="no-referrer">' in landed.text
    assert "landing.js" in landed.text


# Failures


@pytest.mark.parametrize(
    "answer",
    [{}, {"code": "x"}, {"code": "x", "state": "y"}, {"error": "access_denied", "state": "ü"}],
)
def test_an_unrequested_answer_connects_nothing(
    client: FlaskClient, application: CommandApp, emulator: Emulator, answer: dict[str, str]
) -> None:
    assert "This sign-in wasn’t started here." in finish(client, answer).text
    begin(client, emulator)
    assert "This sign-in wasn’t started here." in finish(client, answer).text
    assert application.store.connection(ADA.workspace) is None


def test_a_forged_answer_does_not_end_a_pending_sign_in(
    client: FlaskClient, emulator: Emulator
) -> None:
    answer = consent(begin(client, emulator)[1])
    finish(client, {"code": "forged", "state": "forged"})
    assert "Connected to" in finish(client, answer).text


def test_an_answer_works_once(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    answer = consent(begin(client, emulator)[1])
    assert "Connected to" in finish(client, answer).text
    before = connection(application)
    assert "This sign-in wasn’t started here." in finish(client, answer).text
    assert connection(application) == before


def test_an_answer_to_another_browsers_sign_in_is_refused(
    client: FlaskClient, console: Flask, emulator: Emulator, application: CommandApp
) -> None:
    theirs = console.test_client()
    begin(theirs, emulator)
    answer = consent(begin(client, emulator)[1])
    assert "This sign-in wasn’t started here." in finish(theirs, answer).text
    assert application.store.connection(ADA.workspace) is None


@pytest.mark.parametrize("kept", ["", "rubbish", "gAAAAA"])
def test_a_cookie_that_we_did_not_seal_is_ignored(client: FlaskClient, kept: str) -> None:
    client.set_cookie(COOKIE, kept, path="/oauth/callback")
    assert "This sign-in wasn’t started here." in finish(client, {"code": "x", "state": "y"}).text


def test_a_sign_in_that_took_too_long_says_so(
    client: FlaskClient, emulator: Emulator, fake_clock: FakeClock
) -> None:
    answer = consent(begin(client, emulator)[1])
    fake_clock.sleep(601)
    landed = finish(client, answer)
    assert "This sign-in took too long." in landed.text
    assert "Try again" in landed.text


def test_refused_consent_says_what_to_do(client: FlaskClient, emulator: Emulator) -> None:
    landed = sign_in(client, emulator, "deny")
    assert STRONG.format("You didn’t allow access.") in landed.text
    assert "Nothing was changed." in landed.text
    assert "earlier connection" not in landed.text


@pytest.mark.parametrize(
    ("error", "description", "words"),
    [
        ("invalid_scope", "the requested scope is not allowed", "Selected scopes: api,"),
        ("redirect_uri_mismatch", "must match", "http://localhost/oauth/callback"),
        ("OAUTH_EC_APP_NOT_FOUND", "External client app is not installed", "choose Install"),
        ("OAUTH_AUTHORIZATION_BLOCKED", "Cross-org OAuth flows", "belongs to another org"),
        ("invalid_client_id", "client identifier invalid", "Check the key"),
        ("unsupported_response_type", "", "does not allow this way of signing in"),
        ("temporarily_unavailable", "", "for now (temporarily_unavailable)"),
        ("rate_limit_exceeded", "login rate exceeded", "Try again in an hour"),
        ("invalid_grant", "ip restricted or invalid login hours", "Login Hours"),
        ("invalid_grant", "ip restricted", "Login IP Ranges"),
        ("OAUTH_NEW_THING", "<script>x</script>", "OAUTH_NEW_THING: &lt;script&gt;"),
        ("<b>&", "", "refused the sign-in (_b_)"),
    ],
)
def test_a_refusal_says_what_to_change_and_shows_salesforces_code(
    client: FlaskClient, emulator: Emulator, error: str, description: str, words: str
) -> None:
    _, address = begin(client, emulator)
    state = parse_qs(urlsplit(address).query)["state"][0]
    answer = {"error": error, "error_description": description, "state": state}
    landed = finish(client, answer)
    assert words in landed.text
    assert "Nothing was changed." in landed.text
    if error.isidentifier():
        assert error in landed.text
    assert "<script>x" not in landed.text


def test_another_org_is_refused_with_both_ids_and_revoked(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    sign_in(client, emulator)
    before = connection(application)
    with Emulator() as other:
        other.org.org_id = long_id("00D5g000000OthR") or ""
        landed = sign_in(client, other)
        assert other.oauth.grants == []
        for words in (
            before.org_id,
            other.org.org_id,
            "Acme (emulator)",
            "the earlier connection still works",
        ):
            assert words in landed.text
    assert connection(application) == before


@pytest.mark.parametrize(
    ("is_sandbox", "org", "words", "action"),
    [
        (
            True,
            "production",
            "This is a sandbox, but you chose Production.",
            "Connect it as a sandbox",
        ),
        (
            False,
            "sandbox",
            "This is a production org, but you chose Sandbox.",
            "Connect it as production",
        ),
    ],
)
def test_an_org_of_the_other_kind_is_not_connected(
    client: FlaskClient,
    application: CommandApp,
    is_sandbox: bool,
    org: str,
    words: str,
    action: str,
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
        ("permissions", {"user": "admin@acme.example", "api_enabled": False}, "has no API access."),
        ("permissions", {"user": "admin@acme.example", "app_allowed": False}, "Your Salesforce admin must allow Zaplify first."),
        ("faults", {"kind": "html_503", "match": {"path_contains": "/token"}}, "Salesforce didn’t answer."),
    ],
)  # fmt: skip
def test_a_user_without_api_access_learns_what_to_ask_for(
    client: FlaskClient,
    emulator: Emulator,
    application: CommandApp,
    command: str,
    body: Any,
    words: str,
) -> None:
    assert emulator.control.answer("POST", [command], body)[0] == 200
    landed = sign_in(client, emulator)
    assert words in landed.text
    assert "zsf " not in landed.text
    assert application.store.connection(ADA.workspace) is None


def test_an_app_that_is_not_installed_is_reported_with_the_steps(
    client: FlaskClient, emulator: Emulator
) -> None:
    answer = consent(begin(client, emulator)[1])
    query = {
        "state": answer["state"],
        "error": "OAUTH_APP_BLOCKED",
        "error_description": "this app must be installed",
    }
    landed = finish(client, query)
    assert "Your Salesforce admin must allow Zaplify first." in landed.text
    assert "Copy steps" in landed.text


# Checks before leaving


@pytest.mark.parametrize(
    "own",
    [
        "https://evil.example",
        "http://acme.my.salesforce.com",
        "https://a@b.my.salesforce.com",
    ],
)
def test_an_address_outside_salesforce_is_refused_before_leaving(
    client: FlaskClient, own: str
) -> None:
    answer = client.post("/connect", data={"org": "production", "own": own})
    assert answer.status_code == 422
    assert (
        "That is not a Salesforce address. A My Domain address ends in .my.salesforce.com."
        in answer.text
    )
    assert COOKIE not in str(answer.headers)


def test_a_real_org_asks_for_the_apps_key_and_stores_it(
    client: FlaskClient, application: CommandApp
) -> None:
    answer = client.post("/connect", data={"org": "sandbox"})
    assert answer.status_code == 422
    assert "Paste the consumer key" in answer.text
    assert "http://localhost/oauth/callback" in answer.text
    begun = client.post("/connect", data={"org": "sandbox", "client_id": "3MVG9.made_up"})
    assert "https://test.salesforce.com/services/oauth2/authorize" in begun.text
    assert "3MVG9.made_up" in begun.text


def test_a_companys_name_is_completed_and_shown_before_leaving(client: FlaskClient) -> None:
    form = {"org": "sandbox", "own": "acme--uat", "client_id": "3MVG9abcdefgh"}
    shown = client.post("/connect", data=form).text
    completed = "https://acme--uat.sandbox.my.salesforce.com"
    assert f'value="{completed}"' in shown
    assert "This is your My Domain address, completed." in shown
    assert COOKIE not in {cookie.key for cookie in client._cookies.values()}
    leaving = client.post("/connect", data={**form, "own": completed}).text
    assert "Sign in at acme--uat.sandbox.my.salesforce.com." in leaving


def test_the_mark_changes_with_each_sign_in_and_only_then(
    client: FlaskClient, emulator: Emulator, fake_clock: FakeClock
) -> None:
    def mark() -> str:
        return str(client.get("/connect/mark").get_json()["mark"])

    assert mark() == ""
    sign_in(client, emulator)
    first = mark()
    assert first == mark() != ""
    fake_clock.time += 60
    sign_in(client, emulator, "deny")
    assert mark() == first
    sign_in(client, emulator)
    assert mark() not in ("", first)


def test_an_invalid_key_is_reported(client: FlaskClient) -> None:
    answer = client.post("/connect", data={"org": "sandbox", "client_id": "not a key"})
    assert (answer.status_code, "That is not a consumer key." in answer.text) == (422, True)


def test_a_page_under_an_unregistered_name_says_which_one_to_open(
    application: CommandApp, emulator: Emulator
) -> None:
    hosts = frozenset({"localhost:17717", "127.0.0.1:17717"})
    app = build_app(
        application.console(), ConsoleOptions(lambda _: ADA, "http://localhost:17717", hosts=hosts)
    )
    app.config["WTF_CSRF_ENABLED"] = False
    browser, there = app.test_client(), "http://127.0.0.1:17717"
    real = browser.post("/connect", data={"client_id": "3MVG9abcdef"}, base_url=there)
    assert real.status_code == 422
    assert 'href="http://localhost:17717/connect"' in real.text
    rehearsal = browser.post("/connect", data={"own": emulator.url}, base_url=there)
    assert "127.0.0.1%3A17717%2Foauth%2Fcallback" in rehearsal.text


# An emulator on the serving machine


@pytest.mark.parametrize(
    "own", ["http://127.0.0.1:9", "http://127.9.9.9:9", "localhost:9", "http://[::1]:9"]
)
@pytest.mark.parametrize("host", ["zaplify.example", "localhost"])
def test_a_remote_visitor_cannot_make_the_server_call_itself(
    application: CommandApp, own: str, host: str
) -> None:
    public = None if host == "localhost" else f"https://{host}"
    app = build_app(application.console(), ConsoleOptions(lambda _: ADA, public))
    app.config["WTF_CSRF_ENABLED"] = False
    place = {"HTTP_HOST": host, "REMOTE_ADDR": "10.0.0.7"}
    answer = app.test_client().post("/connect", data={"own": own}, environ_overrides=place)
    assert answer.status_code == 422
    assert "That is not a Salesforce address." in answer.text


def test_a_host_can_offer_rehearsals_to_all_visitors(
    application: CommandApp, emulator: Emulator
) -> None:
    app = build_app(
        application.console(),
        ConsoleOptions(lambda _: ADA, "https://zaplify.example", rehearsals=True),
    )
    app.config["WTF_CSRF_ENABLED"] = False
    place = {"HTTP_HOST": "zaplify.example", "REMOTE_ADDR": "10.0.0.7"}
    answer = app.test_client().post("/connect", data={"own": emulator.url}, environ_overrides=place)
    assert "Taking you to Salesforce" in answer.text


def test_a_reconnection_starts_with_the_earlier_choice(
    client: FlaskClient, emulator: Emulator
) -> None:
    sign_in(client, emulator)
    page = client.get("/connect?popup=1").text
    assert f'value="{emulator.url}"' in page
    assert 'value="production" checked' in page
