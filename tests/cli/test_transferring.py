"""`zsf transfer` takes the file to a server; with the two variables everything goes on there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.zsf import PURCHASE, Zsf


def test_what_waited_in_the_file_waits_on_the_server(zsf: Zsf, empty_database: str) -> None:
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    done = zsf("transfer", empty_database)
    assert (done.returncode, done.stdout) == (
        0,
        "Transferred 1 entry, 0 links, and everything else\n",
    )
    assert "Set ZSF_DATABASE_URL and ZSF_SECRET_KEY" in done.stderr
    refused = zsf("status")
    assert refused.returncode == 2
    assert "was transferred to PostgreSQL: name that one in ZSF_DATABASE_URL" in refused.stderr
    zsf.environment["ZSF_DATABASE_URL"] = empty_database
    zsf.environment["ZSF_SECRET_KEY"] = Path(zsf.folder, "data", "secret.key").read_text().strip()
    assert json.loads(zsf("status", "--json").stdout)["pending"] == 1
    again = json.loads(zsf("feed", "-", "--json", stdin=json.dumps(PURCHASE)).stdout)
    assert again["duplicate"] == 1


def test_as_json_it_counts_the_rows_of_each_table(zsf: Zsf, empty_database: str) -> None:
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    document = json.loads(zsf("transfer", empty_database, "--json").stdout)
    assert document["rows"]["entries"] == 1
    assert document["rows"]["links"] == 0


@pytest.mark.parametrize("url", ["sqlite:////tmp/other.sqlite3", "zsf", "postgresql://h/x?no=1"])
def test_only_a_postgresql_server_is_transferred_to(zsf: Zsf, url: str) -> None:
    done = zsf("transfer", url)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "only to postgresql://USER@HOST:PORT/NAME" in done.stderr


def test_a_database_of_a_server_is_not_transferred(zsf: Zsf, empty_database: str) -> None:
    zsf.environment["ZSF_DATABASE_URL"] = empty_database
    done = zsf("transfer", empty_database)
    assert done.returncode == 2
    assert "only a database file can be transferred" in done.stderr


def test_no_message_shows_the_password(zsf: Zsf) -> None:
    done = zsf("transfer", "postgresql://zsf:hidden@127.0.0.1:1/zsf")
    assert done.returncode == 2
    assert "postgresql://127.0.0.1:1/zsf cannot be reached" in done.stderr
    assert "hidden" not in done.stdout + done.stderr
