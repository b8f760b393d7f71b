"""Record ids: comparison, and the object of an id (salesforce-api.md, “IDs”). Pure."""

from __future__ import annotations

from zsf_plugin.model import long_id as long_id

_OBJECTS = {"001": "Account", "003": "Contact", "005": "User", "00Q": "Lead", "00T": "Task"}


def same_id(one: str, other: str) -> bool:
    """Whether both are ids of the same record, in either form; False if `one` is no id."""
    whole = long_id(one)
    return whole is not None and whole == long_id(other)


def org_and_user(identity_url: str) -> tuple[str, str] | None:
    """The ids at the end of an identity URL: `…/id/ORG/USER`; None if it has none."""
    steps = identity_url.rstrip("/").split("/")
    if len(steps) >= 2:
        org_id, user_id = long_id(steps[-2]), long_id(steps[-1])
        if org_id is not None and user_id is not None:
            return org_id, user_id
    return None


def object_of(record_id: str) -> str:
    """The object of an id, by its prefix; "" for objects that we do not write."""
    return _OBJECTS.get(record_id[:3], "")
