"""A small stream of realistic host events, reproducible by seed: repeats, spelling variants, gaps
and unusual texts."""

from __future__ import annotations

import random
from typing import Any

FIRST = ["Søren", "Zoë", "Çağla", "Hye-jin", "小龍", "Conor", "Ana María", "Łukasz"]
LAST = [
    "O'Brien",
    "Šimek",
    "王",
    "D'Angelo",
    "van der Berg",
    "Müller",
    'Quote"d',
    "Back\\slash",
    "50%_off",
]
CHANNELS = ["email", "linkedin_message", "linkedin_connection", "linkedin_visit", "call", "sms"]
SELLERS = [f"seller{n}@zaplify.example" for n in range(4)]


def stream(seed: int = 1, people: int = 40) -> list[dict[str, Any]]:
    """About three calls per person, some before the purchase, and three that violate the payload
    schema."""
    rng = random.Random(seed)
    calls: list[dict[str, Any]] = []
    for number in range(people):
        person = _person(rng, number)
        user = {"id": f"u{number % 4}", "email": SELLERS[number % 4], "name": "Seller"}
        sent = [_touchpoint(rng, f"t{number}-{step}", step) for step in range(rng.randint(0, 3))]
        early = rng.random() < 0.2
        purchase = {"hook": "on_prospect_purchased", "prospect": person, "user": user}
        activities = [
            {"hook": "on_touchpoint_sent", "touchpoint": t, "prospect": person, "user": user}
            for t in sent
        ]
        calls += [*activities[:1], purchase, *activities[1:]] if early else [purchase, *activities]
        if "email" in person and number % 9 == 0:
            twin = {**person, "id": f"{person['id']}-again", "email": str(person["email"]).upper()}
            calls.append({"hook": "on_prospect_purchased", "prospect": twin, "user": user})
    calls += _broken()
    made = [_stamped(call, number) for number, call in enumerate(calls)]
    return [*made, made[0], made[7]]


def _stamped(call: dict[str, Any], number: int) -> dict[str, Any]:
    at = f"2026-11-0{1 + number // 200}T{number // 60 % 24:02d}:{number % 60:02d}:00Z"
    return {"workspace": "default", "event_id": f"e{number}", "occurred_at": at, **call}


def _person(rng: random.Random, number: int) -> dict[str, Any]:
    person: dict[str, Any] = {
        "id": f"p{number}",
        "first_name": rng.choice(FIRST),
        "last_name": f"{rng.choice(LAST)} {number}",
        "title": "Head of " + "Everything " * 30
        if number % 10 == 3
        else rng.choice(["CEO & Founder", 'Buyer "EMEA"']),
        "location": {"city": "Köln", "country": "Germany", "country_code": "DE"},
    }
    if number % 6:
        person["email"] = f"person.{number}+x@company{number % 12}.example"
    if number % 8 != 5 or not number % 6:
        person["company"] = {
            "id": f"c{number % 12}",
            "name": f"Company {number % 12} & Söhne",
            "employees": 12,
            "industry": "Software",
            "address": {"city": "Bonn", "country": "Germany"},
        }
        person["company"] |= rng.choice(
            [
                {"domain": f"company{number % 12}.example"},
                {"website": f"https://www.Company{number % 12}.example/en?x=1"},
            ]
        )
    return person


def _touchpoint(rng: random.Random, host_id: str, step: int) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "id": host_id,
        "channel": rng.choice(CHANNELS),
        "step": step,
        "campaign": {"id": "k1", "name": "Autumn & winter"},
    }
    if sent["channel"] in ("email", "linkedin_message", "sms"):
        sent |= {
            "subject": "CONTENT_CANARY hello",
            "content": {"text": "CONTENT_CANARY " + "long " * 7000},
        }
    return sent


def _broken() -> list[dict[str, Any]]:
    user = {"email": SELLERS[0]}
    return [
        {
            "hook": "on_prospect_purchased",
            "prospect": {"first_name": "No", "last_name": "Id"},
            "user": user,
        },
        {
            "hook": "on_prospect_purchased",
            "prospect": {"id": "broken", "email": ["CONTENT_CANARY"]},
            "user": user,
        },
        {
            "hook": "on_touchpoint_sent",
            "touchpoint": {"id": "t-bad"},
            "prospect": {"id": "p0"},
            "user": user,
        },
    ]
