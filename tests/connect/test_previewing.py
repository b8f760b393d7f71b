"""A workspace connected in the console is paused until a preview was seen and what waits was decided
on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.connect.conftest import waits
from tests.fakes.clock import FakeClock
from tests.fakes.login import GRANT, OTHER_ORG, SIGN_IN, FakeLogin
from zsf_plugin.connect import Connector, ConnectResult
from zsf_plugin.connect.previewing import decide, has_seen_preview, preview_seen
from zsf_plugin.errors import OtherOrg, OutOfOrder, ReconnectRequired
from zsf_plugin.model import Connection, ReconnectReason, Step
from zsf_plugin.ports import Store


def connect(connector: Connector, *, sandbox: bool = False) -> ConnectResult:
    return connector.finish_with_preview("w", GRANT, SIGN_IN, "custom", sandbox=sandbox, by="Ada")


def connection(store: Store) -> Connection:
    found = store.connection("w")
    assert found is not None
    return found


def codes(store: Store) -> list[str]:
    return [line.code for line in store.history("w")]


def test_a_first_connection_in_the_console_waits_for_a_preview_and_names_its_author(
    connector: Connector, store: Store
) -> None:
    connect(connector)
    kept = connection(store)
    assert (kept.state, kept.connected_by, kept.org_name) == ("previewing", "Ada", "Acme")
    assert codes(store) == ["connected"]


def test_a_first_connection_of_the_command_line_does_not(
    connector: Connector, store: Store
) -> None:
    connector.finish("w", GRANT, SIGN_IN, "production", "send")
    assert connection(store).state == "connected"


def test_waiting_entries_are_sent_once_a_preview_was_seen(
    connector: Connector, store: Store, clock: FakeClock
) -> None:
    waits(store)
    connect(connector)
    preview_seen(store, "w", "Ada", clock.now())
    assert connection(store).state == "previewing"
    assert decide(store, "w", "send", "Ada", clock.now()) == 1
    assert (connection(store).state, store.counts("w").pending) == ("connected", 1)
    assert codes(store) == ["waiting_sent", "previewed", "connected"]


def test_waiting_entries_are_skipped_for_good_if_that_was_chosen(
    connector: Connector, store: Store, clock: FakeClock
) -> None:
    entry_id = waits(store)
    connect(connector)
    preview_seen(store, "w", "Ada", clock.now())
    assert decide(store, "w", "skip", "Ada", clock.now()) == 1
    entry = store.entry("w", entry_id)
    assert entry is not None
    assert (entry.state, connection(store).state) == ("skipped", "connected")
    assert entry.reason == Step("skipped_at_preview")


@pytest.mark.parametrize("waiting", ["send", "skip"])
def test_nothing_is_decided_before_a_preview_was_seen(
    connector: Connector, store: Store, clock: FakeClock, waiting: str
) -> None:
    waits(store)
    connect(connector)
    with pytest.raises(OutOfOrder, match="preview"):
        decide(store, "w", waiting, "Ada", clock.now())  # type: ignore[arg-type]
    assert (connection(store).state, store.counts("w").pending) == ("previewing", 1)


def test_nothing_is_decided_twice_or_without_a_preview_to_wait_for(
    connector: Connector, store: Store, clock: FakeClock
) -> None:
    waits(store)
    with pytest.raises(OutOfOrder):
        decide(store, "w", "send", "Ada", clock.now())
    connect(connector)
    preview_seen(store, "w", "Ada", clock.now())
    decide(store, "w", "send", "Ada", clock.now())
    with pytest.raises(OutOfOrder, match="by Ada: the waiting entries are sent"):
        decide(store, "w", "skip", "Ben", clock.now())
    assert store.counts("w").pending == 1


@pytest.mark.parametrize("waiting", ["send", "skip"])
def test_a_choice_that_a_disconnect_overtakes_is_refused_and_the_workspace_stays_disconnected(
    connector: Connector,
    store: Store,
    clock: FakeClock,
    waiting: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits(store)
    connect(connector)
    preview_seen(store, "w", "Ada", clock.now())
    overtaking(store, monkeypatch, lambda: connector.disconnect("w", "Ben"))
    with pytest.raises(OutOfOrder, match="not connected"):
        decide(store, "w", waiting, "Ada", clock.now())  # type: ignore[arg-type]
    assert (store.connection("w"), store.tokens("w"), store.counts("w").pending) == (None, None, 1)
    assert codes(store)[0] == "disconnected"


def test_a_choice_that_another_one_overtakes_is_refused_with_what_was_decided(
    connector: Connector, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(store)
    connect(connector)
    preview_seen(store, "w", "Ada", clock.now())
    overtaking(store, monkeypatch, lambda: decide(store, "w", "send", "Ben", clock.now()))
    with pytest.raises(OutOfOrder, match="by Ben: the waiting entries are sent"):
        decide(store, "w", "skip", "Ada", clock.now())
    assert store.counts("w").pending == 1
    assert codes(store).count("waiting_sent") == 1


def test_a_choice_that_a_new_sign_in_overtakes_must_be_made_again(
    connector: Connector, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(store)
    connect(connector)
    preview_seen(store, "w", "Ada", clock.now())

    def sign_in_again() -> None:
        clock.sleep(1)
        connect(connector)

    overtaking(store, monkeypatch, sign_in_again)
    with pytest.raises(OutOfOrder, match="signed in again"):
        decide(store, "w", "skip", "Ada", clock.now())
    assert (connection(store).state, connection(store).connected_at) == ("previewing", clock.now())
    assert store.counts("w").pending == 1


def overtaking(store: Store, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Someone else acts after the connection was read, before its preview ends."""
    end_preview = store.end_preview

    def late(*arguments: Any, **more: Any) -> int | None:
        monkeypatch.undo()
        act()
        return end_preview(*arguments, **more)

    monkeypatch.setattr(store, "end_preview", late)


def test_with_nothing_waiting_too_only_a_decision_starts_syncing(
    connector: Connector, store: Store, clock: FakeClock
) -> None:
    connect(connector)
    preview_seen(store, "w", "Ada", clock.now())
    assert connection(store).state == "previewing"
    waits(store)
    assert decide(store, "w", "send", "Ada", clock.now()) == 1
    assert connection(store).state == "connected"


def test_a_preview_is_noted_once(connector: Connector, store: Store, clock: FakeClock) -> None:
    waits(store)
    connect(connector)
    preview_seen(store, "w", "Ada", clock.now())
    preview_seen(store, "w", "Ben", clock.now())
    assert codes(store).count("previewed") == 1


def test_a_preview_of_an_earlier_connection_does_not_count(
    connector: Connector, store: Store, clock: FakeClock
) -> None:
    waits(store)
    connect(connector)
    preview_seen(store, "w", "Ada", clock.now())
    connector.disconnect("w", "Ada")
    clock.sleep(60)
    connect(connector)
    assert not has_seen_preview(store, connection(store))
    assert connection(store).state == "previewing"


def test_a_preview_that_nothing_waits_for_changes_nothing(
    connector: Connector, store: Store, clock: FakeClock
) -> None:
    preview_seen(store, "w", "Ada", clock.now())
    connector.finish("w", GRANT, SIGN_IN, "production", "send")
    preview_seen(store, "w", "Ada", clock.now())
    assert codes(store) == ["connected"]


def test_signing_in_again_needs_no_preview(
    connector: Connector, store: Store, clock: FakeClock
) -> None:
    connect(connector)
    preview_seen(store, "w", "Ada", clock.now())
    decide(store, "w", "send", "Ada", clock.now())
    store.save_connection(
        replace(connection(store), state="reconnect", reason=ReconnectReason("revoked"))
    )
    clock.sleep(60)
    connect(connector)
    assert connection(store).state == "connected"
    assert codes(store)[0] == "reconnected"


def test_signing_in_again_does_not_end_the_wait_for_a_preview(
    connector: Connector, store: Store, clock: FakeClock
) -> None:
    waits(store)
    connect(connector)
    connect(connector)
    assert connection(store).state == "previewing"
    store.save_connection(
        replace(connection(store), state="reconnect", reason=ReconnectReason("revoked"))
    )
    clock.sleep(60)
    connect(connector)
    assert connection(store).state == "previewing"


def test_an_org_of_the_other_kind_is_refused_and_given_back(
    connector: Connector, store: Store, login: FakeLogin
) -> None:
    with pytest.raises(ReconnectRequired, match="you chose Sandbox") as caught:
        connect(connector, sandbox=True)
    assert caught.value.code == "not_a_sandbox"
    assert (store.connection("w"), login.revoked) == (None, ["access"])


def test_another_org_is_refused_with_both_ids(
    connector: Connector, store: Store, login: FakeLogin
) -> None:
    connect(connector)
    with pytest.raises(OtherOrg) as caught:
        connector.finish_with_preview("w", OTHER_ORG, SIGN_IN, "custom", sandbox=False, by="Ada")
    assert (caught.value.belongs_to, caught.value.came_from) == (GRANT.org_id, OTHER_ORG.org_id)
    assert login.revoked == ["foreign"]
    assert connection(store).org_id == GRANT.org_id
