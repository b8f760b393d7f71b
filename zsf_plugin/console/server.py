"""The console over HTTP on this machine alone, by waitress. Knows neither pages nor visitors.

The loop that serves is a thread, so that whoever put it up can wait for a signal meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING

from zsf_plugin.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The one address it listens on: the console itself signs nobody in.
HOST = "127.0.0.1"
_THREADS = 8
_LONGEST_S = 10.0


class Server:
    """Listens on 127.0.0.1:`port` (0: any that is free) from the start, and serves `app` within its
    `with` block.

    `on_end` is called when serving ends, for whatever reason. Raises ConfigurationError where the
    port is taken.
    """

    def __init__(self, port: int, on_end: Callable[[], object]) -> None:
        from waitress.server import create_server

        self.app: WSGIApplication | None = None
        self._on_end = on_end
        try:
            self._waitress = create_server(
                self._answer, host=HOST, port=port, threads=_THREADS, ident=None
            )
        except OSError as error:
            words = (
                "end what listens there, or choose another with --port and register its "
                "callback with the app"
            )
            raise ConfigurationError(
                (f"port {port} cannot be used ({error.strerror}): {words}",)
            ) from error
        self._thread = threading.Thread(target=self._run, name="zsf-console", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._waitress.effective_port)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it. By this name the callback is registered with
        Salesforce."""
        return f"http://localhost:{self.port}"

    @property
    def hosts(self) -> frozenset[str]:
        """The Host headers that mean this server."""
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
        # Closed in the loop's own thread: from here a socket could go while it is being waited for.
        self._waitress.trigger.pull_trigger(
            lambda: self._waitress.asyncore.close_all(self._waitress._map)
        )
        self._thread.join(_LONGEST_S)
        self._waitress.task_dispatcher.shutdown()

    def _run(self) -> None:
        try:
            self._waitress.run()
        finally:
            self._on_end()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.app is None:
            start_response(
                "503 Service Unavailable", [("Content-Type", "text/plain"), ("Retry-After", "1")]
            )
            return [b"not ready yet"]
        return self.app(environ, start_response)
