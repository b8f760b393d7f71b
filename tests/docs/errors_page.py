"""docs/errors.md, made from the code's own tables: `python -m tests.docs.errors_page` writes it, a
test compares it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from zsf_plugin.decision import causes
from zsf_plugin.messages.causes import REFUSALS, UNKNOWN
from zsf_plugin.messages.connection import connection_text
from zsf_plugin.messages.text import cause_advice, cause_text
from zsf_plugin.messages.unanswered import UNANSWERED_WORDS
from zsf_plugin.model import AvailabilityCode, Cause, ReconnectReason
from zsf_plugin.salesforce.answers import CONNECTION, LATER
from zsf_plugin.salesforce.oauth import DESCRIBED, OUR_APP
from zsf_plugin.store.sqlite.database import ADVICE

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"

#: One of each cause of our own, with names that stand for any object, field or reason.
OURS: tuple[Cause, ...] = (
    causes.person_missing(),
    causes.several_match("Contact", ["Email"], "hold"),
    causes.required_empty("Lead", "Region__c"),
    causes.does_not_fit("Lead", "Industry", {"misfit": "not_in_picklist"}),
    causes.object_hidden("Contact"),
    causes.person_account("Contact"),
    causes.no_closed_status(),
    causes.outcome_unclear("Lead"),
    causes.invalid_event("/prospect/id", {"fault": "missing"}),
    causes.defect("KeyError"),
)
PAUSES: tuple[tuple[AvailabilityCode, str, str], ...] = (
    ("not_connected", "no connection yet; entries wait", "`zsf connect`"),
    (
        "reconnect",
        "the sign-in is gone, or something about the connection needs a person (below)",
        "`zsf connect`, after what it says",
    ),
    (
        "previewing",
        "connected in the console, and the first preview was not seen yet",
        "look at the preview there, then send or skip what waits",
    ),
    (
        "quota",
        "the org's daily calls, or our share of them, are used",
        "nothing; it goes on by itself. Raise `[limits]` in a rule, or the org's allocation, if it comes often",
    ),
    ("concurrent", "too many long calls run in the org at once", "nothing; it goes on by itself"),
    (
        "unavailable",
        "Salesforce cannot be reached, or could not answer",
        "nothing; it goes on by itself",
    ),
    (
        "in_doubt",
        "an answer was lost, and without `Zaplify_Id__c` only time tells what became of the write",
        "nothing; it goes on within 10 minutes. With the field in the org it never waits",
    ),
)

HEAD = """\
# What can go wrong, and what to do

Made from the code's own tables (`python -m tests.docs.errors_page`); a test keeps it in step.

An entry ends as done, skipped or held. **Held** entries have a cause: `zsf outbox list --cause CODE` lists them,
`zsf outbox show ID` has Salesforce's own words, `zsf outbox retry --cause CODE` puts them back once the cause is dealt
with. They are also put back by themselves when something that could matter has changed: the rules, the org's fields, or
the connection; all but `OUTCOME_UNCLEAR`, which waits for a person. Causes never hold a value of a person's record.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            HEAD,
            *_section(
                "Held by our own rules",
                ("cause", "what the admin sees, for example", "what to do"),
                map(_ours, OURS),
            ),
            *_section(
                "Held because Salesforce refused the record",
                ("Salesforce's code", "what the admin sees", "what to do"),
                _refused(),
            ),
            "Any other code of Salesforce's is held too, with the words of the last row.",
            "",
            "Of these, "
            + _listed(_second_looks())
            + " are looked at once more before they are held: what we knew of the",
            "record, its owner or the org's fields is asked for anew. That costs one look and one write, once an entry.",
            "",
            *_section(
                "Nobody's fault: waits and goes on by itself",
                ("Salesforce's code", "waits, in seconds"),
                _waits(),
            ),
            *_section("The workspace is paused", ("`status` says", "why", "what to do"), PAUSES),
            *_section(
                "The connection needs a person",
                ("Salesforce's code", "what to do"),
                [
                    (f"`{code}`", connection_text(ReconnectReason(code.lower())))
                    for code in sorted(CONNECTION)
                ],
            ),
            *_section(
                "Signing in was refused", ("Salesforce says", "code", "what to do"), _sign_in()
            ),
            *_section(
                "The database",
                ("the file …", "", ""),
                [
                    (advice.partition(": ")[0], "", advice.partition(": ")[2])
                    for advice in dict.fromkeys(ADVICE.values())
                ],
            ),
        ]
    )


def _section(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A heading and a table; columns without a name are left out."""
    kept = [number for number, name in enumerate(columns) if name or number == len(columns) - 1]
    names = [columns[number] or "what to do" for number in kept]
    lines = [[row[number] for number in kept] for row in rows]
    return [f"## {title}", "", _line(names), _line(["---"] * len(names)), *map(_line, lines), ""]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _ours(cause: Cause) -> tuple[str, str, str]:
    return f"`{cause.code}`", cause_text(cause), cause_advice(cause)


def _refused() -> list[tuple[str, str, str]]:
    rows = [
        (f"`{code}`", refusal.why, refusal.advice) for code, refusal in sorted(REFUSALS.items())
    ]
    return [*rows, ("any other", UNKNOWN.why, UNKNOWN.advice)]


def _second_looks() -> list[str]:
    from zsf_plugin.sync.settlements import LOOK_AGAIN

    return sorted(LOOK_AGAIN)


def _waits() -> list[tuple[str, str]]:
    return [(f"`{code}`", f"{seconds:g}") for code, seconds in sorted(LATER.items())]


def _sign_in() -> list[tuple[str, str, str]]:
    rows = []
    for fragment, code in DESCRIBED.items():
        advice = (
            UNANSWERED_WORDS["address_not_allowed"]
            if code == "ip"
            else connection_text(ReconnectReason(code))
        )
        rows.append((f"…{fragment}…", f"`{code}`", advice))
    return rows + [(f"`{error}`", "settings", advice) for error, advice in OUR_APP.items()]


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes[:-1]) + f" and `{codes[-1]}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
