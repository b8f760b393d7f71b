"""A WSGI app behind real HTTP on a free loopback port, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from waitress.server import create_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LONGEST_S = 20


class Server:
    """Serves `app`, which may be set once the port is known. Use as a context manager."""

    def __init__(self, app: WSGIApplication | None = None) -> None:
        self.app = app
        self._waitress: Any = create_server(
            self._answer, host="127.0.0.1", port=0, threads=8, ident=None
        )
        self._thread = threading.Thread(target=self._waitress.run, name="console", daemon=True)

    @property
    def url(self) -> str:
        """The base of every page, without a slash at its end."""
        return f"http://127.0.0.1:{self._waitress.effective_port}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        # Closed in its own thread, between two requests: from here a socket could go while it is
        # being waited for.
        self._waitress.trigger.pull_trigger(
            lambda: self._waitress.asyncore.close_all(self._waitress._map)
        )
        self._thread.join(_LONGEST_S)
        self._waitress.task_dispatcher.shutdown()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert self.app is not None
        return self.app(environ, start_response)
