"""One line for a probe: whether events can be stored, and for how long work has been due."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from tests.cli.zsf import Zsf
from tests.contract.store_contract import new
from tests.contract.surveys_contract import connected
from zsf_plugin.model import Tokens
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store


def with_work(zsf: Zsf) -> None:
    """A connected workspace with an entry that has been due for long."""
    with closing(open_store(from_environment(zsf.environment))) as store:
        store.save_connection(connected("w"), Tokens("access", "refresh"))
        store.accept(new())


def test_an_empty_store_is_ready_and_owes_nothing(zsf: Zsf) -> None:
    done = zsf("health")
    assert (done.returncode, done.stdout) == (0, "ready, nothing is due\n")
    document = json.loads(zsf("health", "--json").stdout)
    assert document == {"alive": True, "ready": True, "oldest_due_s": None, "reason": None}


def test_what_has_been_due_for_too_long_is_a_finding_only_if_asked_for(zsf: Zsf) -> None:
    with_work(zsf)
    done = zsf("health")
    assert done.returncode == 0
    assert done.stdout.startswith("ready, the oldest due entry waits for ")
    late = zsf("health", "--max-age", "600", "--json")
    assert (late.returncode, json.loads(late.stdout)["ready"]) == (1, True)
    assert zsf("health", "--max-age", "600").stdout.count("\n") == 1


def spoil(zsf: Zsf) -> None:
    """Make the database one of a newer version."""
    zsf("status")
    with closing(sqlite3.connect(zsf.folder / "data" / "zsf.sqlite3")) as database:
        database.execute("PRAGMA user_version = 9999")


def test_a_database_of_another_version_is_not_ready(zsf: Zsf) -> None:
    spoil(zsf)
    done = zsf("health")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("not ready: the database ")
    assert "newer version" in done.stdout
    document = json.loads(zsf("health", "--json").stdout)
    assert (document["ready"], document["oldest_due_s"]) == (False, None)


def test_a_database_url_that_cannot_be_used_is_not_ready(zsf: Zsf) -> None:
    zsf.environment["ZSF_DATABASE_URL"] = "mysql://secret@localhost/zsf"
    done = zsf("health")
    assert done.returncode == 1
    assert "ZSF_DATABASE_URL" in done.stdout
    assert "secret" not in done.stdout


@pytest.mark.parametrize("text", ["0", "-1", "soon"])
def test_an_age_that_is_no_number_of_seconds_is_refused(zsf: Zsf, text: str) -> None:
    assert zsf("health", "--max-age", text).returncode == 2


def test_a_clock_that_was_ahead_makes_no_negative_age(zsf: Zsf) -> None:
    with closing(open_store(from_environment(zsf.environment))) as store:
        store.save_connection(connected("w"), Tokens("access", "refresh"))
        store.accept(replace(new(), received_at=1e11))
    assert json.loads(zsf("health", "--json").stdout)["oldest_due_s"] == 0.0
