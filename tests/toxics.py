"""A proxy between clients and one server on this machine that disturbs their connections. Its
toxics have the names and meanings of toxiproxy's, and one more, `half_closed`.

A toxic acts on data that passes; `down` acts at once. When they are taken away, connections go on,
but those that lost data are reset.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

#: `up`: what the client sends. `down`: what the server sends.
Way: TypeAlias = Literal["up", "down"]
_SIZE = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST
_SLICES_OF_BANDWIDTH = 20  # a second
_CONNECT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Toxic:
    """One disturbance. `amount`: milliseconds of `latency`, `timeout` (0: for ever), `reset_peer`
    and `slow_close`; kilobytes a second of `bandwidth`; bytes of `slicer`. `way`: what it disturbs,
    None for both."""

    kind: str
    amount: float = 0.0
    way: Way | None = None


class _Over(Exception):
    """The connection ends."""


class _Link:
    """One connection of a client, and the one to the server that belongs to it."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._ends = proxy, {"up": (client, server), "down": (server, client)}
        self._open_ways = 2
        self.is_over = False
        self.has_lost_data = False

    def start(self) -> None:
        for way in ("up", "down"):
            threading.Thread(target=self._pump, args=(way,), daemon=True).start()

    def wait(self, seconds: float | None) -> None:
        """Wait so long (None: for ever), or until the toxics change or the link is over."""
        changed, version = self._proxy.changed, self._proxy.version
        with changed:
            changed.wait_for(lambda: self.is_over or self._proxy.version != version, seconds)

    def end(self, *, reset: bool) -> None:
        """End both connections, for the pumps to close them."""
        with self._proxy.changed:
            if self._open_ways == 0:
                return
            self.is_over = True
            self._proxy.changed.notify_all()
            for one in self._ends["up"]:
                with suppress(OSError):
                    if reset:
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    # without a FIN before the RST
                    one.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)

    def stop_sending(self, way: Way) -> None:
        """Send a FIN that way; the other way stays open."""
        with suppress(OSError):
            self._ends[way][1].shutdown(socket.SHUT_WR)

    def _pump(self, way: Way) -> None:
        source, target = self._ends[way]
        try:
            while not self.is_over and (data := source.recv(_SIZE)):
                for piece in self._proxy.pieces(self, way, data):
                    if self.is_over:
                        break
                    target.sendall(piece)
            for toxic in self._proxy.toxics_of(way):
                if toxic.kind == "slow_close" and not self.is_over:
                    self.wait(toxic.amount / 1000)
            if not (self.is_over or self.has_lost_data):
                self.stop_sending(way)
        except (_Over, OSError):
            self.end(reset=False)
        with self._proxy.changed:
            self._open_ways -= 1
            is_last = self._open_ways == 0
        if is_last:
            for one in (source, target):
                one.close()
            self._proxy.forget(self)


Pieces: TypeAlias = Iterator[bytes]


def _latency(link: _Link, way: Way, pieces: Pieces, amount: float) -> Pieces:
    for piece in pieces:
        link.wait(amount / 1000)
        yield piece


def _bandwidth(link: _Link, way: Way, pieces: Pieces, amount: float) -> Pieces:
    for part in _parts(pieces, max(1, int(amount * 1000 / _SLICES_OF_BANDWIDTH))):
        link.wait(len(part) / (amount * 1000))
        yield part


def _slicer(link: _Link, way: Way, pieces: Pieces, amount: float) -> Pieces:
    return _parts(pieces, max(1, int(amount)))


def _timeout(link: _Link, way: Way, pieces: Pieces, amount: float) -> Pieces:
    """Nothing is delivered any more."""
    yield from ()
    link.has_lost_data = True
    link.wait(amount / 1000 if amount else None)
    raise _Over


def _reset_peer(link: _Link, way: Way, pieces: Pieces, amount: float) -> Pieces:
    yield from ()
    link.wait(amount / 1000)
    link.end(reset=True)


def _half_closed(link: _Link, way: Way, pieces: Pieces, amount: float) -> Pieces:
    """The receiver hears that the other has ended; the other does not, and still sends."""
    yield from ()
    link.has_lost_data = True
    link.stop_sending(way)


def _unchanged(link: _Link, way: Way, pieces: Pieces, amount: float) -> Pieces:
    return pieces


def _parts(pieces: Pieces, size: int) -> Pieces:
    for piece in pieces:
        for start in range(0, len(piece), size):
            yield piece[start : start + size]


TOXICS: dict[str, Callable[[_Link, Way, Pieces, float], Pieces]] = {
    "latency": _latency,
    "down": _unchanged,  # no connection is left that it could act on
    "bandwidth": _bandwidth,
    "slow_close": _unchanged,  # acts when a connection ends
    "timeout": _timeout,
    "reset_peer": _reset_peer,
    "slicer": _slicer,
    "half_closed": _half_closed,
}


class Proxy:
    """Listens on `port` of this machine, and connects to another port for each client."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._toxics: tuple[Toxic, ...] = ()
        self.version = 0
        self.changed = threading.Condition()
        self._links: set[_Link] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def disturb(self, *toxics: Toxic) -> None:
        """Have these toxics, and no others, from now on."""
        assert all(toxic.kind in TOXICS for toxic in toxics)
        with self.changed:
            self._toxics, self.version = toxics, self.version + 1
            self.changed.notify_all()
            links = list(self._links)
        for link in links:
            if self._is_down() or link.has_lost_data:
                link.end(reset=True)

    def heal(self) -> None:
        """Disturb nothing any more."""
        self.disturb()

    def close(self) -> None:
        """Stop listening, and reset every connection."""
        self.disturb(Toxic("down"))
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def connections(self) -> int:
        """The number of open connections."""
        with self.changed:
            return len(self._links)

    def toxics_of(self, way: Way) -> list[Toxic]:
        """The toxics that disturb that way now."""
        return [toxic for toxic in self._toxics if toxic.way in (None, way)]

    def pieces(self, link: _Link, way: Way, data: bytes) -> Pieces:
        """What is sent of the data, piece by piece, each at its time."""
        pieces: Pieces = iter((data,))
        if link.has_lost_data:
            return iter(())
        for toxic in self.toxics_of(way):
            pieces = TOXICS[toxic.kind](link, way, pieces, toxic.amount)
        return pieces

    def forget(self, link: _Link) -> None:
        """Note that a link is closed."""
        with self.changed:
            self._links.discard(link)
            self.changed.notify_all()

    def _is_down(self) -> bool:
        return any(toxic.kind == "down" for toxic in self._toxics)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                if self._is_down():
                    raise ConnectionRefusedError
                server = socket.create_connection(("127.0.0.1", self._upstream), _CONNECT_TIMEOUT_S)
            except OSError:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                client.close()
                continue
            for one in (client, server):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = _Link(self, client, server)
            with self.changed:
                self._links.add(link)
            link.start()
