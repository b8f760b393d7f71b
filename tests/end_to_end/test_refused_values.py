"""Values that only Salesforce sees do not fit, from the hook to the org: the record is written
without them, the entry's story says so, and each batch pays one more write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.bench import MeteredBench
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.messages.text import step_text

RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
PICKLIST = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


@dataclass(frozen=True, slots=True)
class Refused:
    """A field whose value for a numbered person is refused with that code, in that mode."""

    mode: str
    object: str
    field: str
    code: str
    value_of: Callable[[int], str]


def _of_person(number: int) -> str:
    return f"ada.byron.{number}@a-company-number-{number // 2}.example"


def _of_company(number: int) -> str:
    return f"a-company-number-{number // 2}.example"


VALUES = [
    Refused("lead", "Lead", "Title", RULE, lambda _: "Engineer"),
    Refused("lead", "Lead", "Email", "INVALID_EMAIL_ADDRESS", _of_person),
    Refused("lead", "Lead", "LeadSource", PICKLIST, lambda _: "Zaplify"),
    Refused(
        "contact", "Contact", "Title", "FIELD_FILTER_VALIDATION_EXCEPTION", lambda _: "Engineer"
    ),
    Refused("contact", "Account", "Website", "FIELD_INTEGRITY_EXCEPTION", _of_company),
]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(OrgSpec(fields=FIELDS)) as running:
        yield running


def refuse(emulator: Emulator, one: Refused, size: int) -> None:
    """Refuse every record that has the value of any of the first people."""
    for value in dict.fromkeys(map(one.value_of, range(size))):
        staged = {"code": one.code, "object": one.object, "fields": [one.field], "times": 999}
        emulator.control.answer("POST", ["refusals"], {**staged, "where": {one.field: value}})


@pytest.fixture(params=[1, 60], ids=["lone", "batch"])
def size(request: pytest.FixtureRequest) -> int:
    """The number of people: one request with references, or collections."""
    return int(request.param)


@pytest.fixture(params=VALUES, ids=lambda one: f"{one.object}.{one.field}")
def one(request: pytest.FixtureRequest) -> Refused:
    refused: Refused = request.param
    return refused


def _usual_calls(folder: Path, mode: str, size: int) -> int:
    """The calls of as many people of whom nothing is refused."""
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        bench = MeteredBench(folder, mode, emulator)
        bench.purchase(*range(size))
        calls = bench.calls_of_a_drain()
        bench.app.close()
        return calls


def test_people_are_written_without_the_value_for_one_more_round_of_writes(
    emulator: Emulator, tmp_path: Path, one: Refused, size: int
) -> None:
    usual = _usual_calls(tmp_path / "usual", one.mode, size)
    bench = MeteredBench(tmp_path, one.mode, emulator)
    refuse(emulator, one, size)
    bench.purchase(*range(size))
    assert bench.calls_of_a_drain() <= usual + 1
    rows = [row for row in emulator.org.rows[one.object].values() if not row["IsDeleted"]]
    assert rows
    assert {row[one.field] for row in rows} == {None}
    entries = bench.app.store.entries("default", limit=500)
    shown = [
        step_text(step) for entry in entries for step in entry.steps if step.field == one.field
    ]
    (text,) = set(shown)
    assert text.startswith(f"{one.field} left out: Salesforce refused the value ({one.code}")
    bench.app.close()
