"""What a page reads from the store, counted: held entries take a while to count if they are many."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from tests.console.conftest import ADA
from zsf_plugin.console import request_context
from zsf_plugin.ports import HeldGroup
from zsf_plugin.wiring.apps import CommandApp


@pytest.fixture
def reads(application: CommandApp, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The workspaces whose held entries were counted, in order."""
    found: list[str] = []
    held_groups = application.store.held_groups

    def counted(workspace: str) -> Sequence[HeldGroup]:
        found.append(workspace)
        return held_groups(workspace)

    monkeypatch.setattr(application.store, "held_groups", counted)
    return found


@pytest.mark.parametrize("path", ["/overview", "/activity", "/configuration", "/mapping", "/held"])
def test_a_page_counts_held_entries_once(client: FlaskClient, reads: list[str], path: str) -> None:
    assert client.get(path).status_code == 200
    assert reads == ["acme"]


def test_each_request_counts_them_again(client: FlaskClient, reads: list[str]) -> None:
    client.get("/configuration")
    client.get("/configuration")
    assert reads == ["acme", "acme"]


def test_a_request_that_may_change_something_counts_them_each_time(
    console: Flask, reads: list[str]
) -> None:
    for method, counted in (("GET", 1), ("POST", 2)):
        reads.clear()
        with console.test_request_context(method=method):
            g.visitor = ADA
            first, second = request_context.status(), request_context.status()
            assert request_context.counts() == first.counts == second.counts
        assert len(reads) == counted
