"""API calls per operation, counted by the emulator. A count has no spread."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.fixtures import FIELDS, USER, person, purchase, workspace
from benchmarks.harness import BenchmarkRow, progress
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.wiring.apps import CommandApp

_FAST = "[limits]\ncalls_per_second = 1000\n"


def measure(rounds: int) -> list[BenchmarkRow]:
    """One row per operation of the call budget, in both modes. Counts ignore `rounds`."""
    progress(f"calls: counted once, not {rounds} times")
    return [row for mode in ("lead", "contact") for row in _measure_mode(mode)]


def _measure_mode(mode: str) -> list[BenchmarkRow]:
    with (
        Emulator(OrgSpec(fields=FIELDS)) as emulator,
        workspace(emulator.url, f'mode = "{mode}"\n{_FAST}') as app,
    ):

        def row(name: str, what: str, bound: float, work: Callable[[], object]) -> BenchmarkRow:
            before = emulator.org.used
            work()
            calls = float(emulator.org.used - before)
            count = (calls, calls, calls)
            return BenchmarkRow(
                f"calls-{name}-{mode}",
                f"{what}, mode {mode}",
                f"{calls:.0f}",
                "",
                count,
                bound,
                "calls",
            )

        return [
            row(
                "search-cold",
                "a search of 100 cold results",
                1,
                lambda: _search(app, range(1000, 1100)),
            ),
            row(
                "search-again", "the same search again", 0, lambda: _search(app, range(1000, 1100))
            ),
            row("lone", "a single new prospect", 2, lambda: _purchase(app, [1])),
            row(
                "unchanged", "the same prospect, unchanged", 0, lambda: _purchase(app, [1], "again")
            ),
            row(
                "backlog",
                "a backlog of 200 new prospects",
                4,
                lambda: _purchase(app, range(2, 202)),
            ),
            row(
                "search-known",
                "a search of 100 purchased ones",
                0,
                lambda: _search(app, range(2, 102)),
            ),
            row(
                "activities",
                "1,000 activities on known people",
                3,
                lambda: _send_touchpoints(app, range(2, 102), 10),
            ),
        ]


def _purchase(app: CommandApp, numbers: range | list[int], prefix: str = "") -> None:
    for number in numbers:
        app.intake.receive("on_prospect_purchased", purchase(number, f"{prefix}e{number}"))
    _drain(app)


def _send_touchpoints(app: CommandApp, numbers: range, times: int) -> None:
    for number in numbers:
        for step in range(times):
            sent = {"id": f"t{number}-{step}", "channel": "email", "step": step}
            call = {**purchase(number, f"t{number}-{step}"), "touchpoint": sent}
            app.intake.receive("on_touchpoint_sent", dict(**call))
    _drain(app)


def _drain(app: CommandApp) -> None:
    report = app.drains.drain("default")
    if report.waiting or report.held:
        raise AssertionError(f"the drain left {report.waiting} waiting and {report.held} held")


def _search(app: CommandApp, numbers: range) -> None:
    answer = app.badges.answer("default", [person(number) for number in numbers], USER, 60.0)
    if any(badge["badge"] == "unknown" for badge in answer["results"].values()):
        raise AssertionError("a badge is still unknown")
