"""Mounting as in docs/console.md: each example runs unchanged, with a user of each workspace."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from flask import request, session

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(
    r"^```python\n(.*?)^```",
    (ROOT / "docs" / "console.md").read_text(encoding="utf-8"),
    re.M | re.S,
)
FLASK, DJANGO, FASTAPI, BADGES = BLOCKS
PREFIX = "/zsf"
ORIGIN = "https://app.zaplify.example"
ADA = {"workspace": "acme", "name": "Ada Byron", "id": "u-ada"}
BOB = {"workspace": "beta", "name": "Bob", "id": "u-bob"}


class Host(Protocol):
    """A host running its example, for requests as a browser makes them."""

    def request(self, method: str, path: str, **more: Any) -> httpx.Response: ...

    def close(self) -> None: ...


def ran(block: str, folder: Path) -> dict[str, Any]:
    """Run the example in its own folders."""
    code = block.replace("/etc/zsf", str(folder / "config")).replace(
        "/var/lib/zsf", str(folder / "data")
    )
    names: dict[str, Any] = {"__name__": "a_host"}
    exec(compile(code, "docs/console.md", "exec"), names)
    return names


class FlaskHost:
    """The Flask example, with a route for the host's sign-in."""

    def __init__(self, folder: Path) -> None:
        names = ran(FLASK, folder)
        host = names["host"]
        self.close = names["console"].extensions["zsf"].close

        @host.post("/sign-in/<workspace>/<name>/<id_>")
        def sign_in(workspace: str, name: str, id_: str) -> str:
            user = {"workspace": workspace, "name": name, "id": id_}
            session["user"] = {**user, "is_admin": "viewer" not in request.args}
            return "signed in"

        self._client = httpx.Client(transport=httpx.WSGITransport(app=host), base_url=ORIGIN)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._client.request(method, path, **more)


class DjangoHost:
    """The Django example, with a view for the host's sign-in. Django has one set of settings per
    process: sessions are cookies, and the users are in memory."""

    def __init__(self, folder: Path) -> None:
        from tests.console import a_django_project

        a_django_project.set_up()
        names = ran(DJANGO, folder)
        self.close = names["console"].extensions["zsf"].close
        transport = httpx.WSGITransport(app=names["application"])
        self._client = httpx.Client(transport=transport, base_url=ORIGIN)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._client.request(method, path, **more)


class FastApiHost:
    """The FastAPI example, with a route for the host's sign-in."""

    def __init__(self, folder: Path) -> None:
        from starlette.requests import Request
        from starlette.responses import PlainTextResponse

        names = ran(FASTAPI, folder)
        self._host = names["host"]
        self.close = names["console"].app.extensions["zsf"].close
        self._cookies = httpx.Cookies()

        async def sign_in(request: Request) -> PlainTextResponse:
            is_admin = "viewer" not in request.query_params
            request.session["user"] = {**request.path_params, "is_admin": is_admin}
            return PlainTextResponse("signed in")

        self._host.add_route("/sign-in/{workspace}/{name}/{id}", sign_in, methods=["POST"])

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        with ThreadPoolExecutor(
            1
        ) as apart:  # a browser that drives other tests keeps a loop in this thread
            return apart.submit(lambda: asyncio.run(self._send(method, path, **more))).result()

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._host)
        async with httpx.AsyncClient(
            transport=transport, base_url=ORIGIN, cookies=self._cookies
        ) as client:
            answer = await client.request(method, path, **more)
            self._cookies = client.cookies
            return answer


@dataclass
class Browser:
    """A user's browser at a host."""

    host: Host

    def sign_in(self, user: dict[str, str], role: str = "") -> None:
        path = f"/sign-in/{user['workspace']}/{user['name']}/{user['id']}?{role}"
        assert self.host.request("POST", path).text == "signed in"

    def get(self, path: str) -> httpx.Response:
        return self.host.request("GET", f"{PREFIX}{path}")

    def post(self, path: str, token: str | None = None, **fields: str) -> httpx.Response:
        """A form, sent from a page of the console."""
        data = {**fields, **({"csrf_token": token} if token is not None else {})}
        return self.host.request(
            "POST", f"{PREFIX}{path}", data=data, headers={"Referer": f"{ORIGIN}{PREFIX}/"}
        )

    def token(self, path: str) -> str:
        (found,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', self.get(path).text)) or {
            ""
        }
        return found


@pytest.fixture(params=[FlaskHost, DjangoHost, FastApiHost], ids=["flask", "django", "fastapi"])
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Browser]:
    host = request.param(tmp_path)
    yield Browser(host)
    host.close()


def test_without_a_visitor_the_page_asks_to_sign_in(browser: Browser) -> None:
    answer = browser.get("/mapping")
    assert answer.status_code == 401
    assert "Sign in first" in answer.text


def test_who_is_no_admin_at_the_host_views_the_console_and_changes_nothing(
    browser: Browser,
) -> None:
    browser.sign_in(ADA, "viewer")
    page = browser.get("/configuration")
    assert page.status_code == 200
    assert "View only" in page.text
    token = browser.token("/configuration")
    assert browser.post("/configuration/sync_prospects", token, to="off").status_code == 403


@pytest.mark.parametrize("path", ["/connection", "/mapping", "/activity", "/held", "/search"])
def test_each_page_opens_under_the_prefix_and_all_its_urls_carry_it(
    browser: Browser, path: str
) -> None:
    browser.sign_in(ADA)
    answer = browser.get(path)
    assert answer.status_code == 200
    links = re.findall(r'(?:href|src|action|hx-get|hx-post)="([^"#]*)"', answer.text)
    assert f"{PREFIX}/static/console.css" in links
    own = [link for link in links if not link.startswith("https://")]
    assert [link for link in own if not link.startswith(f"{PREFIX}/")] == []


def test_its_files_are_served_under_the_prefix(browser: Browser) -> None:
    for path in ("/static/console.css", "/static/vendor/htmx.min.js", "/badge.css"):
        assert browser.get(path).status_code == 200, path


def test_the_start_leads_to_a_page_under_the_prefix(browser: Browser) -> None:
    browser.sign_in(ADA)
    answer = browser.get("/")
    assert answer.status_code == 303
    assert answer.headers["Location"].removeprefix(ORIGIN).startswith(f"{PREFIX}/")


def test_the_cookie_belongs_only_to_the_mount(browser: Browser) -> None:
    browser.sign_in(ADA)
    answer = browser.get("/search")
    (header,) = [
        line for line in answer.headers.get_list("set-cookie") if line.startswith("zsf_console=")
    ]
    cookie = SimpleCookie(header)["zsf_console"]
    assert (cookie["path"], cookie["samesite"]) == (f"{PREFIX}/", "Lax")
    assert cookie["httponly"]
    assert cookie["secure"]


def test_a_form_needs_the_token_of_its_page(browser: Browser) -> None:
    browser.sign_in(ADA)
    token = browser.token("/search")
    assert browser.post("/search", pasted="email\na@b.example").status_code == 400
    answer = browser.post("/search", token, pasted="email\na@b.example")
    assert answer.status_code == 200
    assert "1 prospect" in answer.text


def test_a_request_for_another_host_is_not_answered(browser: Browser) -> None:
    browser.sign_in(ADA)
    assert (
        browser.host.request(
            "GET", f"{PREFIX}/search", headers={"Host": "evil.example"}
        ).status_code
        == 421
    )


def test_a_visitor_sees_only_their_own_workspace(browser: Browser) -> None:
    browser.sign_in(ADA)
    token = browser.token("/configuration")
    answer = browser.post("/configuration/sync_activities", token, to="off")
    assert answer.status_code == 303
    assert answer.headers["Location"].removeprefix(ORIGIN).startswith(f"{PREFIX}/")
    assert _is_on(browser) == "false"
    browser.sign_in(BOB)
    assert _is_on(browser) == "true"


def _is_on(browser: Browser) -> str:
    (found,) = re.findall(
        r'id="switch-sync_activities-button"[^>]*aria-checked="(\w+)"',
        browser.get("/configuration").text,
    )
    return str(found)
