"""Opens connections through a SOCKS proxy, and says why one could not be opened. Needs PySocks (the
extra `socks`), so it is imported only for such a proxy."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.contrib.socks import SOCKSHTTPSConnection
from urllib3.exceptions import HTTPError

from zsf_plugin.salesforce.connecting import NotConnected, kind_of, kind_of_name, saying_why

#: PySocks' errors by name, which all carry a text of its own tables: what the proxy refused.
_REFUSALS = ("SOCKS4Error", "SOCKS5Error")


class _SocksConnection(SOCKSHTTPSConnection):
    def connect(self) -> None:
        """Open the connection. Raises NotConnected."""
        with saying_why(self):
            super().connect()

    def _new_conn(self) -> socket.socket:
        try:
            found: socket.socket = super()._new_conn()
        except HTTPError as error:
            raise _failure(self, error) from error
        return found


class SocksPool(HTTPSConnectionPool):
    """Connections to one host through a SOCKS proxy."""

    ConnectionCls = _SocksConnection


def _failure(connection: _SocksConnection, error: HTTPError) -> NotConnected:
    """Why no connection was opened: to the proxy, by it, or because a name could not be looked up
    here (`socks5`)."""
    options = connection._socks_options
    data = {
        "host": connection.host,
        "proxy": f"{options['proxy_host']}:{options['proxy_port']}",
        "seconds": f"{connection.timeout or 0:g}",
    }
    is_connected = False
    for cause in _causes(error):
        name = type(cause).__name__
        if name == "SOCKS5AuthError":
            return NotConnected("socks_credentials", data)
        if name in _REFUSALS:
            data |= {"reason": str(cause), "fault": "unknown_to_proxy"}
            return NotConnected("socks_refused", data)
        is_connected = is_connected or name == "GeneralProxyError"
        if isinstance(cause, socket.gaierror):
            where = "host" if is_connected else "proxy"
            return NotConnected(f"{where}_{kind_of_name(cause)}", data)
        kind = kind_of(cause) if isinstance(cause, OSError) else None
        if kind is not None:
            return NotConnected(f"proxy_{kind}", data)
    if is_connected:
        return NotConnected("proxy_unreadable", data)
    return NotConnected("connection", {"error": type(error).__name__})


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it wraps, and what PySocks keeps in an attribute."""
    while error is not None:
        yield error
        inner = getattr(error, "socket_err", None)
        if isinstance(inner, BaseException):
            yield inner
        error = error.__cause__ or error.__context__
