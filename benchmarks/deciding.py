"""Deciding by rules against the same plan written by hand in Python: 32 mapped fields, as shipped.

Both make an equal plan (that is checked): values, policies, match keys, ids and digest. A second row leaves all but the
values out of the hand-written side.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.harness import Row, paired, spent, timed
from benchmarks.place import USER, person
from zsf_plugin.decision.decide import _digest, decide
from zsf_plugin.decision.identity import external_id
from zsf_plugin.model.event import Event
from zsf_plugin.model.plan import KeyPart, Plan, PlannedField, Target
from zsf_plugin.model.rules import Overwrite, Rules
from zsf_plugin.rulebook import Rulebook

_TIMES = 300


def measure(rounds: int) -> list[Row]:
    """Two rows: the whole plan, and values alone."""
    rules = Rulebook(Path("/nonexistent"), lambda _: {}).rules_for("default", {})
    event = Event("purchase", "default", "e1", "2026-11-01T10:00:00Z", {"prospect": person(1), "user": USER})
    fields = sum(len(table) for table in rules.fields.values())
    if by_hand(event, rules) != decide(event, rules):
        raise AssertionError("the hand-written plan is another one: the comparison would be unfair")
    whole = paired(
        "decide",
        lambda: timed(lambda: decide(event, rules), _TIMES),
        lambda: timed(lambda: by_hand(event, rules), _TIMES),
        rounds,
    )
    bare = paired(
        "decide, values alone",
        lambda: timed(lambda: decide(event, rules), _TIMES),
        lambda: timed(lambda: values(event), _TIMES),
        rounds,
    )
    what = f"deciding by rules, {fields} mapped fields, to the same plan by hand"
    alone = f"deciding by rules, {fields} mapped fields, to three dicts by hand, with no plan made of them"
    return [
        Row("decide", what, spent(whole.ours), spent(whole.others), whole.ratio, 3.0, rounds=rounds),
        Row("decide-values", alone, spent(bare.ours), spent(bare.others), bare.ratio, float("inf"), rounds=rounds),
    ]


def values(event: Event) -> dict[str, dict[str, Any]]:
    """The mapped values, by object, blanks left out."""
    prospect: Any = event.payload["prospect"]
    company, place = prospect.get("company") or {}, prospect.get("location") or {}
    address = company.get("address") or {}
    last, industry = prospect.get("last_name"), _INDUSTRIES.get(company.get("industry"), company.get("industry"))
    website = company.get("website") or company.get("domain")
    name = {"FirstName": last and prospect.get("first_name"), "LastName": last or prospect.get("first_name")}
    about = {"Email": prospect.get("email"), "Phone": prospect.get("phone"), "Title": prospect.get("title")}
    towns = place.get("city"), place.get("region"), place.get("country")
    lead = {
        **name,
        "Company": company.get("name") or "[not provided]",
        **about,
        "Website": website,
        **dict(zip(("City", "State", "Country"), towns, strict=True)),
        "NumberOfEmployees": company.get("employees"),
        "LeadSource": "Zaplify",
        "Industry": industry,
    }
    contact = {
        **name,
        **about,
        **dict(zip(("MailingCity", "MailingState", "MailingCountry"), towns, strict=True)),
        "LeadSource": "Zaplify",
    }
    account = {
        "Name": company.get("name"),
        "Website": website,
        "Phone": company.get("phone"),
        "NumberOfEmployees": company.get("employees"),
        "BillingStreet": address.get("street"),
        "BillingCity": address.get("city"),
        "BillingState": address.get("region"),
        "BillingPostalCode": address.get("postal_code"),
        "BillingCountry": address.get("country"),
        "Industry": industry,
    }
    found = {"Account": account, "Lead": lead, "Contact": contact}
    return {object_: {n: v for n, v in row.items() if v not in (None, "")} for object_, row in found.items()}


def by_hand(event: Event, rules: Rules) -> Plan:
    """The plan that `decide` makes of it, with nothing looked up in rules but their hash."""
    prospect: Any = event.payload["prospect"]
    rows = values(event)
    company: Any = prospect.get("company") or {}
    targets = {
        "Account": _target(event, "Account", ("company", company["id"]), rows["Account"]),
        "Lead": _target(event, "Lead", ("prospect", prospect["id"]), rows["Lead"]),
        "Contact": _target(event, "Contact", ("prospect", prospect["id"]), rows["Contact"]),
    }
    digest = _digest(event, rules, targets)
    user: Any = event.payload["user"]
    return Plan(
        event.kind,
        event.event_id,
        "lead",
        targets,
        user["email"],
        "hold",
        False,
        False,
        rules.hash,
        digest,
        event.occurred_at,
    )


def _target(event: Event, object_: str, link: Any, row: dict[str, Any]) -> Target:
    fields = tuple(_field(object_, name, value) for name, value in row.items())
    keys = tuple(
        tuple(KeyPart(name, compare, None if name == "AccountId" else str(row[name])) for name, compare in key)
        for key in _KEYS[object_]
    )
    return Target(object_, link, external_id(event.workspace, link[0], link[1]), keys, fields)


def _field(object_: str, name: str, value: Any) -> PlannedField:
    policy: Overwrite = "on_create" if name == "LeadSource" else "if_blank"
    return PlannedField(name, value, policy, "leave_out", "shorten", _FILES[object_], name == "LeadSource")


_INDUSTRIES = {"Software": "Technology"}
_FILES = {"Lead": "shipped/30-lead.toml", "Contact": "shipped/31-contact.toml", "Account": "shipped/32-account.toml"}
_KEYS: dict[str, Any] = {
    "Account": ((("Website", "domain"),), (("Name", "text"),)),
    "Lead": ((("Email", "email"),), (("FirstName", "text"), ("LastName", "text"), ("Company", "text"))),
    "Contact": ((("Email", "email"),), (("FirstName", "text"), ("LastName", "text"), ("AccountId", "text"))),
}
