"""Whether the store can be used, and how long work has been due: for probes. Makes no API call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.model import Health

if TYPE_CHECKING:
    from zsf_plugin.model import JsonObject
    from zsf_plugin.ports import Store


def health_of(opened: Callable[[], Store], now: float) -> Health:
    """The health of the store that `opened` returns."""
    try:
        store = opened()
        store.check()
        since = store.due_since(now)
    except (StoreUnavailable, ConfigurationError) as error:
        return Health(ready=False, reason=str(error))
    # a clock that was ahead may have stored a time to come
    return Health(ready=True, oldest_due_s=None if since is None else max(now - since, 0.0))


def health_json(health: Health) -> JsonObject:
    """What anyone may know: no names, no reason."""
    return {"alive": health.alive, "ready": health.ready, "oldest_due_s": health.oldest_due_s}
