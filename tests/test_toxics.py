"""Each toxic of the proxy does what its name says, and goes away."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.toxics import TOXICS, Proxy, Toxic

TIMEOUT_S = 10.0


class Echo:
    """A server that sends back what it is sent, and notes how its connections ended."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.received = b""
        self.ended = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(65536):
                    self.received += data
                    client.sendall(data)
            except OSError:
                pass
            self.ended.set()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    made = Echo()
    yield made
    made.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.port) as made:
        yield made


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    """A connection that has worked once."""
    with socket.create_connection(("127.0.0.1", proxy.port), TIMEOUT_S) as connected:
        assert exchanged(connected, b"hello") == b"hello"
        yield connected


def exchanged(client: socket.socket, data: bytes) -> bytes:
    client.sendall(data)
    answer = b""
    while len(answer) < len(data) and (part := client.recv(65536)):
        answer += part
    return answer


def is_reset(client: socket.socket) -> bool:
    try:
        client.sendall(b"more")
        client.recv(1)
    except (ConnectionResetError, BrokenPipeError):
        return True
    return False


def has_ended(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "toxic",
    [
        Toxic("latency", 5),
        Toxic("bandwidth", 1000),
        Toxic("slicer", 3),
        Toxic("slow_close", 5),
    ],
    ids=lambda toxic: toxic.kind,
)
def test_what_only_slows_down_changes_nothing(
    proxy: Proxy, client: socket.socket, toxic: Toxic
) -> None:
    proxy.disturb(toxic)
    assert exchanged(client, b"0123456789" * 50) == b"0123456789" * 50


def test_latency_is_waited_for_each_way(proxy: Proxy, client: socket.socket) -> None:
    proxy.disturb(Toxic("latency", 20))
    began = time.monotonic()
    exchanged(client, b"late")
    assert time.monotonic() - began >= 0.04


def test_a_slicer_sends_small_pieces() -> None:
    slicer = TOXICS["slicer"]
    assert list(slicer(None, "down", iter([b"abcde"]), 2)) == [b"ab", b"cd", b"e"]  # type: ignore[arg-type]


def test_down_resets_what_is_open_and_refuses_what_is_new(
    proxy: Proxy, client: socket.socket
) -> None:
    proxy.disturb(Toxic("down"))
    assert is_reset(client)
    with (
        pytest.raises(ConnectionResetError),
        socket.create_connection(("127.0.0.1", proxy.port), TIMEOUT_S) as other,
    ):
        other.recv(1)
    proxy.heal()
    with socket.create_connection(("127.0.0.1", proxy.port), TIMEOUT_S) as other:
        assert exchanged(other, b"back") == b"back"


def test_a_timeout_delivers_nothing_and_then_ends(
    proxy: Proxy, client: socket.socket, echo: Echo
) -> None:
    proxy.disturb(Toxic("timeout", 10))
    client.sendall(b"lost")
    assert client.recv(1) == b""
    assert echo.received == b"hello"


def test_a_timeout_without_end_ends_when_it_is_taken_away(
    proxy: Proxy, client: socket.socket, echo: Echo
) -> None:
    proxy.disturb(Toxic("timeout", 0, "down"))
    client.sendall(b"done")
    deadline = time.monotonic() + TIMEOUT_S
    while echo.received != b"hellodone" and time.monotonic() < deadline:
        threading.Event().wait(0.001)
    client.settimeout(0.05)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.settimeout(TIMEOUT_S)
    proxy.heal()
    assert has_ended(client)


def test_a_peer_is_reset_when_it_sends(proxy: Proxy, client: socket.socket, echo: Echo) -> None:
    proxy.disturb(Toxic("reset_peer", 0))
    assert is_reset(client)
    assert echo.ended.wait(TIMEOUT_S)
    assert echo.received == b"hello"


def test_a_half_closed_connection_ends_for_one_side_only(
    proxy: Proxy, client: socket.socket, echo: Echo
) -> None:
    proxy.disturb(Toxic("half_closed", way="down"))
    client.sendall(b"answer me")
    assert client.recv(1) == b""  # the answer is lost
    assert echo.received == b"helloanswer me"
    client.close()
    assert not echo.ended.wait(0.05)  # the server does not learn of it
    proxy.heal()
    assert echo.ended.wait(TIMEOUT_S)


def test_a_connection_that_ends_is_ended_on_the_other_side(
    proxy: Proxy, client: socket.socket, echo: Echo
) -> None:
    client.close()
    assert echo.ended.wait(TIMEOUT_S)
    with proxy.changed:
        assert proxy.changed.wait_for(lambda: not proxy._links, TIMEOUT_S)


def test_every_toxic_is_tried_here() -> None:
    assert set(TOXICS) == {
        *("latency", "down", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer"),
        "half_closed",
    }
