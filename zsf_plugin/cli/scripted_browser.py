"""A browser for the demo: walks the stand-in's login and consent pages as a person would, and stops
at the way back."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

_TIMEOUT_S = 10


def allow(authorize_url: str) -> dict[str, str]:
    """Log in as the first user, choose Allow; the query that the app's callback gets."""
    import requests

    with requests.Session() as browser:
        login = _Form(browser.get(authorize_url, timeout=_TIMEOUT_S).text)
        target = urljoin(authorize_url, login.action)
        consent = _Form(
            browser.post(target, data={**login.values, "password": "demo"}, timeout=_TIMEOUT_S).text
        )
        answer = {**consent.values, "decision": "allow"}
        back = browser.post(target, data=answer, allow_redirects=False, timeout=_TIMEOUT_S)
    query = parse_qs(urlsplit(back.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


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
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "input" and given.get("type") == "hidden":
            self.values[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given["name"]
        elif (
            tag == "option"
            and self._select is not None
            and (self._select not in self.values or "selected" in given)
        ):
            self.values[self._select] = given["value"]
