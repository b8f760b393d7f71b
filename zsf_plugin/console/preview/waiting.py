"""What a preview leaves out: the purchases that wait before its own, which may make the record that
it is to find."""

from __future__ import annotations

from zsf_plugin.console import labels
from zsf_plugin.console.mapping.prospects import Prospect
from zsf_plugin.model.event import text_at
from zsf_plugin.ports.store import Entry, EntryFilter
from zsf_plugin.wiring.console import ConsoleApp

#: So many entries that wait are looked at, the last ones before it; a preview must not read a long
#: backlog.
_LOOK_AT = 200


def sent_alone(app: ConsoleApp, workspace: str, prospect: Prospect) -> str:
    """That the preview is made as if the purchase were sent alone, where others wait before it; ""
    where none does.

    Raises StoreUnavailable.
    """
    if not prospect.on_its_way:
        return ""
    waiting = EntryFilter(state="pending", kind="purchase")
    page = app.store.page(workspace, waiting, before=prospect.id, limit=_LOOK_AT, look_at=_LOOK_AT)
    if any(_same_person(entry, prospect) for entry in page.entries):
        return (
            "As if it were sent alone, but an earlier purchase of the same prospect or "
            "e-mail address waits before it: "
            "what that one creates or finds, this one is connected to."
        )
    if not page.entries:
        return "As if it were sent alone: other entries wait before it." if page.older else ""
    more = "+" if page.older else ""
    wait = "purchase waits" if len(page.entries) == 1 and not more else "purchases wait"
    return f"As if it were sent alone: {labels.count(len(page.entries))}{more} {wait} before it."


def _same_person(entry: Entry, prospect: Prospect) -> bool:
    person, other = prospect.event.payload.get("prospect"), entry.payload.get("prospect")
    email = (text_at(person, "email") or "").strip().casefold()
    same_email = bool(email) and email == (text_at(other, "email") or "").strip().casefold()
    return same_email or entry.lane == prospect.event.prospect_id
