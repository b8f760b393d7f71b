"""What many fields and many rule files cost: processor time in an org whose objects have 800 fields
each against a stock org, and with 200 rule files against none."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from benchmarks.fixtures import (
    FAST,
    accept_prospects,
    drain_all,
    memory_folder,
    purchase,
    temporary_application,
    workspace,
)
from benchmarks.harness import BenchmarkRow, Effort, Paired, paired, processor_time, thread_time
from benchmarks.org import FIELDS, EmulatorProcess, emulator
from zsf_plugin.wiring.apps import CommandApp

_FIELDS = 800
#: What an object of the stock org has, at least.
_STOCK_FIELDS = 30
_RULES = 200
_PEOPLE = 200
_TOUCHPOINTS = 3
_HOOKS_PER_ROUND = 200


def measure(effort: Effort) -> list[BenchmarkRow]:
    """Three rows."""
    people = effort.size(_PEOPLE)
    job = f"draining {people} prospects with {_TOUCHPOINTS} touchpoints each"
    added = max(effort.size(_FIELDS) - _STOCK_FIELDS, 1)
    rules = effort.size(_RULES)
    with ExitStack() as stack:
        stock = stack.enter_context(emulator())
        wide = stack.enter_context(emulator(_with_more(added)))
        _drained(wide, people)  # load what is loaded late
        fields = paired(
            "width-fields",
            partial(_drained, wide, people),
            partial(_drained, stock, people),
            effort.rounds,
        )
        drains = paired(
            "width-rules",
            partial(_drained, stock, people, rules),
            partial(_drained, stock, people),
            effort.rounds,
        )
    hooks = _hooks(rules, effort)
    return [
        fields.row("width-fields", f"{job}: objects with {added} more fields vs stock", 1.15),
        hooks.row("width-rules-hook", f"a purchase hook: {rules} rule files vs none", 1.5),
        drains.row("width-rules-drain", f"{job}: {rules} rule files vs none", 1.5),
    ]


def _with_more(count: int) -> Sequence[Mapping[str, Any]]:
    more = [
        {"object": name, "name": f"F{number}__c", "type": "string", "length": 80}
        for name in ("Lead", "Contact", "Account")
        for number in range(count)
    ]
    return [*FIELDS, *more]


def _drained(org: EmulatorProcess, people: int, rules: int = 0) -> float:
    """Processor time of the drain, into an org without these people."""
    org.reset()
    with workspace(org.url, FAST, more_rules=rules, where=memory_folder()) as app:
        accept_prospects(app, people, _TOUCHPOINTS)
        return processor_time(partial(drain_all, app))


def _hooks(rules: int, effort: Effort) -> Paired:
    with (
        temporary_application(where=memory_folder(), more_rules=rules) as many,
        temporary_application(where=memory_folder()) as none,
    ):
        ours = partial(_received, many, itertools.count(), effort)
        other = partial(_received, none, itertools.count(), effort)
        ours(), other()  # read the rules, and create the files
        return paired("width-rules-hook", ours, other, effort.rounds)


def _received(app: CommandApp, numbers: itertools.count[int], effort: Effort) -> float:
    """Processor time of a hook call."""
    count = effort.size(_HOOKS_PER_ROUND)
    calls = [purchase(next(numbers)) for _ in range(count)]
    receive = partial(app.intake.receive, "on_prospect_purchased")
    return thread_time(lambda: list(map(receive, calls))) / count
