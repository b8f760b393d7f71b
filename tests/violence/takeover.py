"""A worker that is stopped with a lookup out, until another has taken over its lease and its work, and
then goes on with what it was about to send: the store's fence alone keeps that from being sent twice
in an org without our external ID.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence

import psycopg
from psycopg.rows import TupleRow

from tests.violence.processes import EmulatorProcess

#: Seconds for a worker to ask the org.
_LOOKUP_TIMEOUT_S = 40.0
_LOOKUP = {"path_contains": "/composite", "body_contains": "FROM%20Account%20WHERE"}
#: The machine is the first part of an owner's name.
_HOLDER = """
    SELECT split_part(owner, '/', 1), epoch FROM zsf.leases
    WHERE name = 'org:' || (SELECT org_id FROM zsf.connections WHERE workspace = %s)
"""
_WAITING = """
    SELECT count(*) FROM zsf.entries
    WHERE workspace = ANY(%s) AND state IN ('pending', 'writing')
"""


class Takeover:
    """One takeover, in that org, to which these workspaces belong. `wait` polls a condition for at
    most a number of seconds, and returns whether it came to hold."""

    def __init__(
        self,
        database: str,
        org: EmulatorProcess,
        workspaces: Sequence[str],
        wait: Callable[[Callable[[], bool], float], bool],
    ) -> None:
        self._database, self._org, self._wait = database, org, wait
        self._workspaces = list(workspaces)

    def hold_next_lookup(self) -> None:
        """Have the org keep the next lookup back."""
        self._org.control("POST", "faults", {"kind": "delay", "held": True, "match": _LOOKUP})

    def run(self, workers: Mapping[str, subprocess.Popen[str]], timeout_s: float) -> bool:
        """Stop the worker whose lookup is kept back, by its machine, until all is done without it.
        False if none has asked in time, or the others took longer than that."""
        with psycopg.connect(self._database, autocommit=True) as looking:
            try:
                if not self._wait(self._is_lookup_out, _LOOKUP_TIMEOUT_S):
                    return False
                machine, epoch = self._holder(looking)
                workers[machine].send_signal(signal.SIGSTOP)
            finally:
                self._org.control("DELETE", "faults")

            def is_done() -> bool:
                return self._holder(looking)[1] > epoch and not self._waiting(looking)

            was_done = self._wait(is_done, timeout_s)
            workers[machine].send_signal(signal.SIGCONT)
            return was_done

    def _is_lookup_out(self) -> bool:
        return bool(self._org.control("GET", "faults")["met"])

    def _holder(self, looking: psycopg.Connection[TupleRow]) -> tuple[str, int]:
        """The machine that has the org's lease, and the lease's epoch."""
        found = looking.execute(_HOLDER, [self._workspaces[0]]).fetchone()
        assert found is not None
        return str(found[0]), int(found[1])

    def _waiting(self, looking: psycopg.Connection[TupleRow]) -> int:
        """How many entries of the org's workspaces wait."""
        found = looking.execute(_WAITING, [self._workspaces]).fetchone()
        assert found is not None
        return int(found[0])
