"""Where the processes of a scenario keep their store: a file in its data folder, or a database of a
PostgreSQL server. Starts no server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

from tests.postgres import Server, binaries

Engine: TypeAlias = Literal["sqlite", "postgres"]
#: What machines with one database must have alike.
SECRET_KEY = "the key of all machines"


def variables(url: str | None) -> dict[str, str]:
    """The environment of a process whose store is there; by default in its data folder."""
    return {"ZSF_DATABASE_URL": url, "ZSF_SECRET_KEY": SECRET_KEY} if url else {}


@contextmanager
def own_server(*, synced: bool = False) -> Iterator[Server]:
    """A running server of this process. Raises FileNotFoundError without its programs."""
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("no PostgreSQL: install the extra `test`, or put `initdb` on PATH")
    server = Server(folder)
    try:
        server.start(synced=synced)
        yield server
    finally:
        server.remove()
