"""The console's HTTP server: only on this machine, with persistent connections and a clean end."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from zsf_plugin.console.server import HOST, Server
from zsf_plugin.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def page(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes, str | None]:
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers["Server"]


def test_it_listens_only_on_this_machine_and_names_no_software() -> None:
    with Server(0, lambda: None) as server:
        server.app = page
        assert server._server.socket.getsockname() == (HOST, server.port)
        connection = http.client.HTTPConnection(HOST, server.port, timeout=20)
        assert get(connection, "/one") == (200, b"GET /one", "zsf")
        connection.close()


def test_a_connection_serves_several_requests() -> None:
    with Server(0, lambda: None) as server:
        server.app = page
        connection = http.client.HTTPConnection(HOST, server.port, timeout=20)
        get(connection, "/one")
        kept = connection.sock
        assert get(connection, "/two")[1] == b"GET /two"
        assert connection.sock is kept
        connection.close()


def test_without_an_app_the_server_asks_to_retry() -> None:
    with Server(0, lambda: None) as server:
        connection = http.client.HTTPConnection(HOST, server.port, timeout=20)
        assert get(connection, "/")[0] == 503
        connection.close()


def test_it_stops_despite_an_open_connection_and_reports_its_end() -> None:
    ended = threading.Event()
    with Server(0, ended.set) as server:
        server.app = page
        connection = http.client.HTTPConnection(HOST, server.port, timeout=20)
        get(connection, "/")
        assert not ended.is_set()
    assert ended.is_set()
    assert not server._thread.is_alive()
    connection.close()
    with socket.socket() as again:
        assert again.connect_ex((HOST, server.port)) != 0


def test_a_port_in_use_is_reported_with_the_systems_reason() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as caught:
            Server(port, lambda: None)
    assert f"port {port} cannot be used (Address already in use)" in str(caught.value)


def test_a_socket_from_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.2", 0)) as other:
        monkeypatch.setenv("LISTEN_PID", "1")
        monkeypatch.setattr(socket, "fromfd", lambda *_: other.dup())
        with pytest.raises(ConfigurationError):
            Server(0, lambda: None)
