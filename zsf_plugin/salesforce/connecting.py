"""Opens connections for `http`, and says why one could not be opened: name, network, proxy or
certificate. Imported with `requests`, when the first request is sent.

Whatever fails in here failed before a byte of the request was sent: a proxy that refuses the
tunnel, a TLS handshake that ends, a certificate that is not trusted.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from typing import TypeVar

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.poolmanager import PoolManager

#: What `http.client` raises if the proxy refuses a tunnel.
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_REFUSED_BY_PROXY = {407: "proxy_credentials", 401: "proxy_credentials"}
_FORBIDDEN_BY_PROXY = range(400, 500)
#: OpenSSL's reasons for refusing a certificate (X509_V_ERR_…, x509_vfy.h) → our code.
_CERTIFICATES = {
    9: "certificate_dates",  # not yet valid
    10: "certificate_dates",  # has expired
    18: "certificate_untrusted",  # self-signed
    19: "certificate_untrusted",  # self-signed in its chain
    20: "certificate_untrusted",  # issuer unknown
    21: "certificate_untrusted",  # chain incomplete
    62: "certificate_name",
    64: "certificate_name",  # an IP address
}
_SYSTEM = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "cut",
    errno.EPIPE: "cut",
    errno.ECONNABORTED: "cut",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ENETDOWN: "unreachable",
    errno.EHOSTDOWN: "unreachable",
    errno.ETIMEDOUT: "silent",
}
#: What a resolver says of a name that does not exist; anything else is its own failure.
_NO_SUCH_NAME = {
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
}
#: What may end a tunnel that the proxy has opened.
_BEYOND_A_PROXY = ("silent", "cut")
#: Codes that may mean that the org's address is another now, and what `moves` calls them. A proxy
#: looks names up itself, and answers for one that is gone as for one that it cannot reach.
_FAULTS = {
    "host_unknown": "unknown_host",
    "certificate_name": "other_name",
    "proxy_failed": "unknown_to_proxy",
}

_Error = TypeVar("_Error", bound=BaseException)


class NotConnected(Exception):
    """No connection was opened, so nothing was sent. `code` is one of `messages.network`."""

    def __init__(self, code: str, data: Mapping[str, object]) -> None:
        super().__init__(code)
        self.code = code
        self.data = data


@contextmanager
def saying_why(connection: HTTPConnection) -> Iterator[None]:
    """Raise NotConnected for whatever fails while that connection is opened."""
    host = connection._tunnel_host or connection.host  # a refused tunnel forgets where it leads
    try:
        yield
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        raise _failure(connection, host, error) from error


class _PlainConnection(HTTPConnection):
    def connect(self) -> None:
        """Open the connection. Raises NotConnected."""
        with saying_why(self):
            super().connect()


class _TlsConnection(HTTPSConnection):
    #: Whether the proxy has opened the way to the host.
    is_through = False

    def connect(self) -> None:
        """Open the connection, through a tunnel if there is a proxy. Raises NotConnected."""
        self.is_through = False
        with saying_why(self):
            super().connect()

    def _tunnel(self) -> None:
        super()._tunnel()
        self.is_through = True


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def say_why(manager: PoolManager) -> None:
    """Have the manager open connections that say why they could not be opened."""
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
    if "_socks_options" in manager.connection_pool_kw:
        from zsf_plugin.salesforce.socks_proxies import SocksPool

        manager.pool_classes_by_scheme["https"] = SocksPool


def was_never_sent(error: Exception) -> bool:
    """Whether it is certain that nothing was sent, for a failure that raised no `NotConnected`: an
    invalid request, a SOCKS proxy. Any TLS failure but a refused certificate counts as sent: it can
    also occur while the response is read."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    never = isinstance(error, ValueError) or isinstance(reason, NewConnectionError)
    return never or "CERTIFICATE_VERIFY_FAILED" in str(reason)


def _failure(connection: HTTPConnection, host: str, error: Exception) -> NotConnected:
    """Why that connection could not be opened, with the proxy's name if there is one."""
    failure = _reason(connection, host, error)
    if failure.code in _FAULTS and failure.data["host"] == host:  # else it is the proxy's own name
        failure.data = {**failure.data, "fault": _FAULTS[failure.code]}
    if connection.proxy is not None:
        failure.data = {**failure.data, "proxy": f"{connection.host}:{connection.port}"}
    return failure


def _reason(connection: HTTPConnection, host: str, error: Exception) -> NotConnected:
    is_through = isinstance(connection, _TlsConnection) and connection.is_through
    at_proxy = connection.proxy is not None and not is_through
    tunnel = _TUNNEL.match(str(error))
    if tunnel is not None:
        return _refused_by_proxy(host, int(tunnel[1]))
    if connection.proxy is not None and isinstance(error, HTTPException):
        return NotConnected("proxy_unreadable", {"host": host})
    certificate = _find(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        where = connection.host if at_proxy else host
        return _distrust(where, certificate)
    kind = kind_of(error)
    if kind == "tls":
        reason = {"host": host, "reason": _tls_reason(error)}
        return NotConnected("proxy_tls", reason) if at_proxy else NotConnected("tls", reason)
    if kind is None:
        return NotConnected("connection", {"error": type(error).__name__})
    data = {"host": host, "seconds": f"{connection.timeout or 0:g}"}
    where = "proxy" if at_proxy else "host"
    is_beyond = connection.proxy is not None and kind in _BEYOND_A_PROXY and not at_proxy
    return NotConnected(f"{'tunnel' if is_beyond else where}_{kind}", data)


def _refused_by_proxy(host: str, status: int) -> NotConnected:
    other = "proxy_forbids" if status in _FORBIDDEN_BY_PROXY else "proxy_failed"
    data = {"host": host, "status": status}
    return NotConnected(_REFUSED_BY_PROXY.get(status, other), data)


def _distrust(host: str, error: ssl.SSLCertVerificationError) -> NotConnected:
    code = _CERTIFICATES.get(error.verify_code, "certificate_refused")
    return NotConnected(code, {"host": host, "reason": error.verify_message})


def kind_of_name(error: socket.gaierror | None) -> str:
    """Whether a name does not exist, or could not be looked up, as the end of a code."""
    return "unknown" if error is None or error.errno in _NO_SUCH_NAME else "unresolved"


def kind_of(error: BaseException) -> str | None:
    """What failed, as the end of a code; None if nothing more is known."""
    if isinstance(error, NameResolutionError):
        return kind_of_name(_find(error, socket.gaierror))
    if isinstance(error, TimeoutError) or type(error) is ConnectTimeoutError:  # which others are of
        return "silent"
    tls = _find(error, ssl.SSLError)
    if tls is not None:
        return "cut" if isinstance(tls, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) else "tls"
    system = _find(error, OSError)
    return None if system is None else _SYSTEM.get(system.errno or 0)


def _tls_reason(error: Exception) -> str:
    """OpenSSL's name for what failed: `WRONG_VERSION_NUMBER`."""
    found = _find(error, ssl.SSLError)
    return (found.reason if found is not None else "") or type(error).__name__


def _find(error: BaseException | None, kind: type[_Error]) -> _Error | None:
    """The error of that kind that this one wraps, or is."""
    while error is not None:
        if isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
    return None
