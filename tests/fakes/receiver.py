"""An operator's receiver of alerts, over a socket of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    """What came, and the status that it answers; 422 to what contains `refused`, if anything. Its
    answers have no body, whatever they announce."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.refused = b""
        self.announced_bytes = 0

    @classmethod
    @contextmanager
    def serving(cls) -> Iterator[Receiver]:
        """A receiver that serves while the block runs."""
        with cls() as receiver:
            threading.Thread(target=receiver.serve_forever, args=(0.02,), daemon=True).start()
            yield receiver
            receiver.shutdown()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/alerts"

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.came]


class _Answering(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers), body))
        refused = self.server.refused
        self.send_response(422 if refused and refused in body else self.server.status)
        self.send_header("Location", self.server.url)
        self.send_header("Content-Length", str(self.server.announced_bytes))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
