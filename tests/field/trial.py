"""A workspace on an org as Salesforce makes it: events go in, records and stories come out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bad_input.place import Place
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.emulator.org.spec import ADMIN
from zsf_plugin.messages.text import cause_text, step_text
from zsf_plugin.ports import Entry

SELLER = {
    "Username": "seller@org.example",
    "Email": "seller@org.example",
    "LastName": "Seller",
    "TimeZoneSidKey": "America/Los_Angeles",
}
RULES = 'mode = "{mode}"\n[switches]\nsync_prospects = true\nsync_activities = true\n'
USER = {"id": "u1", "email": "seller@org.example", "name": "S"}
DUPLICATE_RULES = [
    {"object": name, "field": "Email", "action": "alert"} for name in ("Lead", "Contact")
]


def org(**spec: Any) -> OrgSpec:
    """An org as Salesforce makes it, with what the spec names besides."""
    stock = {"users": [ADMIN, SELLER], "address_lists": True, "duplicate_rules": DUPLICATE_RULES}
    return OrgSpec(**{**stock, **spec})


def person(name: str, **values: Any) -> dict[str, Any]:
    """A prospect of that family name, with an address and a company of its own."""
    return {
        "id": f"p-{name}",
        "first_name": "Given",
        "last_name": name,
        "email": f"{name.lower()}@{name.lower()}.example",
        "company": {"name": f"Firm {name}", "domain": f"{name.lower()}.example"},
        **values,
    }


class Trial:
    """One workspace and its org. Events are received at once and synced by `drain`."""

    def __init__(self, folder: Path, emulator: Emulator, mode: str, rules: str) -> None:
        self.place = Place(folder, emulator)
        self.place.rule(RULES.format(mode=mode) + rules)
        self.place.connect()
        self._entries: dict[str, str] = {}

    def buy(self, prospect: dict[str, Any], event: str = "", **call: Any) -> str:
        """Receive a purchase; returns the event's name."""
        return self._receive("on_prospect_purchased", event or prospect["id"], prospect, call)

    def touch(self, prospect: dict[str, Any], event: str = "touch", **touchpoint: Any) -> str:
        """Receive a touchpoint."""
        sent = {"id": event, "channel": "email", "step": 1, **touchpoint}
        return self._receive("on_touchpoint_sent", event, prospect, {"touchpoint": sent})

    def _receive(
        self, hook: str, event: str, prospect: dict[str, Any], call: dict[str, Any]
    ) -> str:
        stock = {"workspace": "default", "event_id": event, "user": USER}
        stock |= {"occurred_at": "2026-11-20T10:00:00Z", "prospect": prospect}
        receipt = self.place.app.intake.receive(hook, {**stock, **call})
        assert receipt["state"] == "pending", receipt
        self._entries[event] = str(receipt["entry"])
        return event

    def sync(self, *events: str) -> None:
        """Drain, and check that these events, or else all, are done."""
        self.place.drain()
        for event in events or self._entries:
            assert self.entry(event).state == "done", (event, self.story(event))

    def hour_passes(self) -> None:
        """More than an hour, so that nothing counts as checked just now."""
        self.place.clock.sleep(3700)

    def entry(self, event: str) -> Entry:
        return self.place.entry(self._entries[event])

    def story(self, event: str) -> str:
        """What someone reads of the entry."""
        entry = self.entry(event)
        lines = [step_text(step) for step in entry.steps]
        return "\n".join([*lines, cause_text(entry.cause) if entry.cause else ""])

    def rows(self, object_: str) -> list[dict[str, Any]]:
        """The live records of an object."""
        return list(map(dict, self.place.emulator.org.records.live_rows(object_)))

    def row(self, object_: str, name: str) -> dict[str, Any]:
        """The one record of that LastName or Name."""
        field = "Name" if object_ == "Account" else "LastName"
        (found,) = [row for row in self.rows(object_) if row[field] == name]
        return found

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """Do something as people do in the browser."""
        status, answer = self.place.emulator.control.answer(method, path.split("/"), body)
        assert status == 200, answer
        return answer

    def writes(self) -> int:
        """How many records the API has written so far."""
        return sum(self.place.emulator.org.records.writes.values())
