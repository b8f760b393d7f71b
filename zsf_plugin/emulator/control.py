"""The control API under `/_emulator/`: a test changes the org without going through Salesforce's
API. Its requests are never counted.

A new command is a function decorated with its method and path.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from typing import cast

from zsf_plugin.emulator.documents import Document, as_object, unknown
from zsf_plugin.emulator.errors import Json, SalesforceError
from zsf_plugin.emulator.exchange import HttpRequest, Response
from zsf_plugin.emulator.faults.schedule import Chaos, FaultScript
from zsf_plugin.emulator.org import by_hand
from zsf_plugin.emulator.org.conditions import MOVED
from zsf_plugin.emulator.org.custom_fields import add_field, change_field
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.populate import add_record_type
from zsf_plugin.emulator.org.spec import RULES
from zsf_plugin.emulator.sign_in.credentials import App
from zsf_plugin.emulator.sign_in.oauth import OAuth
from zsf_plugin.emulator.writes.validation import ValidationRule

_SHOWN_OBJECTS = ("Lead", "Contact", "Account", "Task")
_NUMERIC_SETTINGS = (
    "daily_limit",
    "used",
    "latency_ms",
    "page_size",
    "clock_ahead_s",
    "session_minutes",
    "idle_days",
)
_MAX_LOGGED_REQUESTS = 10_000
_Document = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Control:
    """Inspects and changes one org from outside its API. `requests` logs the latest requests."""

    org: Org
    oauth: OAuth
    faults: FaultScript
    chaos: Chaos
    requests: deque[_Document] = field(default_factory=lambda: deque(maxlen=_MAX_LOGGED_REQUESTS))

    def respond(self, request: HttpRequest) -> Response:
        """Run `/_emulator/COMMAND` and return its response."""
        with self.org.lock:
            self.org.acting_user_id = ""
            return Response(*self.answer(request.method, request.segments[1:], request.body))

    def answer(self, method: str, segments: list[str], body: Json) -> tuple[int, Json]:
        """(status, body) of a command: 404 if unknown, 400 with a message if invalid."""
        command = _find_command(method, segments)
        if command is None:
            return 404, {"error": "no such command"}
        try:
            result = command(self, dict(as_object(body)))
        except (KeyError, ValueError) as error:
            return 400, {"error": str(error)}
        except SalesforceError as error:
            return 400, {"error": error.message}
        return 200, {} if result is None else result


_Command = Callable[[Control, _Document], Json]
_COMMANDS: dict[tuple[str, str], _Command] = {}


def _command(method: str, path: str) -> Callable[[_Command], _Command]:
    """Register a function as the command for this request; a None result is sent as `{}`."""

    def register(command: _Command) -> _Command:
        _COMMANDS[method, path] = command
        return command

    return register


def _find_command(method: str, segments: list[str]) -> _Command | None:
    match segments:
        case ["records", object_, *more] if object_ != "reset":
            return partial(
                _edit_record, method=method, object_name=object_, record_id="".join(more[:1])
            )
    return _COMMANDS.get((method, "/".join(segments)))


# -- Records and fields --------------------------------------------------------------------------


@_command("GET", "records")
def _records(control: Control, _: _Document) -> Json:
    live_rows = control.org.records.live_rows
    return {name: list(map(dict, live_rows(name))) for name in _SHOWN_OBJECTS}


@_command("POST", "records/reset")
def _reset_records(control: Control, _: _Document) -> Json:
    control.org.clear_records()
    return None


@_command("GET", "users")
def _users(control: Control, _: _Document) -> Json:
    return list(map(dict, control.org.rows["User"].values()))


@_command("POST", "fields")
def _add_field(control: Control, document: _Document) -> Json:
    add_field(control.org, document)
    return None


@_command("PATCH", "fields")
def _change_field(control: Control, document: _Document) -> Json:
    change_field(control.org, document)
    return None


@_command("POST", "address_lists")
def _use_address_lists(control: Control, document: _Document) -> Json:
    control.org.use_address_lists(as_object(document.get("states")))
    return None


@_command("POST", "record_types")
def _add_record_type(control: Control, document: _Document) -> Json:
    given = Document(document)
    object_, name = (str(document[key]) for key in ("object", "name"))
    values = given.nested("values")
    offered = {field: values.texts(field) for field in values.values}
    type_id = add_record_type(control.org, object_, name, offered)
    if given.flag("default"):
        control.org.default_types[control.org.object_type(object_).name] = name
    return {"id": type_id}


def _add_rule(control: Control, document: _Document, *, kind: str) -> Json:
    """Put a rule in force, for an object that exists."""
    if kind == "validation_rules":
        ValidationRule.parse(document)
    name = control.org.object_type(str(document["object"])).name
    control.org.rules[kind].append({**document, "object": name})
    return None


def _clear_rules(control: Control, _: _Document, *, kind: str) -> Json:
    control.org.rules[kind].clear()
    return None


for _kind in RULES:
    _command("POST", _kind)(partial(_add_rule, kind=_kind))
    _command("DELETE", _kind)(partial(_clear_rules, kind=_kind))


@_command("POST", "merge")
def _merge(control: Control, document: _Document) -> Json:
    object_, winner, loser = (str(document[name]) for name in ("object", "winner", "loser"))
    by_hand.merge(control.org, object_, winner, loser, as_object(document.get("values")))
    return None


@_command("POST", "convert")
def _convert(control: Control, document: _Document) -> Json:
    given = Document(document)
    fields = {ours: str(theirs) for ours, theirs in given.nested("fields").values.items()}
    conversion = by_hand.Conversion(
        str(document["lead"]), given.text("account"), given.text("contact"), fields
    )
    return by_hand.convert(control.org, conversion)


@_command("POST", "delete")
def _delete(control: Control, document: _Document) -> Json:
    by_hand.delete(control.org, str(document["id"]))
    return None


@_command("POST", "undelete")
def _undelete(control: Control, document: _Document) -> Json:
    by_hand.undelete(control.org, str(document["id"]))
    return None


@_command("POST", "empty_bin")
def _empty_bin(control: Control, _: _Document) -> Json:
    by_hand.empty_bin(control.org)
    return None


def _edit_record(
    control: Control, document: _Document, *, method: str, object_name: str, record_id: str
) -> Json:
    """Insert, change or delete a row, as an admin does in the browser."""
    if method == "POST":
        return {"id": control.org.seed(object_name, document)}
    changes = {"IsDeleted": True} if method == "DELETE" else document
    return {"id": control.org.edit(object_name, record_id, changes)}


# -- Request counts and log ----------------------------------------------------------------------


@_command("GET", "calls")
def _calls(control: Control, _: _Document) -> Json:
    writes = control.org.records.writes
    return {
        "api_calls": control.org.used,
        "writes": sum(writes.values()),
        "created": writes["created"],
        "updated": writes["updated"],
        "deleted": writes["deleted"],
        "by_resource": dict(control.org.resources),
    }


@_command("POST", "calls/reset")
def _reset_calls(control: Control, _: _Document) -> Json:
    control.org.used = 0
    control.org.records.writes.clear()
    control.org.resources.clear()
    return None


@_command("GET", "requests")
def _requests(control: Control, _: _Document) -> Json:
    return list(control.requests)


# -- Sign-in and permissions ---------------------------------------------------------------------


@_command("POST", "sessions/expire")
def _expire_sessions(control: Control, _: _Document) -> Json:
    control.oauth.expire_sessions()
    return None


@_command("POST", "grants/revoke")
def _revoke_grants(control: Control, _: _Document) -> Json:
    control.oauth.revoke_all()
    return None


@_command("POST", "keys")
def _add_key(control: Control, document: _Document) -> Json:
    control.oauth.keys[str(document["client_id"])] = str(document["public_key"])
    return None


@_command("POST", "apps")
def _add_app(control: Control, document: _Document) -> Json:
    control.oauth.apps[str(document["client_id"])] = _app_of(document)
    return None


def _app_of(document: _Document) -> App:
    run_as = document.get("run_as")
    return App(str(document["client_secret"]), None if run_as is None else str(run_as))


@_command("POST", "permissions")
def _set_permissions(control: Control, document: _Document) -> Json:
    control.org.set_permissions(str(document.pop("user")), document)
    return None


# -- The org's state -----------------------------------------------------------------------------


@_command("POST", "settings")
def _apply_settings(control: Control, document: _Document) -> Json:
    for name, value in document.items():
        _apply_setting(control.org, name, value)
    return None


def _apply_setting(org: Org, name: str, value: Json) -> None:
    conditions = [one.name for one in fields(org.conditions)]
    if name in _NUMERIC_SETTINGS:
        setattr(org, name, int(cast(int, value)))
    elif name == "moved_answer" and value not in MOVED:
        raise unknown("answer", value, MOVED)
    elif name in conditions:
        setattr(org.conditions, name, value)
    else:
        known = ", ".join((*_NUMERIC_SETTINGS, *conditions))
        raise ValueError(f"unknown setting {name!r}; known are {known}")
    if name == "search_lag" and not value:
        org.unindexed.clear()


@_command("POST", "locks")
def _lock(control: Control, document: _Document) -> Json:
    control.org.lock_record(document["id"])
    return None


@_command("DELETE", "locks")
def _unlock(control: Control, _: _Document) -> Json:
    control.org.locked.clear()
    return None


# -- Refusals, faults and chaos ------------------------------------------------------------------


@_command("POST", "refusals")
def _add_refusal(control: Control, document: _Document) -> Json:
    control.org.refusals.add(document)
    return None


@_command("DELETE", "refusals")
def _clear_refusals(control: Control, _: _Document) -> Json:
    control.org.refusals.clear()
    return None


@_command("GET", "faults")
def _faults(control: Control, _: _Document) -> Json:
    return control.faults.summary()


@_command("POST", "faults")
def _add_fault(control: Control, document: _Document) -> Json:
    control.faults.add(document)
    return None


@_command("POST", "faults/release")
def _release_faults(control: Control, _: _Document) -> Json:
    control.faults.release()
    return None


@_command("DELETE", "faults")
def _clear_faults(control: Control, _: _Document) -> Json:
    control.faults.clear()
    return None


@_command("POST", "chaos")
def _start_chaos(control: Control, document: _Document) -> Json:
    control.chaos.start(document)
    return None


@_command("DELETE", "chaos")
def _stop_chaos(control: Control, _: _Document) -> Json:
    control.chaos.stop()
    return None
