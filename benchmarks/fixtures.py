"""Fixtures of the rows: connected workspaces in temporary folders, people, and what hosts send."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.history import copy_history
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

USER = {"id": "u1", "email": "seller@zaplify.example"}
#: The name of a hook, and its arguments.
Call: TypeAlias = tuple[str, dict[str, Any]]
FAST = "[limits]\ncalls_per_second = 1000\n"
_GROUP = 200
#: Of databases that several machines could use: a key file is one machine's.
_KEY = "a key of the benchmarks' own"
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it


def memory_folder() -> str | None:
    """A folder in memory, where nothing waits for a disk; None: the system's temporary one."""
    return str(_MEMORY) if _MEMORY.is_dir() else None


def application(folder: Path, database_url: str = "") -> CommandApp:
    """The application of the folders `config` and `data` in this one, and of that database."""
    settings = from_environment(
        {"ZSF_DATABASE_URL": database_url, "ZSF_SECRET_KEY": database_url and _KEY},
        config_dir=folder / "config",
        data_dir=folder / "data",
        host_settings={"drain": "external"},
    )
    return CommandApp(Parts(settings))


@contextmanager
def temporary_application(
    rule: str = "",
    *,
    more_rules: int = 0,
    history: int = 0,
    where: str | None = None,
    database_url: str = "",
) -> Iterator[CommandApp]:
    """An application in a temporary folder with an extra rule file, and more that apply to no
    event; `history`: the number of its settled entries; `where`: the folder to make it in;
    `database_url`: a database instead of a file in that folder."""
    with tempfile.TemporaryDirectory(prefix="zsf-bench-", dir=where) as folder:
        rules = Path(folder) / "config" / "rules"
        rules.mkdir(parents=True)
        (rules / "10.toml").write_text(rule, encoding="utf-8")
        for number in range(more_rules):
            (rules / f"20-{number:03}.toml").write_text(_other_rule(number), encoding="utf-8")
        if history:
            copy_history(history, Path(folder) / "data")
        app = application(Path(folder), database_url)
        try:
            yield app
        finally:
            app.close()


def _other_rule(number: int) -> str:
    condition = f"prospect.location.country_code == 'X{number}'"
    return f'when = "{condition}"\n[fields.Lead]\nTitle = "prospect.title"\n'


def folders_of(app: CommandApp) -> dict[str, str]:
    """The environment of a command that works in the application's folders and database."""
    settings = app.settings
    return {
        "ZSF_CONFIG_DIR": str(settings.config_dir),
        "ZSF_DATA_DIR": str(settings.data_dir),
        "ZSF_DATABASE_URL": settings.database_url or "",
        "ZSF_SECRET_KEY": settings.secret_key or "",
    }


@contextmanager
def workspace(
    url: str,
    rule: str = "",
    *,
    more_rules: int = 0,
    history: int = 0,
    where: str | None = None,
    database_url: str = "",
) -> Iterator[CommandApp]:
    """An application connected to the org at that URL, with cached describes; more as in
    `temporary_application`."""
    with temporary_application(
        rule, more_rules=more_rules, history=history, where=where, database_url=database_url
    ) as app:
        connect(app, url)
        yield app


@contextmanager
def many_workspaces(
    url: str, count: int, *, where: str | None = None, database_url: str = ""
) -> Iterator[tuple[CommandApp, list[str]]]:
    """An application with this number of workspaces beside its default one, each connected to an
    org of its own, with cached describes."""
    with workspace(url, FAST, where=where, database_url=database_url) as app:
        app.intake.receive("on_prospect_purchased", purchase(0))
        drain_all(app)
        connection, tokens = app.store.connection("default"), app.store.tokens("default")
        if connection is None or tokens is None:
            raise AssertionError("the workspace is not connected")
        names = [f"w{number:04}" for number in range(count)]
        for number, name in enumerate(names):
            # Drains of one org take turns, so each workspace has its own, at the same address.
            own = replace(connection, workspace=name, org_id=f"00D5g{number:010}AAA")
            app.store.save_connection(own, tokens)
        yield app, names


def connect(app: CommandApp, url: str, workspace: str = "default") -> None:
    """Connect a workspace, and read the org's describes."""
    sign_in = app.login.begin(url, "benchmarks", "http://localhost:1/oauth/callback")
    grant = app.login.finish(sign_in, allow(sign_in.authorize_url))
    Connector(app.store, app.login, app.clock).finish(workspace, grant, sign_in, "custom", "send")
    app.orgs.crm(workspace).facts()


def person(number: int) -> dict[str, Any]:
    """A prospect; two consecutive ones work for the same company."""
    company = number // 2
    return {
        "id": f"p{number}",
        "first_name": "Ada",
        "last_name": f"Byron {number}",
        "email": f"ada.byron.{number}@company-{company}.example",
        "phone": f"+46 8 {number:06d}",
        "title": "Engineer",
        "location": {"city": "Malmö", "region": "Skåne", "country": "Sweden", "country_code": "SE"},
        "company": {
            "id": f"c{company}",
            "name": f"Company {company}",
            "domain": f"company-{company}.example",
            "industry": "Software",
            "employees": 40,
        },
    }


def purchase(number: int, event_id: str = "") -> dict[str, Any]:
    """The arguments of a purchase hook."""
    return {
        "workspace": "default",
        "event_id": event_id or f"e{number}",
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": person(number),
        "user": USER,
    }


def touchpoint(number: int, step: int, event_id: str = "") -> dict[str, Any]:
    """The arguments of a hook of a touchpoint that was sent to a person."""
    sent_at = f"2026-11-01T1{step % 10}:00:00Z"
    return {
        **purchase(number, event_id or f"t{number}-{step}"),
        "occurred_at": sent_at,
        "touchpoint": {
            "id": f"tp{number}-{step}",
            "channel": "email",
            "step": step + 1,
            "subject": "A question",
            "sent_at": sent_at,
        },
    }


def accept(app: CommandApp, calls: Iterable[Call]) -> int:
    """Accept hook calls in groups, as `zsf feed` does: what a row needs, but does not measure.
    Returns their number."""
    left, number = iter(calls), 0
    while group := list(islice(left, _GROUP)):
        if not all(receipt["accepted"] for receipt in app.intake.receive_all(group)):
            raise AssertionError("an event was not accepted")
        number += len(group)
    return number


def purchases(numbers: Iterable[int], prefix: str = "") -> Iterator[Call]:
    """A purchase of each person."""
    return (("on_prospect_purchased", purchase(one, f"{prefix}e{one}")) for one in numbers)


def touchpoints(numbers: Iterable[int], steps: int) -> Iterator[Call]:
    """Touchpoints of each person."""
    people = list(numbers)
    return (("on_touchpoint_sent", touchpoint(one, at)) for at in range(steps) for one in people)


def accept_prospects(app: CommandApp, people: int, steps: int) -> int:
    """Accept a purchase of each person, then their touchpoints; returns the number of entries."""
    numbers = range(people)
    return accept(app, chain(purchases(numbers), touchpoints(numbers, steps)))


def drain_all(app: CommandApp, workspace: str = "default") -> None:
    """Drain once. Raises AssertionError if an entry is waiting or held afterwards."""
    report = app.drains.drain(workspace)
    if report.waiting or report.held:
        raise AssertionError(f"the drain left {report.waiting} waiting and {report.held} held")
