"""A workspace whose API calls are counted, with repeatable purchases, touchpoints and searches."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator
from zsf_plugin.model import Event, JsonObject
from zsf_plugin.model.link import MAX_UNCHECKED_S
from zsf_plugin.settings import from_environment
from zsf_plugin.sync.due import RECHECK_INTERVAL_S
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts
from zsf_plugin.wiring.process import SystemClock


class ShiftedClock(SystemClock):
    """The system's clock, put forward."""

    shift_s = 0.0

    def now(self) -> float:
        return super().now() + self.shift_s


class MeteredBench:
    """A connected workspace; `warm`: the describes are cached; `rule` is one more rule file;
    `database`: the URL of its store's, by default a file."""

    def __init__(
        self,
        folder: Path,
        mode: str,
        emulator: Emulator,
        *,
        warm: bool = True,
        rule: JsonObject | None = None,
        database: str | None = None,
    ) -> None:
        self.emulator = emulator
        self.clock = ShiftedClock()
        (folder / "rules").mkdir(parents=True)
        if rule is not None:
            (folder / "rules" / "20.json").write_text(json.dumps(rule))
        (folder / "rules" / "10.toml").write_text(
            f'mode = "{mode}"\n[limits]\ncalls_per_second = 100\n'
        )
        settings = {"drain": "external"}
        self.app: CommandApp = CommandApp(
            Parts(
                from_environment(
                    {"ZSF_DATABASE_URL": database} if database else {},
                    config_dir=folder,
                    data_dir=folder / "data",
                    host_settings=settings,
                ),
                self.clock,
            )
        )
        sign_in = self.app.login.begin(emulator.url, "budget", "http://localhost:1/oauth/callback")
        grant = self.app.login.finish(sign_in, allow(sign_in.authorize_url))
        Connector(self.app.store, self.app.login, self.app.clock).finish(
            "default", grant, sign_in, "custom", "send"
        )
        if warm:
            self.app.orgs.crm("default").facts()

    def purchase(self, *numbers: int, prefix: str = "", **changes: Any) -> None:
        for number in numbers:
            self.app.intake.receive(
                "on_prospect_purchased",
                dict(event_id=f"{prefix}p{number}", **call(number, **changes)),
            )

    def touch(self, number: int, times: int) -> None:
        for step in range(times):
            host_id = f"t{number}-{step}"
            self.app.intake.receive(
                "on_touchpoint_sent",
                dict(
                    event_id=host_id,
                    touchpoint={"id": host_id, "channel": "call", "step": step},
                    **call(number),
                ),
            )

    def touched(self, number: int, touchpoint: JsonObject) -> None:
        """One touchpoint of a person."""
        event = str(touchpoint["id"])
        arguments = dict(event_id=event, touchpoint=touchpoint, **call(number))
        self.app.intake.receive("on_touchpoint_sent", arguments)

    def preview(self, number: int, title: str) -> None:
        """Preview a purchase with a draft rule that changes the title."""
        whole = call(number)
        payload = {"prospect": whole["prospect"], "user": whole["user"]}
        event = Event("purchase", "default", f"p{number}", whole["occurred_at"], payload)
        field = {"Title": {"from": title, "overwrite": "always"}}
        preview = self.app.explainer.preview(event, {"fields": {"Lead": field, "Contact": field}})
        assert preview.world is not None

    def search(self, *numbers: int) -> set[str]:
        """The badges of a search."""
        results = [call(number)["prospect"] for number in numbers]
        answer = self.app.badges.answer("default", results, {}, 60.0)["results"]
        assert len(answer) == len(numbers)
        return {badge["badge"] for badge in answer.values()}

    def drain(self) -> None:
        report = self.app.drains.drain("default")
        assert (report.waiting, report.held) == (0, 0)

    def an_hour_passes(self) -> None:
        """Make the cached describes expire."""
        connection = self.app.orgs.connection("default")
        name = f"describe:{connection.user_id}:stamp"
        stamp = self.app.store.fact(connection.org_id, name)
        assert stamp is not None
        old = replace(stamp, fetched_at=stamp.fetched_at - RECHECK_INTERVAL_S)
        self.app.store.save_fact(connection.org_id, name, old)

    def links_grow_old(self) -> None:
        """Let an hour pass, but read the describes again."""
        self.clock.shift_s += MAX_UNCHECKED_S
        self.app.orgs.crm("default").facts(refresh=True)

    def calls_of_a_search(self, *numbers: int) -> tuple[int, set[str]]:
        before = self.emulator.org.used
        badges = self.search(*numbers)
        return self.emulator.org.used - before, badges

    def calls_of_a_drain(self) -> int:
        before = self.emulator.org.used
        self.drain()
        return self.emulator.org.used - before

    def people_exist(self, *numbers: int, object_: str = "Lead") -> None:
        """Create records as another user."""
        for number in numbers:
            person = call(number)["prospect"]
            values = {
                "FirstName": person["first_name"],
                "LastName": person["last_name"],
                "Email": person["email"],
            }
            company = {"Company": person["company"]["name"]} if object_ == "Lead" else {}
            self.emulator.org.seed(object_, {**values, **company})


def call(number: int, **changes: Any) -> dict[str, Any]:
    """The arguments of a hook about one person; two consecutive people share a company."""
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
        **changes,
    }
    return {
        "workspace": "default",
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": person,
        "user": {"email": "seller@zaplify.example"},
    }
