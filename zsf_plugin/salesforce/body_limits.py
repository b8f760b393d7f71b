"""Remembers the size of request that a gateway before an org refused (413), so that the next batch
is sent in parts at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.ports import Clock, Fact

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

#: A limit may be raised; then one request an hour finds it again.
MAX_AGE_S = 3600.0
#: How often a running process looks for what another one has learned.
READ_PERIOD_S = 60.0
#: Its name among the facts of an org.
_NAME = "body_limit"


class BodyLimit:
    """The bytes that the body of a request to the org may have. `bytes` is None until one was
    refused. With a store, all processes know what one has learned: those that start later at once,
    the others after a minute, or once they are refused themselves."""

    def __init__(self, clock: Clock, store: Store | None = None, org_id: str | None = None) -> None:
        self._clock = clock
        self._store = store
        self._org_id = org_id
        self._noted_at = -math.inf
        self._read_at = -math.inf
        self._refused_alone: int | None = None
        self.bytes: int | None = None
        self._load()

    def _load(self) -> None:
        """Learn what another process has stored since, if that is newer than what this one
        knows."""
        self._read_at = self._clock.now()
        if self._store is None or self._org_id is None:
            return
        with suppress(StoreUnavailable):
            stored = self._store.fact(self._org_id, _NAME)
            if stored is not None and stored.fetched_at > self._noted_at:
                self.bytes = stored.body if isinstance(stored.body, int) else None
                self._noted_at = stored.fetched_at

    def allows(self, measure: Callable[[], int]) -> bool:
        """Whether to try a body, which `measure` returns the bytes of: only if there is a limit,
        since it must be encoded for that."""
        if not 0 <= self._clock.now() - self._read_at < READ_PERIOD_S:
            self._load()
        self._expire()
        return self.bytes is None or measure() <= self.bytes

    def note_refused(self, size: int, *, is_alone: bool = False) -> None:
        """Record that a body of that many bytes was refused: half as much may pass. `is_alone`: it
        cannot be divided, so it may have been refused for what it holds."""
        if is_alone:
            self._refused_alone = size
            return
        self._load()
        self._expire()
        half = max(size // 2, 1)
        self._keep(half if self.bytes is None else min(self.bytes, half))

    def note_passed(self, measure: Callable[[], int]) -> None:
        """Record that a body got through, which `measure` returns the bytes of. If one like it was
        refused alone, that was not about the size, and there is no limit."""
        if self._refused_alone is not None and measure() > self._refused_alone // 2:
            self._refused_alone = None
            self._keep(None)

    def _expire(self) -> None:
        if self.bytes is not None and not 0 <= self._clock.now() - self._noted_at < MAX_AGE_S:
            self.bytes = None

    def _keep(self, limit: int | None) -> None:
        self.bytes, self._noted_at = limit, self._clock.now()
        if self._store is not None and self._org_id is not None:
            with suppress(StoreUnavailable):  # then this process alone remembers it
                self._store.save_fact(self._org_id, _NAME, Fact(limit, self._noted_at))
