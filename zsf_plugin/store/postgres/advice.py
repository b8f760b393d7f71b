"""What to do about an error of PostgreSQL, by its SQLSTATE. Knows no statement.

No message quotes the server's: it may contain values of a row.
"""

from __future__ import annotations

import psycopg

from zsf_plugin.errors import StoreUnavailable

_REACH = (
    "cannot be reached: check that the server runs, and the host and port in ZSF_DATABASE_URL; "
    "events are refused until then"
)
#: What to do, by SQLSTATE or its first two characters.
ADVICE = {
    "08": _REACH,
    "57P": "is starting or stopping: wait; what was under way was rolled back",
    "57014": "took too long to answer: look for what keeps the server busy",
    "28": "refused the sign-in: check user and password in ZSF_DATABASE_URL",
    "3D": "is not there: create it, or name another one in ZSF_DATABASE_URL",
    "42501": "does not let this user work: grant it CREATE on the database, or on its schema zsf",
    "25006": "is read-only: name the primary server in ZSF_DATABASE_URL, not a standby",
    "53100": "cannot grow, the server's disk is full: free some space; nothing was changed",
    "53300": "has no connection left: raise max_connections, or run fewer processes",
    "53": "has no resources left: look at the server's memory and disk; nothing was changed",
    "55P03": "is busy: another process holds what this one needs; nothing was changed",
    "25P03": "ended a transaction that this process left open for too long; nothing was changed",
    "40": "is busy: another process was first; nothing was changed",
    "XX": "is damaged: restore a backup, and look at the server's log",
}
_OTHER = (
    "cannot be used: check that its schema zsf is the plugin's own and that this version fits it"
)


def unavailable(name: str, error: psycopg.Error) -> StoreUnavailable:
    """The error for one of PostgreSQL's or of its pool, with what to do."""
    return StoreUnavailable(f"the database {name} {_advice(error)}")


def _advice(error: psycopg.Error) -> str:
    state = error.sqlstate
    if state is None:  # no server has answered
        is_about_reaching = isinstance(error, psycopg.OperationalError)
        return f"{_REACH} ({type(error).__name__})" if is_about_reaching else _OTHER
    for length in (5, 3, 2):
        if state[:length] in ADVICE:
            return f"{ADVICE[state[:length]]} (PostgreSQL: {state})"
    return f"{_OTHER} (PostgreSQL: {state})"
