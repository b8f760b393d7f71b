"""API calls of each piece of work, counted by the emulator. A count has no spread."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.harness import Row, progress
from benchmarks.place import FIELDS, USER, person, purchase, workspace
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.wiring.apps import CommandApp

_FAST = "[limits]\ncalls_per_second = 1000\n"


def measure(rounds: int) -> list[Row]:
    """A row for each operation of the budget, in both modes. `rounds` changes nothing: a count is a
    count."""
    progress(f"calls: counted once, whatever the rounds ({rounds})")
    return [row for mode in ("lead", "contact") for row in _in_mode(mode)]


def _in_mode(mode: str) -> list[Row]:
    with (
        Emulator(OrgSpec(fields=FIELDS)) as emulator,
        workspace(emulator.url, f'mode = "{mode}"\n{_FAST}') as app,
    ):

        def row(name: str, what: str, bound: float, work: Callable[[], object]) -> Row:
            before = emulator.org.used
            work()
            calls = float(emulator.org.used - before)
            count = (calls, calls, calls)
            return Row(
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
            row("lone", "a lone new prospect", 2, lambda: _buy(app, [1])),
            row("unchanged", "the same prospect, unchanged", 0, lambda: _buy(app, [1], "again")),
            row("backlog", "a backlog of 200 new prospects", 4, lambda: _buy(app, range(2, 202))),
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
                lambda: _touch(app, range(2, 102), 10),
            ),
        ]


def _buy(app: CommandApp, numbers: range | list[int], prefix: str = "") -> None:
    for number in numbers:
        app.intake.receive("on_prospect_purchased", purchase(number, f"{prefix}e{number}"))
    _drained(app)


def _touch(app: CommandApp, numbers: range, times: int) -> None:
    for number in numbers:
        for step in range(times):
            sent = {"id": f"t{number}-{step}", "channel": "email", "step": step}
            call = {**purchase(number, f"t{number}-{step}"), "touchpoint": sent}
            app.intake.receive("on_touchpoint_sent", dict(**call))
    _drained(app)


def _drained(app: CommandApp) -> None:
    report = app.drains.drain("default")
    if report.waiting or report.held:
        raise AssertionError(f"the drain left {report.waiting} waiting and {report.held} held")


def _search(app: CommandApp, numbers: range) -> None:
    answer = app.badges.answer("default", [person(number) for number in numbers], USER, 60.0)
    if any(badge["badge"] == "unknown" for badge in answer["results"].values()):
        raise AssertionError("a badge was not found out")
