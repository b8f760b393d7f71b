"""A backlog of 200 prospects against a naive one-by-one loop on simple-salesforce, at 0 and 50 ms
latency.

The emulator is a separate process. For each prospect the naive loop does what a simple integration
does: look up the Account, the Contact and the Lead, then create the Lead. The benchmark checks that
both sides leave the same Leads.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.format import format_soql

from benchmarks.deciding import event_of, values
from benchmarks.fixtures import person, purchase, workspace
from benchmarks.harness import BenchmarkRow, Paired, format_median, paired, timed

PEOPLE = 200
_RATES = (10, 100)


def measure(rounds: int) -> list[BenchmarkRow]:
    """One row per latency and call rate. The shipped rate is 10 calls per second."""
    rows = []
    with _emulator() as url:
        for latency in (0, 50):
            for rate in _RATES:
                requests.post(f"{url}/_emulator/settings", json={"latency_ms": latency}, timeout=10)
                rows.append(_row(url, latency, rate, max(1, rounds // 2)))
    return rows


def _row(url: str, latency: int, rate: int, rounds: int) -> BenchmarkRow:
    name = f"backlog-{latency}ms-{rate}-a-second"
    pair: Paired = paired(name, lambda: _naive(url), lambda: _ours(url, rate), rounds)
    what = (
        f"a backlog of {PEOPLE}, {latency} ms latency, up to {rate} calls per second: "
        f"naive loop vs ours"
    )
    bound = 50.0 if latency else None
    return BenchmarkRow(
        name,
        what,
        format_median(pair.others),
        format_median(pair.ours),
        pair.ratio,
        bound,
        at_least=True,
        rounds=rounds,
    )


def _ours(url: str, rate: int) -> float:
    """Seconds to drain waiting events into an org without these people."""
    _reset_records(url)
    with workspace(url, f"[limits]\ncalls_per_second = {rate}\n") as app:
        for number in range(PEOPLE):
            app.intake.receive("on_prospect_purchased", purchase(number))
        seconds = timed(lambda: app.drains.drain("default"))
        if app.store.counts("default").done != PEOPLE:
            raise AssertionError("the drain did not finish")
    _check(url)
    return seconds


def _naive(url: str) -> float:
    """Seconds of the naive loop."""
    _reset_records(url)
    with workspace(url) as app, _HttpSession() as session:
        tokens = app.store.tokens("default")
        if tokens is None:
            raise AssertionError("the workspace is not signed in")
        address = url.replace("http://", "https://")
        client = Salesforce(
            instance_url=address, session_id=tokens.access, version="68.0", session=session
        )
        seconds = timed(lambda: _run_loop(client))
    _check(url)
    return seconds


def _run_loop(client: Salesforce) -> None:
    """One prospect at a time, as a first version would."""
    for number in range(PEOPLE):
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


def _check(url: str) -> None:
    """Raise AssertionError unless the org contains each person once, with the same values."""
    leads = requests.get(f"{url}/_emulator/records", timeout=30).json()["Lead"]
    found = {lead["Email"]: lead for lead in leads}
    wanted = {lead["Email"]: lead for lead in map(_lead, range(PEOPLE))}
    if len(leads) != PEOPLE or any(
        not lead.items() <= found.get(email, {}).items() for email, lead in wanted.items()
    ):
        raise AssertionError("the org does not contain the expected Leads")


class _HttpSession(requests.Session):
    """simple-salesforce supports only https; the emulator serves http on the loopback interface."""

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(method, str(url).replace("https://", "http://", 1), *args, **kwargs)


def _reset_records(url: str) -> None:
    """Remove all records with the emulator's control API."""
    requests.post(f"{url}/_emulator/records/reset", timeout=30).raise_for_status()


@contextmanager
def _emulator() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "zsf_plugin.emulator"], stdout=subprocess.PIPE, text=True
    )
    if process.stdout is None:
        raise AssertionError("the emulator has no stdout")
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.terminate()
        process.communicate(timeout=10)
