"""Connections to PostgreSQL, whoever uses them: where their tables are, and how long each of their
waits may last. Holds no statement, and loads psycopg.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import Row as AnyRow

if TYPE_CHECKING:
    from psycopg.abc import PQGen

#: A server that does not answer for so long (seconds) is taken for gone, and so is the connection.
ANSWER_TIMEOUT_S = 30.0
#: How long a transaction may wait for a lock, or between two of its statements, in seconds: that of
#: a machine that was stopped inside one ends before others give up waiting for its locks.
LOCK_TIMEOUT_S = 10.0
IDLE_TIMEOUT_S = 8.0
CONNECT_TIMEOUT_S = 10

_OPTIONS: Mapping[str, str] = {
    "lock_timeout": f"{LOCK_TIMEOUT_S:g}s",
    "statement_timeout": f"{ANSWER_TIMEOUT_S:g}s",
    "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT_S:g}s",
    "client_encoding": "UTF8",
    "synchronous_commit": "on",
}
#: What libpq needs to notice a peer that is gone, beside what the URL says.
_PARAMETERS: Mapping[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "application_name": "zsf-plugin",
}


class LimitedConnection(psycopg.Connection[AnyRow]):
    """A connection that does not wait for ever for an answer."""

    #: In seconds; longer than the server lets a statement run, which then says so itself.
    answer_timeout_s: ClassVar[float] = ANSWER_TIMEOUT_S + 5

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's. Raises OperationalError."""
        return super().wait(gen, interval, timeout or self.answer_timeout_s)


class LimitedAsyncConnection(psycopg.AsyncConnection[AnyRow]):
    """The same, asynchronous; it is closed once it has waited for too long."""

    answer_timeout_s: ClassVar[float] = ANSWER_TIMEOUT_S + 5

    async def wait(
        self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None
    ) -> Any:
        """As psycopg's. Raises OperationalError."""
        try:
            return await super().wait(gen, interval, timeout or self.answer_timeout_s)
        except psycopg.OperationalError:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


def conninfo_of(url: str, schema: str) -> str:
    """How to connect to the database at that URL: with our parameters where it sets none. Its own
    options count too, but not another place for the tables than that schema."""
    given = conninfo_to_dict(url)
    missing = {name: value for name, value in _PARAMETERS.items() if name not in given}
    options = [f"-c {name}={value}" for name, value in _OPTIONS.items()]
    options += [str(given.get("options") or ""), f"-c search_path={schema}"]
    return make_conninfo(url, **missing, options=" ".join(options))


def is_usable(url: str) -> bool:
    """Whether libpq understands the URL."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # its text quotes the URL, which may hold a password
        return False
    return True


def shown_name(url: str) -> str:
    """The database without user and password, as messages name it."""
    given = conninfo_to_dict(url)
    host, port = given.get("host", "localhost"), given.get("port", "5432")
    return f"postgresql://{host}:{port}/{given.get('dbname', '')}"
