"""The lease for draining an org: how long it lives, who holds it, and the heartbeat that renews it.

Takes none: `context` does.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from zsf_plugin.errors import Fenced, Log, StoreUnavailable, place_of
from zsf_plugin.ports import ORG_LEASE
from zsf_plugin.sync.leases import holder_of

if TYPE_CHECKING:
    from zsf_plugin.ports import Clock, Fence, Store
    from zsf_plugin.sync.leases import Holder, Owners

_log = Log("zsf_plugin.sync")

#: A lease that is not renewed lasts this long (design §8); the heartbeat renews it three times.
LEASE_S = 15.0
HEARTBEAT_INTERVAL_S = LEASE_S / 3


@dataclass(slots=True, eq=False)
class _Lease:
    """A lease that a drain of this process holds; `due` is when it is renewed next, by the
    monotonic clock."""

    store: Store
    fence: Fence
    clock: Clock
    due: float

    def renew(self) -> bool:
        """Renew it; False if another has it by now."""
        try:
            self.store.renew_lease(self.fence, self.clock.now(), ttl_s=LEASE_S)
        except Fenced:
            return False  # the drain notices when it settles, which is fenced too
        except StoreUnavailable:
            return True  # a busy database; the lease outlives two missed renewals
        except Exception as error:  # noqa: BLE001 - a defect must not end the other leases
            kind, place = type(error).__name__, place_of(error)
            _log.error("defect while renewing a lease: %s at %s", kind, place)
            return False
        return True


class _Heart:
    """Renews every lease that drains of this process hold, in one thread, which runs while there
    are any. What it knows changes under its lock."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start over, also in a forked child, which has none of its parent's threads."""
        # Taken itself: a `Condition` that a signal handler interrupts stays locked.
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.leases: set[_Lease] = set()
        self.renewing: _Lease | None = None
        self.thread: threading.Thread | None = None
        self.is_beating = False

    def run(self) -> None:
        """The body of the thread."""
        try:
            while (lease := self._next()) is not None:
                self._note(lease, is_ours=lease.renew())
        except BaseException:  # torn down: the next drain gets another thread
            with self.lock:
                self.is_beating = False
                self.changed.notify_all()
            raise

    def _next(self) -> _Lease | None:
        """Wait for the next lease to renew; None if no drain holds one any more."""
        with self.lock:
            while self.leases:
                first = min(self.leases, key=_DUE)
                wait_s = first.due - time.monotonic()
                if wait_s <= 0:
                    self.renewing = first
                    return first
                self.changed.wait(wait_s)
            self.is_beating = False
            self.changed.notify_all()
            return None

    def _note(self, lease: _Lease, *, is_ours: bool) -> None:
        with self.lock:
            self.renewing = None
            lease.due = time.monotonic() + HEARTBEAT_INTERVAL_S
            if not is_ours:
                self.leases.discard(lease)
            self.changed.notify_all()


_DUE = attrgetter("due")
#: The one heart of this process.
_heart = _Heart()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _heart.reset())


@contextmanager
def heartbeat(store: Store, fence: Fence, clock: Clock) -> Iterator[None]:
    """Renew a lease while the block runs, and release it at the end. Raises StoreUnavailable if no
    thread can be started for it: a lease that nobody renews ends in the middle of a batch."""
    heart, lease = _heart, _Lease(store, fence, clock, time.monotonic() + HEARTBEAT_INTERVAL_S)
    try:
        with heart.lock:
            if not heart.is_beating:
                thread = threading.Thread(target=heart.run, name="zsf-heartbeat", daemon=True)
                thread.start()
                heart.thread, heart.is_beating = thread, True
            heart.leases.add(lease)
            heart.changed.notify_all()
    except (RuntimeError, MemoryError) as error:
        store.release_lease(fence)
        raise StoreUnavailable(
            "no thread can be started to renew the lease, a limit of processes or memory is "
            "reached: raise it, or wait; nothing was changed"
        ) from error
    try:
        yield
    finally:
        with heart.lock:
            heart.leases.discard(lease)
            heart.changed.notify_all()
            while heart.renewing is lease or (heart.is_beating and not heart.leases):
                heart.changed.wait()
            ended = None if heart.is_beating else heart.thread
        if ended is not None:
            ended.join()  # the last drain leaves no thread
        store.release_lease(fence)


def holder_of_org(store: Store, owners: Owners, org_id: str) -> Holder | None:
    """Who holds the lease for draining that org; None if nobody does."""
    lease = store.lease(ORG_LEASE + org_id)
    return holder_of(lease, LEASE_S, owners) if lease is not None else None
