"""An org that is played below `requests`: what is sent is remembered, what comes back is scripted."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import requests

from zsf_plugin.model import Connection, Tokens
from zsf_plugin.ports import Store

ACME = "https://acme.my.salesforce.com"
ORG, USER = "00D5g000004TyUiEAK", "0055g00000FnJpQAAV"

#: Where tokens are asked for, and an answer that brings fresh ones for the session of `connected`.
TOKEN = "/services/oauth2/token"
FRESH = {
    "access_token": "fr3sh",
    "refresh_token": "rot4ted",
    "instance_url": "https://acme2.my.salesforce.com",
    "id": f"https://login.salesforce.com/id/{ORG}/{USER}",
}
#: How a call ends without an answer: after it left, and before.
LOST = requests.exceptions.ReadTimeout("x")
NEVER_SENT = requests.exceptions.ConnectTimeout("x")


@dataclass(frozen=True)
class Sent:
    """One request as it left."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    read_timeout_s: float

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl((self.body or b"").decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"null")


def connected(store: Store, tokens: Tokens | None = None, **changes: Any) -> Connection:
    """A workspace `w` that is connected to the played org, refreshed at 1,000."""
    connection = Connection(
        workspace="w",
        org_id=ORG,
        user_id=USER,
        username="ada@acme.example",
        environment="production",
        login_url="https://login.salesforce.com",
        instance_url=ACME,
        client_id="the-app",
        is_sandbox=False,
        api_version="68.0",
        connected_at=1000.0,
    )
    connection = replace(connection, **changes)
    store.save_connection(connection, tokens or Tokens("a!ccess", "r3fresh", 0, 1000.0))
    return connection


class Wire:
    """Answers by a part of the address, the part that was scripted last first; each answer once,
    the last one of a part for ever. What happens `meanwhile` is done before each answer."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self._answers: dict[str, list[requests.Response | Exception]] = {}

    def answer(
        self,
        part: str,
        body: Any = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Script an answer to addresses with that part: bytes, what JSON holds, or an error."""
        if isinstance(body, Exception):
            self._answers.setdefault(part, []).append(body)
            return
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers or {})
        response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._answers.setdefault(part, []).append(response)

    def instead(self, part: str, body: Any = None, status: int = 200) -> None:
        """Script an answer in place of those that an address with that part got so far."""
        self._answers.pop(part, None)
        self.answer(part, body, status)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        data: bytes | None,
        timeout: tuple[float, float],
        **_: Any,
    ) -> requests.Response:
        """In place of `requests.Session.request`."""
        self.sent.append(Sent(method, url, headers, data, timeout[1]))
        self.meanwhile()
        for part, answers in reversed(self._answers.items()):
            if part in url:
                found = answers.pop(0) if len(answers) > 1 else answers[0]
                if isinstance(found, Exception):
                    raise found
                return _unread(found)
        raise AssertionError(f"no answer is scripted for {url}")

    def to(self, part: str) -> list[Sent]:
        """What was sent to addresses with that part."""
        return [sent for sent in self.sent if part in sent.url]


def _unread(scripted: requests.Response) -> requests.Response:
    response = requests.Response()
    response.status_code = scripted.status_code
    response.headers = scripted.headers
    response.raw = io.BytesIO(scripted.content)
    return response
