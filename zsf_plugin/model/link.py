"""Links between the host's things and Salesforce records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.model.json import Json

LinkKind = Literal["prospect", "company", "touchpoint"]
LinkKey = tuple[LinkKind, str]
#: Among the values that we wrote last: the names of the fields that got a default. No field of
#: Salesforce has such a name.
DEFAULTED = "#defaults"

#: After this many seconds a link no longer proves that its record is as it was: people may have
#: deleted, merged or changed it.
MAX_UNCHECKED_S = 3600.0


@dataclass(frozen=True, slots=True)
class Link:
    """A prospect, company or touchpoint linked to one Salesforce record of `object` (API name) with
    `record_id`.

    `written` holds the values we wrote last, by field, and under `DEFAULTED` the fields whose value
    was a default; `if_ours` compares with it. `plan_digest` is that of the last plan that left
    nothing to do: an equal plan needs no lookup in Salesforce, for an hour after `checked_at`, when
    the record was last looked up or written (seconds since 1970; 0: not known). `arrived` is the
    place in order of arrival of the newest purchase that was carried out on the record (0: not
    known).
    """

    kind: LinkKind
    host_id: str
    object: str
    record_id: str
    written: Mapping[str, Json]
    plan_digest: str = ""
    checked_at: float = 0.0
    arrived: int = 0

    def was_checked(self, now: float) -> bool:
        """Whether the record was looked up or written within the hour before `now`. A time that
        lies ahead, as a clock set back leaves behind, proves nothing either."""
        return abs(now - self.checked_at) < MAX_UNCHECKED_S

    @property
    def key(self) -> LinkKey:
        """The link's key within its workspace."""
        return (self.kind, self.host_id)


def defaulted_fields(written: Mapping[str, Json]) -> list[str]:
    """The fields whose value that we wrote last was a default."""
    names = written.get(DEFAULTED)
    return list(map(str, names)) if isinstance(names, list) else []


def with_defaulted(written: Mapping[str, Json], fields: Iterable[str]) -> dict[str, Json]:
    """The values that we wrote last, of which those of `fields` were defaults."""
    values = {name: written[name] for name in written if name != DEFAULTED}
    named: list[Json] = [name for name in values if name in set(fields)]
    return {**values, DEFAULTED: named} if named else values
