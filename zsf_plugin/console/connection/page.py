"""What the Connection page shows, read from the store without a call to Salesforce: the connection
and its history in words. `first_run` gathers the setup steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from zsf_plugin.connect import other_org_before
from zsf_plugin.console import labels
from zsf_plugin.console.connection.estimates import EstimatePart
from zsf_plugin.console.connection.first_run import setup_run
from zsf_plugin.console.connection.org_queries import SIGNED_OUT, CheckedRights, known_rights
from zsf_plugin.console.connection.steps import FirstRun
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.messages.availability import HOLDER_ENDED, HOLDER_LIVES, holder_text
from zsf_plugin.messages.connection import ORG_BEFORE, RENEWAL_WORDS, connection_why
from zsf_plugin.model import (
    EXTERNAL_ID_FIELD,
    Connection,
    Json,
    JsonObject,
    ReconnectReason,
    Tokens,
)
from zsf_plugin.ports import HistoryLine
from zsf_plugin.sync.leases import Holder
from zsf_plugin.wiring.apps import ConsoleApp

_MAX_LINES = 20


@dataclass(frozen=True, slots=True)
class ConnectionPage:
    """The whole page. `run` is None for a workspace that was connected on the command line: it has
    no setup steps. `holder` drains the org now. `by_key`: the connection signs in with a key;
    `last_signed_in` is when it last signed in (seconds since 1970), if known; `ends_with_session`:
    nothing renews it; `org_before`: which other org the workspace was connected to, as a
    sentence."""

    connection: Connection | None
    holder: Holder | None
    last_signed_in: float | None
    by_key: bool
    ends_with_session: bool
    run: FirstRun | None
    waiting: int
    checked: CheckedRights | None
    lines: tuple[TimelineLine, ...]
    estimate: EstimatePart | None = None
    org_before: str = ""

    @property
    def renewal_words(self) -> str:
        """Why nothing renews the connection, and what to do, as sentences."""
        words = RENEWAL_WORDS["unknown"]
        return " ".join(map(labels.sentence, words))

    @property
    def holder_words(self) -> tuple[str, str]:
        """Which process drains the org, and how that ends; "" if none."""
        holder = self.holder
        if holder is None:
            return "", ""
        ends = HOLDER_ENDED if holder.is_dead else HOLDER_LIVES
        return holder_text(holder.machine, holder.pid), ends

    @property
    def is_first_run(self) -> bool:
        """Whether the page shows the setup steps first."""
        return self.run is not None and not self.run.is_complete

    @property
    def is_signed_out(self) -> bool:
        """Whether a person has to sign in again."""
        return self.connection is not None and self.connection.state == "reconnect"

    @property
    def can_estimate(self) -> bool:
        """Whether entries wait for the first preview of a connected org."""
        is_previewing = self.connection is not None and self.connection.state == "previewing"
        return is_previewing and self.waiting > 0


def connection_page(app: ConsoleApp, workspace: str) -> ConnectionPage:
    """The page of a workspace. Raises StoreUnavailable."""
    connection = app.store.connection(workspace)
    tokens = _tokens(app, workspace) if connection is not None else None
    renewal = app.store.renewal(workspace)
    return ConnectionPage(
        connection=connection,
        holder=app.org_holder(workspace),
        last_signed_in=_last_signed_in(tokens),
        by_key=renewal == "key",
        ends_with_session=connection is not None and renewal is None,
        run=setup_run(app, workspace),
        waiting=app.store.counts(workspace).pending,
        checked=_checked(app, connection) if connection is not None else None,
        lines=timeline(app.store.history(workspace, codes=CODES, limit=_MAX_LINES)),
        org_before=_org_before(app, connection) if connection is not None else "",
    )


def _org_before(app: ConsoleApp, connection: Connection) -> str:
    """Which other org the workspace was connected to, as a sentence; "" if none."""
    former = other_org_before(app.store, connection.workspace, connection.org_id)
    return ORG_BEFORE.format(former=former) if former else ""


def _checked(app: ConsoleApp, connection: Connection) -> CheckedRights | None:
    """The known rights; while signed out, they cannot be read."""
    known = known_rights(app, connection)
    return SIGNED_OUT if known is None and connection.state == "reconnect" else known


def _last_signed_in(tokens: Tokens | None) -> float | None:
    return (tokens.refreshed_at or None) if tokens is not None else None


def address_halves(url: str) -> tuple[str, str]:
    """`hallstromvale--uat` and `.sandbox.my.salesforce.com`; an IP address stays whole."""
    parts = urlsplit(url)
    if not (parts.hostname or "1")[0].isalpha():
        return parts.netloc, ""
    host, dot, domain = parts.netloc.partition(".")
    return host, dot + domain


def _tokens(app: ConsoleApp, workspace: str) -> Tokens | None:
    """The tokens, if the key opens them: the page must open without it, to reconnect."""
    try:
        return app.store.tokens(workspace)
    except ConfigurationError:
        return None


#: More removed fields are not named.
_MAX_NAMED = 3
_ID_FIELD = f".{EXTERNAL_ID_FIELD}"


#: One line: when, what, and by whom, if a person did it.
TimelineLine: TypeAlias = "tuple[float, str, str | None]"


def timeline(lines: Sequence[HistoryLine]) -> tuple[TimelineLine, ...]:
    """The lines about the connection, in the given order."""
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


def _entries(detail: JsonObject, what: str) -> str:
    entries = detail.get("entries")
    if not isinstance(entries, int) or not entries:
        return "Sending started; no entries were waiting"
    return f"{labels.plural(entries, 'waiting entry', 'waiting entries')}: {what}"


_TEXTS: Mapping[str, Callable[[JsonObject], str]] = {
    "connected": _connected,
    "reconnected": lambda _: "Signed in again",
    "disconnected": _disconnected,
    "sign_in_ended": _ended,
    "fields_refreshed": _refreshed,
    "field_created": _created,
    "id_field_left_out": lambda _: "Continued without the Zaplify ID field",
    "previewed": lambda _: "First preview seen",
    "waiting_sent": lambda detail: _entries(detail, "sent"),
    "waiting_skipped": lambda detail: _entries(detail, "skipped"),
}
CODES = tuple(_TEXTS)
