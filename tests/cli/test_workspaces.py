"""Workspaces, entries and causes that nothing is known of are refused; what cannot be undone is
asked first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.terminal import on_terminal
from tests.cli.test_provision import connected
from tests.cli.zsf import PURCHASE, Zsf
from zsf_plugin.emulator import Emulator, OrgSpec

ACME = {**PURCHASE, "workspace": "acme"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("outbox", "list"),
        ("outbox", "list", "--cause"),
        ("outbox", "show", "e1"),
        ("outbox", "retry", "--all"),
        ("outbox", "drop", "e1"),
        ("rules", "show"),
        ("fields",),
        ("provision",),
        ("badges", "-"),
        ("disconnect",),
        ("rules", "explain", "-"),
    ],
)
def test_an_unknown_workspace_is_refused_with_the_known_ones(
    zsf: Zsf, arguments: tuple[str, ...]
) -> None:
    zsf("feed", "-", stdin=json.dumps(ACME))
    text = json.dumps(PURCHASE) if arguments[0] == "rules" else "[]"
    done = zsf(*arguments, "--workspace", "acne", stdin=text)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no workspace 'acne'; did you mean 'acme'? known: acme, default" in done.stderr
    assert done.stderr.count("\n") == 1


def test_events_and_folders_make_a_workspace_known(zsf: Zsf) -> None:
    assert zsf("status").returncode == 0
    zsf("feed", "-", stdin=json.dumps(ACME))
    assert zsf("status", "--workspace", "acme").returncode == 0
    (zsf.folder / "config" / "workspaces" / "new").mkdir(parents=True)
    assert zsf("status", "--workspace", "new").returncode == 0


def test_a_workspace_that_was_disconnected_stays_known(tmp_path: Path) -> None:
    with Emulator(OrgSpec()) as emulator:
        zsf = connected(tmp_path, emulator)
        zsf("disconnect", "--yes")
    assert zsf("status").returncode == 0


@pytest.mark.parametrize("arguments", [("init",), ("drain",)])
def test_some_commands_take_a_new_workspace(zsf: Zsf, arguments: tuple[str, ...]) -> None:
    assert zsf(*arguments, "--workspace", "new").returncode in (0, 1)


@pytest.mark.parametrize("arguments", [("outbox", "list"), ("outbox", "retry")])
def test_an_unknown_cause_is_refused_and_a_known_one_may_hold_nothing(
    zsf: Zsf, arguments: tuple[str, ...]
) -> None:
    zsf("feed", "-", stdin=json.dumps({**PURCHASE, "prospect": {}}))
    done = zsf(*arguments, "--cause", "INVALID_EVNT")
    assert done.returncode == 2
    assert "did you mean 'INVALID_EVENT'? entries are held for: INVALID_EVENT" in done.stderr
    assert zsf(*arguments, "--cause", "INVALID_EVENT").returncode == 0
    assert zsf(*arguments, "--cause", "SEVERAL_MATCH").returncode == 0


def states(zsf: Zsf) -> set[str]:
    return {entry["state"] for entry in json.loads(zsf("outbox", "list", "--json").stdout)}


def test_an_unknown_entry_is_refused_before_anything_is_dropped(zsf: Zsf) -> None:
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    assert zsf("outbox", "drop", "e1", "e99", "--yes").returncode == 2
    assert states(zsf) == {"pending"}


def test_drop_shows_the_entries_and_needs_yes_without_a_terminal(zsf: Zsf) -> None:
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    done = zsf("outbox", "drop", "e1")
    assert done.returncode == 2
    assert "pending" in done.stdout
    assert "add --yes" in done.stderr
    assert states(zsf) == {"pending"}
    document = json.loads(zsf("outbox", "drop", "e1", "--json").stdout)
    assert document["error"]["code"] == "not_confirmed"
    assert json.loads(zsf("outbox", "drop", "e1", "--json", "--yes").stdout) == {"dropped": 1}
    assert states(zsf) == {"skipped"}


def test_output_after_an_unanswered_question_begins_a_new_line(zsf: Zsf) -> None:
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    shown = on_terminal(zsf, "outbox", "drop", "e1", typed="\x04")
    assert "\r\nzsf: nothing was changed" in shown.text


def test_all_held_entries_or_the_named_ones_are_retried_not_both(zsf: Zsf) -> None:
    zsf("feed", "-", stdin=json.dumps({**PURCHASE, "prospect": {}}))
    for more in (("e1",), ("--cause", "INVALID_EVENT")):
        done = zsf("outbox", "retry", "--all", *more)
        assert (done.returncode, done.stdout) == (2, "")
        assert "--all goes with neither" in done.stderr
    assert states(zsf) == {"held"}


@pytest.mark.parametrize(
    ("typed", "code", "state"),
    [("y\n", 0, "skipped"), ("n\n", 2, "pending"), ("\n", 2, "pending"), ("\x04", 2, "pending")],
    ids=["yes", "no", "nothing", "end of input"],
)
def test_drop_asks_for_confirmation_on_a_terminal(
    zsf: Zsf, typed: str, code: int, state: str
) -> None:
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    shown = on_terminal(zsf, "outbox", "drop", "e1", typed=typed)
    assert "[y/N]" in shown.text
    assert (shown.returncode, states(zsf)) == (code, {state})


@pytest.mark.parametrize("words", [(), ("--yes",), ("--json",), ("--json", "--yes")])
def test_a_script_disconnects_without_being_asked_because_nothing_is_lost(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    with Emulator(OrgSpec()) as emulator:
        zsf = connected(tmp_path, emulator)
        zsf("feed", "-", stdin=json.dumps(PURCHASE))
        done = zsf("disconnect", *words)
        assert done.returncode == 0
        if "--json" in words:
            ended = json.loads(done.stdout)
            assert (ended["disconnected"], ended["revoked"], ended["waiting"]) == (True, True, 1)
        else:
            first, last = done.stdout.splitlines()
            assert "connected as admin@acme.example: the sign-in ends" in first
            assert "1 entry waits" in last
        assert json.loads(zsf("status", "--json").stdout)["connection"]["state"] == "not_connected"
        assert states(zsf) == {"pending"}


@pytest.mark.parametrize(
    ("typed", "code", "state"),
    [("y\n", 0, "not_connected"), ("n\n", 2, "connected"), ("\x04", 2, "connected")],
)
def test_disconnect_asks_a_person_on_a_terminal(
    tmp_path: Path, typed: str, code: int, state: str
) -> None:
    with Emulator(OrgSpec()) as emulator:
        zsf = connected(tmp_path, emulator)
        shown = on_terminal(zsf, "disconnect", typed=typed)
        assert "[y/N]" in shown.text
        assert shown.returncode == code
        assert json.loads(zsf("status", "--json").stdout)["connection"]["state"] == state


def test_without_a_connection_there_is_nothing_to_confirm(zsf: Zsf) -> None:
    assert json.loads(zsf("disconnect", "--json").stdout)["disconnected"] is False
