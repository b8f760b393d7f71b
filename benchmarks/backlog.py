"""A backlog of 200 prospects against a naive one-by-one loop on simple-salesforce, at 0 and 50 ms
latency.

The emulator is a separate process. For each prospect the naive loop does what a simple integration
does: look up the Account, the Contact and the Lead, then create the Lead. The benchmark checks that
both sides leave the same Leads.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from simple_salesforce.api import Salesforce
from simple_salesforce.format import format_soql

from benchmarks.deciding import event_of, values
from benchmarks.fixtures import accept_prospects, drain_all, person, workspace
from benchmarks.harness import BenchmarkRow, Effort, format_median, paired, timed
from benchmarks.org import EmulatorProcess, emulator
from benchmarks.peers.clients import client_of

LATENCIES_MS = (0, 50)
RATES = (10, 100)
_PEOPLE = 200


def measure(effort: Effort) -> list[BenchmarkRow]:
    """One row per latency and call rate. The shipped rate is 10 calls per second."""
    rows = []
    with emulator() as org:
        for latency in LATENCIES_MS:
            org.set(latency_ms=latency)
            rows += [_row(org, latency, rate, effort) for rate in RATES]
    return rows


def _row(org: EmulatorProcess, latency: int, rate: int, effort: Effort) -> BenchmarkRow:
    name, people = f"backlog-{latency}ms-{rate}-a-second", effort.size(_PEOPLE)
    rounds = max(1, effort.rounds // 2)
    pair = paired(name, partial(_naive, org, people), partial(_ours, org, people, rate), rounds)
    what = (
        f"a backlog of {people}, {latency} ms latency, up to {rate} calls per second: "
        f"naive loop vs ours"
    )
    ours, others = format_median(pair.others), format_median(pair.ours)
    bound = 50.0 if latency else None
    return BenchmarkRow(name, what, ours, others, pair.ratio, bound, at_least=True, rounds=rounds)


def _ours(org: EmulatorProcess, people: int, rate: int) -> float:
    """Seconds to drain waiting events into an org without these people."""
    org.reset()
    with workspace(org.url, f"[limits]\ncalls_per_second = {rate}\n") as app:
        accept_prospects(app, people, 0)
        seconds = timed(partial(drain_all, app))
    _check(org, people)
    return seconds


def _naive(org: EmulatorProcess, people: int) -> float:
    """Seconds of the naive loop."""
    org.reset()
    with workspace(org.url) as app:
        tokens = app.store.tokens("default")
        if tokens is None:
            raise AssertionError("the workspace is not signed in")
        client = client_of(org.url, tokens.access)
        seconds = timed(partial(_run_loop, client, people))
    _check(org, people)
    return seconds


def _run_loop(client: Salesforce, people: int) -> None:
    """One prospect at a time, as a first version would."""
    for number in range(people):
        prospect = person(number)
        company, email = prospect["company"]["name"], prospect["email"]
        client.query(format_soql("SELECT Id FROM Account WHERE Name = {}", company))
        contact = client.query(format_soql("SELECT Id FROM Contact WHERE Email = {}", email))
        lead = client.query(format_soql("SELECT Id FROM Lead WHERE Email = {}", email))
        if contact["totalSize"] or lead["totalSize"]:
            continue
        client.restful("sobjects/Lead", method="POST", json=_lead(number))


def _lead(number: int) -> dict[str, Any]:
    """The Lead that both sides write for a person."""
    return values(event_of(person(number)), {"Software": "Technology"})["Lead"]


def _check(org: EmulatorProcess, people: int) -> None:
    """Raise AssertionError unless the org contains each person once, with the same values."""
    leads = org.get("records")["Lead"]
    found = {lead["Email"]: lead for lead in leads}
    wanted = {lead["Email"]: lead for lead in map(_lead, range(people))}
    if len(leads) != people or any(
        not lead.items() <= found.get(email, {}).items() for email, lead in wanted.items()
    ):
        raise AssertionError("the org does not contain the expected Leads")
