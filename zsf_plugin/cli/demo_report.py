"""What `demo_rounds` played, as JSON and as text."""

from __future__ import annotations

from collections import Counter

from zsf_plugin.cli.badges import MARKS, summary
from zsf_plugin.cli.demo_rounds import Round, Rounds
from zsf_plugin.cli.demo_rows import prospect_name, prospect_rows
from zsf_plugin.cli.output import (
    end_reason,
    heading,
    list_in_line,
    pairs,
    purposes_in_words,
    table,
)
from zsf_plugin.cli.streams import say
from zsf_plugin.messages.text import cause_advice, cause_text, step_text
from zsf_plugin.model import Badge, JsonObject, State
from zsf_plugin.ports import Entry

_STATES: tuple[State, ...] = ("done", "skipped", "held", "pending")
#: What an object of Salesforce stands for here.
_WHAT = {"Lead": "person", "Contact": "person", "Account": "company", "Task": "activity"}
_STYLES: dict[State, str] = {"held": "yellow", "skipped": "dim"}


def demo_document(rounds: Rounds) -> JsonObject:
    """The document of `zsf demo --json`."""
    return {
        "first": _round_document(rounds.first),
        "second": _round_document(rounds.second),
        "stand_in": rounds.url,
    }


def show_demo(rounds: Rounds) -> None:
    """Print what became of each prospect, and what the same events did again."""
    _show_first(rounds.first)
    _show_second(rounds.second)


def _show_first(round_: Round) -> None:
    _show_prospects(round_)
    _show_totals(round_)
    _show_reasons(round_)
    _show_badges(round_)


def _show_prospects(round_: Round) -> None:
    rows = prospect_rows(round_)
    cells = [(row.prospect, row.person, row.company, row.owner, row.logged) for row in rows]
    styles = [_STYLES.get(row.state, "") for row in rows]
    columns = ("prospect", "Lead or Contact", "Account", "owner", "logged")
    table(columns, cells, title="Round 1: events of a host, synced to Salesforce", styles=styles)


def _show_totals(round_: Round) -> None:
    done = Counter(step for entry in round_.entries for step in _steps_done(entry))
    repeated = f"{round_.repeated} sent twice" if round_.repeated else "none sent twice"
    pairs(
        (
            ("People", _found(done, "person")),
            ("Companies", _found(done, "company")),
            ("Owners set", str(done["owned", "person"] + done["owned", "company"])),
            ("Activities", f"{done['logged', 'activity']} logged"),
            ("Events", f"{len(round_.receipts)}, {repeated}: {_counts(round_)}"),
            ("Records", _records(round_)),
            ("API calls", _calls(round_)),
        ),
        title="Totals",
    )


def _records(round_: Round) -> str:
    return f"{round_.calls['created']} created, {round_.calls['updated']} updated"


def _show_reasons(round_: Round) -> None:
    """Why entries were held or skipped, each reason once, with the prospects that it stopped."""
    prospects: dict[tuple[str, str], dict[str, None]] = {}
    for entry in round_.entries:
        reason = end_reason(entry)
        if entry.state in _STYLES and reason is not None:
            advice = cause_advice(entry.cause) if entry.cause is not None else ""
            name = prospect_name(round_.prospects[entry.lane])
            prospects.setdefault((reason, advice), {})[name] = None
    rows = [(", ".join(names), *texts) for texts, names in prospects.items()]
    table(("prospect", "why", "what to do"), rows, title="Held and skipped")


def _show_badges(round_: Round) -> None:
    heading("Search results: who is in Salesforce already")
    list_in_line([_marked(*badge, round_) for badge in round_.badges.items()])
    say(summary(round_.badges.values()))


def _marked(id_: str, badge: Badge, round_: Round) -> str:
    return f"{MARKS[badge['badge']]} {prospect_name(round_.prospects[id_])}"


def _show_second(round_: Round) -> None:
    pairs(
        (
            ("Events", _counts(round_)),
            ("API calls", _calls(round_)),
            ("Writes", f"{round_.writes}{_praise(round_)}"),
        ),
        title="Round 2: the same events with new ids, an empty data folder, the same org",
    )


def _praise(round_: Round) -> str:
    return "" if round_.writes else " (nothing is written twice)"


def _found(done: Counter[tuple[str, str]], what: str) -> str:
    return f"{done['found', what]} found, {done['created', what]} created"


def _steps_done(entry: Entry) -> list[tuple[str, str]]:
    """Each step that was done, and whether to a person, a company or an activity. The person of a
    touchpoint was found, and counted, with its purchase."""
    if entry.state != "done":
        return []
    is_purchase = entry.kind == "purchase"
    steps = [step for step in entry.steps if is_purchase or step.code != "found"]
    return [(step.code, _WHAT.get(step.object or "", "person")) for step in steps]


def _counts(round_: Round) -> str:
    """How many entries ended in each state."""
    counts = Counter(entry.state for entry in round_.entries)
    return ", ".join(f"{counts[state]} {state}" for state in _STATES if counts[state])


def _calls(round_: Round) -> str:
    return f"{round_.calls['api_calls']} ({purposes_in_words(round_.by_purpose)})"


def _round_document(round_: Round) -> JsonObject:
    return {
        "entries": [_entry_document(entry) for entry in round_.entries],
        "calls": round_.calls,
        "calls_by_purpose": round_.by_purpose,
        "writes": round_.writes,
        "badges": {id_: badge["badge"] for id_, badge in round_.badges.items()},
    }


def _entry_document(entry: Entry) -> JsonObject:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "prospect": entry.lane,
        "state": entry.state,
        "cause": cause_text(entry.cause) if entry.cause is not None else None,
        "reason": end_reason(entry),
        "steps": [step_text(step) for step in entry.steps],
    }
