"""The control surface under `/_emulator/`: what a test or a rehearsal does behind the org's back.
Never counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import fields
from typing import cast

from zsf_plugin.emulator.chaos import Chaos
from zsf_plugin.emulator.conditions import Conditions
from zsf_plugin.emulator.custom_fields import add_field
from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.exchange import Response
from zsf_plugin.emulator.fault_script import FaultScript
from zsf_plugin.emulator.ids import canonical
from zsf_plugin.emulator.oauth import OAuth
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.records import derive, stamp
from zsf_plugin.emulator.wire import HttpRequest

_SHOWN = ("Lead", "Contact", "Account", "Task")
_SETTINGS = (
    "daily_limit",
    "used",
    "latency_ms",
    "page_size",
    "clock_ahead_s",
    "session_minutes",
    "idle_days",
)
_CONDITIONS = tuple(one.name for one in fields(Conditions))


class Control:
    """Looks at and changes one org from outside of its API."""

    def __init__(
        self,
        org: Org,
        oauth: OAuth,
        faults: FaultScript,
        chaos: Chaos,
        requests: deque[dict[str, Json]],
    ) -> None:
        self._org = org
        self._oauth = oauth
        self._faults = faults
        self._chaos = chaos
        self._requests = requests
        self._commands: dict[tuple[str, str], Callable[[dict[str, Json]], Json]] = {
            ("GET", "records"): lambda _: self._records(),
            ("GET", "users"): lambda _: [dict(row) for row in self._org.rows["User"].values()],
            ("GET", "calls"): lambda _: self._calls(),
            ("POST", "calls/reset"): lambda _: self._reset(),
            ("GET", "requests"): lambda _: list(self._requests),
            ("POST", "fields"): self._add_field,
            ("POST", "keys"): self._add_key,
            ("POST", "sessions/expire"): lambda _: self._done(self._oauth.expire_sessions),
            ("POST", "grants/revoke"): lambda _: self._done(self._oauth.revoke_all),
            ("POST", "settings"): self._set,
            ("POST", "permissions"): self._permit,
            ("POST", "merge"): self._merge,
            ("POST", "locks"): self._lock,
            ("DELETE", "locks"): lambda _: self._done(self._org.locked.clear),
            ("POST", "refusals"): self._add_refusal,
            ("DELETE", "refusals"): lambda _: self._done(self._org.refusals.clear),
            ("GET", "faults"): lambda _: self._faults.summary(),
            ("POST", "faults"): self._add_fault,
            ("POST", "faults/release"): lambda _: self._done(self._faults.release),
            ("DELETE", "faults"): lambda _: self._done(self._faults.clear),
            ("POST", "chaos"): self._begin_chaos,
            ("DELETE", "chaos"): lambda _: self._done(self._chaos.end),
        }

    def respond(self, request: HttpRequest) -> Response:
        """The answer to a request of `/_emulator/COMMAND`."""
        with self._org.lock:
            self._org.acting = ""
            return Response(*self.answer(request.method, request.segments[1:], request.body))

    def answer(self, method: str, steps: list[str], body: Json) -> tuple[int, Json]:
        """(status, body) of a command. Unknown ones are 404, wrong ones 400 with words."""
        document = body if isinstance(body, dict) else {}
        try:
            if steps == ["records", "reset"] and method == "POST":
                return 200, self._done(self._org.empty)
            if len(steps) >= 2 and steps[0] == "records":
                return 200, self._edit(method, steps[1:], dict(document))
            command = self._commands.get((method, "/".join(steps)))
            return (
                (404, {"error": "no such command"})
                if command is None
                else (200, command(dict(document)))
            )
        except (KeyError, ValueError) as error:
            return 400, {"error": str(error)}

    def _records(self) -> Json:
        return {
            name: [dict(row) for row in self._org.rows[name].values() if not row["IsDeleted"]]
            for name in _SHOWN
        }

    def _calls(self) -> Json:
        writes = self._org.records.writes
        return {
            "api_calls": self._org.used,
            "writes": sum(writes.values()),
            "created": writes["created"],
            "updated": writes["updated"],
            "deleted": writes["deleted"],
            "by_resource": dict(self._org.resources),
        }

    def _reset(self) -> Json:
        self._org.used = 0
        self._org.records.writes.clear()
        self._org.resources.clear()
        return {}

    def _add_field(self, document: dict[str, Json]) -> Json:
        add_field(self._org, document)
        return {}

    def _set(self, document: dict[str, Json]) -> Json:
        for name, value in document.items():
            if name in _CONDITIONS:
                setattr(self._org.conditions, name, value)
                if name == "search_lag" and not value:
                    self._org.unindexed.clear()
            elif name in _SETTINGS:
                setattr(self._org, name, int(cast(int, value)))
            else:
                raise ValueError(
                    f"unknown setting {name!r}; known are {', '.join((*_SETTINGS, *_CONDITIONS))}"
                )
        return {}

    def _permit(self, document: dict[str, Json]) -> Json:
        self._org.set_permissions(str(document.pop("user")), document)
        return {}

    def _merge(self, document: dict[str, Json]) -> Json:
        self._org.merge(*(str(document[name]) for name in ("object", "winner", "loser")))
        return {}

    def _add_key(self, document: dict[str, Json]) -> Json:
        self._oauth.keys[str(document["client_id"])] = str(document["public_key"])
        return {}

    def _lock(self, document: dict[str, Json]) -> Json:
        record_id = canonical(document["id"])
        if record_id is None:
            raise ValueError(f"{document['id']!r} is no record id")
        self._org.locked.add(record_id)
        return {}

    def _add_refusal(self, document: dict[str, Json]) -> Json:
        self._org.refusals.add(document)
        return {}

    def _add_fault(self, document: dict[str, Json]) -> Json:
        self._faults.add(document)
        return {}

    def _begin_chaos(self, document: dict[str, Json]) -> Json:
        self._chaos.begin(document)
        return {}

    def _done(self, command: Callable[[], None]) -> Json:
        command()
        return {}

    def _edit(self, method: str, steps: list[str], values: dict[str, Json]) -> Json:
        """Insert, change or delete a row as an admin in the browser would."""
        object_ = self._org.object_type(steps[0])
        if method == "POST":
            return {"id": self._org.seed(object_.name, values)}
        row = self._org.rows[object_.name][canonical(steps[1]) or steps[1]]
        row |= {
            "SystemModstamp": stamp(),
            **({"IsDeleted": True} if method == "DELETE" else values),
        }
        derive(self._org.records, object_, row)
        return {"id": row["Id"]}
