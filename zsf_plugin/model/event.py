"""A host's event, and the receipt it gets. How they are stored or sent is defined elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.states import Kind, State

HOOK_KINDS: dict[str, Kind] = {
    "on_prospect_purchased": "purchase",
    "on_touchpoint_sent": "touchpoint",
}

#: This plugin's name in receipts and badges.
PLUGIN = "salesforce"

#: The keys of a touchpoint that contain no message text. If the contents switch is off, only these
#: are kept.
TOUCHPOINT_WITHOUT_TEXT = ("id", "channel", "step", "sent_at", "campaign", "url")


#: The payload's key for the values of a wrong type that intake ignored; absent if there are none.
IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Event:
    """One hook call, valid by its schema. `payload` holds `prospect`, `user` and, for a touchpoint,
    `touchpoint`; and under `IGNORED` what `decision.payload` ignored."""

    kind: Kind
    workspace: str
    event_id: str
    occurred_at: str
    payload: JsonObject

    @property
    def prospect_id(self) -> str:
        """The host's id of the person; the schema guarantees a non-empty string."""
        return text_at(self.payload, "prospect", "id") or ""

    @property
    def scope(self) -> JsonObject:
        """The document a rule's expressions read: `workspace`, `event_id`, `occurred_at` and the
        parts of the payload."""
        return {
            "workspace": self.workspace,
            "event_id": self.event_id,
            "occurred_at": self.occurred_at,
            **self.payload,
        }


class Receipt(TypedDict):
    """The result of a hook call (a fixed interface)."""

    plugin: str
    accepted: bool
    entry: str | None
    state: State | None
    duplicate: bool
    reason: str | None


def refused_receipt(reason: str) -> Receipt:
    """The receipt of a call that could not be stored."""
    return Receipt(
        plugin=PLUGIN, accepted=False, entry=None, state=None, duplicate=False, reason=reason
    )


def seller_name(payload: JsonObject) -> str | None:
    """The name of the user who purchased or sent, else the e-mail address, else None."""
    return text_at(payload, "user", "name") or text_at(payload, "user", "email")


def prospect_name(prospect: Json) -> str:
    """A prospect's first and last name, as far as given, else ""."""
    return " ".join(part for key in ("first_name", "last_name") if (part := text_at(prospect, key)))


def text_at(document: Json, *path: str) -> str | None:
    """The text at `path`; None if it is missing, blank or not a text."""
    for key in path:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document if isinstance(document, str) and document.strip() else None
