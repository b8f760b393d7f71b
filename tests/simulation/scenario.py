"""What a seed means: the org, who works on it, what is fed, how bad the weather is. Plain data;
nothing runs here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from tests.fakes.events import SELLER, prospect
from tests.simulation.crm import CALM, Weather
from tests.simulation.fate import NONE, Odds
from tests.simulation.org import CODES, REFUSED
from zsf_plugin.model import Json, JsonObject

DAY = "2026-11-01T10:00:00Z"
WORKSPACES = ("north", "south")


@dataclass(frozen=True, slots=True)
class Fed:
    """One call of a hook. `name` is the person's last name: what the judge knows a record by."""

    hook: str
    call: JsonObject
    name: str
    after_s: float

    @property
    def key(self) -> tuple[str, str]:
        return str(self.call["workspace"]), str(self.call["event_id"])


@dataclass(frozen=True, slots=True)
class Scenario:
    """All that one seed decides beforehand. `acts` are how often a colleague edits, deletes or
    converts in Salesforce.

    Sessions matter where some end, or where all are over at the start (`signed_out`).
    """

    seed: int
    external_id: bool = True
    workspaces: tuple[str, ...] = WORKSPACES[:1]
    drainers: int = 1
    refreshers: int = 0
    one_machine: bool = True
    lasts_s: float = 600.0
    knows_segment: bool = True
    acts: int = 0
    key_acts: bool = False
    sessions_end: int = 0
    signed_out: bool = False
    login_loses: float = 0.0
    quotas: int = 0
    locks: int = 0
    batch: int | None = None
    weather: Weather = CALM
    odds: Odds = NONE
    rules: tuple[JsonObject, ...] = ({"mode": "lead"},)
    fed: tuple[Fed, ...] = ()
    known: tuple[JsonObject, ...] = ()

    @property
    def has_sessions(self) -> bool:
        """Whether calls need a session that the login gave."""
        return self.signed_out or self.sessions_end > 0

    @property
    def overwrites_titles(self) -> bool:
        """Whether some rule of the run writes a title whatever is there."""
        return any('"always"' in json.dumps(document) for document in self.rules)

    @property
    def skips_touchpoints(self) -> bool:
        """Whether the switch of activities is off for a while."""
        return any('"sync_activities": false' in json.dumps(document) for document in self.rules)


def scenario_of(seed: int) -> Scenario:
    """The scenario of a seed."""
    rng = Random(seed)
    external_id = rng.random() < 0.5
    workspaces = WORKSPACES if rng.random() < 0.3 else WORKSPACES[:1]
    login = rng.random() < 0.35
    rules = tuple(_document(rng) for _ in range(1 + _some(rng, 2, 0.3)))
    fed = _feed(rng, workspaces, external_id=external_id)
    return Scenario(
        seed=seed,
        external_id=external_id,
        workspaces=workspaces,
        drainers=1 + (rng.random() < 0.5),
        refreshers=_some(rng, 2, 0.5) if login else 0,
        one_machine=rng.random() < 0.6,
        lasts_s=rng.choice((200.0, 700.0, 1500.0)),
        knows_segment=rng.random() < 0.5,
        acts=_some(rng, 4, 0.5),
        key_acts=external_id,
        sessions_end=1 + _some(rng, 3, 1.0) if login else 0,
        login_loses=rng.choice((0.0, 0.0, 0.2)) if login else 0.0,
        quotas=_some(rng, 2, 0.2),
        locks=_some(rng, 2, 0.25),
        batch=rng.choice((None, None, 1, 2)),
        weather=_weather(rng),
        odds=_odds(rng, longest_stall_s=rng.choice((10.0, 60.0, 700.0))),
        rules=rules,
        fed=fed,
        known=_known(rng, fed),
    )


def purchase(workspace: str, event_id: str, person: JsonObject, after_s: float = 0.0) -> Fed:
    """A prospect is purchased."""
    call: JsonObject = {
        "workspace": workspace,
        "event_id": event_id,
        "occurred_at": DAY,
        "prospect": person,
        "user": SELLER,
    }
    return Fed("on_prospect_purchased", call, str(person["last_name"]), after_s)


def touchpoint(
    workspace: str, event_id: str, person: JsonObject, step: int, after_s: float = 0.0
) -> Fed:
    """A touchpoint is sent; its step is in the Task's subject."""
    call: JsonObject = {
        "workspace": workspace,
        "event_id": event_id,
        "occurred_at": DAY,
        "touchpoint": {"id": event_id, "channel": "call", "step": step},
        "prospect": person,
        "user": SELLER,
    }
    return Fed("on_touchpoint_sent", call, str(person["last_name"]), after_s)


def _document(rng: Random) -> JsonObject:
    """A console's rule document; the set of all is small, so that they are read once a process."""
    overwrite = rng.choice(("if_blank", "if_blank", "always", "if_ours"))
    segment: Json = {"from": "prospect.custom.segment", "misfit": "hold"}
    title: Json = {"from": "prospect.title", "overwrite": overwrite}
    return {
        "mode": rng.choice(("lead", "contact")),
        "switches": {"sync_activities": rng.random() < 0.85},
        "match": {"many": rng.choice(("hold", "oldest"))},
        "fields": {name: {"Segment__c": segment, "Title": title} for name in ("Lead", "Contact")},
    }


def _feed(rng: Random, workspaces: Sequence[str], *, external_id: bool) -> tuple[Fed, ...]:
    made: list[Fed] = []
    steps: dict[str, int] = {}
    for number in range(2 + _some(rng, 4, 1.0)):
        person = _person(rng, number)
        for workspace in workspaces:
            if workspace != workspaces[0] and rng.random() < 0.5:
                continue
            made += _events(rng, workspace, person, number, steps)
    rng.shuffle(made)
    return tuple(replace(it, after_s=rng.choice((0.0, 0.0, 1.0, 20.0, 90.0))) for it in made)


def _events(
    rng: Random, workspace: str, person: JsonObject, number: int, steps: dict[str, int]
) -> list[Fed]:
    """A person's purchase and touchpoints; some are bought again with news, or under a second
    id."""
    stem = f"{workspace}-{number}"
    made = [purchase(workspace, f"p{stem}", person)] if rng.random() < 0.93 else []
    if rng.random() < 0.25:
        made.append(
            purchase(
                workspace, f"q{stem}", {**person, "title": "Director", "phone": "+46 8 123 45 67"}
            )
        )
    if rng.random() < 0.2 and "first_name" in person:
        made.append(purchase(workspace, f"r{stem}", {**person, "id": f"{person['id']}-again"}))
    for _ in range(_some(rng, 2, 0.6)):
        sent = steps[str(number)] = steps.get(str(number), 0) + 1
        step = (
            sent - 1 if sent > 1 and rng.random() < 0.15 else sent
        )  # the same step once more, on the same day
        made.append(touchpoint(workspace, f"t{stem}-{sent}", person, step))
    return made


def _person(rng: Random, number: int) -> JsonObject:
    company = number % 2
    changes: dict[str, Json] = {}
    if rng.random() < 0.6:
        name = f"Shared {company}"
        changes["company"] = {
            "id": f"s{company}",
            "name": name,
            "domain": f"shared{company}.example",
        }
    drawn = rng.random()
    if drawn < 0.15:
        changes["email"] = None
    elif drawn < 0.2:
        changes.update(email=None, first_name=None)
    elif drawn < 0.25:
        changes["company"] = None
    drawn = rng.random()
    if drawn < 0.12:
        changes["title"] = REFUSED + rng.choice(CODES)
    elif drawn < 0.35:
        changes["custom"] = {"segment": rng.choice(("Old", "New"))}
    return prospect(number, **changes)


def _known(rng: Random, fed: Sequence[Fed]) -> tuple[JsonObject, ...]:
    """People whom the org knew before: as Leads or Contacts, by their e-mail."""
    people = {it.name: it.call["prospect"] for it in fed}
    chosen = [
        it
        for it in people.values()
        if isinstance(it, dict) and "email" in it and rng.random() < 0.2
    ]
    return tuple({**it, "as": rng.choice(("Lead", "Contact"))} for it in chosen)


def _weather(rng: Random) -> Weather:
    def maybe(most: float) -> float:
        return rng.random() * most if rng.random() < 0.4 else 0.0

    return Weather(
        lost_before=maybe(0.3),
        lost_after=maybe(0.4),
        late=maybe(0.4),
        unavailable=maybe(0.2),
        not_sent=maybe(0.2),
        quota=maybe(0.1),
        latency=rng.choice((0.2, 2.0, 30.0)),
        rows=rng.choice((1, 2, 25, 25)),
    )


def _odds(rng: Random, longest_stall_s: float) -> Odds:
    def maybe(most: float) -> float:
        return rng.random() * most if rng.random() < 0.6 else 0.0

    return Odds(
        kill=maybe(0.01), fail=maybe(0.005), stall=maybe(0.01), longest_stall_s=longest_stall_s
    )


def _some(rng: Random, most: int, chance: float) -> int:
    """Between one and `most`, where it happens at all."""
    return rng.randint(1, most) if rng.random() < chance else 0
