"""What a replay finds is what two drains write: the same events, drained into two empty orgs under
two sets of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.authoring.rule_files import RULES, rule_set
from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.authoring.differences import Difference
from zsf_plugin.authoring.rule_pair import RulePair
from zsf_plugin.authoring.rule_sets import RuleSet
from zsf_plugin.decision.admission import admit
from zsf_plugin.model import PERSON_OBJECTS, Event, Json, JsonObject, Mode, external_id
from zsf_plugin.rulebook.same_rules import SameRules
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store

Written = dict[str, list[Mapping[str, Json]]]
_PEOPLE: tuple[dict[str, Json], ...] = (
    {"title": "CTO", "location": {"country_code": "DE"}},
    {"title": "Engineer", "custom": {"tier": 3, "tags": ["vip"]}},
    {"title": None, "location": {"country_code": "SE"}, "email": "info@acme9.example"},
)
#: What an entry is given, whatever the rules say.
_SYSTEM_FIELDS = {"Zaplify_Id__c", "AccountId", "WhoId"}


def events() -> list[Event]:
    """People of different companies, and a touchpoint of each."""
    found = []
    for number, changes in enumerate(_PEOPLE):
        found.append(purchase(prospect(number, **changes), f"e{number}"))
    for number, changes in enumerate(_PEOPLE):
        sent = touchpoint(prospect(number, **changes), f"t{number}", channel="sms", url="u")
        found.append(sent)
    return found


def drained(folder: Path, rules: RuleSet) -> dict[str, Written]:
    """What is written for each event in an empty org, by its id."""
    store = open_store(Settings(folder, folder, secret_key="k" * 40))
    bench = Bench(store, FakeClock(), FakeCrm(facts()))
    bench.parts = replace(bench.parts, rules=SameRules(rules.rules))
    for event in events():
        admitted = admit(event, rules.rules.switches_for(event.scope))
        if admitted.skipped is None:
            bench.feed(admitted.event)
    bench.drain()
    store.close()
    return {event.event_id: written_for(bench, event) for event in events()}


def written_for(bench: Bench, event: Event) -> Written:
    kind = "touchpoint" if event.kind == "touchpoint" else "prospect"
    host_id = event.event_id if kind == "touchpoint" else event.prospect_id
    ours = external_id("default", kind, host_id)
    found: Written = {}
    for object_ in ("Lead", "Contact", "Task"):
        for row in bench.rows(object_):
            if row.get("Zaplify_Id__c") == ours:
                values = {name: str(row[name]) for name in row if name not in _SYSTEM_FIELDS}
                found.setdefault(object_, []).append(values)
    return found


def is_written(difference: Difference, mode: Mode, event: Event) -> bool:
    """Whether a difference shows in what is written to an empty org."""
    place = difference.place
    if place.object is None:
        return place.field == "skipped" or (place.field == "mode" and event.kind == "purchase")
    object_ = "Task" if event.kind == "touchpoint" else PERSON_OBJECTS[mode]
    known = facts().describes[object_].fields
    is_value = place.aspect == "value" and str(difference.a) != str(difference.b)
    return place.object == object_ and place.field in known and is_value


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(a=st.lists(RULES, min_size=1, max_size=2), b=st.lists(RULES, min_size=1, max_size=2))
def test_the_events_that_are_written_differently_are_those_that_a_replay_finds(
    tmp_path: Path, a: list[JsonObject], b: list[JsonObject]
) -> None:
    one, other = rule_set(tmp_path / "a", *a), rule_set(tmp_path / "b", *b)
    places = [Path(mkdtemp(dir=tmp_path)) for _ in range(2)]
    by_a, by_b = drained(places[0], one), drained(places[1], other)
    pair = RulePair(one.rules, other.rules)
    purchased = {event.prospect_id: event for event in events() if event.kind == "purchase"}
    for event in events():
        found = pair.compare(event)
        mode = one.rules.rules_for(event.scope).mode
        differs = by_a[event.event_id] != by_b[event.event_id]
        planned = [each for each in found.differences if is_written(each, mode, event)]
        if event.kind == "touchpoint":
            # it needs its person
            of_person = pair.compare(purchased[event.prospect_id])
            if of_person.skipped_by_a is not None or of_person.skipped_by_b is not None:
                continue
        # a text that is no e-mail address is planned, and then left out
        is_certain = any(each.place.field != "Email" for each in planned)
        assert is_certain <= differs <= bool(planned), (event.event_id, found)
