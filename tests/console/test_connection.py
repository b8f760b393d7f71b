"""The Connection page: the setup steps in order, the connection's rights, disconnecting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from tests.console.conftest import ADA
from tests.console.sign_ins import begin, connection, consent, feed, finish, sign_in
from tests.fakes.clock import FakeClock
from tests.fakes.id_fields import FIELDS
from zsf_plugin.connect.previewing import preview_seen
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model import SignInKey, Tokens
from zsf_plugin.ports import ORG_LEASE
from zsf_plugin.wiring.apps import CommandApp

# The setup steps


def test_the_steps_cannot_be_skipped_by_url(
    client: FlaskClient, application: CommandApp, emulator: Emulator
) -> None:
    feed(application, 1, 2)

    def refused(path: str, **form: str) -> bool:
        answer = client.post(path, data=form)
        return answer.status_code == 409 and "Nothing was changed" in answer.text

    for path in ("/connection/id-field", "/connection/id-field/without", "/connection/switches"):
        assert refused(path), path
    sign_in(client, emulator)
    assert refused("/connection/waiting", waiting="send")
    assert client.post("/connection/id-field/without").status_code == 303
    assert refused("/connection/waiting", waiting="skip")
    client.get("/connection/rights")
    assert refused("/connection/waiting", waiting="skip")
    assert refused("/connection/switches")
    preview_seen(application.store, ADA.workspace, "Ada", application.clock.now())
    assert client.post("/connection/waiting", data={"waiting": "send"}).status_code == 303
    assert connection(application).state == "connected"
    assert refused("/connection/waiting", waiting="send")
    assert client.post("/connection/switches").status_code == 303
    assert "Setup: all six steps are done" in client.get("/connection").text


def test_an_unknown_decision_is_refused(client: FlaskClient) -> None:
    assert client.post("/connection/waiting", data={"waiting": "perhaps"}).status_code == 400


def test_the_id_field_is_planned_created_and_in_the_history(
    client: FlaskClient, application: CommandApp, emulator: Emulator
) -> None:
    sign_in(client, emulator)
    planned = client.get("/connection/id-field", headers={"HX-Request": "true"}).text
    assert "This will be created in Salesforce." in planned
    assert emulator.control.answer("GET", ["calls"], None)[1]["writes"] == 0  # type: ignore[index,call-overload]
    made = client.post("/connection/id-field", headers={"HX-Request": "true"})
    assert "Created." in made.text
    assert made.headers["HX-Trigger"] == "looked"
    page = client.get("/connection/rights").text
    assert "The Zaplify ID field exists on Lead, Contact, Account and Activity." in page
    assert "Zaplify ID field created on Lead, Contact, Account, Activity" in page


def test_an_id_field_that_is_hidden_from_the_user_is_not_called_missing(
    client: FlaskClient, emulator: Emulator
) -> None:
    for field in FIELDS:
        emulator.control.answer("POST", ["fields"], {**field, "hidden": True})
    sign_in(client, emulator)
    rights = client.get("/connection/rights").text
    assert (
        "The Zaplify ID field exists on Lead, Contact, Account and Activity, but this user can’t "
        "see it" in rights
    )
    assert "is missing on" not in rights
    assert "Give access…" in rights
    planned = client.get("/connection/id-field", headers={"HX-Request": "true"}).text
    assert "The field exists, but this user can’t see it." in planned
    assert "Permission to read and edit it on Lead" in planned
    page = client.get("/connection").text
    assert "Give access to the Zaplify ID field" in page
    assert "Create the Zaplify ID field" not in page
    client.post("/connection/id-field", headers={"HX-Request": "true"})
    again = client.get("/connection/rights?again=1").text
    assert "The Zaplify ID field exists on Lead, Contact, Account and Activity." in again


def test_a_user_who_may_not_look_into_setup_does_not_read_that_the_field_is_missing(
    client: FlaskClient, emulator: Emulator
) -> None:
    shut: dict[str, Any] = {"user": "admin@acme.example", "view_setup": False}
    emulator.control.answer("POST", ["permissions"], shut)
    sign_in(client, emulator)
    rights = client.get("/connection/rights").text
    assert "Salesforce doesn’t say whether it exists: ask an admin to look in Setup." in rights
    assert "is missing on" not in rights
    assert "View Setup and Configuration" in client.get("/connection/id-field").text


def test_without_the_right_to_create_it_the_manual_steps_are_shown(
    client: FlaskClient, emulator: Emulator
) -> None:
    shut: dict[str, Any] = {
        "user": "admin@acme.example",
        "view_setup": False,
        "customize_application": False,
    }
    emulator.control.answer("POST", ["permissions"], shut)
    sign_in(client, emulator)
    planned = client.get("/connection/id-field").text
    assert "Object Manager" in planned
    assert "zsf " not in planned


# The connection, and disconnecting


def test_rights_are_read_once_an_hour_and_on_request(
    client: FlaskClient, emulator: Emulator, fake_clock: FakeClock
) -> None:
    sign_in(client, emulator)
    assert "Checking in Salesforce" in client.get("/connection").text
    assert "Checked just now" in client.get("/connection/rights").text
    used = emulator.org.used
    fake_clock.sleep(240)
    assert "Checked 4 min ago" in client.get("/connection").text
    assert emulator.org.used == used
    assert "Checked just now" in client.get("/connection/rights?again=1").text
    assert emulator.org.used > used


def test_rights_that_cannot_be_read_say_so_and_the_page_still_opens(
    client: FlaskClient, emulator: Emulator
) -> None:
    sign_in(client, emulator)
    emulator.control.answer("POST", ["chaos"], {"seed": 1, "share": 1.0, "kinds": ["html_503"]})
    answer = client.get("/connection/rights")
    assert answer.status_code == 200
    assert "The check failed." in answer.text
    assert "Connected to Acme (emulator)" in answer.text


def test_an_ended_sign_in_is_shown_on_every_page_and_asks_to_reconnect(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    sign_in(client, emulator)
    feed(application, 1)
    emulator.control.answer("POST", ["grants", "revoke"], None)
    assert "Reconnect to check what it can do." in client.get("/connection/rights").text
    for path in ("/connection", "/activity", "/held", "/search"):
        page = client.get(path).text
        assert "Your Salesforce sign-in ended." in page
        assert "1 entry waits; nothing is lost." in page
    assert connection(application).state == "reconnect"
    sign_in(client, emulator)
    assert connection(application).state == "previewing"


def test_a_connection_that_nothing_renews_says_so_when_it_is_made_and_on_its_page(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    _, address = begin(client, emulator)
    landed = finish(client, consent(address.replace("refresh_token", "openid")))
    assert "Connected to" in landed.text
    assert "This connection ends with its session" in landed.text
    assert "scope refresh_token" in landed.text
    page = client.get("/connection").text
    assert "This connection ends with its session" in page
    assert "scope refresh_token" in page
    sign_in(client, emulator)
    assert "ends with its session" not in client.get("/connection").text
    tokens, key = Tokens("access", None), SignInKey("jwt", "pem", "ada@acme.example")
    application.store.save_connection(connection(application), tokens, key=key)
    page = client.get("/connection").text
    assert "ends with its session" not in page


def test_the_process_that_drains_the_org_is_named_while_it_does(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    sign_in(client, emulator)
    assert "Sending now" not in client.get("/connection").text
    name, now = ORG_LEASE + emulator.org.org_id, application.clock.now()
    application.store.acquire_lease(name, "web-1/7", now, ttl_s=15, is_over=lambda _: True)
    page = client.get("/connection").text
    assert "<dt>Sending now</dt><dd><bdi>a process on web-1</bdi>" in page
    assert "if that process has ended, another takes over within 15 seconds" in page


def test_disconnecting_asks_first_and_revokes(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    feed(application, 1, 2)
    sign_in(client, emulator)
    page = client.get("/connection/disconnect").text
    assert "2 entries keep waiting" in page
    assert emulator.oauth.grants
    client.post("/connection/disconnect")
    assert emulator.oauth.grants == []
    assert application.store.connection(ADA.workspace) is None
    assert application.store.counts(ADA.workspace).pending == 2
    assert "Disconnected" in client.get("/connection").text


def test_another_org_than_before_is_named_where_a_sign_in_ends_and_on_the_page(
    client: FlaskClient, emulator: Emulator
) -> None:
    sign_in(client, emulator)
    assert "Before, this workspace" not in client.get("/connection").text
    client.post("/connection/disconnect")
    with Emulator(OrgSpec(org_id="00D5g0000000002EAA")) as other:
        landed = sign_in(client, other).text
        assert f"another org than before (Acme (emulator) ({emulator.org.org_id}))" in landed
        page = client.get("/connection").text
        assert f"connected to Acme (emulator) ({emulator.org.org_id})" in page


def test_an_unconfirmed_disconnect_says_what_to_do(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    sign_in(client, emulator)
    emulator.control.answer(
        "POST", ["faults"], {"kind": "html_503", "match": {"path_contains": "/revoke"}}
    )
    left = client.post("/connection/disconnect", follow_redirects=True)
    assert "Salesforce did not confirm it" in left.text
    assert application.store.connection(ADA.workspace) is None


def test_the_estimate_is_stored_until_something_changes(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    feed(application, 1, 2, 3)
    sign_in(client, emulator)
    page = client.get("/connection/estimate", headers={"HX-Request": "true"}).text
    assert "If you send the 3 entries" in page
    assert "Create a Lead" in page
    used = emulator.org.used
    client.get("/connection/estimate")
    assert emulator.org.used == used
    feed(application, 4)
    client.get("/connection/estimate")
    assert emulator.org.used > used


def test_a_workspace_connected_on_the_command_line_has_no_setup_steps(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    sign_in(client, emulator)
    store = application.store
    kept, tokens = connection(application), store.tokens(ADA.workspace)
    store.forget_connection(ADA.workspace)
    assert "Six steps to go" in client.get("/connection").text
    line = replace(
        next(iter(store.history(ADA.workspace, codes=("connected",)))),
        detail={"rests": False},
        at=kept.connected_at + 1,
    )
    store.save_connection(replace(kept, state="connected"), tokens, line=line)
    page = client.get("/connection").text
    assert "to go" not in page
    assert "First run" not in page
    assert client.post("/connection/waiting", data={"waiting": "send"}).status_code == 409
    part = client.get("/connection/steps", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Refresh"]) == (204, "true")


def test_sending_pages_say_that_nothing_is_sent_yet(
    client: FlaskClient, emulator: Emulator, application: CommandApp
) -> None:
    feed(application, 1, 2)
    sign_in(client, emulator)
    for path in ("/activity", "/held"):
        assert (
            "Nothing is sent yet.</strong> 2 entries wait until someone has seen a preview"
            in client.get(path).text
        )
    assert "Nothing is sent yet." not in client.get("/connection").text
    preview_seen(application.store, ADA.workspace, "Ada", application.clock.now())
    client.post("/connection/id-field/without")
    client.get("/connection/rights")
    client.post("/connection/waiting", data={"waiting": "send"})
    assert "Nothing is sent yet." not in client.get("/activity").text
