"""Surveys find what has work in all workspaces at once, as each workspace alone would say; and read
nothing but whether anything changed while nothing does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.sync.bench import LiveOwners
from zsf_plugin.model import Cause, Connection, Kind, Tokens
from zsf_plugin.ports import (
    ORG_LEASE,
    Fence,
    HoldingWorkspace,
    NewEntry,
    Settlement,
    Store,
    WorkspacePause,
)
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.sync.due import MAX_ENTRY_WAIT_S, next_work
from zsf_plugin.sync.surveys import Survey, Surveyor, SurveyParts

NOW = 100_000.0
ORG = "00D000000000001EAA"
HELD = Cause("A", "Lead")


class World:
    """Workspaces of one store, all of them connected to one org."""

    def __init__(self, store: Store, config: Path, clock: FakeClock) -> None:
        self.store, self.config, self.clock = store, config, clock
        self.clock.time = NOW
        self.rules = Rulebook(config, store.console_rule, store)
        self.read_at: dict[str, float] = {}
        self.surveyor = Surveyor(SurveyParts(store, self.rules, clock, self.describes_read_at))
        self.drains = 0

    def describes_read_at(self, workspaces: Collection[HoldingWorkspace]) -> dict[str, float]:
        return {one.workspace: self.read_at.get(one.workspace, 7.0) for one in workspaces}

    def connect(self, *workspaces: str) -> None:
        for name in workspaces:
            ids, url = (ORG, "005000000000009AAA"), "https://acme.example"
            login = ("admin", "production", url, url, "client", False, "68.0")
            self.store.save_connection(Connection(name, *ids, *login, 1.0), Tokens("a", "r"))

    def add(
        self,
        workspace: str = "w",
        *,
        kind: Kind = "purchase",
        event: str = "e",
        is_held: bool = False,
        until: float | None = None,
    ) -> None:
        """An entry that waits (`until` a time), or is held."""
        cause, state = (HELD, "held") if is_held else (None, "pending")
        ids = (workspace, event + kind, kind, event, state, "d", {}, "2026-11-01T10:00:00Z")
        entry = self.store.accept(NewEntry(*ids, NOW, cause=cause)).entry_id  # type: ignore[arg-type]
        if until is not None:
            self.store.settle(self.fence(), [Settlement(entry, "pending", not_before=until)], NOW)

    def fence(self) -> Fence:
        owner = LiveOwners().new_owner()
        fence = self.store.acquire_lease(
            ORG_LEASE + ORG, owner, 0.0, ttl_s=15, is_over=lambda _: True
        )
        assert fence is not None
        return fence

    def rule(self, name: str, text: str) -> None:
        path = self.config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def survey(self) -> Survey | None:
        return self.surveyor.survey(self.drains)

    def surveyed(self) -> Survey:
        found = self.survey()
        assert found is not None
        return found

    def has_found(self) -> bool:
        return self.survey() is not None


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: FakeClock) -> World:
    return World(store, tmp_path / "config", clock)


# --- what they find -------------------------------------------------------------------------------


def test_an_empty_store_has_no_work(world: World) -> None:
    assert world.surveyed() == Survey([], frozenset(), {})


def pause(until: float | None) -> Callable[[World], None]:
    return lambda world: world.store.pause("w", WorkspacePause("quota", "", NOW - 9, until))


def use_up(world: World) -> None:
    world.store.note_usage(ORG, 75, 100, NOW - 60)


SITUATIONS: dict[str, list[Callable[[World], object]]] = {
    "a purchase": [lambda w: w.add()],
    "an activity": [lambda w: w.add(kind="touchpoint")],
    "nothing": [],
    "a wait": [lambda w: w.add(until=NOW + 30)],
    "a wait of one kind": [lambda w: w.add(until=NOW + 30), lambda w: w.add(kind="touchpoint")],
    "a wait that a clock ahead stored": [lambda w: w.add(until=NOW + 2 * MAX_ENTRY_WAIT_S)],
    "a pause": [lambda w: w.add(), pause(NOW + 60)],
    "a pause that a person ends": [lambda w: w.add(), pause(None)],
    "a pause that is over": [lambda w: w.add(), pause(NOW - 1)],
    "a wait in a pause": [lambda w: w.add(until=NOW + 90), pause(NOW + 60)],
    "throttled activities": [lambda w: w.add(kind="touchpoint"), use_up],
    "throttled activities, and a purchase": [
        lambda w: w.add(kind="touchpoint"),
        lambda w: w.add(),
        use_up,
    ],
    "a raised share": [
        lambda w: w.add(kind="touchpoint"),
        use_up,
        lambda w: w.store.save_console_rule(
            "w", {"limits": {"activities_share": 0.8}}, expected_version=0
        ),
    ],
    "no connection": [lambda w: w.add(), lambda w: w.store.forget_connection("w")],
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_workspace_has_work_as_soon_as_it_would_say_itself(world: World, situation: str) -> None:
    world.connect("other", "w")
    for act in SITUATIONS[situation]:
        act(world)
    availability = OrgAvailability(world.store, world.rules, world.clock)
    at = next_work(world.store, availability, "w")
    assert ("w" in world.surveyed().due) is (at is not None and at <= NOW)
    if at is not None and at > NOW:
        world.clock.time = at - 0.01
        found = world.survey()
        assert found is None or found.due == frozenset()
        world.clock.time = at
        assert world.surveyed().due == {"w"}


def test_all_workspaces_with_something_due_are_found(world: World) -> None:
    world.connect("a", "b", "c", "idle")
    for name in ("a", "b", "c", "apart"):
        world.add(name)
    world.store.pause("b", WorkspacePause("quota", "", NOW))
    found = world.surveyed()
    assert list(found.workspaces) == ["a", "apart", "b", "c", "idle"]
    assert found.due == {"a", "c"}


# --- what held entries depend on ------------------------------------------------------------------


def test_workspaces_with_held_entries_and_a_connection_have_hold_inputs(world: World) -> None:
    world.connect("w", "idle")
    world.add("w", is_held=True)
    world.add("apart", is_held=True)
    found = world.surveyed().held
    assert list(found) == ["w"]
    assert found["w"].rules == world.rules.digest("w")
    assert (found["w"].connected_at, found["w"].state, found["w"].read_at) == (1.0, "connected", 7)


@pytest.mark.parametrize("workspace", ["w", "idle", "unknown"])
def test_one_workspace_alone_has_the_hold_inputs_that_it_has_among_all(
    world: World, workspace: str
) -> None:
    world.connect("w", "idle")
    world.add("w", is_held=True)
    assert world.surveyor.hold_inputs(workspace) == world.surveyed().held.get(workspace)


CHANGES: dict[str, Callable[[World], object]] = {
    "the console's rules": lambda w: w.store.save_console_rule(
        "w", {"fields": {"Lead": {"Title": False}}}, expected_version=0
    ),
    "a shared file": lambda w: w.rule("rules/20.toml", "[fields.Lead]\nTitle = false\n"),
    "a file of its own": lambda w: w.rule(
        "workspaces/w/rules/20.toml", "[fields.Lead]\nTitle = false\n"
    ),
    "the connection": lambda w: w.store.save_connection(
        replace(w.store.connection("w"), connected_at=2.0),  # type: ignore[type-var]
        Tokens("a", "r"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_to_what_held_entries_depend_on_is_found(world: World, change: str) -> None:
    world.connect("w")
    world.add("w", is_held=True)
    before = world.surveyed().held["w"]
    assert not world.has_found()
    CHANGES[change](world)
    after = world.surveyed().held["w"]
    assert after != before
    world.survey()  # the last valid rules were stored meanwhile
    assert not world.has_found()
    assert world.surveyor.hold_inputs("w") == after


def test_a_file_that_says_the_same_changes_no_hold_inputs(world: World) -> None:
    world.connect("w")
    world.add("w", is_held=True)
    before = world.surveyed().held["w"]
    world.rule("rules/20.toml", "# nothing yet\n")
    found = world.survey()
    assert found is None or found.held["w"].connected_at == before.connected_at


def test_a_rule_file_of_another_workspace_changes_nothing(world: World) -> None:
    world.connect("w", "x")
    world.add("w", is_held=True)
    before = world.surveyed().held["w"]
    world.rule("workspaces/x/rules/20.toml", "[fields.Lead]\nTitle = false\n")
    assert not world.has_found()
    assert world.surveyor.hold_inputs("w") == before


def test_describes_that_were_read_again_are_found(world: World) -> None:
    world.connect("w")
    world.add("w", is_held=True)
    assert world.surveyed().held["w"].read_at == 7.0
    world.read_at["w"] = 8.0
    world.store.note_usage(ORG, 1, 100, NOW)  # what is read is stored
    assert world.surveyed().held["w"].read_at == 8.0


# --- what they cost -------------------------------------------------------------------------------


class CountedStatements:
    """The statements that every connection of the store runs, apart from those that open it."""

    def __init__(self, store: Store) -> None:
        self._database = store._database  # type: ignore[attr-defined]  # of SQLite
        self.statements: list[str] = []

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        self.statements.clear()
        with self._connection() as connection:
            connection.set_trace_callback(self.statements.append)
        yield self.statements
        with self._connection() as connection:
            connection.set_trace_callback(None)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._database.reading() as connection:
            yield connection


@pytest.fixture
def many(world: World) -> World:
    """200 connected workspaces; in 50 something is held, in others something waits."""
    names = [f"w{number:03}" for number in range(200)]
    world.connect(*names)
    for name in names[:50]:
        world.add(name, is_held=True)
    for name in names[50:100]:
        world.add(name)
        world.store.pause(name, WorkspacePause("unavailable", "", NOW))
    return world


def test_a_survey_costs_four_statements_however_many_workspaces_there_are(many: World) -> None:
    many.surveyed()
    many.store.note_usage(ORG, 1, 100, NOW)
    with CountedStatements(many.store).counting() as statements:
        assert len(many.surveyed().held) == 50
    assert len(statements) == 4  # what changed, what waits, what is held, every name


def test_a_survey_that_finds_the_store_unchanged_runs_one_statement(many: World) -> None:
    many.surveyed()
    with CountedStatements(many.store).counting() as statements:
        for _ in range(10):
            assert not many.has_found()
    assert statements == ["PRAGMA data_version"] * 10


def test_rules_that_stay_the_same_are_read_once_for_each_workspace(
    many: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    digest = many.rules.digest

    def counted(workspace: str) -> str:
        asked.append(workspace)
        return digest(workspace)

    monkeypatch.setattr(many.rules, "digest", counted)
    for number in range(5):
        many.store.note_usage("00D000000000002EAA", number, 100, NOW)
        many.surveyed()
    assert len(asked) == 50


# --- when they look again -------------------------------------------------------------------------


def test_a_drain_of_this_process_is_looked_at_even_if_it_stored_nothing(world: World) -> None:
    world.connect("w")
    world.add("w")
    assert world.surveyed().due == {"w"}
    assert not world.has_found()
    world.drains += 1
    assert world.surveyed().due == {"w"}


def test_a_clock_that_was_set_back_is_looked_at(world: World) -> None:
    world.surveyed()
    world.clock.time -= 3600
    assert world.has_found()
    assert not world.has_found()


@pytest.mark.parametrize("part", ["waiting_workspaces", "holding_workspaces", "workspaces"])
def test_a_survey_that_failed_is_no_survey(
    world: World, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("locked")

    world.connect("w")
    world.add("w")
    with monkeypatch.context() as patch:
        patch.setattr(world.store, part, fail)
        with pytest.raises(sqlite3.OperationalError):
            world.survey()
    assert world.surveyed().due == {"w"}


def test_work_of_another_process_is_found_by_the_next_survey(world: World, store: Store) -> None:
    world.connect("w")
    world.surveyed()
    other = sqlite3.connect(store._database.file)  # type: ignore[attr-defined]  # of SQLite
    other.execute(
        "INSERT INTO entries (workspace, event_id, kind, lane, state, digest, occurred_at, "
        "received_at, payload) VALUES ('w', 'e', 'purchase', 'l', 'pending', 'd', '', 1.0, '{}')"
    )
    other.commit()
    other.close()
    assert world.surveyed().due == {"w"}
