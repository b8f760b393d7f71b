"""Links between the host's things and Salesforce records, and the stable ids that both sides
use."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.model.event import text_at
from zsf_plugin.model.json import Json
from zsf_plugin.model.no_companies import names_no_company
from zsf_plugin.model.placeholders import is_placeholder
from zsf_plugin.model.rules import Compare
from zsf_plugin.model.text import normal_form

LinkKind = Literal["prospect", "company", "touchpoint"]
LinkKey = tuple[LinkKind, str]
#: Among the values that we wrote last: the names of the fields that got a default. No field of
#: Salesforce has such a name.
DEFAULTED = "#defaults"

#: After this many seconds a link no longer proves that its record is as it was: people may have
#: deleted, merged or changed it.
MAX_UNCHECKED_S = 3600.0
#: What identifies a company that has no id: its key, how values are compared, and the prefix of the
#: link's id.
_COMPANY_NAMES: tuple[tuple[str, Compare, str], ...] = (
    ("domain", "domain", "domain"),
    ("website", "domain", "domain"),
    ("name", "text", "name"),
    ("linkedin_url", "linkedin", "linkedin"),
    ("phone", "phone", "phone"),
)


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


def external_id(workspace: str, kind: LinkKind, host_id: str) -> str:
    """The value of `Zaplify_Id__c`: 28 characters of `[a-z2-7-]`, always the same for the same
    thing.

    A digest instead of the host's id, which may be long or contain characters that break a URL
    (§3.5).
    """
    digest = hashlib.sha256(
        "\x1f".join((workspace, kind, host_id)).encode("utf-8", "surrogatepass")
    ).digest()
    return f"z{kind[0]}-" + base64.b32encode(digest[:16]).decode().rstrip("=").lower()


def company_id(prospect: Json) -> str | None:
    """The id that the prospect's company is linked by: the host's id, else its domain, else its
    name, else its LinkedIn page or phone number; None if it has none of them. A host may give one
    id to all who are `Self-employed`: of such a company only the domain counts."""
    host_id = text_at(prospect, "company", "id")
    names_none = names_no_company(text_at(prospect, "company", "name") or "")
    if host_id is not None and not names_none:
        return host_id
    for key, compare, prefix in _COMPANY_NAMES:
        text = text_at(prospect, "company", key) or ""
        is_address = compare == "domain" and "@" in text  # not certainly the company's
        name = None if is_address else normal_form(compare, text)
        if key == "name" and names_none:
            return None
        if name is not None and not is_placeholder("Name", name):
            return f"{prefix}:{name}"
    return None
