"""Serves the console over HTTP on this machine only, with cheroot.

The serving loop is a thread, so that the caller can wait for a signal.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING

from zsf_plugin.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The only address it listens on: the console itself has no sign-in.
HOST = "127.0.0.1"
THREADS = 8
#: How long current requests may take when the server stops.
STOP_TIMEOUT_S = 5


class Server:
    """Listens on 127.0.0.1:`port` (0: any free port) once created, and serves `app` within its
    `with` block.

    Calls `on_end` whenever serving ends. Raises ConfigurationError if the port is taken.
    """

    def __init__(self, port: int, on_end: Callable[[], object]) -> None:
        from cheroot.wsgi import Server as HttpServer

        self.app: WSGIApplication | None = None
        self._on_end = on_end
        _probe(port)
        self._server = HttpServer(
            (HOST, port),
            self._answer,
            numthreads=THREADS,
            max=THREADS,
            server_name="zsf",
            shutdown_timeout=STOP_TIMEOUT_S,
        )
        self._server.prepare()
        if self._server.socket.getsockname()[0] != HOST:  # a socket from systemd takes precedence
            self._server.stop()
            raise ConfigurationError(("start the console without LISTEN_PID in its environment",))
        self._thread = threading.Thread(target=self._serve, name="zsf-console", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.bind_addr[1])

    @property
    def url(self) -> str:
        """The URL for a browser on this machine; the registered callback uses the same name."""
        return f"http://localhost:{self.port}"

    @property
    def hosts(self) -> frozenset[str]:
        """The Host headers of this server."""
        return frozenset({f"localhost:{self.port}", f"{HOST}:{self.port}"})

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.stop()
        self._thread.join(STOP_TIMEOUT_S)

    def _serve(self) -> None:
        try:
            self._server.serve()
        finally:
            self._on_end()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.app is None:
            start_response(
                "503 Service Unavailable", [("Content-Type", "text/plain"), ("Retry-After", "1")]
            )
            return [b"not ready yet"]
        return self.app(environ, start_response)


def _probe(port: int) -> None:
    """Check that the port is free. Raises ConfigurationError."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            words = (
                "end what listens there, or choose another with --port and register its "
                "callback with the app"
            )
            raise ConfigurationError(
                (f"port {port} cannot be used ({error.strerror}): {words}",)
            ) from error
