"""Every refusal of the table, with the real adapter and the emulator: the entry is held with its
cause, at the stated cost in calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.bench import MeteredBench
from tests.end_to_end.budget import DESCRIBED_AGAIN, calls_until_held
from tests.fakes.id_fields import FIELDS
from tests.sync.test_refusals import AT_ONCE, HOLDING, SECOND_LOOK, Held
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.messages.text import cause_text


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(OrgSpec(fields=FIELDS)) as running:
        yield running


@pytest.mark.parametrize(
    ("row", "second"), [(r, False) for r in AT_ONCE] + [(r, True) for r in SECOND_LOOK], ids=str
)
def test_a_refused_record_is_held_and_costs_no_more_than_stated(
    emulator: Emulator, tmp_path: Path, row: Held, second: bool
) -> None:
    emulator.org.refusals.clear()
    bench = MeteredBench(tmp_path, "lead", emulator, rule=HOLDING)
    staged = {
        "code": row.code,
        "message": row.message,
        "fields": list(row.fields),
        "status": row.status,
        "times": 99,
    }
    emulator.control.answer("POST", ["refusals"], {**staged, "object": "Lead"})
    bench.purchase(1)
    before = emulator.org.used
    bench.app.drains.drain("default")
    spent = emulator.org.used - before
    (entry,) = bench.app.store.entries("default")
    assert entry.state == "held"
    assert entry.cause is not None
    assert cause_text(entry.cause).startswith(row.text)
    describes = int(_names_unknown_field(bench, row))
    assert spent == calls_until_held(row.code, second=second) + describes
    assert [lead for lead in emulator.org.rows["Lead"].values() if not lead["IsDeleted"]] == []
    bench.app.drains.drain("default")
    assert emulator.org.used == before + spent, "a held entry is not tried for ever"
    bench.app.close()


def _names_unknown_field(bench: MeteredBench, row: Held) -> bool:
    """Whether the refusal names a field that the describe lacks, which has it read again; a code
    about fields does that in any case."""
    lead = bench.app.orgs.crm("default").facts().describes["Lead"]
    unknown = any(lead.field(name) is None for name in row.fields)
    return unknown and row.code not in DESCRIBED_AGAIN


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("STRING_TOO_LONG", 0),
        ("APEX_ERROR", 1),
        ("CANNOT_EXECUTE_FLOW_TRIGGER", 1),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", 1),
        ("LIMIT_EXCEEDED", 1),
    ],
)
def test_one_refusal_among_two_hundred_costs_at_most_one_call_and_holds_no_one_else(
    tmp_path: Path, code: str, more: int
) -> None:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        bench = MeteredBench(tmp_path, "lead", emulator)
        where = {"LastName": "Byron 7"}
        refusal = {"code": code, "object": "Lead", "where": where, "times": 99}
        emulator.control.answer("POST", ["refusals"], refusal)
        bench.purchase(*range(200))
        before = emulator.org.used
        report = bench.app.drains.drain("default")
        assert (report.done, report.held, report.waiting) == (199, 1, 0)
        looked_described_and_wrote = 3
        assert emulator.org.used - before == looked_described_and_wrote + more
        bench.app.close()
