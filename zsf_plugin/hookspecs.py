"""The contract with the host: the hook specifications of the pluggy project `zaplify`.

A host adds these specs to its plugin manager (`add_hookspecs(zsf_plugin.hookspecs)`). Nothing is
implemented here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

PROJECT = "zaplify"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def on_host_started(config_dir: str, data_dir: str, settings: Mapping[str, Any] | None) -> None:
    """The host has started: its folders, and its settings (`drain`, `proxy`, `ca_bundle`,
    `badges_deadline_s`) or None."""


@hookspec
def on_host_stopping() -> None:
    """The host is stopping: finish the current batch, start no other."""


@hookspec
def on_prospect_purchased(
    workspace: str,
    event_id: str,
    occurred_at: str,
    prospect: Mapping[str, Any],
    user: Mapping[str, Any],
) -> dict[str, Any]:
    """A user unlocked a person; returns a receipt once the event is durable."""
    raise NotImplementedError


@hookspec
def on_touchpoint_sent(
    workspace: str,
    event_id: str,
    occurred_at: str,
    touchpoint: Mapping[str, Any],
    prospect: Mapping[str, Any],
    user: Mapping[str, Any],
) -> dict[str, Any]:
    """A user's message was sent, or a visit or call made; returns a receipt once the event is
    durable."""
    raise NotImplementedError


@hookspec
def on_search_results(
    workspace: str, results: Sequence[Mapping[str, Any]], user: Mapping[str, Any]
) -> dict[str, Any]:
    """A search found these people; returns a badge for each, by its id."""
    raise NotImplementedError
