"""Receives the answer to a sign-in: the browser's redirect to a listener on this machine (RFC
8252), or the callback URL that a person copied from a browser elsewhere.

Only an answer with the sign-in's own state counts. Whatever else arrives, a browser's favicon, a
preview of the link, half a request, another sign-in's answer, is answered and waited past.
"""

from __future__ import annotations

import hmac
import socket
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from zsf_plugin.connect.pasted import answers_in
from zsf_plugin.errors import ConfigurationError, ReconnectRequired
from zsf_plugin.settings import REDIRECT_PATH

#: How long a client may take for its request, in seconds.
_REQUEST_TIMEOUT_S = 30
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport"
content="width=device-width">
<title>zsf</title><style>
body{{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:15vh auto;padding:0 1rem;
color:#15201e;background:#fff}}@media(prefers-color-scheme:dark){{body{{background:#111615;color:#e8edec}}}}</style></head>
<body><h1>{title}</h1><p>{text}</p></body></html>"""
_TAKEN = ("Back to the terminal", "Salesforce has answered. You can close this window.")
_FOREIGN = (
    "Not this sign-in",
    "Another sign-in waits in the terminal. Open the newest address that it shows.",
)
#: The loopback address, which other machines cannot reach.
LISTEN = "127.0.0.1"


class Callback:
    """The answer that a sign-in waits for. `redirect_uri` is the callback URL exactly as it must be
    registered: Salesforce requires an exact match."""

    def __init__(self, port: int) -> None:
        self.redirect_uri = f"http://localhost:{port}{REDIRECT_PATH}"
        self._state: bytes | None = None
        self._query: dict[str, str] = {}
        self._answered = threading.Event()
        self._lock = threading.Lock()

    def expect(self, state: str) -> None:
        """Wait for the answer with that state. Before, none counts."""
        self._state = state.encode()

    def is_ours(self, query: Mapping[str, str]) -> bool:
        """Whether that is an answer with our state."""
        is_answer = not query.keys().isdisjoint(("code", "error"))
        return is_answer and self._is_our_state(query.get("state", ""))

    def _is_our_state(self, given: str) -> bool:
        state = given.encode("utf-8", "replace")
        return self._state is not None and hmac.compare_digest(self._state, state)

    def offer(self, query: Mapping[str, str]) -> bool:
        """Take the answer if it is the first one with our state; whether it was."""
        if not self.is_ours(query):
            return False
        with self._lock:
            if self._answered.is_set():
                return False
            self._query = dict(query)
            self._answered.set()
        return True

    def offer_text(self, text: str) -> bool:
        """Take the answer from the callback URL that a person pasted, or from its query alone;
        whether it was one."""
        return any(map(self.offer, answers_in(text)))

    def wait_a_moment(self, seconds: float) -> None:
        """Return when the answer has come, or after that time."""
        self._answered.wait(seconds)

    @property
    def has_come(self) -> bool:
        """Whether the answer has come."""
        return self._answered.is_set()

    def wait(self, seconds: float) -> dict[str, str]:
        """The callback's query. Raises ReconnectRequired if none comes in time."""
        if not self._answered.wait(seconds):
            raise ReconnectRequired("no_answer")
        return self._query


def _query_of(text: str) -> dict[str, str]:
    try:
        return {key: values[0] for key, values in parse_qs(text).items()}
    except ValueError:  # more fields than any answer has
        return {}


class Loopback(Callback):
    """Listens for the redirect on `port` of `address`. Raises ConfigurationError if it cannot."""

    def __init__(self, port: int, address: str = LISTEN) -> None:
        address = address.removeprefix("[").removesuffix("]")  # an IPv6 address, as in a URL
        try:
            self._server = _Server((address, port), _Handler)
        except OSError as error:
            words = (
                f"cannot listen on port {port} of {address} ({error.strerror}): give --paste, "
                "another address with --listen, or another port with --redirect-port, and register "
                "its callback URL in the app"
            )
            raise ConfigurationError((words,)) from error
        super().__init__(self._server.server_address[1])
        self._server.callback = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="zsf-loopback", daemon=True
        )

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

    callback: Callback

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind without asking DNS for this machine's name, which may take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that breaks off or sends no HTTP."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _REQUEST_TIMEOUT_S

    def do_GET(self) -> None:
        """Take the redirect with our state; answer anything else with an error."""
        parts, callback = urlsplit(self.path), self.server.callback
        query = _query_of(parts.query)
        if parts.path != REDIRECT_PATH or callback.has_come:
            self.send_error(404)
        elif query.keys().isdisjoint(("code", "error")):
            self.send_error(400)
        elif callback.is_ours(query):
            self._show_page(200, *_TAKEN)  # first: the process may end as soon as it has it
            callback.offer(query)
        else:
            self._show_page(400, *_FOREIGN)

    def do_HEAD(self) -> None:
        """Take nothing: a program that looks at links may ask before the browser does."""
        self.send_response(200 if urlsplit(self.path).path == REDIRECT_PATH else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _show_page(self, status: int, title: str, text: str) -> None:
        body = _PAGE.format(title=title, text=text).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the request line contains the code."""
