"""Requests and responses, over HTTP or inside a composite. Data only, no sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

from zsf_plugin.emulator.documents import as_object
from zsf_plugin.emulator.errors import Json, SalesforceError, bad


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request: `path` with its query string, `headers` by lower-case name.

    `body` is the parsed JSON of `raw`; None if `raw` is empty or not JSON.
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
        """Build a request from what was read from the connection. Never raises."""
        return cls(method, path, lower_case_names(headers), raw, parse_json(raw))

    @property
    def segments(self) -> list[str]:
        """The segments of the path, without the query string."""
        return urlsplit(self.path).path.strip("/").split("/")

    @property
    def query(self) -> dict[str, str]:
        """The first value of each query parameter; blank values are left out."""
        return first_values(urlsplit(self.path).query)

    @property
    def form(self) -> dict[str, str]:
        """The first value of each form field, blank values included."""
        return first_values(self.raw.decode(), keep_blank=True)

    @property
    def text(self) -> str:
        """The body as sent; bytes that are not UTF-8 are replaced."""
        return self.raw.decode("utf-8", "replace")

    @property
    def is_csv(self) -> bool:
        """Whether the body is the upload of a bulk job."""
        return self._is_upload and self.headers.get("content-type", "").startswith("text/csv")

    @property
    def content(self) -> Json:
        """The text of an upload, or the JSON of any other body."""
        return self.text if self.is_csv else self.body

    @property
    def _is_upload(self) -> bool:
        return self.method == "PUT" and self.segments[-1] == "batches"

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
        """Whether this calls the token endpoint."""
        return "/oauth2/token" in self.path


def lower_case_names(headers: Mapping[str, object]) -> dict[str, str]:
    """The headers keyed by lower-case name."""
    return {name.lower(): str(value) for name, value in headers.items()}


def first_values(encoded: str, *, keep_blank: bool = False) -> dict[str, str]:
    """The first value of each name in a query string or form; `+` decodes to a space (§9 trap
    19)."""
    values = parse_qs(encoded, keep_blank_values=keep_blank)
    return {name: given[0] for name, given in values.items()}


def parse_json(raw: bytes) -> Json:
    """The JSON document in a body; None if the body is empty or not JSON."""
    if not raw:
        return None
    try:
        document: Json = json.loads(raw, parse_constant=_refuse_constant)
    except ValueError:
        return None
    return document


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


class PlainText(str):
    """A body sent as plain text instead of JSON."""

    __slots__ = ()
    content_type = "text/plain;charset=UTF-8"


class Csv(PlainText):
    """A body sent as a table of comma-separated values."""

    __slots__ = ()
    content_type = "text/csv"


class Html(str):
    """A body sent as an HTML page."""

    __slots__ = ()
    content_type = "text/html;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Response:
    """Status, body (None: no body) and headers."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def refusal(cls, error: SalesforceError) -> Response:
        """The error response of a single resource."""
        return cls(error.status, error.single())


@dataclass(frozen=True, slots=True)
class InjectedResponse:
    """A response that replaces a subrequest's own; if `committed`, the subrequest still runs."""

    response: Response
    committed: bool = False


@dataclass(frozen=True, slots=True)
class Author:
    """The user who writes, and the (lower-case) headers of the request."""

    user_id: str
    headers: Mapping[str, str]

    @property
    def runs_assignment_rules(self) -> bool:
        """Whether assignment rules run: they do unless the header is FALSE (§9 trap 1)."""
        return self.headers.get("sforce-auto-assign", "TRUE").strip().upper() != "FALSE"

    @property
    def allows_duplicates(self) -> bool:
        """Whether the header overrides the alert of a duplicate rule."""
        header = self.headers.get("sforce-duplicate-rule-header", "")
        return "allowsave=true" in header.replace(" ", "").lower()


@dataclass(frozen=True, slots=True)
class Request:
    """One request, over HTTP or inside a composite. `headers` have lower-case names; `path` starts
    with `/services/data/`.

    `injected`: responses injected into a composite's subrequests, by position.
    """

    method: str
    path: str
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    user_id: str = ""
    nested: bool = False
    injected: Mapping[int, InjectedResponse] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest, user_id: str) -> Request:
        """An HTTP request made by this user."""
        return cls(request.method, request.path, request.content, request.headers, user_id)

    def with_failure(self, position: int, injected: InjectedResponse) -> Request:
        """This request, with the subrequest at that position failing."""
        return replace(self, injected={**self.injected, position: injected})

    @property
    def url_path(self) -> str:
        """The path without its query string."""
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, str]:
        """The first value of each query parameter; `+` decodes to a space (§9 trap 19)."""
        return first_values(urlsplit(self.path).query)

    @property
    def author(self) -> Author:
        """The author of the request's writes."""
        return Author(self.user_id, self.headers)

    def rows_body(self) -> dict[str, Json]:
        """The body as an object. Raises JSON_PARSER_ERROR."""
        if not isinstance(self.body, dict):
            raise bad("JSON_PARSER_ERROR", "Unexpected character at [line:1, column:1]")
        return self.body


#: Returns the request to serve instead, or a response that skips the resource.
Rewrite = Callable[[Request], Request | Response]


def _unchanged(request: Request) -> Request:
    return request


@dataclass(frozen=True, slots=True)
class Interception:
    """What a fault changes inside the org: the daily limit counts as reached, or the request is
    rewritten after it has been counted."""

    limit_reached: bool = False
    rewrite: Rewrite = _unchanged


NO_INTERCEPTION = Interception()


def objects_of(value: Json, name: str) -> list[dict[str, Json]]:
    """The value as a list of objects. Raises JSON_PARSER_ERROR."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise bad("JSON_PARSER_ERROR", f"The {name} property must be a list of objects")
    return value


def sent_attribute(record: Mapping[str, Json], name: str) -> str | None:
    """A value from the `attributes` of a record in a request."""
    attributes = as_object(record.get("attributes"))
    return str(attributes[name]) if name in attributes else None
