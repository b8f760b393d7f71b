"""Deciding by the shipped rules (32 mapped fields) against hand-written Python that builds an equal
plan.

The benchmark checks that both plans are equal, for complete and incomplete prospects: values,
policies, match keys, ids and digest. In a second row the hand-written side builds only the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.fixtures import USER, person
from benchmarks.harness import BenchmarkRow, Effort, Paired, in_turns, thread_time
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.people import digest_of
from zsf_plugin.model import (
    Event,
    KeyPart,
    Overwrite,
    Plan,
    PlannedField,
    PlannedKey,
    Rules,
    Target,
    company_id,
    external_id,
)
from zsf_plugin.model.text import normal_form
from zsf_plugin.rulebook import Rulebook

_RUNS_PER_ROUND = 300
Values = dict[str, dict[str, Any]]


def measure(effort: Effort) -> list[BenchmarkRow]:
    """Two rows: the whole plan, and only the values."""
    rules = Rulebook(Path("/nonexistent"), lambda _: {}).rules_for("default", {})
    check(rules)
    event = event_of(complete_prospect())
    industries = rules.fields["Lead"]["Industry"].values or {}
    runs = effort.size(_RUNS_PER_ROUND)
    sides = {
        "ours": lambda: decide(event, rules),
        "plan": lambda: hand_written(event, rules, industries),
        "values": lambda: values(event, industries),
    }
    measured = {name: partial(thread_time, side, runs) for name, side in sides.items()}
    found = in_turns("decide", measured, effort.rounds)
    fields = sum(len(row) for row in values(event, industries).values())
    what = f"deciding by rules, {fields} mapped fields, vs"
    alone = "three hand-written dicts without a plan"
    return [
        Paired(found["ours"], found["plan"]).row(
            "decide", f"{what} an equal hand-written plan", 3.0
        ),
        Paired(found["ours"], found["values"]).row("decide-values", f"{what} {alone}", None),
    ]


def check(rules: Rules) -> None:
    """Raise AssertionError if the hand-written plan differs: the comparison would be unfair."""
    industries = rules.fields["Lead"]["Industry"].values or {}
    for prospect in (complete_prospect(), *incomplete_prospects()):
        event = event_of(prospect)
        if hand_written(event, rules, industries) != decide(event, rules):
            raise AssertionError(f"the hand-written plan differs for {prospect}")


def complete_prospect() -> dict[str, Any]:
    """A prospect with a value for everything that the shipped rules map."""
    address = {"street": "Stortorget 1", "city": "Malmö", "region": "Skåne", "country": "Sweden"}
    address["postal_code"] = "211 22"
    prospect = person(1)
    company = {
        **prospect["company"],
        "website": "https://company-0.example",
        "phone": "+46 40 1",
        "address": address,
    }
    return {**prospect, "company": company}


def incomplete_prospects() -> list[dict[str, Any]]:
    """The same person with values that are missing, blank, unlisted or shared by many people."""
    company = complete_prospect()["company"]
    gaps: list[dict[str, Any]] = [
        {"title": "   ", "phone": ""},
        {"last_name": None},
        {"last_name": " "},
    ]
    gaps += [{"email": None}]
    gaps += [
        {"company": None},
        {"location": None, "email": "ada@gmail.com"},
        {"company": {"id": "c1"}},
    ]
    gaps += [{"company": {**company, **gap}} for gap in _COMPANY_GAPS]
    return [{**complete_prospect(), **gap} for gap in gaps]


def values(event: Event, industries: Mapping[str, Any]) -> Values:
    """The mapped values by object, without blanks."""
    prospect: Any = event.payload["prospect"]
    company, place = prospect.get("company") or {}, prospect.get("location") or {}
    address = company.get("address") or {}
    first, last, industry = (
        prospect.get("first_name"),
        prospect.get("last_name"),
        company.get("industry"),
    )
    industry = industries.get(industry, industry) if isinstance(industry, str) else industry
    website = company.get("domain") if _blank(company.get("website")) else company.get("website")
    name = {"FirstName": last and first, "LastName": first if _blank(last) else last}
    about = {
        "Email": prospect.get("email"),
        "Phone": prospect.get("phone"),
        "Title": prospect.get("title"),
    }
    lead = {
        **name,
        "Company": "[not provided]" if _blank(company.get("name")) else company["name"],
        **about,
        "Website": website,
        "City": place.get("city"),
        "State": place.get("region"),
        "Country": place.get("country"),
        "NumberOfEmployees": company.get("employees"),
        "LeadSource": "Zaplify",
        "Industry": industry,
    }
    contact = {
        **name,
        **about,
        "MailingCity": place.get("city"),
        "MailingState": place.get("region"),
        "MailingCountry": place.get("country"),
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
    return {
        object_: {n: v for n, v in row.items() if not _blank(v)} for object_, row in found.items()
    }


def hand_written(event: Event, rules: Rules, industries: Mapping[str, Any]) -> Plan:
    """The plan that `decide` builds, with only the industries taken from the rules."""
    prospect: Any = event.payload["prospect"]
    rows = values(event, industries)
    company = company_id(prospect)
    targets: dict[str, Target] = {}
    if company is not None:
        targets["Account"] = _target(
            event, "Account", ("company", company), rows["Account"], prospect
        )
    for object_ in ("Lead", "Contact"):
        row = rows[object_] if "Account" in targets else {**rows[object_], "AccountId": None}
        targets[object_] = _target(event, object_, ("prospect", prospect["id"]), row, prospect)
    settings = [rules.mode, rules.many, rules.alerts, rules.assignment_rules]
    digest = digest_of(settings, targets.values())
    user: Any = event.payload["user"]
    return Plan(
        kind=event.kind,
        event_id=event.event_id,
        mode="lead",
        targets=targets,
        owner_email=user["email"],
        many="hold",
        assignment_rules=False,
        save_alerted=False,
        digest=digest,
        person_digest=digest,
    )


def _target(event: Event, object_: str, link: Any, row: dict[str, Any], prospect: Any) -> Target:
    """One target; `AccountId` in the row means that there is no company to match by."""
    is_placeholder = object_ == "Lead" and _blank((prospect.get("company") or {}).get("name"))
    others = _other_sources(prospect)
    fields = tuple(
        _field(object_, name, row[name], is_placeholder, others)
        for name in row
        if name != "AccountId"
    )
    keys = (_key(names, row, is_placeholder, others) for names in _KEYS[object_])
    return Target(
        object_,
        link,
        external_id(event.workspace, *link),
        tuple(key for key in keys if key),
        fields,
    )


def _other_sources(prospect: Any) -> dict[str, tuple[Any, ...]]:
    """By field, the value of its second source, where the first has one too."""
    company, place = prospect.get("company") or {}, prospect.get("location") or {}
    pairs = {
        "LastName": (prospect.get("last_name"), prospect.get("first_name")),
        "Website": (company.get("website"), company.get("domain")),
        "Country": (place.get("country"), place.get("country_code")),
    }
    pairs["MailingCountry"] = pairs["Country"]
    return {
        name: (second,)
        for name, (first, second) in pairs.items()
        if not _blank(first) and not _blank(second)
    }


def _key(
    names: Any, row: dict[str, Any], is_placeholder: bool, others: dict[str, tuple[Any, ...]]
) -> PlannedKey:
    """The match key; empty if a part has no value, a placeholder, or one shared by many people."""
    parts: list[KeyPart] = []
    for name, compare in names:
        value = row.get(name)
        known = (
            name not in row
            if name == "AccountId"
            else name in row and not (is_placeholder and name == "Company")
        )
        if not known or (value is not None and normal_form(compare, str(value)) is None):
            return ()
        text = None if value is None else str(value)
        parts.append(KeyPart(name, compare, text, others.get(name, ())))
    return tuple(parts)


def _field(
    object_: str,
    name: str,
    value: Any,
    is_placeholder: bool,
    others: dict[str, tuple[Any, ...]],
) -> PlannedField:
    policy: Overwrite = "on_create" if name == "LeadSource" else "if_blank"
    is_default = is_placeholder and name == "Company"
    is_static = is_default or name == "LeadSource"
    file = _FILES[object_]
    stand_in = "[not provided]" if name == "Company" else None
    return PlannedField(
        name,
        value,
        policy,
        "leave_out",
        "shorten",
        file,
        is_static,
        is_default=is_default,
        alternatives=others.get(name, ()),
        default=None if is_default else stand_in,
        defaults=() if stand_in is None else (stand_in,),
    )


def _blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value in ([], {})


def event_of(prospect: dict[str, Any]) -> Event:
    """The purchase event of a prospect."""
    return Event(
        "purchase", "default", "e1", "2026-11-01T10:00:00Z", {"prospect": prospect, "user": USER}
    )


_COMPANY_GAPS: tuple[dict[str, Any], ...] = (
    {"website": " "},
    {"website": None, "domain": "gmail.com"},
    {"name": ""},
    {"industry": "Financial Services", "employees": 0},
    {"industry": "Beekeeping", "address": None},
)
_FILES = {
    "Lead": "shipped/30-lead.toml",
    "Contact": "shipped/31-contact.toml",
    "Account": "shipped/32-account.toml",
}
_KEYS: dict[str, Any] = {
    "Account": ((("Website", "domain"),), (("Name", "text"),)),
    "Lead": (
        (("Email", "email"),),
        (("FirstName", "text"), ("LastName", "text"), ("Company", "text")),
    ),
    "Contact": (
        (("Email", "email"),),
        (("FirstName", "text"), ("LastName", "text"), ("AccountId", "text")),
    ),
}
