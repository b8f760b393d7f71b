"""The wire: what was never sent, what was lost, and what is not followed."""

from __future__ import annotations

import gzip
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError
from urllib3.exceptions import SSLError as TlsError

from zsf_plugin.errors import NotSent, OutcomeUnknown, Unavailable
from zsf_plugin.salesforce import http
from zsf_plugin.salesforce.http import Http
from zsf_plugin.settings import Network, from_environment


def network_of(**environment: str) -> Network:
    """How Salesforce is reached in that environment."""
    return from_environment(environment).network


Serve = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(serve: Serve) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server of one trick: (its address, the headers of each request)."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            serve(self)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()


def plain(status: int, body: bytes = b"", **headers: str) -> Serve:
    def serve(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return serve


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def half(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"half")


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    with serving(plain(status, Location="http://127.0.0.1:9/")) as (url, seen):
        assert Http().send("GET", url, headers={"Authorization": "Bearer x"}).status == status
        assert len(seen) == 1


def test_a_300_is_an_answer() -> None:
    with serving(plain(300, b"[]")) as (url, _):
        assert Http().send("GET", url, headers={}).body == b"[]"


def test_cookies_are_not_kept() -> None:
    with serving(plain(200, Set_Cookie="BrowserId=x; Path=/")) as (url, seen):
        wire = Http()
        wire.send("GET", url, headers={})
        wire.send("GET", url, headers={})
        assert "Cookie" not in seen[1]


def test_gzip_is_unpacked() -> None:
    with serving(plain(200, gzip.compress(b"{}"), Content_Encoding="gzip")) as (url, _):
        assert Http().send("GET", url, headers={}).body == b"{}"


def test_no_proxy_is_asked_for_this_machine_and_no_netrc_replaces_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login ada password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    network = network_of(HTTPS_PROXY="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9")
    with serving(plain(200)) as (url, seen):
        Http(network=network).send("GET", url, headers={"Authorization": "Bearer x"})
        assert seen[0]["Authorization"] == "Bearer x"


@pytest.mark.parametrize("writes", [True, False])
def test_a_refused_connection_was_never_sent(writes: bool) -> None:
    with pytest.raises(NotSent):
        Http().send("POST", "http://127.0.0.1:9/", headers={}, writes=writes)


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer a\nb"}])
def test_a_request_that_cannot_be_built_was_never_sent(headers: dict[str, str]) -> None:
    with pytest.raises(NotSent):
        Http().send("POST", "http://127.0.0.1:9/", headers=headers, writes=True)


@pytest.mark.parametrize("serve", [hang_up, half])
def test_a_broken_answer_is_unknown_for_a_write_and_unavailable_for_a_read(serve: Serve) -> None:
    with serving(serve) as (url, _):
        with pytest.raises(OutcomeUnknown):
            Http().send("POST", url, headers={}, writes=True)
        with pytest.raises(Unavailable) as caught:
            Http().send("GET", url, headers={})
        assert not isinstance(caught.value, NotSent)


def test_an_answer_that_is_too_large_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_MAX_BODY_BYTES", 1000)
    with serving(plain(200, b"x" * 1001)) as (url, _):
        with pytest.raises(Unavailable) as unavailable:
            Http().send("GET", url, headers={})
        with pytest.raises(OutcomeUnknown) as unknown:
            Http().send("POST", url, headers={}, writes=True)
    assert unavailable.value.code == unknown.value.code == "too_large"


def test_an_answer_of_the_largest_size_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_MAX_BODY_BYTES", 1000)
    with serving(plain(200, b"x" * 1000)) as (url, _):
        assert len(Http().send("GET", url, headers={}).body) == 1000


def test_a_silent_server_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(OutcomeUnknown, match=r"no answer came within 0\.05 seconds"):
            Http(read_s=0.05).send("POST", url, headers={}, writes=True)
        with pytest.raises(Unavailable, match=r"no answer came within 0\.05 seconds"):
            Http(read_s=0.05).send("GET", url, headers={})


def test_a_server_without_tls_gets_no_plain_text_and_no_trust() -> None:
    with serving(hang_up) as (url, seen), pytest.raises((NotSent, OutcomeUnknown)):
        Http().send("POST", url.replace("http:", "https:"), headers={}, writes=True)
    assert seen == []


def test_a_forked_process_opens_connections_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(plain(200)) as (url, _):
        wire = Http()
        wire.send("GET", url, headers={})
        before = wire._open()
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert wire._open() is not before


def test_a_failure_names_its_kind_and_never_the_address() -> None:
    with pytest.raises(NotSent) as caught:
        Http().send("GET", "http://127.0.0.1:9/query?q=secret%40x.example", headers={})
    assert "secret" not in str(caught.value)


# What is handed to `requests`, and how its failures are reported


URL = "https://acme.my.salesforce.com/services/data/v68.0/query"


@dataclass
class Sent:
    """A request as it reached the wire."""

    adapter: HTTPAdapter
    request: requests.PreparedRequest
    options: dict[str, Any]


@dataclass
class Wire:
    """A fake network: each request gets the body, or fails as configured."""

    body: Any = field(default_factory=BytesIO)
    failure: Exception | None = None
    sent: list[Sent] = field(default_factory=list)

    def send(
        self, adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        self.sent.append(Sent(adapter, request, options))
        if self.failure is not None:
            raise self.failure
        response = requests.Response()
        response.status_code = 200
        response.raw = self.body
        response.headers = CaseInsensitiveDict({"Sforce-Limit-Info": "api-usage=1/5"})
        return response


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    played = Wire()

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> Any:
        return played.send(adapter, request, **options)

    monkeypatch.setattr(HTTPAdapter, "send", send)
    return played


def test_a_request_is_sent_once_as_given_under_the_products_name(wire: Wire) -> None:
    Http().send("PATCH", URL, headers={"Accept": "application/json"}, body=b"{}", writes=True)
    (sent,) = wire.sent
    assert (sent.request.method, sent.request.url, sent.request.body) == ("PATCH", URL, b"{}")
    assert sent.request.headers["Accept"] == "application/json"
    assert sent.request.headers["User-Agent"] == "zsf-plugin"
    assert sent.adapter.max_retries.total == 0


def test_only_the_start_of_a_response_must_come_within_the_timeout(wire: Wire) -> None:
    Http().send("GET", URL, headers={})
    Http(read_s=7.0).send("GET", URL, headers={})
    assert [sent.options["timeout"] for sent in wire.sent] == [(10.0, 120.0), (10.0, 7.0)]
    assert wire.sent[0].options["stream"] is True


def test_an_answer_has_its_whole_body_and_its_headers_by_lower_case_name(wire: Wire) -> None:
    wire.body = BytesIO(b"x" * 150_000)
    answer = Http().send("GET", URL, headers={})
    assert answer == http.HttpResponse(200, {"sforce-limit-info": "api-usage=1/5"}, b"x" * 150_000)


class Endless:
    """A body without an end, read piece by piece."""

    def __init__(self) -> None:
        self.read_bytes = 0
        self.is_closed = False

    def read(self, size: int) -> bytes:
        self.read_bytes += size
        return b"x" * size

    def close(self) -> None:
        self.is_closed = True


def test_an_answer_without_an_end_is_cut_and_its_connection_closed(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_MAX_BODY_BYTES", 200_000)
    endless = wire.body = Endless()
    with pytest.raises(Unavailable):
        Http().send("GET", URL, headers={})
    assert endless.read_bytes < 300_000
    assert endless.is_closed


def test_requests_share_a_connection_until_it_is_closed(wire: Wire) -> None:
    http_ = Http()
    for _ in range(2):
        http_.send("GET", URL, headers={})
    http_.close()
    http_.send("GET", URL, headers={})
    first, second, third = [sent.adapter for sent in wire.sent]
    assert first is second
    assert third is not first


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[requests.Session]:
    """The sessions that were closed."""
    found: list[requests.Session] = []
    monkeypatch.setattr(requests.Session, "close", lambda session: found.append(session))
    return found


def test_the_session_is_closed_once(wire: Wire, closed: list[requests.Session]) -> None:
    http_ = Http()
    http_.close()
    assert closed == []
    http_.send("GET", URL, headers={})
    http_.close()
    http_.close()
    assert len(closed) == 1


def test_a_forked_process_closes_nothing_of_its_parents(
    wire: Wire, closed: list[requests.Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    http_ = Http()
    http_.send("GET", URL, headers={})
    monkeypatch.setattr(os, "getpid", lambda: -1)
    http_.close()
    assert closed == []


def tried(reason: Exception) -> MaxRetryError:
    """What `requests` wraps of a connection that failed."""
    return MaxRetryError(None, "/", reason)  # type: ignore[arg-type]


REFUSED = tried(NewConnectionError(None, "connection refused"))  # type: ignore[arg-type]
UNTRUSTED = tried(TlsError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"))
BROKEN = tried(TlsError("[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC] decryption failed"))


@pytest.mark.parametrize(
    "failure",
    [
        requests.exceptions.ConnectTimeout(),
        requests.exceptions.ConnectionError(REFUSED),
        requests.exceptions.SSLError(UNTRUSTED),
        requests.exceptions.InvalidHeader("a line break"),
    ],
)
@pytest.mark.parametrize("writes", [True, False])
def test_a_failure_before_anything_was_sent_raises_not_sent(
    wire: Wire, failure: Exception, *, writes: bool
) -> None:
    wire.failure = failure
    with pytest.raises(NotSent) as caught:
        Http().send("POST", URL, headers={}, writes=writes)
    assert (caught.value.code, caught.value.data, caught.value.retry_after_s) == (
        "connection",
        {"error": type(failure).__name__},
        30.0,
    )


@pytest.mark.parametrize(
    "failure",
    [
        requests.exceptions.SSLError(BROKEN),
        requests.exceptions.ConnectionError(ProtocolError("connection aborted")),
        requests.exceptions.ConnectionError(),
    ],
)
def test_a_failure_that_may_have_come_later_raises_outcome_unknown(
    wire: Wire, failure: Exception
) -> None:
    wire.failure = failure
    data = {"error": type(failure).__name__}
    with pytest.raises(OutcomeUnknown) as unknown:
        Http().send("POST", URL, headers={}, writes=True)
    assert (unknown.value.code, unknown.value.data) == ("connection", data)
    with pytest.raises(Unavailable) as unavailable:
        Http().send("GET", URL, headers={})
    assert type(unavailable.value) is Unavailable
    assert (unavailable.value.code, unavailable.value.data) == ("connection", data)
    assert unavailable.value.retry_after_s == 30.0


GARBAGE = b"\x1f\x8b\x08garbage"


def raw(head: str, body: bytes) -> Serve:
    """A response that is not what its head says."""

    def serve(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(f"HTTP/1.1 {head}\r\n\r\n".encode() + body)
        handler.close_connection = True

    return serve


@pytest.mark.parametrize(
    "serve",
    [
        plain(403, GARBAGE, Content_Encoding="gzip"),
        raw("403 Forbidden\r\nContent-Length: 500", b"<html>"),
        raw("403 Forbidden\r\nTransfer-Encoding: chunked", b"zz\r\n<html>"),
    ],
    ids=["garbage", "cut", "no chunks"],
)
def test_a_refusal_of_which_the_page_is_lost_is_a_refusal(serve: Serve) -> None:
    with serving(serve) as (url, _):
        answer = Http(5).send("POST", url, headers={}, body=b"{}", writes=True)
    assert (answer.status, answer.body) == (403, http.UNREADABLE)


def test_a_success_that_cannot_be_decoded_is_unreadable_and_one_that_is_cut_is_lost() -> None:
    with serving(plain(200, GARBAGE, Content_Encoding="gzip")) as (url, _):
        answer = Http(5).send("POST", url, headers={}, writes=True)
    assert (answer.status, answer.body) == (200, http.UNREADABLE)
    for status in (200, 502):
        with (
            serving(raw(f"{status} x\r\nContent-Length: 500", b"{")) as (url, _),
            pytest.raises(OutcomeUnknown),
        ):
            Http(5).send("POST", url, headers={}, writes=True)
