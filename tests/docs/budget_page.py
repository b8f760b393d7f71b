"""Generates docs/call-budget.md from the budget that tests count: `python -m tests.docs.budget_page`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.end_to_end.budget import BUDGET, DESCRIBED_AGAIN, Operation, calls_until_held
from tests.sync.test_refusals import AT_ONCE, SECOND_LOOK

PAGE = Path(__file__).parents[2] / "docs" / "call-budget.md"

HEAD = """\
# Call budget

What each operation costs in API calls. Generated from the figures that the tests check (`python -m tests.docs.budget_page`).
The emulator counts as Salesforce does: a composite request is one call, whatever it contains, and so is each further page
of a query.

Every figure is exact, and assumes that the org's describes are cached unless the row says otherwise. They are cached for an
hour; then one call asks what changed, and once a day one call reads them all. Signing in and refreshing tokens cost no API
calls.

`zsf rules explain EVENT.json` states what an event costs before anything is sent; with `--live` it states what the lookup
cost and what writing costs. `zsf drain`, `zsf badges` and `zsf status` print the calls made, by purpose.
"""
ASSERTED = "Each row is checked under its name by `tests/end_to_end/test_the_call_budget.py`:\n"
NO_KEY = """\
Only activities cost more. With the field, Salesforce refuses a second Task for the same activity, so one that was never sent
needs no lookup; without it, its person is looked up, and the Task by person, day and subject, in one call more.
"""
REFUSED = """\
A record that Salesforce refuses is held, and costs nothing more until something relevant changes. A single prospect that is
refused costs its lookup and its write. If the refusal suggests that something changed after the lookup, one more lookup and
one more write are made; if it is about fields or objects, or names a field that the describes lack (once an hour and field),
the describes are refreshed too. In a backlog, refused records share their calls: one refused record among 200 costs no extra
call.

An activity that was sent without a lookup and is refused is looked up then, and sent once more if something has changed (its
person was merged, deleted or converted, or its Task exists); otherwise it is held.
`tests/end_to_end/test_touchpoints_never_sent.py` counts the calls.

A value that only Salesforce sees does not fit, and that its rule leaves out (`misfit`), does not hold the record: it is sent
once more without that value, together with all others of its batch. So such values cost one more write for a batch of any
size, and up to three more only where the record is then refused for another value; after that it is held.
`tests/end_to_end/test_refused_values.py` counts them.

Only records refused by the org's own code (`APEX_ERROR`, `CANNOT_EXECUTE_FLOW_TRIGGER`,
`CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY`, `LIMIT_EXCEEDED`) are sent again in smaller parts, because that code may fail for 200
records at once but work for each alone: one extra call for one refused record among 200, 11 if all of them fail. Each code is
checked by `tests/end_to_end/test_what_refusals_cost.py`:
"""


def page() -> str:
    """The whole document."""
    with_key = [one for one in BUDGET if one.key]
    parts = [HEAD, ASSERTED, _operations(with_key), "## Without `Zaplify_Id__c`\n", NO_KEY]
    parts += [
        _operations([one for one in BUDGET if not one.key]),
        "## Refusals\n",
        REFUSED,
        _refusals(),
    ]
    return "\n".join(parts)


def _operations(operations: Sequence[Operation]) -> str:
    rows = [(one.what, str(one.lead), str(one.contact), f"`{one.name}`") for one in operations]
    return _table(("operation", "lead mode", "contact mode", "row"), rows)


def _refusals() -> str:
    codes = {row.code: False for row in AT_ONCE} | {row.code: True for row in SECOND_LOOK}
    groups: dict[int, list[str]] = {}
    for code, second in sorted(codes.items()):
        groups.setdefault(calls_until_held(code, second=second), []).append(f"`{code}`")
    assert set(codes) >= DESCRIBED_AGAIN
    return _table(
        ("calls until held", "refused with"),
        [(str(n), ", ".join(found)) for n, found in sorted(groups.items())],
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
