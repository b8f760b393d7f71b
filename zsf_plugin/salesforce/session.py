"""An authorised session of one workspace: bearer token, one refresh after a 401, every call counted
by purpose and kept within the rate.

Nothing that may have happened is sent twice; a request that met a dead session did not happen
(salesforce-api.md §1.7). The org's rate, over all processes, is a row of slots in the store; the
gate keeps a process that has lost its store within the rate.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from ratelimit import RateLimitException, limits

from zsf_plugin.errors import (
    ConfigurationError,
    NotSent,
    ReconnectRequired,
    StoreUnavailable,
    Unavailable,
)
from zsf_plugin.model import Connection, Json, ReconnectReason, Tokens
from zsf_plugin.ports import Clock, Purpose, Store, Usage
from zsf_plugin.salesforce import addresses, answers, composites, headers
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.salesforce.tokens import Refresher

_log = logging.getLogger("zsf_plugin.salesforce")

#: A refresh token dies after 30 days without use, however busy its session is (§9 trap 8).
_KEEP_ALIVE_S = 7 * 24 * 3600.0
_MIN_DELAY_S = 0.0005


class SalesforceSession:
    """Calls below `/services/data/vXX.X` of the connected org; safe to use from many threads."""

    def __init__(
        self,
        workspace: str,
        store: Store,
        clock: Clock,
        http: Http,
        refresher: Refresher,
        calls_per_second: float,
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._clock = clock
        self._http = http
        self._refresher = refresher
        self._gate_without_store = Gate(calls_per_second, clock)

    def connection(self) -> Connection:
        """The connection as it is stored now. Raises ReconnectRequired where there is none that can
        work."""
        connection = self._store.connection(self._workspace)
        if connection is None:
            raise ReconnectRequired("not_connected")
        if connection.state == "reconnect":
            reason = connection.reason or ReconnectReason("session")
            raise ReconnectRequired(reason.code, reason.data)
        return connection

    def call(
        self,
        request: composites.Buildable,
        purpose: Purpose,
        *,
        writes: bool = False,
        before_sending: Callable[[], None] | None = None,
    ) -> HttpResponse:
        """One API call; any status but a 401 is an answer.

        `before_sending` is called when all waiting is over; what it raises keeps the call from
        being made. Raises NotSent, Unavailable, OutcomeUnknown (for `writes`), ReconnectRequired,
        and what building the request does.
        """
        tokens = self._usable_tokens()
        for attempt in (1, 2):
            connection = self.connection()
            base, root = _base_and_root(connection.instance_url, connection.api_version)
            built = request.build(root)
            sent = headers.authorized(tokens.access, {**built.headers, **headers.API})
            body = encoded_body(built.body)
            if body is not None:
                sent |= headers.JSON_BODY
            with self._counted(connection.org_id, purpose, before_sending):
                answer = self._http.send(
                    built.method, base + root + built.path, headers=sent, body=body, writes=writes
                )
            self._note_usage(connection.org_id, answer)
            if answer.status != 401:
                return answer
            if attempt == 1:
                tokens = self._refresher.refresh(tokens)
        raise ReconnectRequired("session_cut")

    def usage(self) -> Usage | None:
        """Today's API usage of the org; costs one call. Raises as `Crm.usage`."""
        return answers.daily_usage(self.call(composites.RestRequest("GET", "/limits"), "upkeep"))

    def keep_alive(self) -> None:
        """Use the refresh token where it was not used for a week: unused for 30 days it dies (§9
        trap 8).

        Costs no API call. Raises ReconnectRequired where it is dead.
        """
        self.connection()
        self._usable_tokens()

    def _usable_tokens(self) -> Tokens:
        """The stored tokens, refreshed where that was not done for a week."""
        tokens = self._store.tokens(self._workspace)
        if tokens is None:
            raise ReconnectRequired("no_sign_in")
        if tokens.refresh is None or self._clock.now() - tokens.refreshed_at < _KEEP_ALIVE_S:
            return tokens
        try:
            return self._refresher.refresh(tokens)
        except Unavailable:
            return tokens  # there are three weeks left to try

    @contextmanager
    def _counted(
        self, org_id: str, purpose: Purpose, before_sending: Callable[[], None] | None
    ) -> Iterator[None]:
        """Wait for the org's next slot and count the call; uncount it where it never left, whatever
        kept it back.

        It is counted before it leaves: a process that dies now leaves no call uncounted. Where the
        store is not available this process alone keeps within the rate: half of a batch may be
        written, and its answers must not be lost.
        """
        period_s, wait_s = self._gate_without_store.period_s, 0.0
        try:
            wait_s = self._store.reserve_call(org_id, purpose, self._clock.now(), period_s)
            is_counted = True
        except StoreUnavailable:
            _log.warning("an API call for %s is not counted: the store is not available", purpose)
            self._gate_without_store.wait()
            is_counted = False
        left = False
        try:
            if wait_s > 0:
                self._clock.sleep(wait_s)
            if before_sending is not None:
                before_sending()
            left = True
            yield
        except NotSent:
            left = False
            raise
        finally:
            if is_counted and not left:
                self._release_call(org_id, purpose)

    def _release_call(self, org_id: str, purpose: Purpose) -> None:
        try:
            self._store.count_calls(org_id, purpose, -1, self._clock.now())
        except StoreUnavailable:
            _log.warning(
                "a call for %s is counted that never left: the store is not available", purpose
            )

    def _note_usage(self, org_id: str, answer: HttpResponse) -> None:
        """Keep what the org said of its day. What cannot be kept must not lose an answer either."""
        usage = answers.usage_of(answer)
        if usage is None:
            return
        try:
            self._store.note_usage(org_id, *usage, self._clock.now())
        except StoreUnavailable:
            _log.warning("the org's allocation is not kept: the store is not available")


def encoded_body(body: Json) -> bytes | None:
    """The body as UTF-8; a lone surrogate, which no UTF-8 holds, is dropped rather than let one
    text break a batch."""
    if body is None:
        return None
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "ignore")


@lru_cache(maxsize=256)
def _base_and_root(instance_url: str, version: str) -> tuple[str, str]:
    """(`https://host`, `/services/data/vXX.X`). Raises ReconnectRequired where the
    instance address is not trusted."""
    try:
        return addresses.trusted_base(instance_url), addresses.root(version)
    except ConfigurationError as error:
        raise ReconnectRequired("wrong_instance", {"fault": str(error)}) from error


class Gate:
    """Lets one call through each `1/rate` seconds of a clock, whatever thread it comes from.

    `ratelimit` counts in fixed windows, at whose edge a burst of twice the rate gets through; one
    call a window cannot.
    """

    def __init__(self, rate: float, clock: Clock) -> None:
        self._clock = clock
        self.period_s = 1 / rate
        self._pass = self._fresh()

    def wait(self) -> None:
        """Return when the next call may leave."""
        while True:
            try:
                self._pass()
            except RateLimitException as error:
                self._sleep(float(error.period_remaining))
            else:
                return

    def _sleep(self, remaining: float) -> None:
        if remaining > self.period_s:
            # The machine's clock was set back: its window would last for as long.
            self._pass = self._fresh()
        self._clock.sleep(min(max(remaining, _MIN_DELAY_S), self.period_s))

    def _fresh(self) -> Callable[[], None]:
        gate: Callable[[], None] = limits(calls=1, period=self.period_s, clock=self._clock.now)(
            _through
        )
        return gate


def _through() -> None:
    """What the gate lets through: nothing but time."""
