"""Leases kept alive: who this process is, whether another still lives, and a heart that beats while
a drain works."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from zsf_plugin.errors import Fenced, StoreUnavailable
from zsf_plugin.ports import Clock, Fence, Store

#: A lease without a heartbeat lives this long (design §8); it beats three times in that span.
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


@contextmanager
def heartbeat(store: Store, fence: Fence, clock: Clock) -> Iterator[None]:
    """Keep a lease while the block runs, and give it back at the end."""
    ended = threading.Event()
    beats = (store, fence, clock, ended)
    thread = threading.Thread(target=_beat, args=beats, name="zsf-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        store.release_lease(fence)


def _beat(store: Store, fence: Fence, clock: Clock, ended: threading.Event) -> None:
    while not ended.wait(_BEAT_S):
        try:
            store.renew_lease(fence, clock.now(), ttl_s=LEASE_S)
        except Fenced:
            return  # the drain finds out when it settles: that is fenced too
        except StoreUnavailable:
            continue  # a busy database; the lease outlives two missed beats
