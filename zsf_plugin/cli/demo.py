"""`zsf demo`: the whole job offline, in a folder that goes away: emulator, sign-in, rules, events,
drain, once more. Renders what `demo_rounds` played.
"""

from __future__ import annotations

import argparse
import threading
from collections import Counter

from zsf_plugin.cli.badges import MARKS, summary
from zsf_plugin.cli.demo_rounds import Round, play_round, read_events, read_org
from zsf_plugin.cli.outcomes import reason_of
from zsf_plugin.cli.output import heading, purposes_in_words, say, say_json, table, tell
from zsf_plugin.emulator import Emulator
from zsf_plugin.messages.text import cause_advice, cause_text, step_text
from zsf_plugin.model import JsonObject, State
from zsf_plugin.ports import Entry

_STATES: tuple[State, ...] = ("done", "skipped", "held", "pending")
#: What an object of Salesforce stands for here.
_WHAT = {"Lead": "person", "Contact": "person", "Account": "company", "Task": "activity"}
#: Steps that people ask about.
_SHOWN = (
    "found",
    "already_logged",
    "chosen",
    "several",
    "created",
    "logged",
    "updated",
    "shortened",
    "owned",
    "no_owner",
    "unchanged",
)


def add_demo(parser: argparse.ArgumentParser) -> None:
    """The arguments of `demo`."""
    parser.add_argument("--json", action="store_true", help="exactly one JSON document on stdout")
    parser.add_argument(
        "--serve", action="store_true", help="keep the emulator up afterwards, to look around"
    )
    parser.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    events = read_events()
    with Emulator(read_org()) as emulator:
        tell(f"Salesforce emulator at {emulator.url}")
        first = play_round(emulator, events, "")
        second = play_round(emulator, events, "again-")
        if options.json:
            rounds = {"first": _document(first), "second": _document(second)}
            say_json({**rounds, "stand_in": emulator.url})
        else:
            _show_first(first)
            _show_second(second)
        if options.serve:
            _serve(emulator)
    return 0 if second.writes == 0 else 1


def _show_first(round_: Round) -> None:
    heading("First round: a host's events, drained into Salesforce")
    table(("entry", "kind", "prospect", "state", "what happened"), _entry_rows(round_))
    say(_totals(round_))
    say(f"{_hook_calls(round_)}; {_counts(round_)}")
    say(f"Salesforce: {_records(round_)}, {_calls(round_)}")
    _show_badges(round_)


def _entry_rows(round_: Round) -> list[tuple[str, ...]]:
    return [
        (entry.id, entry.kind, entry.lane, entry.state, _story(entry)) for entry in round_.entries
    ]


def _hook_calls(round_: Round) -> str:
    repeated = [receipt for receipt in round_.receipts if receipt["duplicate"]]
    return f"{len(round_.receipts)} hook calls, {len(repeated)} of them a repeated event"


def _records(round_: Round) -> str:
    return f"{round_.calls['created']} records created, {round_.calls['updated']} changed"


def _show_badges(round_: Round) -> None:
    heading("A search afterwards: who of these exists in Salesforce")
    say("  ".join(f"{MARKS[badge['badge']]} {id_}" for id_, badge in round_.badges.items()))
    say(summary(list(round_.badges.values())))


def _show_second(round_: Round) -> None:
    heading("Second round: new event ids, an empty data folder, the same org")
    say(f"{_counts(round_)}; {_calls(round_)}")
    praise = "" if round_.writes else " — nothing twice"
    say(f"writes counted by the emulator: {round_.writes}{praise}")


def _story(entry: Entry) -> str:
    """The steps that people ask about, in a sentence."""
    if entry.cause is not None:
        return f"{cause_text(entry.cause)}; {cause_advice(entry.cause)}"
    texts = [step_text(step) for step in entry.steps if step.code in _SHOWN]
    return "; ".join(texts) or reason_of(entry) or ""


def _totals(round_: Round) -> str:
    """What people ask first: how many were matched, created, owned and logged."""
    done = _steps_done(round_)
    people = f"{done['found', 'person']} matched, {done['created', 'person']} created"
    companies = f"{done['found', 'company']} matched, {done['created', 'company']} created"
    owned = done["owned", "person"] + done["owned", "company"]
    return (
        f"people: {people}; companies: {companies}; {owned} new records owned by who purchased; "
        f"{done['logged', 'activity']} activities logged"
    )


def _steps_done(round_: Round) -> Counter[tuple[str, str]]:
    """How often each step was done to a person, a company or an activity. Whom a touchpoint finds
    was matched, and counted, before."""
    counts: Counter[tuple[str, str]] = Counter()
    for entry in round_.entries:
        for step in entry.steps if entry.state == "done" else ():
            if step.code != "found" or entry.kind == "purchase":
                counts[step.code, _WHAT.get(step.object or "", "person")] += 1
    return counts


def _counts(round_: Round) -> str:
    """How many entries ended in each state."""
    counts = Counter(entry.state for entry in round_.entries)
    return ", ".join(f"{counts[state]} {state}" for state in _STATES if counts[state])


def _calls(round_: Round) -> str:
    return f"{round_.calls['api_calls']} API calls ({purposes_in_words(round_.by_purpose)})"


def _document(round_: Round) -> JsonObject:
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
        "reason": reason_of(entry),
        "steps": [step_text(step) for step in entry.steps],
    }


def _serve(emulator: Emulator) -> None:
    """Keep the emulator up until Ctrl-C."""
    tell(f"the emulator stays at {emulator.url}; its records: {emulator.url}/_emulator/records")
    tell(f"connect to it with: zsf connect --login-url {emulator.url}    (end it with Ctrl-C)")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        tell("ended")
