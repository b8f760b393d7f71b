"""A console over real HTTP with folders of its own, in a host that knows its users by a cookie.

As in any host, the visitor is read from what the host set, never from what a page of the console
sends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from playwright.sync_api import BrowserContext
from werkzeug.test import TestResponse

from tests.browser.clock import OffsetClock
from tests.browser.serving import Server
from tests.fakes import events
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.emulator import Emulator
from zsf_plugin.model import Event
from zsf_plugin.settings import from_environment
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WORKSPACE = "default"
ADA = Visitor(WORKSPACE, "Ada Byron", "u-ada")
_COOKIE = "host_user"
_NOT_FOUND = "404 Not Found"


@dataclass(frozen=True, slots=True)
class Options:
    """How the console is mounted: its path in the host, who may frame it, and the visitor if no one
    is signed in."""

    mount: str = ""
    frame_ancestors: tuple[str, ...] = ()
    guest: Visitor | None = ADA
    settings: Mapping[str, object] | None = None


class Console:
    """A running console: the `url` of its start page, the `application` behind it and its `parts`,
    and what its host does."""

    def __init__(self, folder: Path, emulator: Emulator, options: Options | None = None) -> None:
        self.folder, self.emulator, self.options = folder, emulator, options or Options()
        (folder / "config" / "rules").mkdir(parents=True, exist_ok=True)
        self.clock = OffsetClock()
        host_settings = {"drain": "external", **(self.options.settings or {})}
        environ = {"ZSF_CLIENT_ID": "zaplify"}
        folders = {"config_dir": folder / "config", "data_dir": folder / "data"}
        settings = from_environment(environ, **folders, host_settings=host_settings)
        self.parts = Parts(settings, self.clock)
        self.application = CommandApp(self.parts)
        self._users: dict[str, Visitor] = {}
        self._server = Server()

    def __enter__(self) -> Console:
        self._server.__enter__()
        shown = ConsoleOptions(self._visitor, self.url.rstrip("/"), self.options.frame_ancestors)
        self.flask = build_app(self.application.console(), shown)
        self._server.app = mounted(self.flask, self.options.mount)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, at)
        self.application.close()

    @property
    def url(self) -> str:
        """The start page, with a trailing slash."""
        return f"{self._server.url}{self.options.mount}/"

    def at(self, path: str) -> str:
        """The address of a page: `at("/mapping")`."""
        return self.url + path.removeprefix("/")

    def sign_in(self, context: BrowserContext, visitor: Visitor) -> None:
        """Sign the browser in to the host as that visitor."""
        context.add_cookies(
            [{"name": _COOKIE, "value": self.cookie_for(visitor), "url": self._server.url}]
        )

    def cookie_for(self, visitor: Visitor) -> str:
        """The value of the host's cookie for that visitor."""
        key = f"ticket-{len(self._users)}"
        self._users[key] = visitor
        return key

    def fetch(self, path: str, visitor: Visitor = ADA) -> TestResponse:
        """Fetch a page without a browser."""
        cookie = {"Cookie": f"{_COOKIE}={self.cookie_for(visitor)}"}
        return self.flask.test_client(use_cookies=False).get(
            path, base_url=self.url, headers=cookie
        )

    def connect(
        self, workspace: str = WORKSPACE, by: str = ADA.name, *, previewing: bool = False
    ) -> None:
        """Connect a workspace to the emulator without a browser. It syncs at once, or with
        `previewing` after a first preview."""
        app = self.application
        sign_in = app.login.begin(self.emulator.url, "zaplify", self.at("/oauth/callback"))
        grant = app.login.finish(sign_in, allow(sign_in.authorize_url))
        connector = Connector(app.store, app.login, app.clock)
        if previewing:
            sandbox = self.emulator.org.spec.is_sandbox
            connector.finish_with_preview(
                workspace, grant, sign_in, "custom", sandbox=sandbox, by=by
            )
        else:
            connector.finish(workspace, grant, sign_in, "custom", "send", by)

    def rule(self, content: str, name: str = "10.toml", workspace: str | None = None) -> None:
        """Write a rule file, as an operator does."""
        base = (
            self.folder
            / "config"
            / ("rules" if workspace is None else f"workspaces/{workspace}/rules")
        )
        base.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(content, encoding="utf-8")

    def feed(self, received: Iterable[Event], workspace: str = WORKSPACE) -> list[dict[str, Any]]:
        """Receive events of `tests/fakes/events.py`; returns their receipts."""
        return [
            self._call(_arguments(event, workspace), event.kind == "purchase") for event in received
        ]

    def purchase(
        self, *numbers: int, workspace: str = WORKSPACE, **changes: Any
    ) -> list[dict[str, Any]]:
        """Receive purchases of made-up prospects, by number."""
        people = [(number, events.prospect(number, **changes)) for number in numbers]
        return self.feed(
            (events.purchase(person, f"e{number}") for number, person in people), workspace
        )

    def rehearse(self, workspace: str = WORKSPACE, prefix: str = "") -> list[dict[str, Any]]:
        """Receive the events of `zsf demo`, which end in every state."""
        receipts = []
        for event in rehearsal():
            purchased = event.pop("hook") == "on_prospect_purchased"
            arguments = {**event, "workspace": workspace, "event_id": prefix + event["event_id"]}
            receipts.append(self._call(arguments, purchased))
        return receipts

    def drain(self, workspace: str = WORKSPACE) -> DrainReport:
        """Drain the outbox once."""
        return self.application.drains.drain(workspace)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the emulator's control surface: changes in Salesforce that the plugin does not make."""
        return self.emulator.control.answer(method, path.split("/"), body)[1]

    def records(self, object_: str) -> list[dict[str, Any]]:
        """The org's records of an object."""
        return list(self.control("GET", "records")[object_])

    def _call(self, arguments: Mapping[str, Any], purchased: bool) -> dict[str, Any]:
        hook = "on_prospect_purchased" if purchased else "on_touchpoint_sent"
        return dict(self.application.intake.receive(hook, arguments))

    def _visitor(self, environ: Mapping[str, Any]) -> Visitor | None:
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(_COOKIE)
        return self.options.guest if cookie is None else self._users.get(cookie.value)


def rehearsal() -> Sequence[dict[str, Any]]:
    """The demo's host events."""
    text = (files("zsf_plugin.cli") / "rehearsal" / "events.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line]


def mounted(app: WSGIApplication, path: str) -> WSGIApplication:
    """A host with nothing but the app under that path; without a path, the app itself."""
    if not path:
        return app

    def host(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        requested = environ["PATH_INFO"]
        if requested != path and not requested.startswith(f"{path}/"):
            start_response(_NOT_FOUND, [("Content-Type", "text/plain")])
            return [b"the host has no such page"]
        inner = {
            "SCRIPT_NAME": environ["SCRIPT_NAME"] + path,
            "PATH_INFO": requested.removeprefix(path),
        }
        return app({**environ, **inner}, start_response)

    return host


def _arguments(event: Event, workspace: str) -> dict[str, Any]:
    common = {"workspace": workspace, "event_id": event.event_id, "occurred_at": event.occurred_at}
    return {**common, **event.payload}
