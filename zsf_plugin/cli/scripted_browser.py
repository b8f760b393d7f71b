"""A browser for the demo: walks the emulator's login and consent pages as a person would, and stops
at the way back."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

TIMEOUT_S = 10


def allow(authorize_url: str) -> dict[str, str]:
    """Log in as the first user, choose Allow; the query that the app's callback gets."""
    import requests

    with requests.Session() as browser:
        login = _Form(browser.get(authorize_url, timeout=TIMEOUT_S).text)
        target = urljoin(authorize_url, login.action)
        password = {"password": "demo"}
        consent = _Form(browser.post(target, data=login.values | password, timeout=TIMEOUT_S).text)
        decision = {"decision": "allow"}
        back = browser.post(
            target, data=consent.values | decision, allow_redirects=False, timeout=TIMEOUT_S
        )
    return dict(parse_qsl(urlsplit(back.headers["Location"]).query))


class _Form(HTMLParser):
    """The one form of a page: where it goes, and what it would send untouched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.values: dict[str, str] = {}
        self._select: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in what a browser would send."""
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self.action = given.get("action", "")
            case "input" if given.get("type") == "hidden":
                self.values[given["name"]] = given.get("value", "")
            case "select":
                self._select = given["name"]
            case "option" if self._select is not None:
                self._take_option(self._select, given)

    def _take_option(self, select: str, option: dict[str, str]) -> None:
        """The selected option counts; the first where none is."""
        if select not in self.values or "selected" in option:
            self.values[select] = option["value"]
