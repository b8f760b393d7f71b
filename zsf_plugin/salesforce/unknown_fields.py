"""Notices refusals that name a field which the describes, as last read, lack: an admin has created
it since, or the connected user may not see it. Each is noticed once an hour. Makes no call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from cachetools import TTLCache

if TYPE_CHECKING:
    from zsf_plugin.errors import Rejected
    from zsf_plugin.model import OrgFacts

#: A field that stays hidden is asked about no more often than this.
PERIOD_S = 3600.0
_MAX_FIELDS = 256


class UnknownFields:
    """The fields that refusals of the last hour named and describes lacked, of one workspace.
    `monotonic` is the clock."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._noticed: TTLCache[tuple[str, str], bool] = TTLCache(_MAX_FIELDS, PERIOD_S, monotonic)

    def notice(self, refusals: Iterable[tuple[str, Rejected]], facts: OrgFacts) -> bool:
        """Whether a refusal, with its object, names a field that these facts lack and that was not
        noticed within the hour."""
        named = {(object_, field) for object_, error in refusals for field in error.fields}
        fresh = [one for one in named if _lacks(facts, *one) and one not in self._noticed]
        self._noticed.update(dict.fromkeys(fresh, True))
        return bool(fresh)


def _lacks(facts: OrgFacts, object_: str, field: str) -> bool:
    """Whether the object is described without that field."""
    describe = facts.describes.get(object_)
    return describe is not None and describe.field(field) is None
