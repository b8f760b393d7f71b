"""The lease for draining an org: how long it lives, who holds it, and the heartbeat that renews it.

Takes none: `context` does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from zsf_plugin.errors import Fenced, StoreUnavailable
from zsf_plugin.ports import ORG_LEASE, Clock, Fence, Store
from zsf_plugin.sync.leases import Holder, Owners, holder_of

#: A lease that is not renewed lasts this long (design §8); the heartbeat renews it three times.
LEASE_S = 15.0
HEARTBEAT_INTERVAL_S = LEASE_S / 3


@contextmanager
def heartbeat(store: Store, fence: Fence, clock: Clock) -> Iterator[None]:
    """Renew a lease while the block runs, and release it at the end. Raises StoreUnavailable if no
    thread can be started for it: a lease that nobody renews ends in the middle of a batch."""
    ended = threading.Event()
    beats = (store, fence, clock, ended)
    thread = threading.Thread(
        target=_renew_until_ended, args=beats, name="zsf-heartbeat", daemon=True
    )
    try:
        thread.start()
    except (RuntimeError, MemoryError) as error:
        store.release_lease(fence)
        raise StoreUnavailable(
            "no thread can be started to renew the lease, a limit of processes or memory is "
            "reached: raise it, or wait; nothing was changed"
        ) from error
    try:
        yield
    finally:
        ended.set()
        thread.join()
        store.release_lease(fence)


def _renew_until_ended(store: Store, fence: Fence, clock: Clock, ended: threading.Event) -> None:
    while not ended.wait(HEARTBEAT_INTERVAL_S):
        try:
            store.renew_lease(fence, clock.now(), ttl_s=LEASE_S)
        except Fenced:
            return  # the drain notices when it settles, which is fenced too
        except StoreUnavailable:
            continue  # a busy database; the lease outlives two missed renewals


def holder_of_org(store: Store, owners: Owners, org_id: str) -> Holder | None:
    """Who holds the lease for draining that org; None if nobody does."""
    lease = store.lease(ORG_LEASE + org_id)
    return holder_of(lease, LEASE_S, owners) if lease is not None else None
