"""The emulator's HTTP server: sockets and the request log. Responses are built elsewhere."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from zsf_plugin.emulator.control import Control
from zsf_plugin.emulator.endpoints import Endpoints
from zsf_plugin.emulator.exchange import (
    NO_INTERCEPTION,
    Html,
    HttpRequest,
    Interception,
    PlainText,
    Response,
)
from zsf_plugin.emulator.faults.fault import Fault
from zsf_plugin.emulator.faults.kinds import KINDS
from zsf_plugin.emulator.faults.schedule import Chaos, FaultScript
from zsf_plugin.emulator.org.populate import new_org
from zsf_plugin.emulator.org.spec import OrgSpec

_POLL_INTERVAL_S = 0.02
_NO_BODY = (204, 304)
_JSON = "application/json;charset=UTF-8"


class Emulator:
    """An org behind real HTTP on 127.0.0.1. Use as a context manager, or `start` and `stop`."""

    def __init__(self, spec: OrgSpec | None = None, port: int = 0) -> None:
        self.org = new_org(spec or OrgSpec.stock())
        self.faults = FaultScript()
        self.chaos = Chaos()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.emulator = self
        self._endpoints = Endpoints(self.org, self.url)
        self.oauth = self._endpoints.oauth
        self.control = Control(self.org, self.oauth, self.faults, self.chaos)
        self.requests = self.control.requests
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(_POLL_INTERVAL_S,),
            name="emulator",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """The base URL of every resource."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Emulator:
        """Serve in a background thread."""
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
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def next_fault(self, request: HttpRequest) -> Fault | None:
        """The fault to inject into this request, counted: a scripted one first, else chaos."""
        fault = self.faults.take(request) or self.chaos.draw(request)
        if fault is not None:
            self.faults.count(fault.kind)
        return fault

    def handle(
        self, request: HttpRequest, interception: Interception = NO_INTERCEPTION
    ) -> Response:
        """Have the org process the request, log it, and return the response."""
        response = self._endpoints.answer(request, interception)
        self.log(request, response.status)
        return response

    def log(self, request: HttpRequest, status: int) -> None:
        """Append a request to the log that `GET /_emulator/requests` shows."""
        logged = {"method": request.method, "path": request.path, "body": request.text}
        self.requests.append({**logged, "status": status})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    emulator: Emulator

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing to stderr: `/_emulator/requests` has the log."""

    def send_header(self, keyword: str, value: str) -> None:
        """As the base class, which sends a `Date` with each answer; an org may send none."""
        if keyword != "Date" or self.server.emulator.org.conditions.sends_date:
            super().send_header(keyword, value)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The `Date` header: the org's clock, which may be ahead."""
        now = time.time() + self.server.emulator.org.clock_ahead_s
        return super().date_time_string(now if timestamp is None else timestamp)

    def do_GET(self) -> None:
        headers = dict(self.headers.items())
        request = HttpRequest.parse(self.command, self.path, headers, self._read_body())
        if request.segments[0] == "_emulator":
            _Connection(self).send(self.server.emulator.control.respond(request))
        else:
            self._serve(request)

    do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = do_GET

    def _serve(self, request: HttpRequest) -> None:
        """Process the request, or inject the fault that applies to it."""
        emulator = self.server.emulator
        fault = emulator.next_fault(request)
        time.sleep(emulator.org.latency_ms / 1000)
        if fault is None:
            _Connection(self).send(emulator.handle(request))
        else:
            KINDS[fault.kind].inject(_Exchange(self, emulator, request, fault))

    def _read_body(self) -> bytes:
        """Read the body, by its length or in chunks: jsforce streams its bodies."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._read_chunks())
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _read_chunks(self) -> Iterator[bytes]:
        while size := self._read_chunk_size():
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass

    def _read_chunk_size(self) -> int:
        return int(self.rfile.readline().split(b";")[0].strip() or b"0", 16)


class _Connection:
    """Sends responses over a request's connection."""

    def __init__(self, handler: _Handler) -> None:
        self._handler = handler

    def send(self, response: Response) -> None:
        body = _encode(response)
        headers = dict(response.headers)
        if body:
            headers["Content-Type"] = getattr(response.body, "content_type", _JSON)
        if response.status not in _NO_BODY:
            headers["Content-Length"] = str(len(body))
        self._send_head(response.status, headers)
        if self._handler.command != "HEAD":
            self._handler.wfile.write(body)

    def send_half(self, response: Response, *, full_length: bool) -> None:
        body = json.dumps(response.body).encode()
        half = body[: len(body) // 2]
        length = str(len(body if full_length else half))
        status = 200 if response.status in _NO_BODY else response.status
        self._send_head(status, {"Content-Type": _JSON, "Content-Length": length})
        self._handler.wfile.write(half)

    def _send_head(self, status: int, headers: Mapping[str, str]) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def hang_up(self) -> None:
        """Close the connection; the client may have closed it already."""
        self._handler.close_connection = True
        with suppress(OSError):
            self._handler.connection.shutdown(socket.SHUT_RDWR)


class _Exchange(_Connection):
    """A request with its connection and org: implements `faults.kinds.Exchange` over a socket."""

    def __init__(
        self, handler: _Handler, emulator: Emulator, request: HttpRequest, fault: Fault
    ) -> None:
        super().__init__(handler)
        self.request = request
        self.fault = fault
        self.oauth = emulator.oauth
        self._emulator = emulator

    def handle(self, interception: Interception = NO_INTERCEPTION) -> Response:
        return self._emulator.handle(self.request, interception)

    def handle_late(self) -> None:
        self._emulator.faults.count_late(1)
        threading.Thread(target=self._handle_after_delay, name="emulator-late", daemon=True).start()

    def _handle_after_delay(self) -> None:
        try:
            self.wait(self.fault.delay_ms, held=self.fault.held)
            self.handle()
        finally:
            self._emulator.faults.count_late(-1)

    def log(self, status: int) -> None:
        self._emulator.log(self.request, status)

    def wait(self, milliseconds: int, *, held: bool = False) -> None:
        if held:
            self._emulator.faults.released.wait()
        else:
            time.sleep(milliseconds / 1000)


def _encode(response: Response) -> bytes:
    """The body as bytes; empty if the response has no body."""
    body = response.body
    if body is None or response.status in _NO_BODY:
        return b""
    return _as_text(body).encode()


def _as_text(body: object) -> str:
    """A page or a text as it is, anything else as JSON."""
    return body if isinstance(body, (Html, PlainText)) else json.dumps(body)
