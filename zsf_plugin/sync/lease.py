"""Leases kept alive: who this process is, whether another still lives, and a heart that beats while
a drain works."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Protocol

from zsf_plugin.errors import Fenced, StoreUnavailable
from zsf_plugin.ports import Clock, Fence, Store

#: A lease without a heartbeat lives so long (design §8); it beats three times in that span.
LEASE_S = 15.0
_BEAT_S = LEASE_S / 3


class Identity(Protocol):
    """Names for lease owners, and the question whether one is dead (only ever answered for this
    machine)."""

    def new_owner(self) -> str:
        """A name no other drain has, telling machine and process."""
        ...

    def is_dead(self, owner: str) -> bool:
        """Whether that owner was a process of this machine and is gone."""
        ...


class Heartbeat:
    """Keeps a lease while its block runs, and gives it back at the end."""

    def __init__(self, store: Store, fence: Fence, clock: Clock) -> None:
        self._store = store
        self._fence = fence
        self._clock = clock
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="zsf-heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._store.release_lease(self._fence)

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT_S):
            try:
                self._store.renew_lease(self._fence, self._clock.now(), ttl_s=LEASE_S)
            except Fenced:
                return  # the drain finds out when it settles: that is fenced too
            except StoreUnavailable:
                continue  # a busy database; the lease outlives two missed beats
