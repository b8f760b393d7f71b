"""The scenario of a seed: the org, its processes, the events fed and the faults. Plain data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from tests.fakes.events import SELLER, prospect
from tests.simulation.crm import NO_NETWORK_FAULTS, NetworkFaults
from tests.simulation.fault_injector import NO_PROCESS_FAULTS, ProcessFaults
from tests.simulation.org import CODES, REFUSED
from zsf_plugin.model import Json, JsonObject

DAY = "2026-11-01T10:00:00Z"
WORKSPACES = ("north", "south")


@dataclass(frozen=True, slots=True)
class FedEvent:
    """One hook call. `name` is the person's last name, by which the oracle identifies records."""

    hook: str
    call: JsonObject
    name: str
    after_s: float

    @property
    def key(self) -> tuple[str, str]:
        return str(self.call["workspace"]), str(self.call["event_id"])


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that a seed decides in advance. `user_actions`: how often the second user edits,
    deletes or converts records. `moves`: how often the first workspace moves to another org, or back.
    `clock_jumps`: how often the processes' clock is set by a day, ahead or back. `merges`: how often
    the second user merges a person into a copy. `meddling`: the probability that they change a person
    right before we do; with `leavers` the org's users are deactivated then.

    `faults_end`: whether nothing fails from `duration_s` on; else everything dies then.

    Sessions are simulated if some end, or if all have ended at the start (`signed_out`).
    """

    seed: int
    external_id: bool = True
    workspaces: tuple[str, ...] = WORKSPACES[:1]
    drainers: int = 1
    refreshers: int = 0
    one_machine: bool = True
    duration_s: float = 600.0
    knows_segment: bool = True
    user_actions: int = 0
    edits_keys: bool = False
    sessions_end: int = 0
    signed_out: bool = False
    login_loss_rate: float = 0.0
    quotas: int = 0
    locks: int = 0
    moves: int = 0
    clock_jumps: int = 0
    merges: int = 0
    leavers: bool = False
    meddling: float = 0.0
    faults_end: bool = True
    batch: int | None = None
    network_faults: NetworkFaults = NO_NETWORK_FAULTS
    process_faults: ProcessFaults = NO_PROCESS_FAULTS
    rules: tuple[JsonObject, ...] = ({"mode": "lead"},)
    fed: tuple[FedEvent, ...] = ()
    known: tuple[JsonObject, ...] = ()

    @property
    def has_sessions(self) -> bool:
        """Whether calls need a valid session."""
        return self.signed_out or self.sessions_end > 0

    @property
    def overwrites_titles(self) -> bool:
        """Whether some rule always overwrites titles."""
        return any('"always"' in json.dumps(document) for document in self.rules)

    @property
    def skips_touchpoints(self) -> bool:
        """Whether the activity switch is off for some time."""
        return any('"sync_activities": false' in json.dumps(document) for document in self.rules)


def scenario_of(seed: int) -> Scenario:
    """The scenario of a seed."""
    rng = Random(seed)
    external_id = rng.random() < 0.5
    workspaces = WORKSPACES if rng.random() < 0.3 else WORKSPACES[:1]
    login = rng.random() < 0.35
    rules = tuple(_document(rng) for _ in range(1 + _random_count(rng, 2, 0.3)))
    fed = _feed(rng, workspaces, external_id=external_id)
    scenario = Scenario(
        seed=seed,
        external_id=external_id,
        workspaces=workspaces,
        drainers=1 + (rng.random() < 0.5),
        refreshers=_random_count(rng, 2, 0.5) if login else 0,
        one_machine=rng.random() < 0.6,
        duration_s=rng.choice((200.0, 700.0, 1500.0)),
        knows_segment=rng.random() < 0.5,
        user_actions=_random_count(rng, 4, 0.5),
        edits_keys=external_id,
        sessions_end=1 + _random_count(rng, 3, 1.0) if login else 0,
        login_loss_rate=rng.choice((0.0, 0.0, 0.2)) if login else 0.0,
        quotas=_random_count(rng, 2, 0.2),
        locks=_random_count(rng, 2, 0.25),
        batch=rng.choice((None, None, 1, 2)),
        network_faults=_weather(rng),
        process_faults=_odds(rng, seed, max_stall_s=rng.choice((10.0, 60.0, 700.0))),
        rules=rules,
        fed=fed,
        known=_known(rng, fed),
        moves=0 if login else _random_count(rng, 4, 0.3),
        clock_jumps=_random_count(rng, 3, 0.4),
        merges=_random_count(rng, 2, 0.25),
        leavers=rng.random() < 0.3,
        meddling=rng.choice((0.0, 0.0, 0.0, 0.5)),
    )
    return _often_stalled(scenario) if Random(f"stalls {seed}").random() < 0.04 else scenario


def _often_stalled(scenario: Scenario) -> Scenario:
    """Two drains that often stall for longer than a lease lives, also while a call is out."""
    stalls = replace(scenario.process_faults, stall=0.05, max_stall_s=90.0)
    return replace(scenario, drainers=2, process_faults=stalls)


def without_end(scenario: Scenario) -> Scenario:
    """The scenario for three times as long, with faults until everything dies."""
    fed = tuple(replace(it, after_s=3 * it.after_s) for it in scenario.fed)
    duration_s = 3 * scenario.duration_s
    return replace(scenario, faults_end=False, duration_s=duration_s, fed=fed)


def purchase(workspace: str, event_id: str, person: JsonObject, after_s: float = 0.0) -> FedEvent:
    """A purchase event."""
    call: JsonObject = {
        "workspace": workspace,
        "event_id": event_id,
        "occurred_at": DAY,
        "prospect": person,
        "user": SELLER,
    }
    return FedEvent("on_prospect_purchased", call, str(person["last_name"]), after_s)


def touchpoint(
    workspace: str, event_id: str, person: JsonObject, step: int, after_s: float = 0.0
) -> FedEvent:
    """A touchpoint event; its step is part of the Task's subject."""
    call: JsonObject = {
        "workspace": workspace,
        "event_id": event_id,
        "occurred_at": DAY,
        "touchpoint": {"id": event_id, "channel": "call", "step": step},
        "prospect": person,
        "user": SELLER,
    }
    return FedEvent("on_touchpoint_sent", call, str(person["last_name"]), after_s)


def _document(rng: Random) -> JsonObject:
    """A console rule document, from a small set so that processes can cache them."""
    overwrite = rng.choice(("if_blank", "if_blank", "always", "if_ours"))
    segment: Json = {"from": "prospect.custom.segment", "misfit": "hold"}
    title: Json = {"from": "prospect.title", "overwrite": overwrite}
    return {
        "mode": rng.choice(("lead", "contact")),
        "switches": {"sync_activities": rng.random() < 0.85},
        "match": {"many": rng.choice(("hold", "oldest"))},
        "fields": {name: {"Segment__c": segment, "Title": title} for name in ("Lead", "Contact")},
    }


def _feed(rng: Random, workspaces: Sequence[str], *, external_id: bool) -> tuple[FedEvent, ...]:
    made: list[FedEvent] = []
    steps: dict[str, int] = {}
    for number in range(2 + _random_count(rng, 4, 1.0)):
        person = _person(rng, number)
        for workspace in workspaces:
            if workspace != workspaces[0] and rng.random() < 0.5:
                continue
            made += _events(rng, workspace, person, number, steps)
    rng.shuffle(made)
    return tuple(replace(it, after_s=rng.choice((0.0, 0.0, 1.0, 20.0, 90.0))) for it in made)


def _events(
    rng: Random, workspace: str, person: JsonObject, number: int, steps: dict[str, int]
) -> list[FedEvent]:
    """A person's purchase and touchpoints; some are purchased again with new values or a second
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
    for _ in range(_random_count(rng, 2, 0.6)):
        sent = steps[str(number)] = steps.get(str(number), 0) + 1
        step = (
            sent - 1 if sent > 1 and rng.random() < 0.15 else sent
        )  # the same step again, on the same day
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


def _known(rng: Random, fed: Sequence[FedEvent]) -> tuple[JsonObject, ...]:
    """People already in the org as Leads or Contacts, with their email; some of them twice."""
    people = {it.name: it.call["prospect"] for it in fed}
    chosen = [
        it
        for it in people.values()
        if isinstance(it, dict) and "email" in it and rng.random() < 0.2
    ]
    known: list[JsonObject] = []
    for it in chosen:
        one: JsonObject = {**it, "as": rng.choice(("Lead", "Contact"))}
        known += [one, one] if rng.random() < 0.15 else [one]
    return tuple(known)


def _weather(rng: Random) -> NetworkFaults:
    def maybe(most: float) -> float:
        return rng.random() * most if rng.random() < 0.4 else 0.0

    usually_lost = 0.85 if rng.random() < 0.05 else 0.0
    return NetworkFaults(
        lost_before=usually_lost or maybe(0.3),
        lost_after=maybe(0.4),
        late=maybe(0.4),
        unavailable=maybe(0.2),
        not_sent=maybe(0.2),
        quota=maybe(0.1),
        latency=rng.choice((0.2, 2.0, 30.0)),
        rows=rng.choice((1, 2, 25, 25)),
    )


def _odds(rng: Random, seed: int, max_stall_s: float) -> ProcessFaults:
    def maybe(most: float) -> float:
        return rng.random() * most if rng.random() < 0.6 else 0.0

    return ProcessFaults(
        kill=maybe(0.01),
        fail=maybe(0.005),
        stall=maybe(0.01),
        max_stall_s=max_stall_s,
        lost_commit=Random(f"commits {seed}").choice((0.0, 0.01, 0.05)),
    )


def _random_count(rng: Random, most: int, chance: float) -> int:
    """With the given probability, a number from 1 to `most`; else 0."""
    return rng.randint(1, most) if rng.random() < chance else 0
