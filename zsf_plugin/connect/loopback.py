"""Receives the OAuth redirect from the browser: a listener on this machine that waits for one
request (RFC 8252)."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from zsf_plugin.errors import ConfigurationError, ReconnectRequired
from zsf_plugin.settings import REDIRECT_PATH

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport"
content="width=device-width">
<title>zsf</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:15vh auto;padding:0 1rem;
color:#15201e;background:#fff}@media(prefers-color-scheme:dark){body{background:#111615;color:#e8edec}}</style></head>
<body><h1>Back to the terminal</h1><p>Salesforce has answered. You can close this
window.</p></body></html>"""


class Loopback:
    """Listens on 127.0.0.1:`port` for the redirect. Raises ConfigurationError if the port is in
    use."""

    def __init__(self, port: int) -> None:
        try:
            self._server = _Server(("127.0.0.1", port), _Handler)
        except OSError as error:
            words = "choose another with --redirect-port, and register its callback URL in the app"
            raise ConfigurationError(
                (f"port {port} is in use ({error.strerror}): {words}",)
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="zsf-loopback", daemon=True
        )

    @property
    def redirect_uri(self) -> str:
        """The callback URL, exactly as it must be registered: Salesforce requires an exact
        match."""
        return f"http://localhost:{self._server.server_address[1]}{REDIRECT_PATH}"

    def wait(self, seconds: float) -> dict[str, str]:
        """The callback's query. Raises ReconnectRequired if none comes in time."""
        if not self._server.answered.wait(seconds):
            raise ReconnectRequired("no_answer")
        return self._server.query

    def __enter__(self) -> Loopback:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """One thread per connection: browsers open idle connections in advance, which must not block
    the redirect."""

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.answered = threading.Event()
        self.query: dict[str, str] = {}

    def is_expected(self, path: str) -> bool:
        """Whether the redirect is expected on that path and has not come yet."""
        return path == REDIRECT_PATH and not self.answered.is_set()

    def accept(self, query: dict[str, str]) -> None:
        """Store the query and end the wait."""
        self.query = query
        self.answered.set()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Accept the first redirect on the right path; answer anything else with an error."""
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if not self.server.is_expected(parts.path):
            self.send_error(404)
        elif query.keys().isdisjoint(("code", "error")):
            self.send_error(400)
        else:
            self._show_page()
            self.server.accept(query)

    def _show_page(self) -> None:
        body = _PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the request line contains the code."""
