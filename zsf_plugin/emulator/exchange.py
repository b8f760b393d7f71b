"""A request and a response, whether of the wire or of a composite. Data only, no sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

from zsf_plugin.emulator.documents import as_object
from zsf_plugin.emulator.errors import Json, SalesforceError, bad


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


class Plain(str):
    """A body that is sent as plain text, not as JSON."""

    __slots__ = ()
    content_type = "text/plain;charset=UTF-8"


class Html(str):
    """A body that is sent as a page."""

    __slots__ = ()
    content_type = "text/html;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Response:
    """Status, body (None: none at all) and headers."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def refusal(cls, error: SalesforceError) -> Response:
        """A refusal as a single resource answers it."""
        return cls(error.status, error.single())


@dataclass(frozen=True, slots=True)
class Staged:
    """What a subrequest is answered instead; `committed`: it is served all the same."""

    response: Response
    committed: bool = False


@dataclass(frozen=True, slots=True)
class Author:
    """Whose write it is, and what the (case-folded) headers of its request ask."""

    user_id: str
    headers: Mapping[str, str]

    @property
    def assigns(self) -> bool:
        """Whether assignment rules run; they do unless told not to (§9 trap 1)."""
        return self.headers.get("sforce-auto-assign", "TRUE").strip().upper() != "FALSE"

    @property
    def allows_duplicates(self) -> bool:
        """Whether a duplicate rule's alert is overridden."""
        header = self.headers.get("sforce-duplicate-rule-header", "")
        return "allowsave=true" in header.replace(" ", "").lower()


@dataclass(frozen=True, slots=True)
class Request:
    """One request, of the wire or of a composite. `headers` are case-folded; `path` starts with
    `/services/data/`.

    `staged`: faults of a composite's subrequests, by their place.
    """

    method: str
    path: str
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    user_id: str = ""
    nested: bool = False
    staged: Mapping[int, Staged] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest, user_id: str) -> Request:
        """A request of the wire, made by that user."""
        return cls(request.method, request.path, request.body, request.headers, user_id)

    def failing(self, place: int, staged: Staged) -> Request:
        """This request with the subrequest at that place failing."""
        return replace(self, staged={**self.staged, place: staged})

    @property
    def url_path(self) -> str:
        """The path without its query string."""
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, str]:
        """The query string's first values; a plus is a space (§9 trap 19)."""
        return first_values(urlsplit(self.path).query)

    @property
    def author(self) -> Author:
        """Whose its writes are, and what its headers ask of them."""
        return Author(self.user_id, self.headers)

    def rows_body(self) -> dict[str, Json]:
        """The body as an object. Raises JSON_PARSER_ERROR."""
        if not isinstance(self.body, dict):
            raise bad("JSON_PARSER_ERROR", "Unexpected character at [line:1, column:1]")
        return self.body


#: A request changed for its resource, or the answer that it gets without reaching one.
Rewrite = Callable[[Request], Request | Response]


def _unchanged(request: Request) -> Request:
    return request


@dataclass(frozen=True, slots=True)
class Interception:
    """What a fault changes inside the org: the allocation counts as used up, or the request is
    rewritten once it was counted."""

    limit_reached: bool = False
    rewrite: Rewrite = _unchanged


NO_INTERCEPTION = Interception()


def objects_of(value: Json, name: str) -> list[dict[str, Json]]:
    """A list of objects. Raises JSON_PARSER_ERROR."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise bad("JSON_PARSER_ERROR", f"The {name} property must be a list of objects")
    return value


def sent_attribute(record: Mapping[str, Json], name: str) -> str | None:
    """What a record that was sent says of itself under `attributes`."""
    attributes = as_object(record.get("attributes"))
    return str(attributes[name]) if name in attributes else None
