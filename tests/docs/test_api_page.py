"""docs/api.md: its examples run, and it names what a user can import."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.place import Place
from tests.fakes.id_fields import FIELDS
from tests.plugin.test_api import CALL
from zsf_plugin import api
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model import PLUGIN, Presence, ResultPresence, badge_of

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the page's examples define."""
    defined: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        exec(block, defined)
    return defined


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A connected workspace with a purchase, which the environment names."""
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        made = Place(tmp_path, emulator)
        made.connect()
        made.purchase()
        monkeypatch.setenv("ZSF_CONFIG_DIR", str(tmp_path / "config"))
        monkeypatch.setenv("ZSF_DATA_DIR", str(tmp_path / "data"))
        yield made
        made.app.close()


def test_the_scheduled_job_drains_and_has_nothing_to_come_back_for(
    names: dict[str, Any], place: Place
) -> None:
    assert names["sync"]("default") is None
    assert api.status("default").done == 1
    assert len(place.leads()) == 1


def test_the_probe_is_ready_and_finds_what_is_due_late(names: dict[str, Any], place: Place) -> None:
    with closing(sqlite3.connect(place.settings().database_file)) as database:
        for received_at, is_in_time in ((1e11, True), (0.0, False)):
            with database:
                database.execute("UPDATE entries SET received_at = ?", [received_at])
            assert names["probe"]() == (True, is_in_time)


def test_the_session_drains_every_workspace(names: dict[str, Any], place: Place) -> None:
    assert names["sync_all"](["default", "another"]) == 1


def test_the_explanation_names_the_rule_file_of_each_value(
    names: dict[str, Any], place: Place
) -> None:
    files = names["values_of"](dict(CALL), "Lead")
    assert files["LastName"].endswith(".toml")
    assert names["values_of"]({**CALL, "prospect": {}}, "Lead").keys() == {"/prospect/id"}


def test_the_results_of_hooks_are_read_as_shown(names: dict[str, Any], place: Place) -> None:
    receipt = place.purchase("e2")
    assert names["is_new"](receipt)
    seen = ResultPresence(Presence("exists", "Lead", "00Q000000000001AAA"))
    answer = {"plugin": PLUGIN, "results": {"p1": badge_of(seen, "https://acme.example")}}
    assert names["link_of"](answer, "p1") == "https://acme.example/00Q000000000001AAA"


def test_the_page_names_each_error_and_each_call() -> None:
    errors = {
        name
        for name in api.__all__
        if isinstance(getattr(api, name), type) and issubclass(getattr(api, name), Exception)
    }
    assert all(
        f"`{name}" in PAGE for name in errors | {"status", "drain", "health", "explain", "Session"}
    )
