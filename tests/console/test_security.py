"""Security checks for every URL of the console: a new page is checked automatically."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse

from tests.console.outbox import settle
from tests.console.page_checks import addresses_in, canaries_in, inline, leads_away, missing_headers
from tests.console.walk import Address, pages, reads, writes
from tests.fakes.events import prospect, touchpoint
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.console.presenters.causes import key_of
from zsf_plugin.console.security import OPEN_ENDPOINTS, SESSION_COOKIE, cookie_name
from zsf_plugin.decision.causes import from_rejection
from zsf_plugin.errors import ConfigurationError, Rejected, StoreUnavailable
from zsf_plugin.model import Connection, Event, Tokens
from zsf_plugin.settings import Settings
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

TOKENS = Tokens("ACCESS_CANARY", "REFRESH_CANARY")
SECRETS = (
    "ACCESS_CANARY",
    "REFRESH_CANARY",
    "CONTENT_CANARY",
    "SUBJECT_CANARY",
    "CLIENT_SECRET_CANARY",
)
FOREIGN = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "http://localhost@evil.example/",
    "/%0d%0aLocation:%20https://evil.example/",
    "\r\nLocation: https://evil.example/",
    "javascript:alert(1)",
    "https://evil.example/.my.salesforce.com",
    "https://my.salesforce.com.evil.example",
    "https://evil.example#.my.salesforce.com",
    "https://evil.example?.my.salesforce.com",
    "https://user:pass@acme.my.salesforce.com",
    "http://acme.my.salesforce.com",
)
#: The same for everyone, and cached by browsers.
_FILES = ("static", "search.badge_css")
#: Parameters that pages and frameworks use for a redirect.
_TARGETS = (
    "next",
    "url",
    "to",
    "return_to",
    "redirect",
    "redirect_uri",
    "login_url",
    "own",
    "address",
    "domain",
    "instance",
)


def connection(workspace: str = "acme", **changes: Any) -> Connection:
    made = Connection(
        workspace=workspace,
        org_id="00D000000000001EAA",
        user_id="005000000000001AAA",
        username=f"admin@{workspace}.example",
        environment="custom",
        login_url="http://127.0.0.1:9",
        instance_url="http://127.0.0.1:9",
        client_id="zaplify",
        is_sandbox=False,
        api_version="66.0",
        connected_at=1_790_000_000.0,
    )
    return replace(made, **changes)


def feed(application: CommandApp, event: Event, workspace: str = "acme") -> str:
    """Receive an event; returns its entry ID."""
    hook = "on_prospect_purchased" if event.kind == "purchase" else "on_touchpoint_sent"
    envelope = {
        "workspace": workspace,
        "event_id": event.event_id,
        "occurred_at": event.occurred_at,
    }
    return str(application.intake.receive(hook, {**envelope, **event.payload})["entry"])


@pytest.fixture
def entry_id(application: CommandApp) -> str:
    """An entry of Ada's workspace, whose message text must stay hidden."""
    return feed(application, touchpoint(prospect(1), subject="SUBJECT_CANARY"))


@pytest.fixture
def guarded(application: CommandApp) -> Flask:
    """The console as it is served, with CSRF checks, answering at one address only."""
    shown = ConsoleOptions(lambda _: Visitor("acme", "Ada Admin", "u-1"), "http://localhost")
    return build_app(application.console(), shown)


def all_of(check: Callable[[Address], list[str]], addresses: list[Address]) -> None:
    """Report the complaints about all URLs at once."""
    complaints = [
        f"{one.endpoint} {one.path}: {words}" for one in addresses for words in check(one)
    ]
    assert not complaints, "\n".join(complaints)


def test_every_response_carries_the_security_headers(guarded: Flask) -> None:
    browser = guarded.test_client()

    def check(one: Address) -> list[str]:
        return missing_headers(browser.get(one.path).headers, static=one.endpoint in _FILES)

    all_of(check, reads(guarded))


def test_error_responses_carry_the_headers_too(guarded: Flask) -> None:
    browser = guarded.test_client()
    answers = [
        browser.get("/nothing"),
        browser.post("/mapping"),
        browser.get("/", headers={"Host": "evil.example"}),
    ]
    assert [missing_headers(answer.headers) for answer in answers] == [[], [], []]


def test_no_page_has_an_inline_script_style_or_handler(guarded: Flask, entry_id: str) -> None:
    browser = guarded.test_client()
    all_of(lambda one: inline(browser.get(one.path).text), pages(guarded, {"entry_id": entry_id}))


def test_a_write_without_the_token_of_its_page_is_refused_with_what_to_do(guarded: Flask) -> None:
    browser = guarded.test_client()

    def check(one: Address) -> list[str]:
        answers = [browser.post(one.path), browser.post(one.path, headers={"HX-Request": "true"})]
        texts = [answer.text for answer in answers if answer.status_code == 400]
        return (
            []
            if len(texts) == 2 and all("Reload the page" in text for text in texts)
            else ["not refused as meant"]
        )

    all_of(check, writes(guarded))


def test_a_token_of_another_session_is_refused(guarded: Flask) -> None:
    mine, theirs = guarded.test_client(), guarded.test_client()
    token = csrf_token(theirs)
    mine.get("/connection")
    for one in writes(guarded):
        assert mine.post(one.path, headers={"X-CSRFToken": token}).status_code == 400, one


def test_a_page_works_in_every_process_while_the_secret_key_is_replaced(
    parts: Parts, product_settings: Settings
) -> None:
    def started() -> FlaskClient:
        other = Parts(product_settings)
        opened.append(other)
        shown = ConsoleOptions(lambda _: Visitor("acme", "Ada Admin", "u-1"), "http://localhost")
        return build_app(CommandApp(other).console(), shown).test_client()

    def flips(browser: FlaskClient, token: str, of: FlaskClient) -> bool:
        cookie = of.get_cookie(SESSION_COOKIE)
        assert cookie is not None
        browser.set_cookie(SESSION_COOKIE, cookie.value)
        data = {"to": "off", "csrf_token": token}
        return browser.post("/configuration/sync_activities", data=data).status_code < 400

    opened: list[Parts] = []
    before, beside = started(), started()
    old = csrf_token(before)
    CommandApp(parts).operations.rotate_key(finish=False)
    after = started()
    new = csrf_token(after)
    assert flips(after, old, of=before)
    assert flips(beside, old, of=before)
    new = csrf_token(after)
    assert flips(beside, new, of=after)
    for one in opened:
        one.close()


def test_opening_a_url_changes_nothing(
    guarded: Flask, application: CommandApp, entry_id: str
) -> None:
    browser = guarded.test_client()
    application.store.save_connection(connection(), TOKENS)
    before = state_of(application, entry_id)
    for one in reads(guarded):
        browser.get(one.path)
    assert state_of(application, entry_id) == before


def test_an_unknown_visitor_sees_no_page(application: CommandApp) -> None:
    app = build_app(application.console(), ConsoleOptions(lambda _: None))
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()

    def check(one: Address) -> list[str]:
        if one.endpoint in OPEN_ENDPOINTS:
            return []
        answer = browser.post(one.path) if one in writes(app) else browser.get(one.path)
        return [] if answer.status_code == 401 else [f"answers {answer.status_code}"]

    all_of(check, [*reads(app), *writes(app)])


def test_another_workspaces_entry_is_not_found(
    client: FlaskClient, console: Flask, application: CommandApp
) -> None:
    theirs = feed(application, touchpoint(prospect(7, first_name="Theirs"), "t7"), "globex")
    for one in [*pages(console, {"entry_id": theirs}), *writes(console, {"entry_id": theirs})]:
        if theirs in one.path:
            assert client.get(one.path).status_code in (404, 405), one
            assert client.post(one.path).status_code in (404, 405), one


def test_another_workspaces_names_are_on_no_page(
    client: FlaskClient, console: Flask, application: CommandApp
) -> None:
    person = prospect(
        7, first_name="THEIRS", last_name="THEIRS", company={"id": "c7", "name": "THEIRS"}
    )
    feed(
        application,
        Event(
            "purchase",
            "globex",
            "e7",
            "2026-11-01T10:00:00Z",
            {"prospect": person, "user": {"email": "THEIRS@globex.example", "name": "THEIRS"}},
        ),
        "globex",
    )
    application.store.save_connection(connection("globex", org_name="THEIRS"), TOKENS)
    application.store.save_console_rule("globex", {"name": "THEIRS"}, expected_version=0)
    all_of(lambda one: canaries_in(client.get(one.path).text, ["THEIRS"]), pages(console))


def test_no_token_secret_or_message_is_on_any_page(
    client: FlaskClient, console: Flask, application: CommandApp, entry_id: str
) -> None:
    application.store.save_connection(connection(), TOKENS)
    key = application.console().cipher.session_keys()[0].hex()
    canaries = (*SECRETS, key)
    all_of(
        lambda one: canaries_in(client.get(one.path).text, canaries),
        pages(console, {"entry_id": entry_id}),
    )


def test_no_message_is_on_any_page_with_contents_on_either(
    client: FlaskClient, console: Flask, application: CommandApp
) -> None:
    on = {"switches": {"include_contents": True}}
    application.store.save_console_rule("acme", on, expected_version=0)
    application.store.save_connection(connection(), TOKENS)
    sent = touchpoint(prospect(1), subject="SUBJECT_CANARY", content={"text": "CONTENT_CANARY"})
    held = settle(
        application.store,
        feed(application, sent),
        "held",
        cause=from_rejection(
            Rejected("STRING_TOO_LONG", "too large: SUBJECT_CANARY CONTENT_CANARY", ("Subject",)),
            "Task",
        ),
    )
    seen = [*pages(console, {"entry_id": held})]
    texts = [client.get(f"/held?cause={key_of('STRING_TOO_LONG:Task.Subject')}").text]
    assert "CANARY" not in texts[0]
    all_of(lambda one: canaries_in(client.get(one.path).text, SECRETS), seen)


@pytest.mark.parametrize("target", FOREIGN)
def test_no_redirect_leads_to_another_host(
    client: FlaskClient, console: Flask, target: str
) -> None:
    """The addresses take turns: each meets five of the targets, each target a third of them."""
    query, turn = dict.fromkeys(_TARGETS, target), FOREIGN.index(target) % 3
    answers = [(one, client.get(one.path, query_string=query)) for one in reads(console)[turn::3]]
    answers += [
        (one, client.post(one.path, data={**query, "org": "production"}))
        for one in writes(console)[turn::3]
    ]
    assert [words for one, answer in answers for words in led_away(one, answer)] == []


def led_away(one: Address, answer: TestResponse) -> list[str]:
    """Where an answer would lead a browser that follows its headers, or a person who follows its
    links."""
    followed = [
        answer.headers.get(name, "")
        for name in ("Location", "HX-Redirect", "HX-Location", "Refresh")
    ]
    followed += (
        [address for address in addresses_in(answer.text) if "evil" in address]
        if answer.mimetype == "text/html"
        else []
    )
    return [
        f"{one.path} leads to {address!r}"
        for address in followed
        if leads_away(address, "localhost")
    ]


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\evil.example", "//evil.example/%2e%2e", "/.//evil.example/"]
)
def test_no_path_is_redirected_to_another_host(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert not leads_away(answer.headers.get("Location", ""), "localhost"), answer.headers


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "localhost.evil.example", "localhost@evil.example", ""],
)
def test_a_host_name_pointed_here_by_someone_else_is_refused(guarded: Flask, host: str) -> None:
    answer = guarded.test_client().get("/connection", headers={"Host": host})
    assert answer.status_code in (400, 421)
    assert "evil" not in answer.text + str(answer.headers)


def test_the_cookie_is_same_site_and_hidden_from_scripts(guarded: Flask) -> None:
    cookie = cookie_of(guarded.test_client())
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= cookie
    assert "Secure" not in cookie


def test_nothing_that_another_site_sends_starts_a_session(guarded: Flask) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for one in writes(guarded):
        answer = guarded.test_client().post(one.path, headers=headers)
        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (403, None), one


def test_the_cookie_is_for_the_mounts_own_path(guarded: Flask) -> None:
    host = Client(DispatcherMiddleware(Flask("host"), {"/zsf": guarded}))
    answer = host.get("/zsf/connection", headers={"Host": "localhost"})
    assert "Path=/zsf/" in {part.strip() for part in answer.headers["Set-Cookie"].split(";")}


def test_the_cookie_is_secure_if_the_console_uses_https(
    application: CommandApp,
) -> None:
    app = build_app(
        application.console(),
        ConsoleOptions(lambda _: Visitor("acme", "Ada"), "https://zaplify.example/zsf"),
    )
    browser = app.test_client()
    assert "Secure" in cookie_of(browser, headers={"Host": "zaplify.example"})


def test_only_origins_that_the_host_names_may_frame_it(application: CommandApp) -> None:
    shown = ConsoleOptions(
        lambda _: Visitor("acme", "Ada"), frame_ancestors=("https://zaplify.example",)
    )
    headers = build_app(application.console(), shown).test_client().get("/connection").headers
    assert "frame-ancestors https://zaplify.example;" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*", "evil.example", "https://a.example; script-src *", "https://a.example/path"],
)
def test_an_invalid_frame_ancestor_is_refused_at_once(origin: str) -> None:
    with pytest.raises(ConfigurationError):
        ConsoleOptions(lambda _: None, frame_ancestors=(origin,))


def test_a_page_that_is_too_large_is_refused_in_words(guarded: Flask) -> None:
    browser = guarded.test_client()
    for one in writes(guarded):
        answer = browser.post(one.path, data={"prospects": "x" * 1_100_000})
        assert answer.status_code == 413, (one, answer.status_code)
        assert "smaller" in answer.text


def test_a_defect_shows_no_trace(
    guarded: Flask, application: CommandApp, caplog: pytest.LogCaptureFixture
) -> None:
    guarded.add_url_rule("/defect", "defect", lambda: str(1 / len("")))
    answer = guarded.test_client().get("/defect")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text + caplog.text
    assert missing_headers(answer.headers) == []


def csrf_token(browser: FlaskClient) -> str:
    """The token of a page, as its script sends it."""
    _, _, after = browser.get("/connection").text.partition('"X-CSRFToken": "')
    return after.partition('"')[0]


def cookie_of(browser: FlaskClient, **request: Any) -> set[str]:
    """The attributes of the console's cookie."""
    parts = browser.get("/connection", **request).headers["Set-Cookie"].split(";")
    assert parts[0].startswith(f"{SESSION_COOKIE}=")
    return {part.strip() for part in parts[1:]}


def state_of(application: CommandApp, entry_id: str) -> tuple[object, ...]:
    """Everything that a write could change."""
    store = application.store
    kept = (
        store.console_rule("acme"),
        store.counts("acme"),
        store.connection("acme"),
        store.tokens("acme") is None,
    )
    return (*kept, store.entry("acme", entry_id), list(store.history("acme")))


_ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}
_LED = {**_ELSEWHERE, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def test_another_site_triggers_nothing(guarded: Flask) -> None:
    browser = guarded.test_client()

    def check(one: Address) -> list[str]:
        picture = browser.get(
            one.path, headers={**_ELSEWHERE, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
        )
        return [] if picture.status_code == 403 else [f"answered {picture.status_code}"]

    all_of(
        check, [one for one in reads(guarded) if one.endpoint not in ("static", "search.badge_css")]
    )


def test_another_site_may_link_only_to_pages_that_make_no_api_call(guarded: Flask) -> None:
    browser = guarded.test_client()
    assert browser.get("/mapping", headers=_LED).status_code == 200
    for path in (
        "/connection/rights",
        "/connection/estimate",
        "/connection/id-field",
        "/mapping/preview",
    ):
        refused = browser.get(path, headers=_LED)
        assert (refused.status_code, "Request from another site" in refused.text) == (
            403,
            True,
        ), path


def test_another_site_can_frame_the_console_only_if_the_host_allows_it(
    application: CommandApp,
) -> None:
    framed = {**_LED, "Sec-Fetch-Dest": "iframe"}
    for ancestors, status in (((), 403), (("https://zaplify.example",), 200)):
        app = build_app(
            application.console(),
            ConsoleOptions(lambda _: Visitor("acme", "Ada"), frame_ancestors=ancestors),
        )
        assert app.test_client().get("/held", headers=framed).status_code == status


def test_a_session_and_its_tokens_belong_to_one_person(application: CommandApp) -> None:
    who = [Visitor("globex", "Eve", "e-1")]
    browser = build_app(application.console(), ConsoleOptions(lambda _: who[0])).test_client()
    token = browser.get("/configuration").text.partition('X-CSRFToken": "')[2].partition('"')[0]
    flip = {"to": "off", "csrf_token": token}
    who[0] = Visitor("acme", "Ada", "a-1")
    assert browser.post("/configuration/sync_activities", data=flip).status_code == 400
    assert application.store.console_rule("acme") == ({}, 0)
    who[0] = Visitor("globex", "Eve", "e-1")
    assert browser.post("/configuration/sync_activities", data=flip).status_code == 400


def test_a_lone_surrogate_breaks_no_page(client: FlaskClient, application: CommandApp) -> None:
    prospect = {
        "id": "p1",
        "first_name": "A\ud800",
        "title": "\udfff",
        "custom": {"k\ud800": "v\udfff"},
    }
    application.intake.receive(
        "on_prospect_purchased",
        {
            "workspace": "acme",
            "event_id": "e1",
            "occurred_at": "2026-11-25T10:00:00Z",
            "prospect": prospect,
            "user": {"id": "u"},
        },
    )
    for path in ("/mapping", "/configuration", "/mapping/preview", "/activity", "/held", "/search"):
        assert client.get(path).status_code == 200, path
    assert "A?" in client.get("/mapping").text


def test_no_link_carries_an_apps_key(client: FlaskClient) -> None:
    assert (
        "3MVG9theirs"
        not in client.get("/connect?client_id=3MVG9theirs&own=acme.my.salesforce.com").text
    )


@pytest.mark.parametrize(
    "host",
    ["zaplify.example:99@evil.example", "zaplify.example:99/x", "evil.example", "zaplify.example:"],
)
def test_a_host_that_only_starts_like_ours_is_refused(application: CommandApp, host: str) -> None:
    app = build_app(
        application.console(),
        ConsoleOptions(lambda _: Visitor("acme", "Ada"), "https://zaplify.example/zsf"),
    )
    assert app.test_client().get("/held", environ_overrides={"HTTP_HOST": host}).status_code in (
        400,
        421,
    )
    assert (
        app.test_client()
        .get("/held", environ_overrides={"HTTP_HOST": "zaplify.example:443"})
        .status_code
        == 200
    )


@pytest.mark.parametrize(
    "url", ["https://a@zaplify.example", "https://zaplify.example/../x", "zaplify.example"]
)
def test_an_invalid_public_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="public_url"):
        ConsoleOptions(lambda _: None, url)


def test_messages_for_operators_are_on_no_page(
    application: CommandApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> None:
        raise StoreUnavailable("/srv/secret/zsf.sqlite3 cannot be read")

    app = build_app(application.console(), ConsoleOptions(lambda _: Visitor("acme", "Ada")))
    monkeypatch.setattr(application.store, "connection", broken)
    answer = app.test_client().get("/held")
    assert (answer.status_code, "/srv/secret" in answer.text) == (503, False)
    assert "Tell the people who run Zaplify" in answer.text


def test_consoles_on_one_machine_have_separate_cookies() -> None:
    def name(port: int) -> str:
        hosts = frozenset({f"localhost:{port}"})
        return cookie_name(ConsoleOptions(lambda _: None, f"http://localhost:{port}", hosts=hosts))

    assert name(1717) != name(1718)
    assert (
        cookie_name(ConsoleOptions(lambda _: None, "https://zaplify.example:8443/zsf"))
        == "zsf_console"
    )
