"""The history of a workspace in words: what people did, and what happened to the connection. Pure.

What an entry went through is in `stories`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from zsf_plugin.console import labels
from zsf_plugin.console.presenters.match_settings import MATCH_SETTINGS, MatchName
from zsf_plugin.messages.connection import connection_why
from zsf_plugin.model import (
    EXTERNAL_ID_FIELD,
    Json,
    JsonObject,
    Mode,
    ReconnectReason,
)
from zsf_plugin.ports import HistoryLine

#: More removed fields are not named.
_MAX_NAMED = 3
_ID_FIELD = f".{EXTERNAL_ID_FIELD}"


#: One line: when, what, and by whom, if a person did it.
TimelineLine: TypeAlias = "tuple[float, str, str | None]"


def timeline(lines: Sequence[HistoryLine]) -> tuple[TimelineLine, ...]:
    """The lines that have words here, in the given order."""
    return tuple(_timeline_line(line) for line in lines if line.code in _TEXTS)


def _timeline_line(line: HistoryLine) -> TimelineLine:
    return line.at, _TEXTS[line.code](line.detail), line.by


def _connected(detail: JsonObject) -> str:
    return f"Connected to {detail.get('org_name') or detail.get('org_id')}"


def _disconnected(detail: JsonObject) -> str:
    confirmed = detail.get("revoked") is not False
    return "Disconnected" if confirmed else "Disconnected; not confirmed by Salesforce"


def _ended(detail: JsonObject) -> str:
    data = detail.get("data")
    if not isinstance(data, dict):
        return "The sign-in ended"
    return f"The sign-in ended: {connection_why(_reason(detail, data))}"


def _reason(detail: JsonObject, data: Mapping[str, Json]) -> ReconnectReason:
    known = {name: str(value) for name, value in data.items()}
    return ReconnectReason(str(detail.get("code")), known)


def _refreshed(detail: JsonObject) -> str:
    new, gone = _names(detail.get("new")), _names(detail.get("gone"))
    counts = [f"{len(new)} new"] if new else []
    if gone:
        counts.append(f"{len(gone)} removed{_named(gone)}")
    return f"Fields refreshed: {', '.join(counts)}" if counts else "Fields refreshed"


def _named(names: Sequence[str]) -> str:
    """These names in brackets; "" for more than a few."""
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


def _sending_started(detail: JsonObject) -> str:
    entries = _waiting_entries(detail)
    return f"Sending started with {entries}" if entries else "Syncing started; no entries waited"


def _skipped(detail: JsonObject) -> str:
    entries = _waiting_entries(detail)
    return f"{entries} skipped" if entries else "Syncing started; no entries waited"


def _waiting_entries(detail: JsonObject) -> str:
    """`214 waiting entries`; "" if there were none."""
    entries = detail.get("entries")
    if not isinstance(entries, int) or not entries:
        return ""
    return labels.plural(entries, "waiting entry", "waiting entries")


def _switch(detail: JsonObject) -> str:
    name = str(detail.get("switch"))
    return (
        f"{labels.SWITCHES.get(name, name)} turned {'on' if detail.get('now') is True else 'off'}"
    )


def _match(detail: JsonObject) -> str:
    setting = MATCH_SETTINGS.get(cast(MatchName, detail.get("match")))
    if setting is None:
        return "Matching changed"
    now = setting.words.get(str(detail.get("now")), "changed")
    return f"{setting.title}: {now}"


def _mode(detail: JsonObject) -> str:
    mode = labels.MODES.get(cast(Mode, detail.get("mode")))
    return f"Prospects become {mode}" if mode else "Mode changed"


def _mapping(detail: JsonObject) -> str:
    names = [*map(_mapped, _list(detail.get("rows"))), *map(str, _list(detail.get("fields")))]
    names = list(filter(None, names))
    mode = f"; {labels.small(_mode(detail))}" if "mode" in detail else ""
    if not names or len(names) > _MAX_NAMED:
        count = f": {labels.plural(len(names), 'field', 'fields')}" if names else ""
        return f"Mapping changed{count}{mode}"
    return f"Mapping changed: {', '.join(names)}{mode}"


def _mapped(row: Json) -> str:
    """`Contact Title` for a changed row."""
    if not isinstance(row, dict):
        return ""
    field = row.get("field") or row.get("was") or ""
    return f"{row.get('object', '')} {field}".strip()


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else ()


def _held(what: str) -> Callable[[JsonObject], str]:
    def text(detail: JsonObject) -> str:
        entries = detail.get("entries")
        count = entries if isinstance(entries, int) else 0
        return f"{labels.plural(count, 'held entry', 'held entries')} {what}"

    return text


_CONNECTION: Mapping[str, Callable[[JsonObject], str]] = {
    "connected": _connected,
    "reconnected": lambda _: "Signed in again",
    "disconnected": _disconnected,
    "sign_in_ended": _ended,
    "fields_refreshed": _refreshed,
    "field_created": _created,
    "id_field_left_out": lambda _: "Continued without the Zaplify ID field",
    "previewed": lambda _: "First preview seen",
    "waiting_sent": _sending_started,
    "waiting_skipped": _skipped,
}
_SETTINGS: Mapping[str, Callable[[JsonObject], str]] = {
    "switch": _switch,
    "match": _match,
    "mode": _mode,
    "mapping": _mapping,
    "released": _held("retried"),
    "dropped": _held("dropped"),
}
_TEXTS = {**_CONNECTION, **_SETTINGS}
#: The history of the connection; and all that has words.
CONNECTION_CODES = tuple(_CONNECTION)
CODES = tuple(_TEXTS)
