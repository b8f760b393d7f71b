"""The API calls that a piece of work makes itself: the store counts those of everyone.

Work that starts threads for its calls runs them in a copy of its context
(`contextvars.copy_context`), so that they count as its own.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextvars import ContextVar

#: The calls of a context that has asked. Whoever makes calls looks here first, so that the many who
#: do not ask pay nothing.
MADE: ContextVar[Counter[str]] = ContextVar("own_calls")
_lock = threading.Lock()


def own_calls() -> Counter[str]:
    """The number of calls by purpose that this context has made since it asked first."""
    made = MADE.get(None)
    if made is None:
        made = Counter()
        MADE.set(made)
    with _lock:
        return made.copy()


def note_own_call(purpose: str) -> None:
    """Count a call of this context, if it has asked."""
    made = MADE.get(None)
    if made is not None:
        with _lock:
            made[purpose] += 1
