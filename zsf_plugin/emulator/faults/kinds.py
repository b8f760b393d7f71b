"""Every kind of fault: which requests it can hit, and what it does to one and its connection.

A new kind is a function here and its row in `KINDS`; bodies of answers are `fault`'s.
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
    BUSY,
    Fault,
    concurrent_limit,
    fail_subrequest,
    fail_write,
    is_write,
    proxy_error_page,
    writes_in,
)
from zsf_plugin.emulator.sign_in.oauth import OAuth


class Exchange(Protocol):
    """One request, the fault injected into it, its connection and the org, as kinds use them."""

    request: HttpRequest
    fault: Fault
    oauth: OAuth

    def ask(self, interception: Interception = NO_INTERCEPTION) -> Response:
        """Have the org act, log the request, and return the answer without sending it."""
        ...

    def ask_late(self) -> None:
        """Have the org act after the fault's `delay_ms`, or once it is released; returns at
        once."""

    def log(self, status: int) -> None:
        """Log a request that the org never hears of, with the status that was sent (0: none)."""

    def send(self, response: Response) -> None:
        """Send a response."""

    def send_half(self, response: Response, *, announced_whole: bool) -> None:
        """Send half a body: of an answer that promised all of it, or of one that seems complete."""

    def wait(self, milliseconds: int, *, held: bool = False) -> None:
        """Wait without a word; `held`: until the faults are released instead."""

    def hang_up(self) -> None:
        """Break the connection."""


def _any_request(_: HttpRequest) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class FaultKind:
    """What a kind does (`inject`), which requests it `can_hit`, and where chance may choose it.

    `by_chance`: chaos uses it without being asked for it by name; it is False where a person is
    needed afterwards or a body has to be given. `on_tokens`: chaos may have it hit a token request
    (§1.4; of these `rotation_lost` alone costs the grant). `may_commit`: chaos also draws whether
    the org acts. `status` is what it answers where its JSON names no status.
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
        exchange.ask()
    else:
        exchange.log(status)
    exchange.send(Response(status, Html(proxy_error_page(status))))


def _status(exchange: Exchange) -> None:
    exchange.log(exchange.fault.status)
    exchange.send(Response(exchange.fault.status, exchange.fault.body))


def _drop_after_commit(exchange: Exchange) -> None:
    exchange.ask()
    exchange.hang_up()


def _late_commit(exchange: Exchange) -> None:
    exchange.ask_late()
    exchange.wait(exchange.fault.hang_ms)
    exchange.hang_up()


def _reset_mid_body(exchange: Exchange) -> None:
    exchange.send_half(exchange.ask(), announced_whole=True)
    exchange.hang_up()


def _truncated_json(exchange: Exchange) -> None:
    exchange.send_half(exchange.ask(), announced_whole=False)


def _delay(exchange: Exchange) -> None:
    exchange.wait(exchange.fault.delay_ms, held=exchange.fault.held)
    exchange.send(exchange.ask())


def _session_expired(exchange: Exchange) -> None:
    exchange.oauth.expire_session(exchange.request.bearer)
    exchange.send(exchange.ask())


def _grant_revoked(exchange: Exchange) -> None:
    exchange.oauth.revoke_all()
    exchange.send(exchange.ask())


def _daily_limit(exchange: Exchange) -> None:
    exchange.send(exchange.ask(Interception(limit_reached=True)))


def _concurrent_limit(exchange: Exchange) -> None:
    def refuse(_: Request) -> Response:
        return concurrent_limit()

    exchange.send(exchange.ask(Interception(rewrite=refuse)))


def _failing_write(exchange: Exchange) -> None:
    _rewrite(exchange, fail_write)


def _failing_subrequest(exchange: Exchange) -> None:
    _rewrite(exchange, fail_subrequest)


def _rewrite(exchange: Exchange, fail: Callable[[Fault, Request], Request | Response]) -> None:
    rewrite = partial(fail, exchange.fault)
    exchange.send(exchange.ask(Interception(rewrite=rewrite)))


def _token_busy(exchange: Exchange) -> None:
    exchange.log(400)
    exchange.send(Response(400, BUSY))


def _is_token(request: HttpRequest) -> bool:
    return request.is_token


def _has_write(request: HttpRequest) -> bool:
    if "/composite" in request.path:
        return bool(writes_in(request.body))
    return is_write(request.method, request.path)


def _has_subrequests(request: HttpRequest) -> bool:
    return "/composite" in request.path and "compositeRequest" in as_object(request.body)


_refused_write = partial(FaultKind, _failing_write, can_hit=_has_write)

#: Every kind by its name in `POST /_emulator/faults`, in the order that chaos draws from.
KINDS: dict[str, FaultKind] = {
    # The org is not asked at all …
    "drop_before": FaultKind(_drop_before, on_tokens=True),
    "html_503": FaultKind(_html_503, on_tokens=True),
    "html_page": FaultKind(_html_page, on_tokens=True, may_commit=True, status=502),
    "status": FaultKind(_status, by_chance=False, status=500),
    # … or it did as it was told, and nobody learns of it.
    "drop_after_commit": FaultKind(_drop_after_commit),
    "late_commit": FaultKind(_late_commit),
    "reset_mid_body": FaultKind(_reset_mid_body),
    "truncated_json": FaultKind(_truncated_json),
    # The org answers: slowly, that something has just ended, that a limit is reached.
    "delay": FaultKind(_delay, on_tokens=True),
    "session_expired": FaultKind(_session_expired),
    "grant_revoked": FaultKind(_grant_revoked, by_chance=False),
    "daily_limit": FaultKind(_daily_limit),
    "concurrent_limit": FaultKind(_concurrent_limit),
    # One write is refused while the others of its request are done.
    "lock_row": _refused_write(),
    "duplicate_detected": _refused_write(),
    "sub_failure": FaultKind(
        _failing_subrequest, can_hit=_has_subrequests, may_commit=True, status=500
    ),
    "null_reference": _refused_write(),
    # Of the token endpoint alone (§1.4).
    "token_busy": FaultKind(_token_busy, can_hit=_is_token, on_tokens=True),
    "rotation_lost": FaultKind(
        _drop_after_commit, can_hit=_is_token, by_chance=False, on_tokens=True
    ),
}
