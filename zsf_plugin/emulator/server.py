"""The stand-in's HTTP server: sockets, sessions, call accounting and mishaps. What is answered is
decided elsewhere."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from zsf_plugin.emulator import pages, rest, staging
from zsf_plugin.emulator.chaos import Chaos
from zsf_plugin.emulator.control import Control
from zsf_plugin.emulator.errors import Json, SalesforceError
from zsf_plugin.emulator.exchange import Plain, Request, Response
from zsf_plugin.emulator.faults import ROWS, Fault, FaultScript, Met
from zsf_plugin.emulator.oauth import OAuth, OAuthError
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.spec import OrgSpec

_KEPT_REQUESTS = 10_000
_LABELS = {"66.0": "Spring '26", "67.0": "Summer '26", "68.0": "Winter '27"}


class Emulator:
    """A stand-in org behind real HTTP on 127.0.0.1. Use as a context manager, or `start` and
    `stop`."""

    def __init__(self, spec: OrgSpec | None = None, port: int = 0) -> None:
        self.org = Org(spec or OrgSpec.stock())
        self.oauth = OAuth(self.org)
        self.faults = FaultScript()
        self.chaos = Chaos()
        self.requests: deque[dict[str, Json]] = deque(maxlen=_KEPT_REQUESTS)
        self.control = Control(self.org, self.oauth, self.faults, self.chaos, self.requests)
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.emulator = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="emulator", daemon=True
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

    def users(self) -> list[tuple[str, str]]:
        """(username, name) of those who may log in."""
        rows = self.org.rows["User"].values()
        return [(str(row["Username"]), str(row["Name"])) for row in rows if row["IsActive"]]


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
    _fault: Fault | None = None

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr: `/_emulator/requests` has it all."""

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = do_GET

    def _serve(self) -> None:
        raw = self._body()
        steps = urlsplit(self.path).path.strip("/").split("/")
        if steps[0] == "_emulator":
            with self._org.lock:
                self._org.acting = ""
                status, body = self._emulator.control.answer(self.command, steps[1:], _json(raw))
            self._send(Response(status, body))
            return
        met = Met(self.command, self.path, _json(raw), self._bearer())
        fault = self._emulator.faults.due(met) or self._emulator.chaos.due(met)
        slow = fault.delay_ms if fault is not None and fault.kind == "delay" else 0
        time.sleep((self._org.latency_ms + slow) / 1000)
        self._fault = fault
        if fault is not None:
            self._emulator.faults.count(fault.kind)
            if self._met_before(fault, steps, raw):
                return
        response, html, location = self._answered(steps, raw)
        self._remember(raw, response.status)
        if fault is None or not self._met_after(fault, response):
            self._send(response, html=html, location=location)

    def _body(self) -> bytes:
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

    def _met_before(self, fault: Fault, steps: list[str], raw: bytes) -> bool:
        """Mishaps that keep the org from being asked, or from being asked now; True where there is
        nothing to add."""
        if fault.kind == "late_commit":
            self._act_late(fault, steps, raw)
        elif fault.kind == "drop_before":
            self._remember(raw, 0)
            self._hang_up()
        elif fault.kind == "html_503" or (fault.kind == "html_page" and not fault.committed):
            status = 503 if fault.kind == "html_503" else fault.status
            self._remember(raw, status)
            self._send(Response(status), html=staging.page(status))
        elif fault.kind == "status":
            self._remember(raw, fault.status)
            self._send(Response(fault.status, fault.body))
        elif fault.kind == "token_busy":
            self._remember(raw, 400)
            self._send(Response(400, staging.BUSY))
        else:
            with self._org.lock:
                self._end(fault.kind)
            return False
        return True

    def _end(self, kind: str) -> None:
        """End the request's session, or every approval, at the moment it comes in."""
        if kind == "session_expired":
            self._emulator.oauth.expire_session(self._bearer())
        elif kind == "grant_revoked":
            self._emulator.oauth.grants.clear()

    def _act_late(self, fault: Fault, steps: list[str], raw: bytes) -> None:
        """Say nothing and hang up; what was asked for is done when nobody waits for it any more."""

        def act() -> None:
            try:
                response, _, _ = self._answered(steps, raw)
                self._remember(raw, response.status)
            finally:
                self._emulator.faults.late(-1)

        self._emulator.faults.late(1)
        timer = threading.Timer(fault.delay_ms / 1000, act)
        timer.daemon = True
        timer.start()
        time.sleep(fault.hang_ms / 1000)
        self._hang_up()

    def _met_after(self, fault: Fault, response: Response) -> bool:
        """Mishaps that befall an answer on its way; True where it is not to be sent any more."""
        if fault.kind in ("drop_after_commit", "rotation_lost"):
            self._hang_up()
        elif fault.kind in ("reset_mid_body", "truncated_json"):
            self._send_half(response, told_whole=fault.kind == "reset_mid_body")
        elif fault.kind == "html_page":
            self._send(Response(fault.status), html=staging.page(fault.status))
        else:
            return False
        return True

    def _send_half(self, response: Response, *, told_whole: bool) -> None:
        """Half a body: of an answer that promised the whole and broke off, or of one that seems
        complete."""
        body = json.dumps(response.body).encode()
        half = body[: len(body) // 2]
        self.send_response(response.status if response.status not in (204, 304) else 200)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(body if told_whole else half)))
        self.end_headers()
        self.wfile.write(half)
        if told_whole:
            self._hang_up()

    def _hang_up(self) -> None:
        """Break the connection; the client may have been faster."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _answered(self, steps: list[str], raw: bytes) -> tuple[Response, str | None, str | None]:
        """(response, HTML, redirect) of one request to the org."""
        with self._org.lock:
            self._org.acting = ""
            if steps[:2] == ["services", "oauth2"]:
                return self._oauth(steps[2] if len(steps) > 2 else "", raw)
            if steps[0] == "id":
                return self._identity(), None, None
            if steps == ["services", "data"]:
                versions = [
                    {"label": _LABELS.get(v, v), "url": f"/services/data/v{v}", "version": v}
                    for v in rest.VERSIONS
                ]
                return Response(200, versions), None, None
            if steps[:2] == ["services", "data"]:
                return self._data(raw), None, None
        return Response(404), "<html><body>URL No Longer Exists</body></html>", None

    def _data(self, raw: bytes) -> Response:
        user_id = self._user()
        kind = (self.headers.get("Authorization") or "Bearer").split(" ")[0]
        if kind not in ("Bearer", "OAuth"):
            return Response(401, _error(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"))
        if user_id is None:
            refused = _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
            return Response(401, refused, {"WWW-Authenticate": "Token"})
        limited = self._fault is not None and self._fault.kind == "daily_limit"
        if limited or self._org.used >= self._org.daily_limit:
            response = Response(
                403, _error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            )
        else:
            self._org.used += 1
            response = self._counted(raw, user_id)
        used = self._org.daily_limit if limited else self._org.used
        usage = {"Sforce-Limit-Info": f"api-usage={used}/{self._org.daily_limit}"}
        return Response(response.status, response.body, {**response.headers, **usage})

    def _counted(self, raw: bytes, user_id: str) -> Response:
        """The answer to a request that counts, however it ends."""
        if raw and "json" not in (self.headers.get("Content-Type") or ""):
            return Response(
                415, _error(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json")
            )
        body = _json(raw)
        if raw and body is None:
            return Response(
                400, _error(400, "JSON_PARSER_ERROR", "Unexpected character at [line:1, column:1]")
            )
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._org.acting = user_id
        return self._asked(Request(self.command, self.path, body, headers, user_id))

    def _asked(self, request: Request) -> Response:
        """The org's answer, with what is staged for the request."""
        fault, asked = self._fault, request
        if fault is not None and fault.kind == "concurrent_limit":
            error = staging.refusal(fault.kind)
            return Response(error.status, error.single())
        if fault is not None and fault.kind in ROWS:
            doomed = staging.staged(
                fault.kind, request, fault.sub, fault.status, fault.body, committed=fault.committed
            )
            if isinstance(doomed, Response):
                return doomed
            asked = doomed
        return rest.answer(self._org, asked)

    def _oauth(self, name: str, raw: bytes) -> tuple[Response, str | None, str | None]:
        form = {
            key: values[0] for key, values in parse_qs(raw.decode(), keep_blank_values=True).items()
        }
        try:
            if name == "authorize":
                return self._authorize(form)
            if name == "token":
                return (
                    Response(200, self._emulator.oauth.token(form, self._emulator.url)),
                    None,
                    None,
                )
            if name == "introspect":
                return (
                    Response(200, self._emulator.oauth.introspect(form.get("token", ""))),
                    None,
                    None,
                )
            if name == "revoke":
                self._emulator.oauth.revoke(form.get("token", ""))
                return Response(200), None, None
            if name == "userinfo":
                return self._identity(), None, None
        except OAuthError as error:
            return Response(400, error.body), None, None
        return Response(404), "<html><body>URL No Longer Exists</body></html>", None

    def _authorize(self, form: dict[str, str]) -> tuple[Response, str | None, str | None]:
        """Login page, then consent page, then back to the app."""
        if self.command == "GET":
            query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            try:
                self._emulator.oauth.check_authorize(query)
            except OAuthError as error:
                words = str(error.body["error_description"])
                return Response(400), pages.error_page(str(error.body["error"]), words), None
            return Response(200), pages.login_page(query, self._emulator.users()), None
        if form.get("step") == "login":
            query = {
                key: value
                for key, value in form.items()
                if key not in ("step", "username", "password")
            }
            return Response(200), pages.consent_page(query, form.get("username", "")), None
        if form.get("decision") != "allow":
            return Response(302), None, self._emulator.oauth.deny(form)
        users = self._org.rows["User"].values()
        user = next(
            (row for row in users if row["Username"] == form.get("username") and row["IsActive"]),
            None,
        )
        if user is None:
            return Response(400), pages.error_page("invalid_grant", "authentication failure"), None
        return Response(302), None, self._emulator.oauth.allow(form, str(user["Id"]))

    def _identity(self) -> Response:
        """Who the bearer is; a bad token at the identity URL gets plain words, not JSON (§1.6)."""
        user_id = self._user()
        if user_id is not None:
            return Response(200, self._emulator.oauth.identity(user_id, self._emulator.url))
        return Response(
            403,
            Plain(
                "Bad_OAuth_Token" if self.headers.get("Authorization") else "Missing_OAuth_Token"
            ),
        )

    def _user(self) -> str | None:
        scheme = (self.headers.get("Authorization") or "").partition(" ")[0]
        return (
            self._emulator.oauth.user_of(self._bearer()) if scheme in ("Bearer", "OAuth") else None
        )

    def _bearer(self) -> str:
        return (self.headers.get("Authorization") or "").partition(" ")[2]

    def _send(
        self, response: Response, *, html: str | None = None, location: str | None = None
    ) -> None:
        empty = response.status in (204, 304) or (response.body is None and html is None)
        plain = isinstance(response.body, Plain)
        text = (
            html if html is not None else str(response.body) if plain else json.dumps(response.body)
        )
        body = b"" if empty else text.encode()
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if location is not None:
            self.send_header("Location", location)
        if not empty:
            kind = (
                "text/html" if html is not None else "text/plain" if plain else "application/json"
            )
            self.send_header("Content-Type", f"{kind};charset=UTF-8")
        if response.status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _remember(self, raw: bytes, status: int) -> None:
        text = raw.decode("utf-8", "replace")
        line: dict[str, Json] = {
            "method": self.command,
            "path": self.path,
            "body": text,
            "status": status,
        }
        self._emulator.requests.append(line)

    @property
    def _emulator(self) -> Emulator:
        return self.server.emulator

    @property
    def _org(self) -> Org:
        return self.server.emulator.org


def _json(raw: bytes) -> Json:
    try:
        document: Json = json.loads(raw, parse_constant=_no_constant) if raw else None
    except ValueError:
        return None
    return document


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


def _error(status: int, code: str, message: str) -> Json:
    return SalesforceError(status, code, message).single()
