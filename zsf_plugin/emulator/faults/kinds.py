"""Every kind of fault: which requests it can hit, and what it does to a request and its connection.

A new kind is a function here and its row in `KINDS`; response bodies are in `fault`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from zsf_plugin.emulator.documents import as_object
from zsf_plugin.emulator.exchange import (
    NO_INTERCEPTION,
    Html,
    HttpRequest,
    Interception,
    Request,
    Response,
)
from zsf_plugin.emulator.faults.fault import (
    TOKEN_BUSY,
    Fault,
    concurrent_limit,
    fail_subrequest,
    fail_write,
    is_write,
    proxy_error_page,
    write_positions,
)
from zsf_plugin.emulator.sign_in.oauth import OAuth


class Exchange(Protocol):
    """One request with its fault, connection and org, as the kinds use them."""

    request: HttpRequest
    fault: Fault
    oauth: OAuth

    def handle(self, interception: Interception = NO_INTERCEPTION) -> Response:
        """Have the org process the request, log it, and return the response without sending it."""
        ...

    def handle_late(self) -> None:
        """Have the org process the request after `delay_ms`, or on release; returns immediately."""

    def log(self, status: int) -> None:
        """Log a request that never reaches the org, with the status sent (0: none)."""

    def send(self, response: Response) -> None:
        """Send a response."""

    def send_half(self, response: Response, *, full_length: bool) -> None:
        """Send half a body; Content-Length is the whole's if `full_length`, else the half's."""

    def wait(self, milliseconds: int, *, held: bool = False) -> None:
        """Wait without sending anything; if `held`, until the faults are released instead."""

    def hang_up(self) -> None:
        """Close the connection."""


def _any_request(_: HttpRequest) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class FaultKind:
    """What a kind does (`inject`), which requests it `can_hit`, and when chaos may choose it.

    `by_chance`: chaos uses it by default; False if a person has to sign in afterwards or a body
    must be given. `on_tokens`: chaos may inject it into a token request (§1.4; only
    `rotation_lost` costs the grant). `may_commit`: chaos also draws whether the org acts.
    `status`: the default if the fault's JSON names none.
    """

    inject: Callable[[Exchange], None]
    can_hit: Callable[[HttpRequest], bool] = _any_request
    by_chance: bool = True
    on_tokens: bool = False
    may_commit: bool = False
    status: int = 0


def _drop_before(exchange: Exchange) -> None:
    exchange.log(0)
    exchange.hang_up()


def _html_503(exchange: Exchange) -> None:
    exchange.log(503)
    exchange.send(Response(503, Html(proxy_error_page(503))))


def _html_page(exchange: Exchange) -> None:
    status = exchange.fault.status
    if exchange.fault.committed:
        exchange.handle()
    else:
        exchange.log(status)
    exchange.send(Response(status, Html(proxy_error_page(status))))


def _status(exchange: Exchange) -> None:
    status, body = exchange.fault.status, exchange.fault.body
    exchange.log(status)
    exchange.send(Response(status, Html(body) if isinstance(body, str) else body))


def _drop_after_commit(exchange: Exchange) -> None:
    exchange.handle()
    exchange.hang_up()


def _late_commit(exchange: Exchange) -> None:
    exchange.handle_late()
    exchange.wait(exchange.fault.hang_ms)
    exchange.hang_up()


def _reset_mid_body(exchange: Exchange) -> None:
    exchange.send_half(exchange.handle(), full_length=True)
    exchange.hang_up()


def _truncated_json(exchange: Exchange) -> None:
    exchange.send_half(exchange.handle(), full_length=False)


def _delay(exchange: Exchange) -> None:
    exchange.wait(exchange.fault.delay_ms, held=exchange.fault.held)
    exchange.send(exchange.handle())


def _session_expired(exchange: Exchange) -> None:
    exchange.oauth.expire_session(exchange.request.bearer)
    exchange.send(exchange.handle())


def _grant_revoked(exchange: Exchange) -> None:
    exchange.oauth.revoke_all()
    exchange.send(exchange.handle())


def _daily_limit(exchange: Exchange) -> None:
    exchange.send(exchange.handle(Interception(limit_reached=True)))


def _concurrent_limit(exchange: Exchange) -> None:
    def refuse(_: Request) -> Response:
        return concurrent_limit()

    exchange.send(exchange.handle(Interception(rewrite=refuse)))


def _failing_write(exchange: Exchange) -> None:
    _rewrite(exchange, fail_write)


def _failing_subrequest(exchange: Exchange) -> None:
    _rewrite(exchange, fail_subrequest)


def _rewrite(exchange: Exchange, fail: Callable[[Fault, Request], Request | Response]) -> None:
    rewrite = partial(fail, exchange.fault)
    exchange.send(exchange.handle(Interception(rewrite=rewrite)))


def _token_busy(exchange: Exchange) -> None:
    exchange.log(400)
    exchange.send(Response(400, TOKEN_BUSY))


def _is_token(request: HttpRequest) -> bool:
    return request.is_token


def _has_write(request: HttpRequest) -> bool:
    if "/composite" in request.path:
        return bool(write_positions(request.body))
    return is_write(request.method, request.path)


def _has_subrequests(request: HttpRequest) -> bool:
    return "/composite" in request.path and "compositeRequest" in as_object(request.body)


_refused_write = partial(FaultKind, _failing_write, can_hit=_has_write)

#: Every kind by its name in `POST /_emulator/faults`, in the order that chaos draws from.
KINDS: dict[str, FaultKind] = {
    # The request never reaches the org.
    "drop_before": FaultKind(_drop_before, on_tokens=True),
    "html_503": FaultKind(_html_503, on_tokens=True),
    "html_page": FaultKind(_html_page, on_tokens=True, may_commit=True, status=502),
    "status": FaultKind(_status, by_chance=False, status=500),
    # The org acts, and the client never learns of it.
    "drop_after_commit": FaultKind(_drop_after_commit),
    "late_commit": FaultKind(_late_commit),
    "reset_mid_body": FaultKind(_reset_mid_body),
    "truncated_json": FaultKind(_truncated_json),
    # The org responds: slowly, or that a session, an approval or a limit has run out.
    "delay": FaultKind(_delay, on_tokens=True),
    "session_expired": FaultKind(_session_expired),
    "grant_revoked": FaultKind(_grant_revoked, by_chance=False),
    "daily_limit": FaultKind(_daily_limit),
    "concurrent_limit": FaultKind(_concurrent_limit),
    # One write fails; the other writes of its request succeed.
    "lock_row": _refused_write(),
    "duplicate_detected": _refused_write(),
    "sub_failure": FaultKind(
        _failing_subrequest, can_hit=_has_subrequests, may_commit=True, status=500
    ),
    "null_reference": _refused_write(),
    # Token endpoint only (§1.4).
    "token_busy": FaultKind(_token_busy, can_hit=_is_token, on_tokens=True),
    "rotation_lost": FaultKind(
        _drop_after_commit, can_hit=_is_token, by_chance=False, on_tokens=True
    ),
}
