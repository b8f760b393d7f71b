"""The wire: what was never sent, what was lost, and what is not followed."""

from __future__ import annotations

import gzip
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from zsf_plugin.errors import NotSent, OutcomeUnknown, Unavailable
from zsf_plugin.salesforce import http
from zsf_plugin.salesforce.http import Http

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


def test_a_proxy_or_netrc_of_the_environment_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(plain(200)) as (url, seen):
        Http().send("GET", url, headers={"Authorization": "Bearer x"})
        assert seen[0]["Authorization"] == "Bearer x"


@pytest.mark.parametrize("writes", [True, False])
def test_a_refused_connection_was_never_sent(writes: bool) -> None:
    with pytest.raises(NotSent):
        Http().send("POST", "http://127.0.0.1:9/", headers={}, writes=writes)


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer a\nb"}])
def test_a_request_that_may_not_be_formed_was_never_sent(headers: dict[str, str]) -> None:
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


def test_an_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_MAX_BYTES", 1000)
    with serving(plain(200, b"x" * 2000)) as (url, _):
        with pytest.raises(Unavailable):
            Http().send("GET", url, headers={})
        with pytest.raises(OutcomeUnknown):
            Http().send("POST", url, headers={}, writes=True)


def test_a_server_that_never_speaks_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(OutcomeUnknown):
            Http(read_s=0.05).send("POST", url, headers={}, writes=True)


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
