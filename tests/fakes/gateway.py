"""What stands between the product and an org: a firewall, a portal, an address that is no longer the
org's. It answers in the org's place, below `Http.send`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import pytest

from zsf_plugin.errors import NotSent
from zsf_plugin.salesforce.http import Http, HttpResponse

#: What a gateway answers to a request: (method, address, body) → its answer, an error, or None to
#: let it pass.
Play = Callable[[str, str, bytes], HttpResponse | Exception | None]

PAGE = b"<html><h1>Access Denied</h1></html>"
HTML = {"content-type": "text/html"}
GONE = NotSent("connection", data={"error": "ConnectionError", "fault": "unknown_host"})


def page(status: int, body: bytes = PAGE, **headers: str) -> HttpResponse:
    """An HTML page with that status."""
    return HttpResponse(status, {**HTML, **headers}, body)


def writes(url: str, body: bytes) -> bool:
    """Whether the request writes records."""
    return "/services/data/" in url and (b'"records":[{' in body or b'"method":"POST"' in body)


class Gateway:
    """Every request that is sent, and what `play` answers instead of letting it pass."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.play: Play = lambda *_: None
        self.sent: list[tuple[str, str]] = []
        self.tokens_to: set[str] = set()
        real = Http.send
        gateway = self

        def send(
            http: Http,
            method: str,
            url: str,
            *,
            headers: Mapping[str, str],
            body: bytes | None = None,
            writes: bool = False,
        ) -> HttpResponse:
            gateway.sent.append((method, url))
            if "Authorization" in headers or b"refresh_token=" in (body or b""):
                gateway.tokens_to.add(urlsplit(url).netloc)
            answer = gateway.play(method, url, body or b"")
            if isinstance(answer, Exception):
                raise answer
            if answer is not None:
                return answer
            return real(http, method, url, headers=headers, body=body, writes=writes)

        monkeypatch.setattr(Http, "send", send)

    def calls(self) -> int:
        """The API calls that were sent since the last look."""
        count = sum("/services/data/v" in url for _, url in self.sent)
        self.sent.clear()
        return count
