"""docs/call-budget.md, made from the budget that tests count: `python -m tests.docs.budget_page`
writes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.end_to_end.budget import BUDGET, DESCRIBED_ANEW, Operation, calls_until_held
from tests.sync.test_refusals import AT_ONCE, SECOND_LOOK

PAGE = Path(__file__).parents[2] / "docs" / "call-budget.md"

HEAD = """\
# What each operation costs in API calls

Made from the budget that the tests count (`python -m tests.docs.budget_page`); a test keeps it in step. The emulator
counts as Salesforce does: a composite is one call, whatever it holds, and so is each further page. Every figure is exact,
for an org whose describes are cached (they are for an hour; then one call asks what changed, once a day one asks for all)
unless the row says otherwise. Signing in and refreshing a sign-in cost no API call.

`zsf rules explain EVENT.json` states what an event costs before anything is asked, `--live` what looking took and writing
takes; `zsf drain`, `zsf badges` and `zsf status` print what was spent, by purpose.
"""
ASSERTED = "Asserted in `tests/end_to_end/test_the_call_budget.py`, each row by its name:\n"
NO_KEY = """\
Nothing but an activity costs more: without the field an activity is looked for by person, day and subject, which takes a
look more, once its person is known.
"""
REFUSED = """\
A record that Salesforce refuses is held, and costs nothing more until something changes that could matter. Refused at once,
a lone prospect costs its look and its write. A refusal that says that something changed since we looked costs one more look
and one more write; one that speaks of fields or objects asks for the describes anew as well. In a backlog the refused share
their calls: one of 200 costs none of its own. Only what the customer's own code refuses (`APEX_ERROR`,
`CANNOT_EXECUTE_FLOW_TRIGGER`, `CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY`, `LIMIT_EXCEEDED`) is saved again in smaller parts, for
that code may fail for 200 saved at once and work for each: one call for one of 200, 11 where all of them fail. Asserted in
`tests/end_to_end/test_what_refusals_cost.py`, code by code:
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
    assert set(codes) >= DESCRIBED_ANEW
    return _table(
        ("calls until held", "refused with"),
        [(str(n), ", ".join(found)) for n, found in sorted(groups.items())],
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
