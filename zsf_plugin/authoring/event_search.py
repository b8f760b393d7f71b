"""Events to try rules with: complete and sparse ones, those that meet the rules' conditions and
those that do not, each value that rules name, and others at random (always the same). Pure but for
the schemas."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from typing import TypeVar

from zsf_plugin.authoring.event_values import (
    EventValues,
    event_values,
    filled,
    leaves_of_schemas,
)
from zsf_plugin.authoring.exercises import exercises
from zsf_plugin.decision.expressions import is_true
from zsf_plugin.model import HOOK_KINDS, Event, Json, JsonObject, Rule, channel_name, table_in
from zsf_plugin.rulebook.document_violations import expressions_in
from zsf_plugin.rulebook.lines import Path as KeyPath
from zsf_plugin.rulebook.schema import first_violation
from zsf_plugin.rulebook.solving import (
    Assignment,
    EventPlace,
    solutions,
    with_values,
    without_keys,
)

_Item = TypeVar("_Item")
PURCHASED, SENT = HOOK_KINDS
_SCHEMAS = {PURCHASED: "purchase", SENT: "touchpoint_sent"}
_PARTS = {PURCHASED: ("prospect", "user"), SENT: ("touchpoint", "prospect", "user")}
_NAMES = ("workspace", "event_id", "occurred_at")
_WHEN = "2026-11-20T10:00:00Z"
#: At most that many places of a random event differ from a complete or sparse one.
MAX_CHANGED = 8
#: So many events that meet conditions, or do not, come before all others.
MAX_FIRST = 400
#: Of more changed rules, the others are tried by their conditions and at random.
MAX_EXERCISED = 100
#: After that many events in a row that were tried before, no others are expected.
MAX_REPEATED = 2_000


@dataclass(frozen=True, slots=True)
class TriedEvent:
    """An event, and the hook's call that it is made of."""

    event: Event
    call: JsonObject
    #: The call as text, by which events are compared.
    text: str


def tried_event(hook: str, call: JsonObject) -> TriedEvent | None:
    """The event of a hook's call; None if the call is not valid."""
    if first_violation(_SCHEMAS[hook], call) is not None:
        return None
    whole: JsonObject = {"hook": hook, **call}
    return TriedEvent(_event(hook, call), whole, json.dumps(whole, ensure_ascii=False))


def _event(hook: str, call: JsonObject) -> Event:
    payload = {part: call[part] for part in _PARTS[hook]}
    workspace, event_id, when = (str(call[name]) for name in _NAMES)
    return Event(HOOK_KINDS[hook], workspace, event_id, when, payload)


def events_to_try(
    rules: Sequence[Rule],
    changed: Sequence[Rule],
    workspace: str,
    limit: int,
    *,
    of_any_workspace: bool = True,
) -> Iterator[TriedEvent]:
    """At most that many events, each once, for these rules, of which those that `changed` matter
    most; of the workspace, and of those that rules name if `of_any_workspace`."""
    known: set[str] = set()
    repeated = 0
    for hook, call in _calls(rules, changed or rules, workspace):
        if len(known) >= limit or repeated >= MAX_REPEATED:
            return
        tried = tried_event(hook, call)
        is_others = not of_any_workspace and call["workspace"] != workspace
        if tried is None or is_others or tried.text in known:
            repeated += 1
            continue
        repeated = 0
        known.add(tried.text)
        yield tried


def _calls(
    rules: Sequence[Rule], changed: Sequence[Rule], workspace: str
) -> Iterator[tuple[str, JsonObject]]:
    for document in _documents(rules, changed, workspace):
        yield PURCHASED, without_keys(document, "touchpoint")
        yield SENT, document


def _documents(
    rules: Sequence[Rule], changed: Sequence[Rule], workspace: str
) -> Iterator[JsonObject]:
    """The arguments of both hooks, what is most likely to differ first."""
    complete = _complete(workspace)
    bases = (complete, _sparse(workspace))
    yield from _each_with(bases, [_of_channel(channel) for channel in _channels(rules)])
    contexts: list[Assignment] = [{}, *_contexts(changed, rules, complete)]
    in_contexts = _each_with(bases, contexts)
    yield from islice(in_contexts, MAX_FIRST)
    of_rules = [list(_exercises(rule, complete)) for rule in changed[:MAX_EXERCISED]]
    yield from _in_turn(
        in_contexts,
        _each_with(bases, _in_turn(*of_rules)),
        _pairs(complete, contexts, event_values(changed)),
        _at_random(bases, (contexts, *filter(None, of_rules)), rules, changed),
    )


def _exercises(rule: Rule, event: JsonObject) -> Iterator[Assignment]:
    """What each expression of the rule asks for, where the rule applies."""
    holding = solutions(rule.when, event, wanted=True)[:2] if rule.when is not None else [{}]
    tried = (
        _in_pairs(_exercises_of(path, text, event), holding)
        for path, text in expressions_in(rule.document)
    )
    return _in_turn(*tried)


def _exercises_of(path: KeyPath, text: str, event: JsonObject) -> list[Assignment]:
    """What an expression asks for, in the channel that it is for."""
    found = exercises(text, event)
    if path[0] != "activity" or path[1] == "*":
        return found
    return list(_in_pairs(found, [_of_channel(channel_name(str(path[1])))]))


def _pairs(
    document: JsonObject, contexts: Sequence[Assignment], found: EventValues
) -> Iterator[JsonObject]:
    """Each context with each value that changed rules read, and with each other context."""
    yield from _each_with([document], _in_pairs(contexts, _values_read(found)))
    yield from _each_with([document], _in_pairs(contexts, contexts))


def _in_turn(*sources: Iterable[_Item]) -> Iterator[_Item]:
    """One of each in turn, as long as any has more."""
    waiting = deque(map(iter, sources))
    while waiting:
        source = waiting.popleft()
        for item in islice(source, 1):
            waiting.append(source)
            yield item


def _each_with(
    documents: Iterable[JsonObject], changes: Iterable[Assignment]
) -> Iterator[JsonObject]:
    for document, change in product(documents, changes):
        yield with_values(document, change)


def _in_pairs(changes: Sequence[Assignment], others: Sequence[Assignment]) -> Iterator[Assignment]:
    """Each of the first with each of the others."""
    for one, other in product(changes, others):
        yield {**one, **other}


def _values_read(found: EventValues) -> list[Assignment]:
    """Each value of the places that changed rules read."""
    return [
        {place: value}
        for place, values in found.by_place.items()
        if place in found.read
        for value in values
    ]


def _merged(first: EventValues, others: EventValues) -> EventValues:
    return EventValues({**others.by_place, **first.by_place}, first.read)


def _of_channel(channel: str) -> Assignment:
    return {("touchpoint", "channel"): channel}


def _channels(rules: Iterable[Rule]) -> list[str]:
    """The channels that rules name, and one that none does."""
    channels = dict.fromkeys(map(channel_name, _named_channels(rules)))
    channels.pop("*", None)
    return [*channels, "another channel"]


def _named_channels(rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        yield from table_in(rule.document, "activity")


def _complete(workspace: str) -> JsonObject:
    values = {place: filled(place) for place in leaves_of_schemas()}
    return with_values(_sparse(workspace), values)


def _sparse(workspace: str) -> JsonObject:
    return {
        "workspace": workspace,
        "event_id": "1",
        "occurred_at": _WHEN,
        "prospect": {"id": "p1"},
        "user": {},
        "touchpoint": {"id": "t1", "channel": "email"},
    }


def _contexts(rules: Iterable[Rule], others: Sequence[Rule], event: JsonObject) -> list[Assignment]:
    """What makes the condition of each rule true, and false; and true while those of the other
    rules are false, so that none of them hides what the rule does."""
    conditions = [rule.when for rule in others if rule.when is not None]
    found = chain.from_iterable(_contexts_of(rule, conditions, event) for rule in rules)
    return list({json.dumps(sorted(one.items())): one for one in found}.values())


def _contexts_of(rule: Rule, conditions: Sequence[str], event: JsonObject) -> list[Assignment]:
    if rule.when is None:
        return [_without(conditions, {}, None, event)]
    holding = solutions(rule.when, event, wanted=True)
    alone = [_without(conditions, one, rule.when, event) for one in holding[:2]]
    return [*holding, *alone, *solutions(rule.when, event, wanted=False)]


def _without(
    conditions: Iterable[str], start: Assignment, needed: str | None, event: JsonObject
) -> Assignment:
    """More values, with which as many of the conditions as possible are false, and the needed one
    stays true."""
    found = start
    for condition in conditions:
        if condition != needed:
            found = _without_one(condition, found, needed, event)
    return found


def _without_one(
    condition: str, found: Assignment, needed: str | None, event: JsonObject
) -> Assignment:
    given = with_values(event, found)
    if not is_true(condition, given):
        return found
    for change in solutions(condition, given, wanted=False):
        both = {**found, **change}
        if needed is None or is_true(needed, with_values(event, both)):
            return both
    return found


def _at_random(
    documents: Sequence[JsonObject],
    given: Sequence[Sequence[Assignment]],
    rules: Sequence[Rule],
    changed: Sequence[Rule],
) -> Iterator[JsonObject]:
    """Events without end, the same ones in each run: of contexts and exercises, and values."""
    chosen = random.Random(0)  # noqa: S311 - the same events each time, nothing secret
    contexts = [*given[0], *_contexts(rules, (), documents[0])]
    found = _merged(event_values(changed), event_values(rules))
    read = sorted(found.read) or list(found.by_place)
    while True:
        values = _random_values(chosen, found.by_place, read)
        parts = [values, chosen.choice(contexts), chosen.choice(chosen.choice(given))]
        chosen.shuffle(parts)
        yield with_values(chosen.choice(documents), {**parts[0], **parts[1], **parts[2]})


def _random_values(
    chosen: random.Random,
    by_place: Mapping[EventPlace, Sequence[Json]],
    read: Sequence[EventPlace],
) -> Assignment:
    """Values at some places, half of which rules read."""
    places = list(by_place)
    values: dict[EventPlace, Json] = {}
    for _ in range(chosen.randint(1, MAX_CHANGED)):
        place = chosen.choice(read if chosen.random() < 0.5 else places)
        values[place] = chosen.choice(by_place[place])
    return values
