"""Entries that were undone before their counts knew it count as undone from then on."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from tests.contract.daily_contract import undo
from tests.contract.surveys_contract import arrived, org_fence
from tests.postgres import Server
from tests.store.test_damage import made_at
from zsf_plugin.model import Cause, Step
from zsf_plugin.ports import Settlement, Store
from zsf_plugin.store import Cipher
from zsf_plugin.store.postgres import PostgresStore
from zsf_plugin.store.postgres import schema as postgres_schema
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite import schema as sqlite_schema

CIPHER = Cipher("a secret", "this test")
DAY_S = 86_400.0
FIRST = datetime.date(1970, 1, 1)


def check(opened: Callable[[], Store], schema: ModuleType, name: str) -> None:
    """What a store of before the migration of that name counted, and what it counts after it."""
    every: Mapping[int, Path] = schema.migrations()
    former = {number: file for number, file in every.items() if file.name < name}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "migrations", lambda: former)
        with closing(opened()) as store:  # type: ignore[type-var]
            _feed(store)
            assert store.outcomes_by_day("w", FIRST) == {
                FIRST + datetime.timedelta(1): {"created": 3, "updated": 1, "held": 1},
                FIRST + datetime.timedelta(2): {"created": 1},
            }
    with closing(opened()) as store:  # type: ignore[type-var]
        assert store.outcomes_by_day("w", FIRST) == {
            FIRST + datetime.timedelta(1): {"created": 1, "undone": 3, "held": 1},
            FIRST + datetime.timedelta(2): {"created": 1},
        }


def _feed(store: Store) -> None:
    """Four entries that are done on a day, two of the created and the updated one undone, one held,
    and one that is done on the next."""
    created, updated = (Step("created", "Lead"),), (Step("updated", "Lead"),)
    ends = [("done", created)] * 3 + [("done", updated), ("held", ()), ("done", created)]
    for number, (state, steps) in enumerate(ends):
        entry = store.accept(arrived("w", f"e{number}")).entry_id
        at = DAY_S * (2 if number == len(ends) - 1 else 1)
        cause = Cause("A", "Lead") if state == "held" else None
        end = Settlement(entry, state, cause=cause, steps=steps)  # type: ignore[arg-type]
        store.settle(org_fence(store), [end], at)
        if number in (1, 2, 3, 4):
            undo(store, "w", entry)


def test_a_database_file_counts_what_was_undone_before(tmp_path: Path) -> None:
    file = tmp_path / "zsf.sqlite3"
    made_at(file, 26)
    check(lambda: SqliteStore(file, CIPHER), sqlite_schema, "0027")


def test_a_postgresql_database_counts_what_was_undone_before(postgres: Server) -> None:
    url = postgres.empty_database()
    check(lambda: PostgresStore(url, CIPHER), postgres_schema, "0011")
