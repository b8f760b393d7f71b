"""The emulator's HTTP server: sockets, and the log of requests. What is answered is decided
elsewhere."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from zsf_plugin.emulator.control import Control
from zsf_plugin.emulator.endpoints import Endpoints
from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.exchange import Html, HttpRequest, Plain, Response
from zsf_plugin.emulator.faults.fault import Fault
from zsf_plugin.emulator.faults.kinds import KINDS
from zsf_plugin.emulator.faults.schedule import Chaos, FaultScript
from zsf_plugin.emulator.org.furnish import new_org
from zsf_plugin.emulator.org.spec import OrgSpec
from zsf_plugin.emulator.resources.rest import NO_INTERCEPTION, Interception
from zsf_plugin.emulator.sign_in.oauth import OAuth

_MAX_LOGGED_REQUESTS = 10_000
_POLL_S = 0.02
_NO_BODY = (204, 304)


class Emulator:
    """An org behind real HTTP on 127.0.0.1. Use as a context manager, or `start` and `stop`."""

    def __init__(self, spec: OrgSpec | None = None, port: int = 0) -> None:
        self.org = new_org(spec or OrgSpec.stock())
        self.oauth = OAuth(self.org)
        self.faults = FaultScript()
        self.chaos = Chaos()
        self.requests: deque[dict[str, Json]] = deque(maxlen=_MAX_LOGGED_REQUESTS)
        self.control = Control(self.org, self.oauth, self.faults, self.chaos, self.requests)
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.emulator = self
        self._endpoints = Endpoints(self.org, self.oauth, self.url)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="emulator", daemon=True
        )

    @property
    def url(self) -> str:
        """The base of every resource."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Emulator:
        """Serve in a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def next_fault(self, request: HttpRequest) -> Fault | None:
        """The fault of the next request: the one that was asked for, or else one by chance."""
        fault = self.faults.due(request) or self.chaos.due(request)
        if fault is not None:
            self.faults.count(fault.kind)
        return fault

    def ask(self, request: HttpRequest, interception: Interception = NO_INTERCEPTION) -> Response:
        """Have the org act, log the request, and return the answer."""
        response = self._endpoints.answer(request, interception)
        self.log(request, response.status)
        return response

    def log(self, request: HttpRequest, status: int) -> None:
        """Append a request to what `GET /_emulator/requests` shows."""
        asked = {"method": request.method, "path": request.path, "body": request.text}
        self.requests.append({**asked, "status": status})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    emulator: Emulator

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr: `/_emulator/requests` has it all."""

    def do_GET(self) -> None:
        emulator = self.server.emulator
        headers = dict(self.headers.items())
        request = HttpRequest.parse(self.command, self.path, headers, self._read_body())
        if request.segments[0] == "_emulator":
            _Connection(self).send(emulator.control.respond(request))
            return
        fault = emulator.next_fault(request)
        time.sleep(emulator.org.latency_ms / 1000)
        if fault is None:
            _Connection(self).send(emulator.ask(request))
        else:
            KINDS[fault.kind].inject(_Exchange(self, emulator, request, fault))

    do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = do_GET

    def _read_body(self) -> bytes:
        """The request's body, by its length or in chunks: jsforce streams its own."""
        if "chunked" not in (self.headers.get("Transfer-Encoding") or "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0].strip() or b"0", 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return b"".join(chunks)


class _Connection:
    """The connection that a request came on, and what can be sent over it."""

    def __init__(self, handler: _Handler) -> None:
        self._handler = handler

    def send(self, response: Response) -> None:
        body, content_type = _encode(response)
        handler = self._handler
        handler.send_response(response.status)
        for name, value in response.headers.items():
            handler.send_header(name, value)
        if body:
            handler.send_header("Content-Type", content_type)
        if response.status not in _NO_BODY:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    def send_half(self, response: Response, *, announced_whole: bool) -> None:
        body = json.dumps(response.body).encode()
        half = body[: len(body) // 2]
        handler = self._handler
        handler.send_response(200 if response.status in _NO_BODY else response.status)
        handler.send_header("Content-Type", "application/json;charset=UTF-8")
        handler.send_header("Content-Length", str(len(body if announced_whole else half)))
        handler.end_headers()
        handler.wfile.write(half)

    def hang_up(self) -> None:
        """Break the connection; the client may have been faster."""
        self._handler.close_connection = True
        with suppress(OSError):
            self._handler.connection.shutdown(socket.SHUT_RDWR)


class _Exchange(_Connection):
    """A request, its connection and the org: `faults.kinds.Exchange` over a socket."""

    def __init__(
        self, handler: _Handler, emulator: Emulator, request: HttpRequest, fault: Fault
    ) -> None:
        super().__init__(handler)
        self.request = request
        self.fault = fault
        self.oauth = emulator.oauth
        self._emulator = emulator

    def ask(self, interception: Interception = NO_INTERCEPTION) -> Response:
        return self._emulator.ask(self.request, interception)

    def ask_late(self) -> None:
        faults = self._emulator.faults
        faults.count_late(1)

        def act() -> None:
            try:
                self.wait(self.fault.delay_ms, held=self.fault.held)
                self.ask()
            finally:
                faults.count_late(-1)

        threading.Thread(target=act, name="emulator-late", daemon=True).start()

    def log(self, status: int) -> None:
        self._emulator.log(self.request, status)

    def wait(self, milliseconds: int, *, held: bool = False) -> None:
        if held:
            self._emulator.faults.released.wait()
        else:
            time.sleep(milliseconds / 1000)


def _encode(response: Response) -> tuple[bytes, str]:
    """(body, content type) as they are sent; no bytes where the response has no body."""
    body = response.body
    if body is None or response.status in _NO_BODY:
        return b"", ""
    if isinstance(body, Html):
        return body.encode(), "text/html;charset=UTF-8"
    if isinstance(body, Plain):
        return body.encode(), "text/plain;charset=UTF-8"
    return json.dumps(body).encode(), "application/json;charset=UTF-8"
