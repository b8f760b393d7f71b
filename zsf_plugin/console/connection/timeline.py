"""What happened to the connection, in words: lines of the workspace's history. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from zsf_plugin.console import labels
from zsf_plugin.messages.connection import connection_why
from zsf_plugin.model import EXTERNAL_ID_FIELD, Json, JsonObject, Reason
from zsf_plugin.ports import HistoryLine

#: So many fields that are gone are named.
_MAX_NAMED = 3
_ID_FIELD = f".{EXTERNAL_ID_FIELD}"


#: One line: when, what, and by whom where a person did it.
Happened: TypeAlias = "tuple[float, str, str | None]"


def timeline(lines: Sequence[HistoryLine]) -> tuple[Happened, ...]:
    """The lines that tell of the connection, as they come."""
    return tuple(_happened(line) for line in lines if line.code in _WORDS)


def _happened(line: HistoryLine) -> Happened:
    return line.at, _WORDS[line.code](line.detail), line.by


def _connected(detail: JsonObject) -> str:
    return f"Connected to {detail.get('org_name') or detail.get('org_id')}"


def _disconnected(detail: JsonObject) -> str:
    confirmed = detail.get("revoked") is not False
    return "Disconnected" if confirmed else "Disconnected; Salesforce did not confirm it"


def _ended(detail: JsonObject) -> str:
    data = detail.get("data")
    if not isinstance(data, dict):
        return "The sign-in ended"
    return f"The sign-in ended: {connection_why(_reason(detail, data))}"


def _reason(detail: JsonObject, data: Mapping[str, Json]) -> Reason:
    known = {name: str(value) for name, value in data.items()}
    return Reason(str(detail.get("code")), known)


def _refreshed(detail: JsonObject) -> str:
    new, gone = _names(detail.get("new")), _names(detail.get("gone"))
    said = [f"{len(new)} new"] if new else []
    if gone:
        said.append(f"{len(gone)} gone{_named(gone)}")
    return f"Fields refreshed: {', '.join(said)}" if said else "Fields refreshed"


def _named(names: Sequence[str]) -> str:
    """These names in brackets; nothing where they are too many."""
    return f" ({', '.join(names)})" if len(names) <= _MAX_NAMED else ""


def _created(detail: JsonObject) -> str:
    names = _names(detail.get("fields")) or _names(detail.get("field"))
    objects = _objects_of_id_field(names)
    if names and len(objects) == len(names):
        return f"Zaplify ID field created on {', '.join(objects)}"
    return f"Created {', '.join(names)}" if names else "Field created"


def _objects_of_id_field(names: Sequence[str]) -> list[str]:
    return [name.removesuffix(_ID_FIELD) for name in names if name.endswith(_ID_FIELD)]


def _names(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(name) for name in value] if isinstance(value, list) else []


def _entries(detail: JsonObject, what: str) -> str:
    entries = detail.get("entries")
    if not isinstance(entries, int) or not entries:
        return "Nothing waited: sending began"
    return f"{labels.plural(entries, 'waiting entry', 'waiting entries')}: {what}"


_WORDS: Mapping[str, Callable[[JsonObject], str]] = {
    "connected": _connected,
    "reconnected": lambda _: "Signed in again",
    "disconnected": _disconnected,
    "sign_in_ended": _ended,
    "fields_refreshed": _refreshed,
    "field_created": _created,
    "id_field_left_out": lambda _: "Went on without the Zaplify ID field",
    "previewed": lambda _: "First preview seen",
    "waiting_sent": lambda detail: _entries(detail, "sent"),
    "waiting_skipped": lambda detail: _entries(detail, "skipped"),
}
CODES = tuple(_WORDS)
