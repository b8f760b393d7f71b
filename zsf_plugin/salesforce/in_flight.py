"""Makes independent calls at the same time, and says how many: several while the org answers
slowly, one where that gains nothing.

Which calls are independent is decided by who makes them. The number of calls stays the same, and so
does the rate at which they start.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from zsf_plugin.errors import Log
from zsf_plugin.ports import Clock

_log = Log("zsf_plugin.salesforce")
_Result = TypeVar("_Result")

#: An org serves 25 long requests at once, for all its integrations (salesforce-api.md §2.3).
MAX_CALLS = 3
#: A call that takes this long is worth making beside others; a faster one is not worth a thread.
SLOW_CALL_S = 0.05
#: After a call that was not served, calls are made one by one for this long.
CAUTION_S = 60.0


@dataclass(slots=True, eq=False)
class InFlight:
    """How many calls of a session may be out at the same time, by how its last calls went:
    `last_call_s` is how long the last one took."""

    clock: Clock
    last_call_s: float = 0.0
    _not_served_at: float = -math.inf

    def note_not_served(self) -> None:
        """Record that the org did not serve a call."""
        self._not_served_at = self.clock.monotonic()

    @property
    def max_calls(self) -> int:
        """The number of calls that may be out at the same time."""
        is_cautious = self.clock.monotonic() - self._not_served_at < CAUTION_S
        return 1 if is_cautious or self.last_call_s < SLOW_CALL_S else MAX_CALLS


def made_together(calls: Sequence[Callable[[], _Result]]) -> list[Future[_Result]]:
    """Make the calls at the same time, the first in this thread; returns once all have ended, with
    the result or error of each, in order."""
    made: list[Future[_Result]] = [Future() for _ in calls]
    threads = []
    for call, future in list(zip(calls, made, strict=True))[1:]:
        run = partial(copy_context().run, _make, call, future)
        thread = threading.Thread(target=run, name="zsf-call", daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError):
            _log.warning("could not start a thread for a call; making it after the others")
            _make(call, future)
        else:
            threads.append(thread)
    _make(calls[0], made[0])
    for thread in threads:
        thread.join()
    return made


def _make(call: Callable[[], _Result], future: Future[_Result]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - raised again by who asks for the result
        future.set_exception(error)
