"""A worker's thread that removes what ended longer ago than the settings say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from zsf_plugin.errors import Log, ZsfError, place_of
from zsf_plugin.sync.retention import Purged

_log = Log("zsf_plugin.wiring")

#: Between two times that a worker removes what is old.
INTERVAL_S = 3600.0
#: How long a worker that ends waits for the part that is being removed.
_STOP_TIMEOUT_S = 15.0


class Purge(Protocol):
    """As `Operations.purge`."""

    def __call__(self, days: int, *, stopping: Callable[[], bool]) -> Purged: ...


@contextmanager
def removing_old(
    purge: Purge, days: int | None, ended: threading.Event, on_removed: Callable[[int, int], None]
) -> Iterator[None]:
    """See `Operations.removing_old`; without days it does nothing. `ended` must be set when the
    block ends."""
    if days is None:
        yield
        return

    def run() -> None:
        while True:
            _remove(purge, days, ended, on_removed)
            if ended.wait(INTERVAL_S):
                return

    thread = threading.Thread(target=run, name="zsf-retention", daemon=True)
    thread.start()
    yield
    thread.join(_STOP_TIMEOUT_S)


def _remove(
    purge: Purge, days: int, ended: threading.Event, on_removed: Callable[[int, int], None]
) -> None:
    """Remove once; an error ends neither the thread nor the drains."""
    try:
        purged = purge(days, stopping=ended.is_set)
    except ZsfError as error:
        _log.warning("could not remove old entries, trying again in an hour: %s", error)
    except Exception as error:  # noqa: BLE001 - a defect here must not end the thread for good
        kind, place = type(error).__name__, place_of(error)
        _log.error("defect while removing old entries: %s at %s", kind, place)
    else:
        if purged.done or purged.skipped:
            on_removed(purged.done, purged.skipped)
