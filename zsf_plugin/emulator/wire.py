"""One HTTP request as it arrived on the wire, before the org looks at it. Data only, no sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from zsf_plugin.emulator.errors import Json


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request of the wire: `path` with its query string, `headers` by lower-case name.

    `body` is the parsed JSON of `raw`, or None where there is none or where it is no JSON.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes = b""
    body: Json = None

    @classmethod
    def parse(
        cls, method: str, path: str, headers: Mapping[str, str], raw: bytes = b""
    ) -> HttpRequest:
        """A request of what was read from the connection. Never raises."""
        return cls(method, path, fold_names(headers), raw, parse_json(raw))

    @property
    def segments(self) -> list[str]:
        """The steps of the path, without the query string."""
        return urlsplit(self.path).path.strip("/").split("/")

    @property
    def query(self) -> dict[str, str]:
        """The query string's first values, blank ones left out."""
        return first_values(urlsplit(self.path).query)

    @property
    def form(self) -> dict[str, str]:
        """The first values of a form's fields, blank ones included."""
        return first_values(self.raw.decode(), keep_blank=True)

    @property
    def text(self) -> str:
        """The body as it was sent, as far as it is text."""
        return self.raw.decode("utf-8", "replace")

    @property
    def auth_scheme(self) -> str:
        """`Bearer` of `Authorization: Bearer 00D…`; empty without the header."""
        return self.headers.get("authorization", "").partition(" ")[0]

    @property
    def bearer(self) -> str:
        """The access token of the Authorization header; empty without one."""
        return self.headers.get("authorization", "").partition(" ")[2]

    @property
    def is_token(self) -> bool:
        """Whether it is a call of the token endpoint."""
        return "/oauth2/token" in self.path


def fold_names(headers: Mapping[str, object]) -> dict[str, str]:
    """Headers by their lower-case names."""
    return {name.lower(): str(value) for name, value in headers.items()}


def first_values(encoded: str, *, keep_blank: bool = False) -> dict[str, str]:
    """The first value of each name in a query string or form; a plus is a space (§9 trap 19)."""
    values = parse_qs(encoded, keep_blank_values=keep_blank)
    return {name: given[0] for name, given in values.items()}


def parse_json(raw: bytes) -> Json:
    """The document of a body; None for an empty body and for what is no JSON."""
    if not raw:
        return None
    try:
        document: Json = json.loads(raw, parse_constant=_refuse_constant)
    except ValueError:
        return None
    return document


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")
