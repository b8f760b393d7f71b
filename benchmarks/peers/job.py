"""The job of all peers: 200 prospects with three touchpoints each, half of whom are in the org
already, as Leads or as Contacts. What must be in the org afterwards, and what is doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.deciding import event_of, values
from benchmarks.fixtures import USER, person, purchase, touchpoint
from benchmarks.org import EmulatorProcess
from benchmarks.peers.clients import API_VERSION

TOUCHPOINTS = 3
_INDUSTRIES = {"Software": "Technology"}
#: What the org knows of the people who are there: the other fields are blank, and filled.
_KNOWN = ("FirstName", "LastName", "Email", "Company", "LeadSource")


@dataclass(frozen=True, slots=True)
class Job:
    """The job for this number of people."""

    people: int

    def document(self, url: str, access_token: str) -> dict[str, Any]:
        """What the programs of peers are given: prospects, each with its mapped values by object,
        and touchpoints."""
        return {
            "url": url,
            "token": access_token,
            "version": API_VERSION,
            "user": USER,
            "prospects": [
                {**person(number), "rows": rows_of(number)} for number in range(self.people)
            ],
            "touchpoints": [
                {**touchpoint(number, step)["touchpoint"], "prospect": f"p{number}"}
                for number in range(self.people)
                for step in range(TOUCHPOINTS)
            ],
        }

    def events(self, run: int) -> list[dict[str, Any]]:
        """The lines of `zsf feed`. Each run has its own event ids, but the same people and
        touchpoints: a host that sends all again."""
        purchases = [
            {"hook": "on_prospect_purchased", **purchase(number, f"{run}-{number}")}
            for number in range(self.people)
        ]
        sent = [
            {"hook": "on_touchpoint_sent", **touchpoint(number, step, f"{run}-{number}-{step}")}
            for step in range(TOUCHPOINTS)
            for number in range(self.people)
        ]
        return purchases + sent

    def prepare(self, org: EmulatorProcess) -> None:
        """Put half of the people into the org: every fourth as a Lead, every fourth as a
        Contact."""
        org.reset()
        for number in range(0, self.people, 2):
            rows = rows_of(number)
            if number % 4:
                account = org.post("records/Account", {"Name": rows["Lead"]["Company"]})["id"]
                contact = _known(rows["Contact"])
                org.post("records/Contact", {**contact, "AccountId": account})
            else:
                org.post("records/Lead", _known(rows["Lead"]))
        org.post("calls/reset")

    def fault(self, records: Mapping[str, list[dict[str, Any]]]) -> str:
        """What is missing in the org; "" if nothing is."""
        people = {row["Email"]: row for name in ("Lead", "Contact") for row in records[name]}
        tasks = Counter(task["WhoId"] for task in records["Task"])
        for number in range(self.people):
            rows = rows_of(number)
            found = people.get(rows["Lead"]["Email"])
            if found is None:
                return f"{rows['Lead']['Email']} is missing"
            wanted = rows["Contact" if found["Id"].startswith("003") else "Lead"]
            missing = [name for name in wanted if found.get(name) is None]
            if missing:
                return f"{rows['Lead']['Email']} has no {', '.join(missing)}"
            if tasks[found["Id"]] < TOUCHPOINTS:
                return f"{rows['Lead']['Email']} has {tasks[found['Id']]} activities"
        return ""

    def doubled(self, records: Mapping[str, list[dict[str, Any]]]) -> int:
        """The number of records more than there should be."""
        people = len(records["Lead"]) + len(records["Contact"]) - self.people
        return people + len(records["Task"]) - self.people * TOUCHPOINTS


def rows_of(number: int) -> dict[str, dict[str, Any]]:
    """By object, the mapped values of a person."""
    return values(event_of(person(number)), _INDUSTRIES)


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _KNOWN if name in row}
