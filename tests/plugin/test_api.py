"""The public API: plain results, nothing left open, our own errors."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.bad_input.place import Place
from tests.fakes.id_fields import FIELDS
from zsf_plugin import api
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model import AvailabilityCode
from zsf_plugin.ports import ORG_LEASE

PERSON = {"id": "p9", "first_name": "Grace", "last_name": "Hopper", "email": "grace@navy.example"}
CALL = {
    "hook": "on_prospect_purchased",
    "workspace": "default",
    "event_id": "e9",
    "occurred_at": "2026-11-01T10:00:00Z",
    "prospect": PERSON,
    "user": {"id": "u1"},
}


@pytest.fixture(scope="module")
def org() -> Iterator[Emulator]:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        yield emulator


@pytest.fixture
def place(tmp_path: Path, org: Emulator) -> Iterator[Place]:
    """A workspace with its files, not connected yet."""
    made = Place(tmp_path, org)
    yield made
    made.app.close()


def test_the_public_names_are_those_that_are_listed() -> None:
    defined = {
        name
        for name, value in vars(api).items()
        if getattr(value, "__module__", None) == api.__name__ and not name.startswith("_")
    }
    assert defined <= set(api.__all__)
    assert all(hasattr(api, name) for name in api.__all__)
    assert list(api.__all__) == sorted(api.__all__, key=lambda name: (name.islower(), name))


def test_every_public_class_is_listed() -> None:
    ours = {
        name
        for name, value in vars(api).items()
        if inspect.isclass(value) and value.__module__.startswith("zsf_plugin")
    }
    internal = {"Changes", "Reference", "Target"}
    assert ours - internal <= set(api.__all__)


def test_every_public_name_is_documented() -> None:
    for name in api.__all__:
        assert inspect.getdoc(getattr(api, name)), name


def test_answers_are_frozen() -> None:
    answers = [value for value in vars(api).values() if dataclasses.is_dataclass(value)]
    assert {"Status", "DrainResult", "Explanation"} <= {answer.__name__ for answer in answers}
    assert all(answer.__dataclass_params__.frozen for answer in answers)  # type: ignore[attr-defined]


def test_a_workspace_without_a_connection_says_so(place: Place) -> None:
    place.purchase()
    found = api.status("default", settings=place.settings())
    assert (found.workspace, found.pending, found.done) == ("default", 1, 0)
    assert found.connection == api.ConnectionInfo("not_connected", None, None, None)
    drained = api.drain("default", settings=place.settings())
    assert (drained.done, drained.waiting) == (0, 1)
    assert drained.paused is not None
    assert drained.paused.code == "not_connected"


def test_the_documented_codes_of_a_pause_are_those_that_there_are() -> None:
    codes = set(get_args(AvailabilityCode)) - {"available"}
    listed = re.search(r"`code` is stable: (.+?);", api.Pause.__doc__ or "", re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"`(\w+)`", listed[1])) == codes


def test_a_drain_sends_waiting_entries_and_reports_its_cost(place: Place) -> None:
    place.connect()
    place.purchase()
    drained = api.drain("default", settings=place.settings())
    assert (drained.done, drained.held, drained.waiting, drained.busy) == (1, 0, 0, False)
    assert drained.calls_by_purpose["purchases"] >= 1
    found = api.status("default", settings=place.settings())
    assert (found.done, found.paused, found.connection.state) == (1, None, "connected")
    assert found.connection.org_id == place.app.orgs.connection("default").org_id


def test_a_drain_of_an_org_that_is_drained_elsewhere_says_by_whom(place: Place) -> None:
    place.connect()
    place.purchase()
    store, now = place.app.store, time.time()
    name = ORG_LEASE + place.app.orgs.connection("default").org_id
    store.acquire_lease(name, "web-1/7", now, ttl_s=15, is_over=lambda _: True)
    drained = api.drain("default", settings=place.settings())
    assert (drained.done, drained.busy) == (0, True)
    assert drained.holder is not None
    assert (drained.holder.machine, drained.holder.is_dead) == ("web-1", False)


def test_a_drain_that_must_stop_starts_nothing(place: Place) -> None:
    place.connect()
    place.purchase()
    drained = api.drain("default", stopping=lambda: True, settings=place.settings())
    assert (drained.done, drained.waiting) == (0, 1)


def test_held_entries_are_counted_by_their_cause(place: Place) -> None:
    place.purchase(email=["no", "text"])
    assert api.status("default", settings=place.settings()).held_by == {
        "INVALID_EVENT:/prospect/email": 1
    }


def test_an_event_is_explained_with_the_file_behind_each_value(place: Place) -> None:
    place.rule('[fields.Lead]\nTitle = "prospect.title"\n')
    call = {**CALL, "prospect": {**PERSON, "title": "Admiral"}}
    found = api.explain(call, settings=place.settings())
    assert (found.skipped, found.mode, found.writes) == (None, "lead", None)
    (lead,) = (record for record in found.records if record.object == "Lead")
    assert lead.match_keys[0] == ("Email",)
    (title,) = (value for value in lead.values if value.field == "Title")
    assert (title.value, title.overwrite) == ("Admiral", "if_blank")
    assert title.origin.endswith("10.toml")


def test_beside_the_org_an_explanation_says_what_would_be_written(place: Place) -> None:
    place.connect()
    before = len(place.leads())
    found = api.explain(CALL, live=True, settings=place.settings())
    assert found.writes is not None
    (write,) = (write for write in found.writes if write.object == "Lead")
    assert (write.action, write.record[:4], write.before) == ("create", "new:", {})
    assert write.after["LastName"] == "Hopper"
    assert len(place.leads()) == before


def test_a_switch_that_is_off_is_why_an_event_is_skipped(place: Place) -> None:
    place.rule("[switches]\nsync_prospects = false\n")
    found = api.explain(CALL, settings=place.settings())
    assert found.skipped
    assert (found.records, found.max_calls) == ((), 0)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"hook": "on_something_else"}, "/hook"),
        ({"prospect": {"first_name": "No id"}}, "/prospect/id"),
        ({"prospect": {"id": "p", "last_name": b"1"}}, "/prospect/last_name"),
    ],
)
def test_an_event_that_cannot_be_read_is_an_error_with_its_place(
    place: Place, change: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(api.InvalidEvent) as caught:
        api.explain({**CALL, **change}, settings=place.settings())
    assert caught.value.pointer == pointer


def test_a_live_explanation_without_a_connection_says_to_connect(place: Place) -> None:
    with pytest.raises(api.ReconnectRequired):
        api.explain(CALL, live=True, settings=place.settings())


def test_without_settings_the_environment_says_where_things_are(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.purchase()
    monkeypatch.setenv("ZSF_CONFIG_DIR", str(place.folder / "config"))
    monkeypatch.setenv("ZSF_DATA_DIR", str(place.folder / "data"))
    assert api.status("default").pending == 1


def test_a_session_opens_once_and_says_so_when_it_is_closed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zsf_plugin.wiring import parts

    opened = []
    real = parts.open_store
    monkeypatch.setattr(parts, "open_store", lambda given: opened.append(given) or real(given))
    with api.Session(place.settings()) as session:
        for _ in range(3):
            assert session.status("default").pending == 0
            session.drain("default")
    assert len(opened) == 1
    with pytest.raises(api.StoreUnavailable):
        session.status("default")


SCRIPT = """
import json, os, sys, threading
from pathlib import Path
from zsf_plugin.api import Settings, drain, explain, status

settings = Settings(config_dir=Path(sys.argv[1]), data_dir=Path(sys.argv[2]))
def left():
    return sorted(os.listdir("/proc/self/fd")), threading.active_count()

before = left()
status("default", settings=settings)
explain(json.loads(sys.argv[3]), live=True, settings=settings)
done = drain("default", settings=settings).done
print(json.dumps({"done": done, "left": left() == before}))
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files in /proc")
def test_a_script_leaves_no_thread_and_no_file_open(place: Place) -> None:
    place.connect()
    place.purchase()
    place.app.close()
    folders = [str(place.folder / "config"), str(place.folder / "data")]
    command = [sys.executable, "-c", SCRIPT, *folders, json.dumps(CALL)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(run.stdout) == {"done": 1, "left": True}
