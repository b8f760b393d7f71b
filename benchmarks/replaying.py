"""Replaying events under edited rules: a row of `authoring`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.deciding import complete_prospect
from benchmarks.fixtures import USER
from benchmarks.harness import BenchmarkRow, Effort
from zsf_plugin.authoring.replay import Replay
from zsf_plugin.authoring.rule_pair import RulePair
from zsf_plugin.authoring.rule_sets import read_rule_set
from zsf_plugin.intake import copy_call, read_event
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.rulebook import RulesInForce
from zsf_plugin.rulebook.schema import first_violation

_EVENTS = 3_000
#: An edit that every event differs by.
_BEFORE = '[fields.Lead]\nRating = "prospect.title"\n'
_AFTER = '[fields.Lead]\nRating = { from = "prospect.title", values = { Engineer = "Hot" } }\n'


def replay_row(effort: Effort) -> BenchmarkRow:
    """Events that are read, decided under both sets of rules and compared, a second."""
    count = effort.size(_EVENTS, 50)
    lines = [json.dumps(_call(number)) for number in range(count)]
    rates = []
    with TemporaryDirectory() as folder:
        pair = RulePair(*(_rules(Path(folder, name), text) for name, text in _SIDES))
        for _ in range(effort.rounds):
            began = time.process_time()
            different = _replay(pair, lines)
            rates.append(count / (time.process_time() - began))
            if different != count:
                raise AssertionError(f"{different} of {count} events differ")
    rates.sort()
    spread = (rates[len(rates) // 2], rates[0], rates[-1])
    what = "events replayed a second of processor time, all of which differ"
    return BenchmarkRow(
        "rules-replay",
        what,
        f"{spread[0]:,.0f}",
        "",
        spread,
        3_000.0,
        "events/s",
        at_least=True,
        rounds=effort.rounds,
    )


_SIDES = (("before", _BEFORE), ("after", _AFTER))


def _rules(folder: Path, text: str) -> RulesInForce:
    folder.mkdir()
    (folder / "10.toml").write_text(text, encoding="utf-8")
    return read_rule_set(folder, "default").rules


def _replay(pair: RulePair, lines: list[str]) -> int:
    rulebook = Rulebook(Path("/nonexistent"), lambda _: {})
    replay = Replay(lambda _: pair, lambda _: 3)
    for number, line in enumerate(lines, 1):
        event = read_event("purchase", copy_call(json.loads(line)), first_violation, rulebook)
        replay.take(event, {"line": number})
    return replay.different


def _call(number: int) -> JsonObject:
    prospect = {**complete_prospect(), "id": f"p{number}", "title": "Engineer"}
    return {
        "workspace": "default",
        "event_id": f"e{number}",
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": prospect,
        "user": USER,
    }
