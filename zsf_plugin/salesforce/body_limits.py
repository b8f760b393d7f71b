"""Remembers the size of request that a gateway before an org refused (413), so that the next batch
is sent in parts at once."""

from __future__ import annotations

from zsf_plugin.ports import Clock

#: A limit may be raised; then one request an hour finds it again.
MAX_AGE_S = 3600.0


class BodyLimit:
    """The bytes that the body of a request may have. `bytes` is None until one was refused."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted_at = 0.0
        self.bytes: int | None = None

    def allows(self, size: int) -> bool:
        """Whether to try a body of that many bytes."""
        if self.bytes is not None and not 0 <= self._clock.now() - self._noted_at < MAX_AGE_S:
            self.bytes = None
        return self.bytes is None or size <= self.bytes

    def note_refused(self, size: int) -> None:
        """Record that a body of that many bytes was refused: half as much may pass."""
        half = max(size // 2, 1)
        self.bytes = half if self.bytes is None else min(self.bytes, half)
        self._noted_at = self._clock.now()
