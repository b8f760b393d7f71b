"""Behind a proxy, over sockets: `public_url` alone makes the console work, whether or not the proxy
removes the path from what it passes on."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx
import pytest

from tests.browser.serving import Server
from tests.console.conftest import ADA
from tests.console.sign_ins import connection, consent
from zsf_plugin.console.app import build_app
from zsf_plugin.console.connection.popup import COOKIE
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.emulator import Emulator
from zsf_plugin.wiring.apps import CommandApp

PREFIX = "/crm/zsf"
PASSED_ON = ("host", "cookie", "content-type", "referer", "content-length")
PAGES = ("/connection", "/mapping", "/rules", "/activity", "/held", "/search")


class Proxy(ThreadingHTTPServer):
    """A reverse proxy for the requests under PREFIX. Sends `Host` on, and no header of its own."""

    def __init__(self, upstream: str, strips: bool) -> None:
        super().__init__(("127.0.0.1", 0), Forwarding)
        self.upstream, self.strips = upstream, strips

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{PREFIX}"


class Forwarding(BaseHTTPRequestHandler):
    """Passes a request on, and its answer back."""

    server: Proxy

    def do_GET(self) -> None:
        if not self.path.startswith(f"{PREFIX}/"):
            self.send_error(404, "not the console's")
            return
        answer = self._pass_on(self.path.removeprefix(PREFIX if self.server.strips else ""))
        self.send_response(answer.status_code)
        for name, value in answer.headers.multi_items():
            if name not in ("date", "server", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    do_POST = do_GET

    def _pass_on(self, path: str) -> httpx.Response:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        headers["Accept-Encoding"] = "identity"  # httpx would ask for gzip, and unpack it
        body = self.rfile.read(length)
        return httpx.request(
            self.command, self.server.upstream + path, content=body, headers=headers, timeout=60
        )

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Browser:
    """What a browser does at the public address; it follows links as they are written."""

    public_url: str
    client: httpx.Client

    def get(self, path: str) -> httpx.Response:
        return self.client.get(self.public_url + path)

    def post(self, form: str, page: httpx.Response, **fields: str) -> httpx.Response:
        """Send a form of a page to the address that the page names."""
        (action,) = {found for found in links(page, "action") if found.endswith(form)}
        (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', page.text))
        return self.client.post(
            httpx.URL(self.public_url).join(action),
            data={"csrf_token": token, **fields},
            headers={"Referer": str(page.url)},
        )


def links(page: httpx.Response, names: str = "href|src|action|hx-get|hx-post") -> list[str]:
    """The addresses in a page, but for those elsewhere and those in it."""
    found = re.findall(rf'\s(?:{names})="([^"#]+)"', page.text)
    return [link for link in found if not link.startswith("https://")]


@pytest.fixture(params=[True, False], ids=["it_strips_the_path", "it_passes_the_path_on"])
def browser(request: pytest.FixtureRequest, application: CommandApp) -> Iterator[Browser]:
    """The console at the root of a server of its own, behind a proxy."""
    with Server() as server, Proxy(server.url, request.param) as proxy:
        options = ConsoleOptions(lambda _: ADA, proxy.public_url)
        server.app = build_app(application.console(), options)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        with httpx.Client(timeout=60) as client:
            yield Browser(proxy.public_url, client)
        proxy.shutdown()


def test_every_address_of_every_page_carries_the_path_and_opens(browser: Browser) -> None:
    seen: set[str] = set()
    for path in PAGES:
        page = browser.get(path)
        assert page.status_code == 200, path
        assert [link for link in links(page) if not link.startswith(f"{PREFIX}/")] == []
        seen |= {*links(page, "href|src|hx-get")}
    assert f"{PREFIX}/static/console.css" in seen
    answers = {link: browser.client.get(httpx.URL(browser.public_url).join(link)) for link in seen}
    assert {link: at.status_code for link, at in answers.items() if at.status_code >= 400} == {}


def test_the_start_leads_to_a_page_under_the_path(browser: Browser) -> None:
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PREFIX}/connection")


def test_a_form_is_accepted_and_its_redirect_carries_the_path(browser: Browser) -> None:
    page = browser.get("/configuration")
    answer = browser.post("/configuration/sync_activities", page, to="off")
    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).path.startswith(f"{PREFIX}/")


def test_cookies_belong_to_the_path(browser: Browser) -> None:
    header = browser.get("/search").headers["Set-Cookie"]
    assert SimpleCookie(header)["zsf_console"]["path"] == f"{PREFIX}/"


def test_a_person_signs_in_to_salesforce_and_comes_back(
    browser: Browser, emulator: Emulator, application: CommandApp
) -> None:
    leaving = browser.post("/connect", browser.get("/connect"), own=emulator.url)
    assert f"{COOKIE}=" in leaving.headers["Set-Cookie"]
    assert f"Path={PREFIX}/oauth/callback" in leaving.headers["Set-Cookie"]
    address = leaving.text.partition("0; url=")[2].partition('"')[0].replace("&amp;", "&")
    returned = consent(address)
    landed = browser.client.get(f"{browser.public_url}/oauth/callback", params=returned)
    assert landed.status_code == 200
    assert connection(application).state == "previewing"
