"""A request and a response, whether of the wire or of a composite. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.wire import first_values
from zsf_plugin.emulator.writes.save import Author, Options


class Plain(str):
    """A body that is sent as plain text, not as JSON."""

    __slots__ = ()


class Html(str):
    """A body that is sent as a page."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Response:
    """Status, body (None: none at all) and headers."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Staged:
    """What a subrequest is answered instead; `committed`: it is served all the same."""

    response: Response
    committed: bool = False


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

    def failing(self, place: int, staged: Staged) -> Request:
        """This request with the subrequest at that place failing."""
        return replace(self, staged={**self.staged, place: staged})

    @property
    def query(self) -> dict[str, str]:
        """The query string's first values; a plus is a space (§9 trap 19)."""
        return first_values(urlsplit(self.path).query)

    @property
    def author(self) -> Author:
        """Whose its writes are, and what its headers ask of them."""
        return Author(self.user_id, Options.of(self.headers))

    def rows_body(self) -> dict[str, Json]:
        """The body as an object. Raises JSON_PARSER_ERROR."""
        if not isinstance(self.body, dict):
            raise bad("JSON_PARSER_ERROR", "Unexpected character at [line:1, column:1]")
        return self.body


def objects_of(value: Json, name: str) -> list[dict[str, Json]]:
    """A list of objects. Raises JSON_PARSER_ERROR."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise bad("JSON_PARSER_ERROR", f"The {name} property must be a list of objects")
    return value


def sent_attribute(record: Mapping[str, Json], name: str) -> str | None:
    """What a record that was sent says of itself under `attributes`."""
    attributes = record.get("attributes")
    if isinstance(attributes, dict) and name in attributes:
        return str(attributes[name])
    return None
