"""A clock that processes share through a small file: it runs faster than real time and can be
advanced.

Now = base + (real seconds since the start) × speed + seconds advanced. A sleep is divided by the
speed; with `leap` it advances the clock instead, so that waiting minutes takes no time.
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
_MIN_SLEEP_S = 0.002


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
        base, started, speed, advanced, _ = self._read()
        return base + (time.monotonic() - started) * speed + advanced

    def monotonic(self) -> float:
        """Like `now`: nobody sets this clock back."""
        return self.now()

    def since_boot(self) -> float | None:
        """Like `now`: no machine sleeps here."""
        return self.now()

    def sleep(self, seconds: float) -> None:
        """Sleep; with `leap`, advance the clock for all processes."""
        _, _, speed, _, leap = self._read()
        if leap and seconds / speed > _MIN_SLEEP_S:
            time.sleep(_MIN_SLEEP_S)
            self.advance(seconds - _MIN_SLEEP_S * speed)
        else:
            time.sleep(max(seconds, 0.0) / speed)

    def advance(self, seconds: float) -> None:
        """Move the clock forward at once."""
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
        try:
            base, started, speed, advanced, leap = self._read()
            self._memory[:] = _LAYOUT.pack(base, started, speed, advanced + max(seconds, 0.0), leap)
        finally:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file."""
        self._memory.close()
        os.close(self._descriptor)

    def _read(self) -> tuple[float, float, float, float, bool]:
        return _LAYOUT.unpack(self._memory[:])
