"""A connected workspace with its console, and the mapping's form as a browser without script sends it."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from tests.bad_input.place import Place
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.emulator import Emulator

ADA = Visitor("default", "Ada Admin", "u-1")
JORG = Visitor("default", "Jörg Öztürk", "u-2")


class MappingBench(Place):
    """The workspace `default` and its console, with Ada as the visitor."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        super().__init__(folder, emulator)
        self.visitor = ADA
        flask = build_app(self.app.console(), ConsoleOptions(lambda _: self.visitor))
        flask.config["WTF_CSRF_ENABLED"] = False
        self.client: FlaskClient = flask.test_client()

    def page(self, path: str = "/mapping") -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def form(self, path: str = "/mapping") -> dict[str, str]:
        """The current form."""
        return form_in(self.page(path))

    def post(self, form: dict[str, str], path: str = "/mapping", **headers: str) -> Any:
        return self.client.post(path, data=form, headers=headers)

    def saved(self, changes: dict[str, str]) -> Any:
        """Save the page with some of the form's values changed."""
        return self.post(self.form() | changes)

    def document(self) -> Any:
        return self.app.store.console_rule("default")[0]


class _Forms(HTMLParser):
    """Names and values of `#mapping-form`, or of the page's only form."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "input" and attributes.get("name") and "disabled" not in attributes:
            if attributes.get("type") not in ("radio", "checkbox") or "checked" in attributes:
                self.values[attributes["name"]] = attributes.get("value", "")
        elif tag == "select":
            self._select = attributes.get("name", "")
        elif (
            tag == "option"
            and self._select
            and ("selected" in attributes or self._select not in self.values)
        ):
            self.values[self._select] = attributes.get("value", "")


def form_in(html: str) -> dict[str, str]:
    """The mapping's form as a browser sends it."""
    parser = _Forms()
    parser.feed(html.partition('id="mapping-form"')[2].partition("</form>")[0] or html)
    return parser.values
