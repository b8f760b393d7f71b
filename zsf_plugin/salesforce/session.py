"""An authorised session of one workspace: bearer token, one refresh after a 401, every call counted
by purpose.

Nothing that may have happened is sent twice; a request that met a dead session did not happen
(salesforce-api.md §1.7).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from zsf_plugin.errors import (
    ConfigurationError,
    Fenced,
    NotSent,
    ReconnectRequired,
    StoreUnavailable,
    Unavailable,
)
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Connection, Tokens
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Purpose, nothing
from zsf_plugin.ports.store import Store
from zsf_plugin.salesforce import addresses, headers
from zsf_plugin.salesforce.answers import usage_of
from zsf_plugin.salesforce.gate import Gate
from zsf_plugin.salesforce.hosts import trusted_base
from zsf_plugin.salesforce.http import Answer, Http
from zsf_plugin.salesforce.tokens import Refresher

_log = logging.getLogger("zsf_plugin.salesforce")

_CLIENT = "zsf-plugin"
#: A refresh token dies after 30 days without use, however busy its session is (§9 trap 8).
_KEEP_ALIVE_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    purpose: Purpose
    body: bytes | None
    writes: bool
    headers: Mapping[str, str]
    before_sending: Callable[[], None]


class Session:
    """Calls below `/services/data/vXX.X` of the connected org."""

    def __init__(
        self,
        workspace: str,
        store: Store,
        clock: Clock,
        http: Http,
        gate: Gate,
        refresher: Refresher,
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._clock = clock
        self._http = http
        self._gate = gate
        self._refresher = refresher

    def connection(self) -> Connection:
        """The connection as it is stored now. Raises ReconnectRequired where there is none that can
        work."""
        connection = self._store.connection(self._workspace)
        if connection is None:
            raise ReconnectRequired(
                "not connected to Salesforce: run `zsf connect`", "not_connected"
            )
        if connection.state == "reconnect":
            raise ReconnectRequired(connection.reason or "sign in again with `zsf connect`")
        return connection

    def call(
        self,
        method: str,
        path: str,
        purpose: Purpose,
        *,
        body: Json = None,
        writes: bool = False,
        headers: Mapping[str, str] = MappingProxyType({}),
        before_sending: Callable[[], None] = nothing,
    ) -> Answer:
        """One API call; `path` follows the version, `headers` go beside ours, and any status is an
        answer. `before_sending` is called when all waiting is over; what it raises keeps the call
        from being made.

        Raises NotSent, Unavailable, OutcomeUnknown (for `writes`), ReconnectRequired.
        """
        call = _Call(method, path, purpose, encoded_body(body), writes, headers, before_sending)
        tokens = self._tokens()
        answer = self._sent(call, tokens)
        if answer.status != 401:
            return answer
        answer = self._sent(call, self._refresher.refresh(tokens))
        if answer.status == 401:
            raise ReconnectRequired(
                "Salesforce ends each session at once: sign in again with `zsf connect`", "session"
            )
        return answer

    def keep_alive(self) -> None:
        """Use the refresh token where it was not used for a week. Raises ReconnectRequired where it
        is dead."""
        self.connection()
        self._tokens()

    def _tokens(self) -> Tokens:
        tokens = self._store.tokens(self._workspace)
        if tokens is None:
            raise ReconnectRequired("no sign-in is stored: run `zsf connect`", "not_connected")
        if tokens.refresh is None or self._clock.now() - tokens.refreshed_at < _KEEP_ALIVE_S:
            return tokens
        try:
            return self._refresher.refresh(tokens)
        except Unavailable:
            return tokens  # there are three weeks left to try

    def _sent(self, call: _Call, tokens: Tokens) -> Answer:
        connection = self.connection()
        sent = {
            **call.headers,
            **headers.bearer(tokens.access),
            **headers.JSON_ANSWER,
            "Accept-Encoding": "gzip",
            "Sforce-Call-Options": f"client={_CLIENT}",
            **(headers.JSON_BODY if call.body is not None else {}),
        }
        url = _base(connection) + addresses.resource(connection.api_version, call.path)
        counted = self._reserve(connection, call.purpose)
        try:
            call.before_sending()
            answer = self._http.send(
                call.method, url, headers=sent, body=call.body, writes=call.writes
            )
        except (NotSent, Fenced, StoreUnavailable):
            if counted:
                self._give_back(connection, call.purpose)
            raise
        self._note(connection, usage_of(answer))
        return answer

    def _reserve(self, connection: Connection, purpose: Purpose) -> bool:
        """Wait for the org's next slot; whether the call is counted, which it is before it leaves:
        a process that dies now leaves no call untold. Where the store is not available the
        process's own gate is left: half of a batch may be written, and its answers must not be
        lost.
        """
        self._gate.wait()
        try:
            wait = self._store.reserve_call(
                connection.org_id, purpose, self._clock.now(), self._gate.period_s
            )
        except StoreUnavailable:
            _log.warning(
                "an API call for %s could not be counted: the store is not available", purpose
            )
            return False
        if wait > 0:
            self._clock.sleep(wait)
        return True

    def _give_back(self, connection: Connection, purpose: Purpose) -> None:
        try:
            self._store.count_calls(connection.org_id, purpose, -1, self._clock.now())
        except StoreUnavailable:
            _log.warning(
                "an API call for %s is counted that never left: the store is not available", purpose
            )

    def _note(self, connection: Connection, usage: tuple[int, int] | None) -> None:
        """Keep what the org said of its day. What cannot be kept must not lose an answer either."""
        try:
            if usage is not None:
                self._store.note_usage(connection.org_id, *usage, self._clock.now())
        except StoreUnavailable:
            _log.warning(
                "what the org said of its allocation could not be kept: the store is not available"
            )


def encoded_body(body: Json) -> bytes | None:
    """The body as UTF-8; a lone surrogate, which no UTF-8 holds, is dropped rather than let one
    text break a batch."""
    if body is None:
        return None
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "ignore")


def _base(connection: Connection) -> str:
    try:
        return trusted_base(connection.instance_url)
    except ConfigurationError as error:
        raise ReconnectRequired(f"{error}: sign in again with `zsf connect`", "login") from error
