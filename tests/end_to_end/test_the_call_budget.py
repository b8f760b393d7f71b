"""Frugal, counted by the org itself: what each piece of work costs in API calls. Never timed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.id_fields import FIELDS
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring import Application, build


class Desk:
    """A connected workspace whose org is described already."""

    def __init__(self, folder: Path, mode: str, emulator: Emulator) -> None:
        self.emulator = emulator
        (folder / "rules").mkdir(parents=True)
        (folder / "rules" / "10.toml").write_text(f'mode = "{mode}"\n[limits]\ncalls_per_second = 100\n')
        settings = {"drain": "external"}
        self.app: Application = build(
            from_environment({}, config_dir=folder, data_dir=folder / "data", host_settings=settings)
        )
        sign_in = self.app.login.begin(emulator.url, "budget", "http://localhost:1/oauth/callback")
        grant = self.app.login.finish(sign_in, allow(sign_in.authorize_url))
        Connector(self.app.store, self.app.login, self.app.clock).finish("default", grant, sign_in, "custom", "send")
        self.app.crm("default").facts()

    def purchase(self, *numbers: int, prefix: str = "") -> None:
        for number in numbers:
            self.app.intake.purchase(event_id=f"{prefix}p{number}", **_call(number))

    def touch(self, number: int, times: int) -> None:
        for step in range(times):
            host_id = f"t{number}-{step}"
            self.app.intake.touchpoint(
                event_id=host_id, touchpoint={"id": host_id, "channel": "call", "step": step}, **_call(number)
            )

    def calls_of_a_search(self, *numbers: int) -> tuple[int, set[str]]:
        before = self.emulator.org.used
        results = [_call(number)["prospect"] for number in numbers]
        answer = self.app.badges.answer("default", results, {}, 60.0)["results"]
        assert len(answer) == len(numbers)
        return self.emulator.org.used - before, {badge["badge"] for badge in answer.values()}

    def calls_of_a_drain(self) -> int:
        before = self.emulator.org.used
        report = self.app.drain("default")
        assert (report.waiting, report.held) == (0, 0)
        return self.emulator.org.used - before


def _call(number: int) -> dict[str, Any]:
    company = number // 2
    person = {
        "id": f"p{number}",
        "first_name": "Ada",
        "last_name": f"Byron {number}",
        "email": f"ada.byron.{number}@a-company-number-{company}.example",
        "title": "Engineer",
        "company": {
            "id": f"c{company}",
            "name": f"A company, number {company}",
            "domain": f"a-company-number-{company}.example",
        },
    }
    return {
        "workspace": "default",
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": person,
        "user": {"email": "seller@zaplify.example"},
    }


@pytest.fixture(params=["lead", "contact"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        made = Desk(tmp_path, request.param, emulator)
        yield made
        made.app.close()


def test_a_lone_new_prospect_costs_two_calls_at_most(desk: Desk) -> None:
    desk.purchase(1)
    assert desk.calls_of_a_drain() <= 2


def test_a_repurchase_with_nothing_changed_costs_no_call(desk: Desk) -> None:
    desk.purchase(1)
    desk.calls_of_a_drain()
    desk.purchase(1, prefix="again-")
    assert desk.calls_of_a_drain() == 0


def test_a_backlog_of_two_hundred_costs_four_calls_at_most(desk: Desk) -> None:
    desk.purchase(*range(200))
    assert desk.calls_of_a_drain() <= 4


def test_a_thousand_activities_on_known_people_cost_three_calls_at_most(desk: Desk) -> None:
    desk.purchase(*range(100))
    desk.calls_of_a_drain()
    for number in range(100):
        desk.touch(number, 10)
    assert desk.calls_of_a_drain() <= 3
    assert len([row for row in desk.emulator.org.rows["Task"].values() if not row["IsDeleted"]]) == 1000


def test_a_hundred_cold_search_results_cost_one_call_and_none_a_second_time(desk: Desk) -> None:
    assert desk.calls_of_a_search(*range(100)) == (1, {"grey"})
    assert desk.calls_of_a_search(*range(100)) == (0, {"grey"})


def test_search_results_that_were_purchased_cost_no_call(desk: Desk) -> None:
    desk.purchase(*range(50))
    desk.calls_of_a_drain()
    assert desk.calls_of_a_search(*range(50)) == (0, {"black"})


def test_a_hundred_people_who_exist_cost_one_call_in_a_workspace_that_never_saw_them(
    desk: Desk, tmp_path: Path
) -> None:
    desk.purchase(*range(100))
    desk.calls_of_a_drain()
    stranger = Desk(tmp_path / "stranger", "lead", desk.emulator)
    assert stranger.calls_of_a_search(*range(100)) == (1, {"black"})
    stranger.app.close()
