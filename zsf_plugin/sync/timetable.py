"""When each workspace is visited next. Knows neither threads nor clocks; not thread-safe."""

from __future__ import annotations

import itertools
from heapq import heapify, heappop, heappush

#: So many visits that no longer count are kept, beside one for each that does.
_MAX_PASSED_OVER = 64


class Timetable:
    """The next visit to each workspace. One that is being visited is nobody's next, and keeps what
    is planned for it. What it costs hardly depends on the number of workspaces."""

    def __init__(self) -> None:
        self._times: dict[str, float] = {}
        self._visited: set[str] = set()
        #: (time, number, workspace), the earliest first; the number keeps the order in which they
        #: were planned. Those that no longer say what `_times` says are passed over.
        self._queue: list[tuple[float, int, str]] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._times)

    def plan(self, workspace: str, at: float) -> None:
        """Have the workspace visited at that time, or earlier if that is planned already."""
        known = self._times.get(workspace)
        if known is None or at < known:
            self._times[workspace] = at
            if workspace not in self._visited:
                self._push(workspace, at)

    def first(self) -> tuple[str, float] | None:
        """The next visit, and when it is; None if none is planned."""
        queue = self._queue
        while queue:
            at, _, workspace = queue[0]
            if workspace not in self._visited and self._times.get(workspace) == at:
                return workspace, at
            heappop(queue)
        return None

    def begin(self, workspace: str) -> None:
        """The visit that was planned for it begins."""
        del self._times[workspace]
        self._visited.add(workspace)

    def end(self, workspace: str) -> None:
        """Its visit has ended."""
        self._visited.discard(workspace)
        if workspace in self._times:
            self._push(workspace, self._times[workspace])

    def is_visited(self, workspace: str) -> bool:
        """Whether it is being visited now."""
        return workspace in self._visited

    def _push(self, workspace: str, at: float) -> None:
        if len(self._queue) > 2 * len(self._times) + _MAX_PASSED_OVER:
            self._queue = [one for one in self._queue if self._times.get(one[2]) == one[0]]
            heapify(self._queue)
        heappush(self._queue, (at, next(self._numbers), workspace))
