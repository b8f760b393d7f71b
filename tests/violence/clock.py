"""A clock that many processes share through one small file: it runs faster than real time, and can
be turned on.

Seconds of this clock = base + (real seconds since) × speed + what it was turned on by. A sleep is
shorter by the speed; with `leap` it turns the clock on instead, so that a wait of minutes costs
nothing.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import time
from pathlib import Path

BASE = 1_790_000_000.0
_LAYOUT = struct.Struct("=dddd?")
_SHORTEST_S = 0.002


class SharedClock:
    """`ports.clock.Clock` over a file made by `make`. Real time is the machine's monotonic clock,
    one for all processes."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_RDWR)
        self._memory = mmap.mmap(self._descriptor, _LAYOUT.size)

    @staticmethod
    def make(file: Path, *, speed: float, leap: bool, base: float = BASE) -> SharedClock:
        """A new clock that starts now, at `base`."""
        file.write_bytes(_LAYOUT.pack(base, time.monotonic(), speed, 0.0, leap))
        return SharedClock(file)

    @property
    def speed(self) -> float:
        """Seconds of this clock in a real second."""
        return self._read()[2]

    def now(self) -> float:
        """Seconds since 1970, of this clock."""
        base, started, speed, turned, _ = self._read()
        return base + (time.monotonic() - started) * speed + turned

    def sleep(self, seconds: float) -> None:
        """Let them pass, for everybody who shares the clock."""
        _, _, speed, _, leap = self._read()
        if leap and seconds / speed > _SHORTEST_S:
            time.sleep(_SHORTEST_S)
            self.turn_on(seconds - _SHORTEST_S * speed)
        else:
            time.sleep(max(seconds, 0.0) / speed)

    def turn_on(self, seconds: float) -> None:
        """That many seconds are over at once."""
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
        try:
            base, started, speed, turned, leap = self._read()
            self._memory[:] = _LAYOUT.pack(base, started, speed, turned + max(seconds, 0.0), leap)
        finally:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        self._memory.close()
        os.close(self._descriptor)

    def _read(self) -> tuple[float, float, float, float, bool]:
        return _LAYOUT.unpack(self._memory[:])
