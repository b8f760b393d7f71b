"""The stable ids of the host's things, which both sides use."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from zsf_plugin.model.event import text_at
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import LinkKind
from zsf_plugin.model.no_companies import names_no_company
from zsf_plugin.model.placeholders import is_placeholder
from zsf_plugin.model.rules import Compare
from zsf_plugin.model.text import normal_form

#: What identifies a company that has no id: its key, how values are compared, and the prefix of the
#: link's id.
_COMPANY_NAMES: tuple[tuple[str, Compare, str], ...] = (
    ("domain", "domain", "domain"),
    ("website", "domain", "domain"),
    ("name", "text", "name"),
    ("linkedin_url", "linkedin", "linkedin"),
    ("phone", "phone", "phone"),
)


#: A person is planned as a Lead and as a Contact, and a company for each of its people.
@lru_cache(maxsize=256)
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
