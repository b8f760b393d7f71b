"""A WSGI app behind real HTTP on a free loopback port, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cheroot.wsgi import Server as HttpServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_STOP_TIMEOUT_S = 20


class Server:
    """Serves `app`, which may be set once the port is known. Use as a context manager."""

    def __init__(self, app: WSGIApplication | None = None) -> None:
        self.app = app
        self._server: Any = HttpServer(("127.0.0.1", 0), self._answer, numthreads=8, max=8)
        self._server.prepare()
        self._thread = threading.Thread(target=self._server.serve, name="console", daemon=True)

    @property
    def url(self) -> str:
        """The base of every page, without a trailing slash."""
        return f"http://127.0.0.1:{self._server.bind_addr[1]}"

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
        self._thread.join(_STOP_TIMEOUT_S)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert self.app is not None
        return self.app(environ, start_response)
