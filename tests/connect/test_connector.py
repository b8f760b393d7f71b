"""Which app signs in, the first that is named (a rehearsal on this machine needs none); and keeping
a grant: the org is pinned, a pause ends, what waited is sent or skipped, and leaving always works.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.connect.conftest import waits
from tests.fakes.login import GRANT, OTHER_ORG, SIGN_IN, FakeLogin
from zsf_plugin.connect import Connector, ConnectResult, FormerOrg, other_org_before
from zsf_plugin.connect.connector import EMULATOR_CLIENT_ID, client_id_for, is_emulator
from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.model import LOGINS, Step
from zsf_plugin.ports import SignInResult, Store, WorkspacePause


def connect(connector: Connector, grant: SignInResult = GRANT) -> ConnectResult:
    return connector.finish("w", grant, SIGN_IN, "production", "send")


def test_a_sign_in_to_another_org_is_refused_given_back_and_changes_nothing(
    connector: Connector, store: Store, login: FakeLogin
) -> None:
    connect(connector)
    with pytest.raises(ReconnectRequired, match="zsf disconnect") as caught:
        connect(connector, OTHER_ORG)
    kept, tokens = store.connection("w"), store.tokens("w")
    assert caught.value.code == "other_org"
    assert kept is not None
    assert tokens is not None
    assert (kept.org_id, tokens.access) == (GRANT.org_id, "access")
    assert login.revoked == ["foreign"]


def test_after_a_disconnect_another_org_is_welcome(connector: Connector, store: Store) -> None:
    connect(connector)
    connector.disconnect("w")
    connect(connector, OTHER_ORG)
    kept = store.connection("w")
    assert kept is not None
    assert kept.org_id == OTHER_ORG.org_id


def test_a_sign_in_to_another_org_than_before_names_that(connector: Connector) -> None:
    named = f"Acme ({GRANT.org_id})"
    assert connect(connector).former is None
    assert connect(connector).former is None
    connector.disconnect("w")
    assert connect(connector).former is None
    connector.disconnect("w")
    assert connect(connector, OTHER_ORG).former == FormerOrg(GRANT.org_id, named, returns=False)
    assert connect(connector, OTHER_ORG).former is None
    assert other_org_before(connector.store, "w", OTHER_ORG.org_id) == named
    connector.disconnect("w")
    back = connect(connector).former
    assert back is not None
    assert (back.id, back.returns) == (OTHER_ORG.org_id, True)


def test_a_short_org_id_is_no_other_org(connector: Connector) -> None:
    connect(connector)
    connector.disconnect("w")
    assert connect(connector, replace(GRANT, org_id=GRANT.org_id[:15])).former is None
    assert other_org_before(connector.store, "w", GRANT.org_id[:15]) == ""


def test_a_new_sign_in_ends_a_pause(connector: Connector, store: Store) -> None:
    store.pause("w", WorkspacePause("reconnect", "sign in again", 1.0))
    connect(connector)
    assert store.paused("w") is None


def test_waiting_entries_are_counted_and_stay(connector: Connector, store: Store) -> None:
    waits(store)
    assert connect(connector).waiting == 1
    assert store.counts("w").pending == 1


def test_waiting_entries_are_skipped_with_a_reason_on_request(
    connector: Connector, store: Store
) -> None:
    entry_id = waits(store)
    connected = connector.finish("w", GRANT, SIGN_IN, "sandbox", "skip")
    entry = store.entry("w", entry_id)
    assert (connected.waiting, connected.skipped) == (1, 1)
    assert entry is not None
    assert entry.state == "skipped"
    assert entry.reason == Step("skipped_at_connect")


def test_disconnecting_revokes_the_grant_and_keeps_waiting_entries(
    connector: Connector, store: Store, login: FakeLogin
) -> None:
    connect(connector)
    waits(store)
    ended = connector.disconnect("w")
    assert ended is not None
    assert ended[1] is True
    assert login.revoked == ["access"]
    assert (store.connection("w"), store.tokens("w"), store.counts("w").pending) == (None, None, 1)


def test_leaving_works_while_salesforce_is_down_and_says_it_was_not_confirmed(
    connector: Connector, store: Store, login: FakeLogin
) -> None:
    connect(connector)
    login.down = True
    ended = connector.disconnect("w")
    assert ended is not None
    assert ended[1] is False
    assert store.connection("w") is None


def test_the_history_shows_who_connected_to_which_org_and_when_it_ended(
    connector: Connector, store: Store
) -> None:
    connected = connector.finish("w", GRANT, SIGN_IN, "production", "send", by="Ada")
    connect(connector)
    connector.disconnect("w", by="Bob")
    assert (connected.connection.org_name, connected.connection.connected_by) == (
        "Acme",
        "Ada",
    )
    lines = [(line.code, line.by, line.detail["org_name"]) for line in store.history("w")]
    assert lines == [
        ("disconnected", "Bob", "Acme"),
        ("reconnected", None, "Acme"),
        ("connected", "Ada", "Acme"),
    ]
    assert store.history("w", limit=1)[0].detail["revoked"] is True


def test_a_sign_in_that_was_refused_leaves_no_line(connector: Connector, store: Store) -> None:
    connect(connector)
    with pytest.raises(ReconnectRequired):
        connect(connector, OTHER_ORG)
    assert [line.code for line in store.history("w")] == ["connected"]


def test_disconnecting_without_a_connection_returns_none(connector: Connector) -> None:
    assert connector.disconnect("w") is None


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "http://127.0.0.1:1/login", "http://[::1]:9"]
)
def test_a_login_on_this_machine_is_a_rehearsal(url: str) -> None:
    assert is_emulator(url)
    assert client_id_for(url, None, "") == EMULATOR_CLIENT_ID


@pytest.mark.parametrize("url", [*LOGINS.values(), "https://localhost.example", "", "nonsense"])
def test_any_other_login_needs_a_client_id(url: str) -> None:
    assert not is_emulator(url)
    assert client_id_for(url, None, "") is None


def test_the_first_app_that_is_named_signs_in() -> None:
    assert client_id_for(LOGINS["sandbox"], None, "option", "setting") == "option"
    assert client_id_for("http://localhost", "", "setting") == "setting"
