"""A host's event, and what the host is told of it. Never how either is stored or sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

from zsf_plugin.model.json import Json, JsonObject

Kind = Literal["purchase", "touchpoint"]
State = Literal["pending", "writing", "done", "skipped", "held"]

HOOK_KINDS: dict[str, Kind] = {
    "on_prospect_purchased": "purchase",
    "on_touchpoint_sent": "touchpoint",
}

#: What our receipts and badges call us.
PLUGIN = "salesforce"

#: A touchpoint's keys that carry no text. With the contents switch off nothing else of it is kept.
TOUCHPOINT_WITHOUT_TEXT = ("id", "channel", "step", "sent_at", "campaign", "url")


@dataclass(frozen=True, slots=True)
class Event:
    """One hook call, valid by its schema. `payload` holds `prospect`, `user` and, for a touchpoint,
    `touchpoint`."""

    kind: Kind
    workspace: str
    event_id: str
    occurred_at: str
    payload: JsonObject

    @property
    def prospect_id(self) -> str:
        """The host's id of the person; the schema makes it a non-empty string."""
        return text_at(self.payload, "prospect", "id") or ""

    @property
    def scope(self) -> JsonObject:
        """What a rule's expressions see: `workspace, event_id, occurred_at` beside the payload's
        parts."""
        return {
            "workspace": self.workspace,
            "event_id": self.event_id,
            "occurred_at": self.occurred_at,
            **self.payload,
        }


class Receipt(TypedDict):
    """A hook's answer to the host (design: fixed interfaces)."""

    plugin: str
    accepted: bool
    entry: str | None
    state: State | None
    duplicate: bool
    reason: str | None


def refused_receipt(reason: str) -> Receipt:
    """The receipt of a call that could not be kept."""
    return Receipt(
        plugin=PLUGIN, accepted=False, entry=None, state=None, duplicate=False, reason=reason
    )


def seller_name(payload: JsonObject) -> str | None:
    """Who purchased or sent: the name, the e-mail address where no name came, None where neither
    did."""
    return text_at(payload, "user", "name") or text_at(payload, "user", "email")


def prospect_name(prospect: Json) -> str:
    """First and last name of a prospect's document, as far as they came; "" where neither did."""
    return " ".join(part for key in ("first_name", "last_name") if (part := text_at(prospect, key)))


def text_at(document: Json, *path: str) -> str | None:
    """The text at `path`, or None where any step is missing, of another type, or blank."""
    for key in path:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document if isinstance(document, str) and document.strip() else None
