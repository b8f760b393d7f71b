"""The threads that one test starts: those of others in this process may still be ending."""

from __future__ import annotations

import threading

#: A thread that nothing stops waits longer than this.
_ENDING_S = 5.0


class OwnThreads:
    """The threads of ours that started after this was made."""

    def __init__(self) -> None:
        self._before = set(threading.enumerate())

    def alive(self) -> list[threading.Thread]:
        """Those that run now."""
        now = [thread for thread in threading.enumerate() if thread not in self._before]
        return [thread for thread in now if thread.name.startswith("zsf-")]

    def names(self) -> list[str]:
        """The names of those that run now."""
        return [thread.name for thread in self.alive()]

    def left(self) -> list[str]:
        """The names of those that do not end now; one that is no longer needed ends by itself."""
        threads = self.alive()
        for thread in threads:
            thread.join(_ENDING_S)
        return [thread.name for thread in threads if thread.is_alive()]
