"""Whatever the rules, and whatever stands in the org: `rules explain --live` shows exactly what the
next drain writes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.end_to_end.bench import MeteredBench, call
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model import Reference, Write
from zsf_plugin.ports import JournalLine

EXPRESSIONS = st.sampled_from(
    [
        "prospect.title",
        "prospect.first_name",
        "prospect.company.name",
        "prospect.company.industry",
        "prospect.location.country",
        "prospect.custom.level",
        "concat(prospect.first_name, ' of ', prospect.company.name)",
        "lower(prospect.title)",
        "prospect.company.employees > `100` && 'Large'",
    ]
)
CONSTANTS = st.sampled_from(["Warm", "Technology", "x" * 90, 3, True])
TABLE_ENTRIES = st.fixed_dictionaries(
    {"from": EXPRESSIONS, "misfit": st.sampled_from(["leave_out", "hold"])},
    optional={
        "default": CONSTANTS,
        "values": st.just({"CTO": "Chief", "Sweden": "Norway"}),
        "overwrite": st.sampled_from(["if_blank", "always", "if_ours", "on_create"]),
        "too_long": st.sampled_from(["shorten", "hold"]),
    },
)
ENTRIES = st.one_of(
    TABLE_ENTRIES,
    EXPRESSIONS,
    TABLE_ENTRIES,
    st.lists(EXPRESSIONS, min_size=1, max_size=3),
    st.fixed_dictionaries({"value": CONSTANTS}),
    st.just(False),
)
MAPPED = ["Title", "Industry", "Rating", "LeadSource", "Description", "Country", "Nowhere__c"]
TABLES = st.dictionaries(st.sampled_from(MAPPED), ENTRIES, max_size=4)
SETTINGS = {
    "mode": st.sampled_from(["lead", "contact"]),
    "when": st.sampled_from(["prospect.title", "prospect.location.country == 'Sweden'"]),
    "match": st.fixed_dictionaries({"many": st.sampled_from(["hold", "oldest"])}),
    "owner": st.sampled_from([{"from": False}, {"from": "user.email"}]),
    "fields": st.fixed_dictionaries({}, optional={"Lead": TABLES, "Contact": TABLES}),
}
RULES = st.lists(st.fixed_dictionaries({}, optional=SETTINGS), min_size=1, max_size=3)
PEOPLE = st.fixed_dictionaries(
    {"title": st.sampled_from(["CTO", "", "x" * 200])},
    optional={
        "location": st.fixed_dictionaries({"country": st.sampled_from(["Sweden", "Norway"])}),
        "custom": st.fixed_dictionaries({"level": st.sampled_from([3, "high", None])}),
    },
)
#: Each example has people of its own.
NUMBERS = itertools.count(2, 2)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeteredBench]:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        made = MeteredBench(tmp_path_factory.mktemp("explained"), "lead", emulator)
        yield made
        made.app.close()


def put_in_force(bench: MeteredBench, rules: list[Any]) -> None:
    folder = bench.app.settings.config_dir / "rules"
    for old in folder.glob("5*.json"):
        old.unlink()
    for number, rule in enumerate(rules):
        (folder / f"5{number}.json").write_text(json.dumps(rule))
    assert bench.app.rulebook.findings("default") == ()


def as_explained(write: Write) -> tuple[Any, ...]:
    after = {name: _plain(value) for name, value in write.values.items()}
    return write.object, write.action, dict(write.before), after


def _plain(value: Any) -> Any:
    return "a new record" if isinstance(value, Reference) else value


def as_written(line: JournalLine, explained: Write) -> tuple[Any, ...]:
    after = dict(line.after)
    for name, value in explained.values.items():
        if isinstance(value, Reference) and after.get(name):
            after[name] = "a new record"
    return line.object, line.action, dict(line.before), after


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rules=RULES, person=PEOPLE, again=PEOPLE, exists=st.sampled_from([None, "Lead", "Contact"]))
def test_a_drain_writes_exactly_what_was_explained(
    bench: MeteredBench, rules: list[Any], person: Any, again: Any, exists: str | None
) -> None:
    number = next(NUMBERS)
    put_in_force(bench, rules)
    if exists is not None:
        bench.people_exist(number, object_=exists)
    for turn, changes in enumerate((person, again)):  # the second time it is known
        arguments = {"event_id": f"e{number}-{turn}", **call(number, **changes)}
        event = bench.app.explainer.read_event("on_prospect_purchased", arguments)
        explained = bench.app.explainer.explain(event, live=True)
        receipt = bench.app.intake.receive("on_prospect_purchased", arguments)
        bench.app.drains.drain("default")
        entry = bench.app.store.entry("default", str(receipt["entry"]))
        assert entry is not None
        assert (entry.state == "held") == (explained.cause is not None)
        writes = explained.changes.writes if explained.changes is not None else ()
        planned = [] if explained.cause is not None else list(writes)
        lines = bench.app.store.journal("default", entry.id)
        written = [as_written(*pair) for pair in zip(lines, planned, strict=True)]
        assert written == list(map(as_explained, planned))
