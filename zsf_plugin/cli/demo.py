"""`zsf demo`: the whole job offline, in a folder that goes away: emulator, sign-in, rules, events,
drain, once more. Renders what `demo_rounds` played.
"""

from __future__ import annotations

import argparse
import threading
from collections import Counter

from zsf_plugin.cli.badges import MARKS, summary
from zsf_plugin.cli.common import add_flag, report
from zsf_plugin.cli.demo_rounds import Round, Rounds, emulated_org, play
from zsf_plugin.cli.output import (
    cause_in_words,
    heading,
    purposes_in_words,
    reason_of,
    say,
    table,
    tell,
)
from zsf_plugin.messages.text import cause_text, step_text
from zsf_plugin.model import Badge, JsonObject, State
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
    add_flag(parser, "--json", "exactly one JSON document on stdout")
    add_flag(parser, "--serve", "keep the emulator up afterwards, to look around")
    parser.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    with emulated_org() as emulator:
        tell(f"Salesforce emulator at {emulator.url}")
        rounds = play(emulator)
        is_faulty = rounds.second.writes != 0
        code = report(options, rounds, _document, _show, has_findings=is_faulty)
        if options.serve:
            _serve(rounds.url)
    return code


def _document(rounds: Rounds) -> JsonObject:
    return {
        "first": _round_document(rounds.first),
        "second": _round_document(rounds.second),
        "stand_in": rounds.url,
    }


def _show(rounds: Rounds) -> None:
    _show_first(rounds.first)
    _show_badges(rounds.first)
    _show_second(rounds.second)


def _show_first(round_: Round) -> None:
    columns = ("entry", "kind", "prospect", "state", "what happened")
    title = "First round: a host's events, drained into Salesforce"
    table(columns, map(_entry_row, round_.entries), title=title)
    say(_totals(round_))
    say(f"{_hook_calls(round_)}; {_counts(round_)}")
    say(f"Salesforce: {_records(round_)}, {_calls(round_)}")


def _entry_row(entry: Entry) -> tuple[str, ...]:
    return (entry.id, entry.kind, entry.lane, entry.state, _story(entry))


def _hook_calls(round_: Round) -> str:
    return f"{len(round_.receipts)} hook calls, {round_.repeated} of them a repeated event"


def _records(round_: Round) -> str:
    return f"{round_.calls['created']} records created, {round_.calls['updated']} changed"


def _show_badges(round_: Round) -> None:
    heading("A search afterwards: who of these exists in Salesforce")
    say("  ".join(_marked(*badge) for badge in round_.badges.items()))
    say(summary(round_.badges.values()))


def _marked(id_: str, badge: Badge) -> str:
    return f"{MARKS[badge['badge']]} {id_}"


def _show_second(round_: Round) -> None:
    heading("Second round: new event ids, an empty data folder, the same org")
    say(f"{_counts(round_)}; {_calls(round_)}")
    say(f"writes counted by the emulator: {round_.writes}{_praise(round_)}")


def _praise(round_: Round) -> str:
    return "" if round_.writes else " — nothing twice"


def _story(entry: Entry) -> str:
    """The steps that people ask about, in a sentence."""
    if entry.cause is not None:
        return cause_in_words(entry.cause)
    texts = [step_text(step) for step in entry.steps if step.code in _SHOWN]
    return "; ".join(texts) or reason_of(entry) or ""


def _totals(round_: Round) -> str:
    """What people ask first: how many were matched, created, owned and logged."""
    done = Counter(step for entry in round_.entries for step in _steps_done(entry))
    owned = done["owned", "person"] + done["owned", "company"]
    return (
        f"people: {_found(done, 'person')}; companies: {_found(done, 'company')}; {owned} new "
        f"records owned by who purchased; {done['logged', 'activity']} activities logged"
    )


def _found(done: Counter[tuple[str, str]], what: str) -> str:
    return f"{done['found', what]} matched, {done['created', what]} created"


def _steps_done(entry: Entry) -> list[tuple[str, str]]:
    """Each step that was done, and whether to a person, a company or an activity. Whom a
    touchpoint finds was matched, and counted, before."""
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
    return f"{round_.calls['api_calls']} API calls ({purposes_in_words(round_.by_purpose)})"


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
        "reason": reason_of(entry),
        "steps": [step_text(step) for step in entry.steps],
    }


def _serve(url: str) -> None:
    """Keep the emulator up until Ctrl-C."""
    tell(f"the emulator stays at {url}; its records: {url}/_emulator/records")
    tell(f"connect to it with: zsf connect --login-url {url}    (end it with Ctrl-C)")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        tell("ended")
