"""Every kind of bad input gives one clear line with the next step, and no event is lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.place import USER, Place
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.cli.status import _show
from zsf_plugin.connect import Connector, Loopback
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import ConfigurationError, ReconnectRequired, ZsfError
from zsf_plugin.explain.fields import object_fields
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import Json
from zsf_plugin.plugin import SalesforcePlugin
from zsf_plugin.ports import ORG_LEASE, REFRESH_LEASE, REFRESH_LEASE_S
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.sync.org_lease import LEASE_S
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts


def arrives(place: Place, **person: Any) -> None:
    """Check that an event is stored and becomes a Lead."""
    receipt = place.purchase(**person)
    assert (receipt["accepted"], receipt["state"]) == (True, "pending")
    place.drain()
    assert place.entry(receipt["entry"]).state == "done"
    assert len(place.leads()) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\xff\xfe\x80 not text", "save it as UTF-8 text"),
        ('name = "unclosed', "10.toml:1"),
        ("[switches]\nsync_prospect = false", "did you mean 'sync_prospects'?"),
        ('[fields.Lead]\nTitle = "prospect.["', "10.toml:2"),
        ('[fields.Lead]\nTitle = "frobnicate(prospect)"', "frobnicate"),
    ],
    ids=["binary", "broken TOML", "unknown key", "bad JMESPath", "unknown function"],
)
def test_an_invalid_rule_file_is_reported_in_one_line_and_the_sync_continues(
    place: Place, content: str | bytes, words: str
) -> None:
    place.connect()
    place.rule(content)
    (finding,) = place.findings()
    assert "10.toml" in finding
    assert words in finding
    assert "\n" not in finding
    arrives(place)


def test_an_unreadable_rule_file_is_reported_in_one_line_and_the_sync_continues(
    place: Place,
) -> None:
    place.connect()
    (place.folder / "config" / "rules" / "10.toml").mkdir()
    (finding,) = place.findings()
    assert "10.toml" in finding
    arrives(place)


def test_a_mapping_to_a_field_the_org_lacks_is_reported_and_the_rest_arrives(place: Place) -> None:
    place.connect()
    place.rule('[fields.Lead]\nFavourite__c = "prospect.first_name"\n')
    merged, rules = place.app.rulebook.rules_for("default", {}), place.app.rulebook.rules("default")
    lead = object_fields(place.app.orgs.crm("default").facts(), "Lead", merged, rules)
    assert lead is not None
    assert [(m.field, m.file) for m in lead.lacking] == [("Favourite__c", "rules/10.toml")]
    arrives(place)
    (entry,) = place.app.store.entries("default")
    assert (
        "Favourite__c left out: the field does not exist, or is hidden from the connected user"
        in [step_text(step) for step in entry.steps]
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example",
        "https://evil.example",
        "https://login.salesforce.com.evil.example",
        "ftp://x",
        "",
    ],
)
def test_a_wrong_login_address_is_refused_before_anything_is_sent(place: Place, url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        place.app.login.begin(url, "client", "http://localhost:1/oauth/callback")
    assert len(caught.value.findings) == 1


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (
            {"error": "access_denied", "error_description": "end-user denied authorization"},
            "refused",
            "access was denied",
        ),
        ({"error": "access-denied"}, "refused", "access was denied"),
        (
            {"error": "invalid_client", "error_description": "app must be installed into org"},
            "not_installed",
            "admin",
        ),
        ({"error": "OAUTH_APPROVAL_ERROR_GENERIC"}, "not_installed", "admin"),
    ],
)
def test_a_refused_sign_in_says_who_has_to_do_what(
    place: Place, answer: dict[str, str], code: str, words: str
) -> None:
    sign_in = place.app.login.begin(
        place.emulator.url, "client", "http://localhost:1/oauth/callback"
    )
    with pytest.raises(ReconnectRequired) as caught:
        place.app.login.finish(sign_in, {**answer, "state": sign_in.state})
    assert caught.value.code == code
    assert words in str(caught.value)


def test_a_missing_callback_ends_the_wait_and_names_possible_causes() -> None:
    with Loopback(0) as loopback, pytest.raises(ZsfError) as caught:
        loopback.wait(0.01)
    assert "run `zsf connect` again" in str(caught.value)
    assert "admin" in str(caught.value), "an app that is not installed in the org never calls back"


def test_without_a_connection_entries_wait_until_there_is_one(place: Place) -> None:
    receipt = place.purchase()
    report = place.drain()
    assert report.paused is not None
    assert report.paused.code == "not_connected"
    assert (report.waiting, place.entry(receipt["entry"]).state) == (1, "pending")
    place.connect()
    place.drain()
    assert place.entry(receipt["entry"]).state == "done"


def test_a_sign_in_to_another_org_is_refused_and_the_first_stays(place: Place) -> None:
    place.connect()
    with Emulator(OrgSpec(name="Another")) as another:
        another.org.org_id = "00D5g00000ZZZZZEAK"
        sign_in = place.app.login.begin(
            another.url, "bad-input", "http://localhost:1/oauth/callback"
        )
        grant = place.app.login.finish(sign_in, allow(sign_in.authorize_url))
        with pytest.raises(
            ReconnectRequired, match="run `zsf disconnect` to move to the other org for good"
        ):
            Connector(place.app.store, place.app.login, place.clock).finish(
                "default", grant, sign_in, "custom", "send"
            )
    arrives(place)


def test_a_full_disk_refuses_the_event_with_a_message_until_there_is_space(
    place: Place,
) -> None:
    place.connect()
    place.purchase("e0", id="p0")
    with place.app.store._database.reading() as connection:  # type: ignore[attr-defined]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    big = {"custom": {"text": "x" * 200_000}}
    receipt = place.purchase(**big)
    assert receipt["accepted"] is False
    assert "the disk is full: free some space" in receipt["reason"]
    with place.app.store._database.reading() as connection:  # type: ignore[attr-defined]
        connection.execute("PRAGMA max_page_count = 1000000")
    assert place.purchase(**big)["accepted"] is True


def test_a_locked_database_refuses_the_event_with_a_message_until_it_is_free(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SqliteStore.__init__.__kwdefaults__, "busy_timeout_s", 0.05)
    place.purchase("e0", id="p0")
    file = place.settings().database_file
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        receipt = place.purchase()
        other.execute("ROLLBACK")
    other.close()
    assert receipt["accepted"] is False
    assert "is locked by another process: stop that process, or wait" in receipt["reason"]
    assert place.purchase()["accepted"] is True


def test_a_corrupt_database_is_named_with_what_to_do(place: Place) -> None:
    file = place.settings().database_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"this was a database once, and long enough to be looked at as one" * 200)
    plugin = SalesforcePlugin()
    plugin.on_host_started(
        str(place.folder / "config"), str(place.folder / "data"), {"drain": "external"}
    )
    receipt = plugin.on_prospect_purchased(
        "default", "e1", "2026-11-01T10:00:00Z", {"id": "p1"}, USER
    )
    assert receipt["accepted"] is False
    assert (
        "zsf.sqlite3 is not a SQLite database: name another file in ZSF_DATABASE_URL, or restore it "
        "from a backup" in receipt["reason"]
    )


def test_a_wrong_secret_key_is_reported_and_waiting_entries_stay(place: Place) -> None:
    place.app = place.start_application(ZSF_SECRET_KEY="k" * 40)
    place.connect()
    receipt = place.purchase()
    place.app.close()
    place.app = place.start_application(ZSF_SECRET_KEY="another key, just as long as the first")
    with pytest.raises(ConfigurationError) as caught:
        place.drain()
    assert "ZSF_SECRET_KEY" in str(caught.value)
    assert place.entry(receipt["entry"]).state == "pending"
    place.app.close()
    place.app = place.start_application(ZSF_SECRET_KEY="k" * 40)
    place.drain()
    assert place.entry(receipt["entry"]).state == "done"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html_503"},
        {"kind": "status", "status": 200, "body": "<html>Down for maintenance</html>"},
        {"kind": "status", "status": 502, "body": ""},
        {"kind": "drop_before"},
        {"kind": "reset_mid_body"},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('status', '')}",
)
def test_an_org_that_answers_html_or_nothing_makes_the_workspace_wait_and_loses_nothing(
    place: Place, fault: dict[str, Any]
) -> None:
    place.connect()
    place.app.orgs.crm("default").facts()
    receipt = place.purchase()
    place.control(
        "POST", "faults", {**fault, "times": 100, "match": {"path_contains": "/services/data"}}
    )
    report = place.drain()
    assert report.paused is not None
    assert report.paused.code == "unavailable"
    assert place.entry(receipt["entry"]).state in ("pending", "writing")
    place.control("DELETE", "faults")
    place.clock.sleep(3600)
    place.drain()
    assert place.entry(receipt["entry"]).state == "done"
    assert len(place.leads()) == 1


def test_an_address_at_which_nobody_knows_the_org_asks_for_a_new_sign_in(place: Place) -> None:
    place.connect()
    place.app.orgs.crm("default").facts()
    receipt = place.purchase()
    gone = {"kind": "status", "status": 404, "body": "<html>URL No Longer Exists</html>"}
    place.control(
        "POST", "faults", {**gone, "times": 100, "match": {"path_contains": "/services/data"}}
    )
    report = place.drain()
    assert report.paused is not None
    assert report.paused.code == "reconnect"
    assert place.entry(receipt["entry"]).state == "pending"
    place.control("DELETE", "faults")
    place.connect()
    place.drain()
    assert place.entry(receipt["entry"]).state == "done"
    assert len(place.leads()) == 1


def test_entries_that_no_process_sends_are_reported_once_they_are_due(place: Place) -> None:
    def undrained() -> Json:
        document = place.app.status("default").as_json()["undrained"]
        assert isinstance(document, dict)
        return document["code"]

    place.purchase()
    place.clock.sleep(60)
    assert undrained() is None, "it waits for a sign-in"
    place.connect()
    assert undrained() == "no_drain"
    place.purchase("e2", id="p2", email="bob@acme.example")
    assert undrained() == "no_drain", "one of them came before now"
    place.drain()
    place.purchase("e3", id="p3", email="eve@acme.example")
    assert undrained() is None, "it came just now"
    place.clock.sleep(2)
    assert undrained() == "no_drain"
    connection = place.app.store.connection("default")
    assert connection is not None
    owner, lease = "other-machine/boot/pid:[1]/4711/99/token", ORG_LEASE + connection.org_id
    place.app.store.acquire_lease(
        lease, owner, place.clock.now(), ttl_s=LEASE_S, is_over=lambda _: False
    )
    assert undrained() is None, "a process sends them"


def test_who_holds_an_org_is_named_in_status_and_by_a_drain_that_finds_it_busy(
    place: Place,
) -> None:
    place.connect()
    place.purchase()
    connection = place.app.store.connection("default")
    assert connection is not None
    now = place.clock.now()
    owner = "other-machine/boot/pid:[1]/4711/99/token"
    lease = ORG_LEASE + connection.org_id
    place.app.store.acquire_lease(lease, owner, now, ttl_s=LEASE_S, is_over=lambda _: False)
    holder = place.app.status("default").as_json()["holder"]
    assert holder == {
        "machine": "other-machine",
        "pid": 4711,
        "since": now,
        "renewed_at": now,
        "is_dead": False,
    }
    report = place.drain()
    assert report.busy
    assert report.holder is not None
    assert (report.holder.machine, report.holder.pid) == ("other-machine", 4711)


def test_who_refreshes_a_sign_in_and_since_when_is_named_in_status(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.connect()
    assert place.app.status("default").as_json()["refresh_holder"] is None
    now, lease = place.clock.now(), REFRESH_LEASE + "default"
    owner = "other-machine/boot/pid:[1]/4711/99/token"
    place.app.store.acquire_lease(lease, owner, now, ttl_s=REFRESH_LEASE_S, is_over=lambda _: False)
    place.clock.sleep(100.0)
    status = place.app.status("default")
    assert status.as_json()["refresh_holder"] == {
        "machine": "other-machine",
        "pid": 4711,
        "since": now,
        "renewed_at": now,
        "is_dead": False,
    }
    _show(status)
    shown = capsys.readouterr().out
    assert "The sign-in is being refreshed" in shown
    assert "process 4711 on other-machine" in shown
    assert "takes over within 150 seconds" in " ".join(shown.split())


@pytest.mark.parametrize("jump", [-10 * 365 * 86400.0, 10 * 365 * 86400.0, -3600.0])
def test_a_clock_that_jumps_loses_nothing_and_doubles_nothing(place: Place, jump: float) -> None:
    place.connect()
    place.purchase("e0", id="p0", email="p0@acme.example")
    place.drain()
    receipt = place.purchase()
    place.clock.time += jump
    place.drain()
    assert place.entry(receipt["entry"]).state == "done"
    place.clock.time -= jump
    place.purchase("e2")
    assert place.drain().waiting == 0
    assert len(place.leads()) == 2


def test_ten_megabytes_of_text_arrive_shortened_to_their_field(place: Place) -> None:
    place.connect()
    arrives(place, title="T" * 10_000_000)
    (lead,) = place.leads()
    assert lead["Title"] == "T" * 127 + "…"


def test_deep_nesting_is_ignored_and_the_rest_of_the_event_arrives(place: Place) -> None:
    place.connect()
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    receipt = place.purchase("deep", custom={"deep": deep}, title="Countess")
    assert (receipt["accepted"], receipt["state"]) == (True, "pending")
    place.drain()
    (lead,) = place.leads()
    assert lead["Title"] == "Countess"
    note = step_text(place.entry(receipt["entry"]).steps[0])
    assert note == "/prospect/custom/deep/0 ignored: is nested deeper than 60 levels"


def test_deep_nesting_where_a_match_key_reads_is_held_with_its_reason(place: Place) -> None:
    place.connect()
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    receipt = place.purchase("deep", email=deep)
    assert (receipt["accepted"], receipt["state"]) == (True, "held")
    assert "nested deeper than 60 levels" in receipt["reason"]
    arrives(place)


@pytest.mark.parametrize(
    "text", ["A\udfffB", "half a pair \ud83d", "ok\x00\x07", "‮evil", "🦊" * 100]
)
def test_lone_surrogates_and_odd_characters_block_no_one(place: Place, text: str) -> None:
    place.connect()
    arrives(
        place, title=text, first_name=f"Ada{text}", company={"id": "c1", "name": f"Acme {text}"}
    )


def test_an_event_of_a_newer_host_with_unknown_keys_is_taken_and_expressions_see_them(
    place: Place,
) -> None:
    place.connect()
    place.rule('[fields.Lead]\nTitle = "prospect.badge_of_honour.title"\n')
    arrives(place, badge_of_honour={"title": "Countess"}, seen_on=["page 1"])
    assert place.leads()[0]["Title"] == "Countess"


def test_the_receipt_names_a_data_folder_that_cannot_be_created(
    tmp_path: Path, place: Place
) -> None:
    (tmp_path / "file").write_text("in the way")
    place.app = CommandApp(Parts(place.settings(ZSF_DATABASE_URL=""), place.clock))
    object.__setattr__(place.app.settings, "data_dir", tmp_path / "file" / "data")
    with pytest.raises(ZsfError, match=r"file/data"):
        _ = place.app.store
