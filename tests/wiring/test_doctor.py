"""What `zsf doctor` finds: each finding provoked once, against the emulator, with nothing written."""

from __future__ import annotations

import shutil
import time
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.id_fields import FIELDS
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.messages.doctor import CHECKED, DOCTOR
from zsf_plugin.ports import WorkspacePause
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.doctor import machine
from zsf_plugin.wiring.doctor.examine import examine
from zsf_plugin.wiring.doctor.found import Examination
from zsf_plugin.wiring.parts import Parts

ADMIN = "admin@acme.example"
KEY = "a secret that is long enough to be one"
_Usage = namedtuple("_Usage", "total used free")


@dataclass
class Site:
    """A workspace with its files and its org."""

    folder: Path
    emulator: Emulator
    app: CommandApp
    clock: FakeClock

    def restart(self, **environment: str) -> None:
        self.app.close()
        self.app = application(self.folder, self.clock, **environment)

    def control(self, path: str, method: str = "POST", **body: Any) -> Any:
        return self.emulator.control.answer(method, path.split("/"), body)[1]

    def permit(self, **rights: Any) -> None:
        self.control("permissions", user=ADMIN, **rights)

    def rule(self, text: str) -> None:
        (self.folder / "config" / "rules" / "10.toml").write_text(text, "utf-8")

    def purchase(self, **person: Any) -> None:
        prospect = {"id": "p1", "last_name": "Byron", "email": "ada@acme.example", **person}
        call = {"workspace": "default", "event_id": "e1", "occurred_at": "2026-11-01T10:00:00Z"}
        self.app.intake.receive(
            "on_prospect_purchased", dict(**call, prospect=prospect, user={"id": "u1"})
        )

    def examined(self) -> Examination:
        return examine(self.app.console(), "default")


def application(folder: Path, clock: FakeClock, **environment: str) -> CommandApp:
    given = {
        "ZSF_CONFIG_DIR": str(folder / "config"),
        "ZSF_DATA_DIR": str(folder / "data"),
        "ZSF_SECRET_KEY": KEY,
        **environment,
    }
    return CommandApp(Parts(from_environment(given, host_settings={"drain": "external"}), clock))


@pytest.fixture(autouse=True)
def roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with room, whatever that of the tests has."""
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: _Usage(10**12, 10**9, 10**12))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A workspace that is connected, and lacks nothing."""
    (tmp_path / "config" / "rules").mkdir(parents=True)
    clock = FakeClock(time.time())
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        made = Site(tmp_path, emulator, application(tmp_path, clock), clock)
        connect(made)
        yield made
        made.app.close()


def connect(site: Site) -> None:
    login, store = site.app.login, site.app.store
    sign_in = login.begin(site.emulator.url, "doctor", "http://localhost:1/oauth/callback")
    grant = login.finish(sign_in, allow(sign_in.authorize_url))
    Connector(store, login, site.clock).finish("default", grant, sign_in, "custom", "send")


def test_a_workspace_that_lacks_nothing_has_no_finding(site: Site) -> None:
    site.control("calls/reset")
    found = site.examined()
    assert found.findings == ()
    assert [check.name for check in found.checks] == list(CHECKED)
    assert {check.state for check in found.checks} == {"ok"}
    calls = site.control("calls", "GET")
    assert (calls["writes"], calls["api_calls"], found.calls) == (0, 3, 3)


def _save(site: Site, **changes: Any) -> None:
    connection = site.app.store.connection("default")
    assert connection is not None
    site.app.store.save_connection(replace(connection, **changes))


def _lose_the_config(site: Site) -> None:
    shutil.rmtree(site.folder / "config")


def _break_the_database(site: Site) -> None:
    site.app.close()
    (site.folder / "data" / "zsf.sqlite3").write_bytes(b"this is no database, but a text" * 100)
    site.restart()


def _forget_the_key(site: Site) -> None:
    site.restart(ZSF_SECRET_KEY="another secret that is long enough")


def _shorten_the_key(site: Site) -> None:
    site.restart(ZSF_SECRET_KEY="short", ZSF_SECRET_KEY_PREVIOUS=KEY)


def _lose_the_authorities(site: Site) -> None:
    site.restart(REQUESTS_CA_BUNDLE=str(site.folder / "no-such-bundle.pem"))


def _disconnect(site: Site) -> None:
    site.app.store.forget_connection("default")


def _lose_the_refresh_token(site: Site) -> None:
    tokens = site.app.store.tokens("default")
    connection = site.app.store.connection("default")
    assert tokens is not None
    assert connection is not None
    site.app.store.save_connection(connection, replace(tokens, refresh=None))


def _make_unfit(site: Site) -> None:
    org = site.emulator.org
    lead = org.object_type("Lead")
    org.replace_field(lead, replace(lead.fields["Zaplify_Id__c"], unique=False))


def _close_no_status(site: Site) -> None:
    for record_id in list(site.emulator.org.rows["TaskStatus"]):
        site.control(f"records/TaskStatus/{record_id}", "PATCH", IsClosed=False)


def _refuse_setup(site: Site) -> None:
    site.permit(hidden_fields=["Lead.Zaplify_Id__c"])
    body = [{"errorCode": "MALFORMED_QUERY", "message": "m"}]
    where = {"path_contains": "tooling/query"}
    site.control("faults", kind="status", match=where, status=400, body=body)


def _use_the_calls(site: Site) -> None:
    site.control("settings", daily_limit=1000, used=600)


def _pause(site: Site) -> None:
    now = site.clock.now()
    pause = WorkspacePause("unavailable", "no answer", now, now + 300, error="no_connection")
    site.app.store.pause("default", pause)


def _hold(site: Site) -> None:
    site.purchase(last_name=None)
    site.app.drains.drain("default")


def _leave_waiting(site: Site) -> None:
    site.purchase()
    site.clock.time += 60


def _throttle_an_activity(site: Site) -> None:
    site.control("settings", daily_limit=1000, used=750)
    touchpoint = {"id": "t1", "channel": "email"}
    call = {"workspace": "default", "event_id": "e2", "occurred_at": "2026-11-01T10:00:00Z"}
    person = {"prospect": {"id": "p1", "last_name": "Byron"}, "user": {"id": "u1"}}
    site.app.intake.receive("on_touchpoint_sent", dict(**call, **person, touchpoint=touchpoint))
    site.clock.time += 1000


def _empty_the_key_file(site: Site) -> None:
    (site.folder / "data" / "secret.key").write_text("", "utf-8")
    site.restart(ZSF_SECRET_KEY="")


def _set_the_clock(site: Site) -> None:
    site.clock.time += 3600


PROVOKED: Mapping[str, Callable[[Site], None]] = {
    "CONFIG_MISSING": _lose_the_config,
    "DATABASE_UNUSABLE": _break_the_database,
    "KEY_UNUSABLE": _empty_the_key_file,
    "KEY_TOO_SHORT": _shorten_the_key,
    "TOKENS_UNREADABLE": _forget_the_key,
    "NETWORK_UNUSABLE": _lose_the_authorities,
    "NOT_CONNECTED": _disconnect,
    "SIGN_IN_ENDED": lambda site: site.control("grants/revoke"),
    "NOT_STARTED": lambda site: _save(site, state="previewing"),
    "NO_RENEWAL": _lose_the_refresh_token,
    "NO_ANSWER": lambda site: site.control("settings", concurrent_full=True),
    "OBJECT_CLOSED": lambda site: site.permit(hidden_objects=["Contact"]),
    "ID_FIELD_HIDDEN": lambda site: site.permit(hidden_fields=["Lead.Zaplify_Id__c"]),
    "ID_FIELD_READ_ONLY": lambda site: site.permit(read_only_fields=["Lead.Zaplify_Id__c"]),
    "ID_FIELD_UNKNOWN": lambda site: site.permit(
        hidden_fields=["Lead.Zaplify_Id__c"], view_setup=False
    ),
    "ID_FIELD_REFUSED": _refuse_setup,
    "ID_FIELD_UNSEEN": lambda site: site.permit(hidden_objects=["Contact"]),
    "ID_FIELD_UNFIT": _make_unfit,
    "FIELDS_CLOSED": lambda site: site.permit(hidden_fields=["Lead.Title"]),
    "NO_CLOSED_STATUS": _close_no_status,
    "SHARE_USED": _use_the_calls,
    "PAUSED": _pause,
    "ENTRIES_HELD": _hold,
    "NOT_DRAINED": _leave_waiting,
    "ENTRIES_WAIT": _throttle_an_activity,
    "CLOCK_WRONG": _set_the_clock,
}


@pytest.mark.parametrize("code", PROVOKED)
def test_each_finding_says_what_mends_it_and_writes_nothing(site: Site, code: str) -> None:
    PROVOKED[code](site)
    before = site.control("calls", "GET")["writes"]
    found = site.examined()
    one = next(one for one in found.findings if one.code == code)
    assert one.severity == DOCTOR[code].severity
    assert one.message
    assert one.hint
    assert "{" not in one.message + one.hint
    assert site.control("calls", "GET")["writes"] == before
    assert len(found.checks) == len(CHECKED)


def test_every_finding_is_provoked() -> None:
    elsewhere = {"ID_FIELD_MISSING", "DISK_NEARLY_FULL"}
    assert {*PROVOKED} | elsewhere == {*DOCTOR}


def test_a_disk_that_is_nearly_full_is_a_finding(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = machine.MIN_FREE_BYTES - 1
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: _Usage(10**12, 10**12, free))
    (one,) = site.examined().findings
    assert (one.code, "500 MB free" in one.message) == ("DISK_NEARLY_FULL", True)


def test_a_missing_id_field_is_created_by_provisioning(tmp_path: Path) -> None:
    (tmp_path / "config" / "rules").mkdir(parents=True)
    clock = FakeClock(time.time())
    with Emulator(OrgSpec.stock()) as emulator:
        site = Site(tmp_path, emulator, application(tmp_path, clock), clock)
        connect(site)
        (one,) = site.examined().findings
        assert one.code == "ID_FIELD_MISSING"
        assert "Lead, Contact, Account, Activity" in one.message
        assert "zsf provision --apply" in one.hint
        provisioner = site.app.orgs.provisioner("default")
        provisioner.apply(provisioner.inspect())
        assert site.examined().findings == ()
        site.app.close()
