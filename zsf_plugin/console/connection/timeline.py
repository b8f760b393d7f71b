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


#: One line: when, what, and by whom where a person did it.
Happened: TypeAlias = "tuple[float, str, str | None]"


def timeline(lines: Sequence[HistoryLine]) -> tuple[Happened, ...]:
    """The lines that tell of the connection, as they come."""
    told = [line for line in lines if line.code in _WORDS]
    return tuple((line.at, _WORDS[line.code](line.detail), line.by) for line in told)


def _connected(detail: JsonObject) -> str:
    return f"Connected to {detail.get('org_name') or detail.get('org_id')}"


def _disconnected(detail: JsonObject) -> str:
    confirmed = detail.get("revoked") is not False
    return "Disconnected" if confirmed else "Disconnected; Salesforce did not confirm it"


def _ended(detail: JsonObject) -> str:
    data = detail.get("data")
    if not isinstance(data, dict):
        return "The sign-in ended"
    known = {name: str(value) for name, value in data.items()}
    return f"The sign-in ended: {connection_why(Reason(str(detail.get('code')), known))}"


def _refreshed(detail: JsonObject) -> str:
    new, gone = _names(detail.get("new")), _names(detail.get("gone"))
    said = [f"{len(new)} new"] if new else []
    if gone:
        which = f" ({', '.join(gone)})" if len(gone) <= _MAX_NAMED else ""
        said.append(f"{len(gone)} gone{which}")
    return f"Fields refreshed: {', '.join(said)}" if said else "Fields refreshed"


def _created(detail: JsonObject) -> str:
    names = _names(detail.get("fields")) or _names(detail.get("field"))
    ours = f".{EXTERNAL_ID_FIELD}"
    if names and all(name.endswith(ours) for name in names):
        return f"Zaplify ID field created on {', '.join(name.removesuffix(ours) for name in names)}"
    return f"Created {', '.join(names)}" if names else "Field created"


def _names(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(name) for name in value] if isinstance(value, list) else []


def _entries(detail: JsonObject, what: str) -> str:
    entries = detail.get("entries")
    if not isinstance(entries, int) or not entries:
        return "Nothing waited: sending began"
    return f"{labels.count(entries)} waiting {'entry' if entries == 1 else 'entries'}: {what}"


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
