"""`zsf demo`: the whole job offline, in a folder that goes away: stand-in, sign-in, rules, events,
drain, once more.

The events and the org it starts with are data, in `rehearsal/`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from zsf_plugin.cli.badges import MARKS, summary
from zsf_plugin.cli.outcomes import reason_of
from zsf_plugin.cli.output import heading, say, say_json, table, tell
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.host import ReferenceHost
from zsf_plugin.messages.text import cause_advice, cause_text, step_text
from zsf_plugin.model.badge import Badge
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.ports.store import Entry
from zsf_plugin.settings import REDIRECT_PATH, REDIRECT_PORT, from_environment
from zsf_plugin.wiring.commands import CommandApp
from zsf_plugin.wiring.parts import Parts

_RULES = ("rules.toml", "partners.toml")
_WORKSPACE = "default"
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


@dataclass(frozen=True, slots=True)
class Round:
    """One round of the demo: how each entry ended, what the org counted, our calls by purpose."""

    entries: tuple[Entry, ...]
    receipts: tuple[JsonObject, ...]
    calls: JsonObject
    by_purpose: JsonObject
    badges: dict[str, Badge]

    @property
    def writes(self) -> int:
        """Rows the stand-in created or changed in this round."""
        writes = self.calls["writes"]
        return writes if isinstance(writes, int) else 0


def add_demo(parser: argparse.ArgumentParser) -> None:
    """The arguments of `demo`."""
    parser.add_argument("--json", action="store_true", help="exactly one JSON document on stdout")
    parser.add_argument(
        "--serve", action="store_true", help="keep the stand-in up afterwards, to look around"
    )
    parser.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    rehearsal = files("zsf_plugin.cli") / "rehearsal"
    with as_file(rehearsal / "org.json") as path:
        spec = OrgSpec.load(path)
    events = [
        json.loads(line)
        for line in (rehearsal / "events.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    with Emulator(spec) as emulator:
        tell(f"stand-in Salesforce at {emulator.url}")
        first = _round(emulator, events, "")
        second = _round(emulator, events, "again-")
        if options.json:
            say_json(
                {"first": _document(first), "second": _document(second), "stand_in": emulator.url}
            )
        else:
            _show(first, second)
        if options.serve:
            _serve(emulator)
    return 0 if second.writes == 0 else 1


def _round(emulator: Emulator, events: list[dict[str, Json]], prefix: str) -> Round:
    """One round with an empty data folder: events through the host's entry point, then a drain."""
    with (
        tempfile.TemporaryDirectory(prefix="zsf-demo-") as folder,
        _connected(emulator, Path(folder)) as app,
    ):
        emulator.control.answer("POST", ["calls", "reset"], None)
        host = ReferenceHost(
            str(app.settings.config_dir), str(app.settings.data_dir), {"drain": "external"}
        )
        receipts = []
        for event in events:
            arguments = {**event, "event_id": f"{prefix}{event['event_id']}"}
            hook = str(arguments.pop("hook"))
            receipts.append(host.call(hook, arguments))
        app.drain(_WORKSPACE)
        badges: dict[str, Badge] = host.call("on_search_results", _search(events))["results"]
        host.stop()
        _, calls = emulator.control.answer("GET", ["calls"], None)
        entries = tuple(reversed(app.store.entries(_WORKSPACE, limit=1000)))
        by_purpose: JsonObject = dict(app.status(_WORKSPACE).allocation.by_purpose)
    return Round(
        entries, tuple(receipts), calls if isinstance(calls, dict) else {}, by_purpose, badges
    )


def _search(events: list[dict[str, Json]]) -> JsonObject:
    """A search that shows everybody of the events, as a host would ask about them, and somebody
    new."""
    people = {
        event["prospect"]["id"]: event["prospect"]
        for event in events
        if isinstance(event["prospect"], dict)
    }
    stranger: JsonObject = {
        "id": "stranger",
        "first_name": "Nora",
        "last_name": "New",
        "email": "nora@new.example",
    }
    return {"workspace": _WORKSPACE, "results": [*people.values(), stranger], "user": {}}


@contextmanager
def _connected(emulator: Emulator, folder: Path) -> Iterator[CommandApp]:
    """An application in an empty folder, with the demo's rules, signed in through the stand-in's
    own pages."""
    rules = folder / "config" / "rules"
    rules.mkdir(parents=True)
    for number, name in enumerate(_RULES, 1):
        text = (files("zsf_plugin.cli") / "rehearsal" / name).read_text(encoding="utf-8")
        (rules / f"{number}0-{name}").write_text(text, encoding="utf-8")
    settings = {"drain": "external"}
    app = CommandApp(
        Parts(
            from_environment(
                {}, config_dir=folder / "config", data_dir=folder / "data", host_settings=settings
            )
        )
    )
    try:
        redirect = f"http://localhost:{REDIRECT_PORT}{REDIRECT_PATH}"
        sign_in = app.login.begin(emulator.url, "zsf-demo", redirect)
        grant = app.login.finish(sign_in, allow(sign_in.authorize_url))
        Connector(app.store, app.login, app.clock).finish(
            _WORKSPACE, grant, sign_in, "custom", "send"
        )
        yield app
    finally:
        app.close()


def _show(first: Round, second: Round) -> None:
    heading("First round: a host's events, drained into Salesforce")
    rows = [
        (entry.id, entry.kind, entry.lane, entry.state, _story(entry)) for entry in first.entries
    ]
    table(("entry", "kind", "prospect", "state", "what happened"), rows)
    repeated = sum(bool(receipt["duplicate"]) for receipt in first.receipts)
    say(_totals(first))
    say(f"{len(first.receipts)} hook calls, {repeated} of them a repeated event; {_counts(first)}")
    say(
        f"Salesforce: {first.calls['created']} records created, {first.calls['updated']} "
        f"changed, {_calls(first)}"
    )
    heading("A search afterwards: who of these exists in Salesforce")
    say("  ".join(f"{MARKS[badge['badge']]} {id_}" for id_, badge in first.badges.items()))
    say(summary(list(first.badges.values())))
    heading("Second round: new event ids, an empty data folder, the same org")
    say(f"{_counts(second)}; {_calls(second)}")
    say(
        f"writes counted by the stand-in: {second.writes}"
        + ("" if second.writes else " — nothing twice")
    )


def _story(entry: Entry) -> str:
    """The steps that people ask about, in a sentence."""
    if entry.cause is not None:
        return f"{cause_text(entry.cause)}; {cause_advice(entry.cause)}"
    texts = [step_text(step) for step in entry.steps if step.code in _SHOWN]
    return "; ".join(texts) or reason_of(entry) or ""


def _totals(round_: Round) -> str:
    """What people ask first: how many were matched, created, owned and logged."""
    done = [
        (entry.kind, step)
        for entry in round_.entries
        if entry.state == "done"
        for step in entry.steps
    ]
    matched = Counter(
        step.object for kind, step in done if kind == "purchase" and step.code == "found"
    )
    created = Counter(step.object for _, step in done if step.code == "created")
    logged = sum(step.code == "logged" for _, step in done)
    owned = sum(step.code == "owned" and step.object != "Task" for _, step in done)
    people = (
        f"people: {matched['Lead'] + matched['Contact']} matched, "
        f"{created['Lead'] + created['Contact']} created"
    )
    companies = f"companies: {matched['Account']} matched, {created['Account']} created"
    return (
        f"{people}; {companies}; {owned} new records owned by who purchased; "
        f"{logged} activities logged"
    )


def _counts(round_: Round) -> str:
    states = [entry.state for entry in round_.entries]
    return ", ".join(
        f"{states.count(state)} {state}"
        for state in ("done", "skipped", "held", "pending")
        if state in states
    )


def _calls(round_: Round) -> str:
    shares = ", ".join(f"{purpose} {calls}" for purpose, calls in sorted(round_.by_purpose.items()))
    return f"{round_.calls['api_calls']} API calls ({shares})"


def _document(round_: Round) -> JsonObject:
    entries: list[Json] = [
        {
            "id": entry.id,
            "kind": entry.kind,
            "prospect": entry.lane,
            "state": entry.state,
            "cause": cause_text(entry.cause) if entry.cause is not None else None,
            "reason": reason_of(entry),
            "steps": [step_text(step) for step in entry.steps],
        }
        for entry in round_.entries
    ]
    return {
        "entries": entries,
        "calls": round_.calls,
        "calls_by_purpose": round_.by_purpose,
        "writes": round_.writes,
        "badges": {id_: badge["badge"] for id_, badge in round_.badges.items()},
    }


def _serve(emulator: Emulator) -> None:
    """Keep the stand-in up until Ctrl-C."""
    tell(f"the stand-in stays at {emulator.url}; its records: {emulator.url}/_emulator/records")
    tell(f"connect to it with: zsf connect --login-url {emulator.url}    (end it with Ctrl-C)")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        tell("ended")
