"""An authorised session of one workspace: bearer token, one refresh after a 401, every call counted by purpose.

Nothing that may have happened is sent twice; a request that met a dead session did not happen (salesforce-api.md §1.7).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Connection, Tokens
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Purpose
from zsf_plugin.ports.store import Store
from zsf_plugin.salesforce.answers import usage_of
from zsf_plugin.salesforce.gate import Gate
from zsf_plugin.salesforce.hosts import trusted_base
from zsf_plugin.salesforce.http import Answer, Http
from zsf_plugin.salesforce.tokens import Refresher

_CLIENT = "zsf-plugin"


class Session:
    """Calls below `/services/data/vXX.X` of the connected org."""

    def __init__(
        self, workspace: str, store: Store, clock: Clock, http: Http, gate: Gate, refresher: Refresher
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._clock = clock
        self._http = http
        self._gate = gate
        self._refresher = refresher

    def connection(self) -> Connection:
        """The connection as it is stored now. Raises ReconnectRequired where there is none."""
        connection = self._store.connection(self._workspace)
        if connection is None:
            raise ReconnectRequired("not connected to Salesforce: run `zsf connect`", "not_connected")
        return connection

    def call(
        self,
        method: str,
        path: str,
        purpose: Purpose,
        *,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        writes: bool = False,
    ) -> Answer:
        """One API call; `path` follows the version. Raises NotSent, Unavailable, OutcomeUnknown, ReconnectRequired."""
        connection = self.connection()
        tokens = self._tokens()
        answer = self._once(connection, tokens, method, path, purpose, body, headers or {}, writes)
        if answer.status != 401:
            return answer
        tokens = self._refresher.refresh(tokens)
        answer = self._once(self.connection(), tokens, method, path, purpose, body, headers or {}, writes)
        if answer.status == 401:
            raise ReconnectRequired("Salesforce ends each session at once: sign in again with `zsf connect`", "session")
        return answer

    def _tokens(self) -> Tokens:
        tokens = self._store.tokens(self._workspace)
        if tokens is None:
            raise ReconnectRequired("no sign-in is stored: run `zsf connect`", "not_connected")
        return tokens

    def _once(
        self,
        connection: Connection,
        tokens: Tokens,
        method: str,
        path: str,
        purpose: Purpose,
        body: Json,
        headers: Mapping[str, str],
        writes: bool,
    ) -> Answer:
        base = f"{trusted_base(connection.instance_url)}/services/data/v{connection.api_version}"
        url = path if path.startswith("http") else (base + path)
        sent = {
            "Authorization": f"Bearer {tokens.access}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Sforce-Call-Options": f"client={_CLIENT}",
            **({"Content-Type": "application/json; charset=UTF-8"} if body is not None else {}),
            **headers,
        }
        content = json.dumps(body, separators=(",", ":")).encode() if body is not None else None
        self._gate.wait()
        self._store.count_calls(connection.org_id, purpose, 1, self._clock.now())
        answer = self._http.send(method, url, headers=sent, body=content, writes=writes)
        usage = usage_of(answer)
        if usage is not None:
            self._store.note_usage(connection.org_id, *usage, self._clock.now())
        return answer
