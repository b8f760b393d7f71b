"""A console over real HTTP with folders of its own, and a host around it that knows its users by a
cookie.

The host stands for all hosts: `who` reads what the host itself set, never what a page of the
console could say.
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

from tests.browser.clock import TurnedClock
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
    """How the console is put up: under which path of its host, who may frame it, who comes without
    signing in."""

    mount: str = ""
    frame_ancestors: tuple[str, ...] = ()
    guest: Visitor | None = ADA
    settings: Mapping[str, object] | None = None


class Console:
    """A running console: `url` of its start page, `application` behind it and the `parts` it is
    made of, what a host does beside it."""

    def __init__(self, folder: Path, emulator: Emulator, options: Options | None = None) -> None:
        self.folder, self.emulator, self.options = folder, emulator, options or Options()
        (folder / "config" / "rules").mkdir(parents=True, exist_ok=True)
        self.clock = TurnedClock()
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
        shown = ConsoleOptions(self._who, self.url.rstrip("/"), self.options.frame_ancestors)
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
        """The start page, with a slash at its end."""
        return f"{self._server.url}{self.options.mount}/"

    def at(self, path: str) -> str:
        """The address of a page: `at("/mapping")`."""
        return self.url + path.removeprefix("/")

    def sign_in(self, context: BrowserContext, visitor: Visitor) -> None:
        """The host's session of a browser belongs to somebody from now on."""
        context.add_cookies(
            [{"name": _COOKIE, "value": self.ticket(visitor), "url": self._server.url}]
        )

    def ticket(self, visitor: Visitor) -> str:
        """What the host's cookie holds for somebody."""
        key = f"ticket-{len(self._users)}"
        self._users[key] = visitor
        return key

    def asked(self, path: str, visitor: Visitor = ADA) -> TestResponse:
        """A page without a browser."""
        cookie = {"Cookie": f"{_COOKIE}={self.ticket(visitor)}"}
        return self.flask.test_client(use_cookies=False).get(
            path, base_url=self.url, headers=cookie
        )

    def connect(
        self, workspace: str = WORKSPACE, by: str = ADA.name, *, previewing: bool = False
    ) -> None:
        """Sign a workspace in to the emulator without a browser; it syncs at once unless `previewing`:
        then it waits for a first preview."""
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
        """A rule file that an operator drops in."""
        base = (
            self.folder
            / "config"
            / ("rules" if workspace is None else f"workspaces/{workspace}/rules")
        )
        base.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(content, encoding="utf-8")

    def feed(self, told: Iterable[Event], workspace: str = WORKSPACE) -> list[dict[str, Any]]:
        """Events of `tests/fakes/events.py`; their receipts."""
        return [
            self._call(_arguments(event, workspace), event.kind == "purchase") for event in told
        ]

    def purchase(
        self, *numbers: int, workspace: str = WORKSPACE, **changes: Any
    ) -> list[dict[str, Any]]:
        """Purchases of made-up prospects, by number."""
        people = [(number, events.prospect(number, **changes)) for number in numbers]
        return self.feed(
            (events.purchase(person, f"e{number}") for number, person in people), workspace
        )

    def rehearse(self, workspace: str = WORKSPACE, prefix: str = "") -> list[dict[str, Any]]:
        """The events of `zsf demo`, which end in every state."""
        receipts = []
        for event in rehearsal():
            purchased = event.pop("hook") == "on_prospect_purchased"
            arguments = {**event, "workspace": workspace, "event_id": prefix + event["event_id"]}
            receipts.append(self._call(arguments, purchased))
        return receipts

    def drain(self, workspace: str = WORKSPACE) -> DrainReport:
        """One pass over the outbox."""
        return self.application.drains.drain(workspace)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """The emulator's control surface: what an admin does in Salesforce behind our back."""
        return self.emulator.control.answer(method, path.split("/"), body)[1]

    def records(self, object_: str) -> list[dict[str, Any]]:
        """What the org holds."""
        return list(self.control("GET", "records")[object_])

    def _call(self, arguments: Mapping[str, Any], purchased: bool) -> dict[str, Any]:
        hook = "on_prospect_purchased" if purchased else "on_touchpoint_sent"
        return dict(self.application.intake.receive(hook, arguments))

    def _who(self, environ: Mapping[str, Any]) -> Visitor | None:
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(_COOKIE)
        return self.options.guest if cookie is None else self._users.get(cookie.value)


def rehearsal() -> Sequence[dict[str, Any]]:
    """The demo's host events."""
    text = (files("zsf_plugin.cli") / "rehearsal" / "events.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line]


def mounted(app: WSGIApplication, path: str) -> WSGIApplication:
    """A host that has the app under a path, and nothing else; without a path, the app."""
    if not path:
        return app

    def host(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ["PATH_INFO"]
        if asked != path and not asked.startswith(f"{path}/"):
            start_response(_NOT_FOUND, [("Content-Type", "text/plain")])
            return [b"the host has no such page"]
        inner = {
            "SCRIPT_NAME": environ["SCRIPT_NAME"] + path,
            "PATH_INFO": asked.removeprefix(path),
        }
        return app({**environ, **inner}, start_response)

    return host


def _arguments(event: Event, workspace: str) -> dict[str, Any]:
    told = {"workspace": workspace, "event_id": event.event_id, "occurred_at": event.occurred_at}
    return {**told, **event.payload}
