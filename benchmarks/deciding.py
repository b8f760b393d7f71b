"""Deciding by rules against an equal plan written by hand in Python: the shipped rules, 32 mapped
fields.

Both make an equal plan, for whole prospects and for such that lack things (that is checked):
values, policies, match keys, ids and digest. A second row leaves all but the values out of the
hand-written side.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.harness import Row, paired, spent, timed
from benchmarks.place import USER, person
from zsf_plugin.decision.decide import _digest, decide
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

_TIMES = 300
Values = dict[str, dict[str, Any]]


def measure(rounds: int) -> list[Row]:
    """Two rows: the whole plan, and values alone."""
    rules = Rulebook(Path("/nonexistent"), lambda _: {}).rules_for("default", {})
    check(rules)
    event = event_of(whole())
    industries = rules.fields["Lead"]["Industry"].values or {}
    plans = paired(
        "decide",
        lambda: timed(lambda: decide(event, rules), _TIMES),
        lambda: timed(lambda: by_hand(event, rules, industries), _TIMES),
        rounds,
    )
    bare = paired(
        "decide, values alone",
        lambda: timed(lambda: decide(event, rules), _TIMES),
        lambda: timed(lambda: values(event, industries), _TIMES),
        rounds,
    )
    fields = sum(len(row) for row in values(event, industries).values())
    what = f"deciding by rules, {fields} mapped fields, to an equal plan by hand"
    alone = (
        f"deciding by rules, {fields} mapped fields, to three dicts by hand, with no "
        f"plan made of them"
    )
    return [
        Row(
            "decide", what, spent(plans.ours), spent(plans.others), plans.ratio, 3.0, rounds=rounds
        ),
        Row(
            "decide-values",
            alone,
            spent(bare.ours),
            spent(bare.others),
            bare.ratio,
            None,
            rounds=rounds,
        ),
    ]


def check(rules: Rules) -> None:
    """Raise AssertionError where the hand-written plan is another one: the comparison would be
    unfair."""
    industries = rules.fields["Lead"]["Industry"].values or {}
    for prospect in (whole(), *lacking()):
        event = event_of(prospect)
        if by_hand(event, rules, industries) != decide(event, rules):
            raise AssertionError(f"by hand another plan is made of {prospect}")


def whole() -> dict[str, Any]:
    """A prospect of whom everything is known that the shipped rules map."""
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


def lacking() -> list[dict[str, Any]]:
    """The same person with things missing, blank, unlisted or shared by millions."""
    company = whole()["company"]
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
    return [{**whole(), **gap} for gap in gaps]


def values(event: Event, industries: Mapping[str, Any]) -> Values:
    """The mapped values, by object, blanks left out."""
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


def by_hand(event: Event, rules: Rules, industries: Mapping[str, Any]) -> Plan:
    """The plan that `decide` makes of it, with nothing looked up in rules but the industries."""
    prospect: Any = event.payload["prospect"]
    rows = values(event, industries)
    company = company_id(prospect)
    targets: dict[str, Target] = {}
    if company is not None and "Name" in rows["Account"]:
        targets["Account"] = _target(
            event, "Account", ("company", company), rows["Account"], prospect
        )
    for object_ in ("Lead", "Contact"):
        row = rows[object_] if "Account" in targets else {**rows[object_], "AccountId": None}
        targets[object_] = _target(event, object_, ("prospect", prospect["id"]), row, prospect)
    digest = _digest(event, rules, targets)
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
    )


def _target(event: Event, object_: str, link: Any, row: dict[str, Any], prospect: Any) -> Target:
    """`AccountId` in the row says that there is no company to match by."""
    guessed = object_ == "Lead" and _blank((prospect.get("company") or {}).get("name"))
    fields = tuple(_field(object_, name, row[name], guessed) for name in row if name != "AccountId")
    keys = (_key(names, row, guessed) for names in _KEYS[object_])
    return Target(
        object_,
        link,
        external_id(event.workspace, *link),
        tuple(key for key in keys if key),
        fields,
    )


def _key(names: Any, row: dict[str, Any], guessed: bool) -> PlannedKey:
    """Empty where a part has no value, none that data stands behind, or one shared by millions."""
    parts: list[KeyPart] = []
    for name, compare in names:
        value = row.get(name)
        known = (
            name not in row
            if name == "AccountId"
            else name in row and not (guessed and name == "Company")
        )
        if not known or (value is not None and normal_form(compare, str(value)) is None):
            return ()
        parts.append(KeyPart(name, compare, None if value is None else str(value)))
    return tuple(parts)


def _field(object_: str, name: str, value: Any, guessed: bool) -> PlannedField:
    policy: Overwrite = "on_create" if name == "LeadSource" else "if_blank"
    is_default = guessed and name == "Company"
    is_static = is_default or name == "LeadSource"
    file = _FILES[object_]
    return PlannedField(
        name, value, policy, "leave_out", "shorten", file, is_static, is_default=is_default
    )


def _blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value in ([], {})


def event_of(prospect: dict[str, Any]) -> Event:
    """The purchase of that prospect."""
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
