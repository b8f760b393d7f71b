"""What a host does in tests of workers on other machines: it signs a workspace in, purchases a
prospect, and waits for what the workers make of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator
from zsf_plugin.wiring.apps import CommandApp

TIMEOUT_S = 60.0


def connect(host: CommandApp, org: Emulator, workspace: str) -> None:
    """Sign a workspace in to the org."""
    sign_in = host.login.begin(org.url, workspace, "http://localhost:1/oauth/callback")
    grant = host.login.finish(sign_in, allow(sign_in.authorize_url))
    connector = Connector(host.store, host.login, host.clock)
    connector.finish(workspace, grant, sign_in, "custom", "send")


def purchase(host: CommandApp, workspace: str, number: int) -> dict[str, object]:
    """Purchase the prospect of that number; the receipt."""
    prospect = {
        "id": f"p{number}",
        "first_name": "Ada",
        "last_name": f"Byron{number}",
        "email": f"ada{number}@{workspace}.example",
        "company": {"id": f"c-{workspace}", "name": f"Company {workspace}"},
    }
    call = {
        "workspace": workspace,
        "event_id": f"e{number}",
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": prospect,
        "user": {"id": "u1", "email": "seller@zaplify.example"},
    }
    return dict(host.intake.receive("on_prospect_purchased", call))


def wait_until(holds: Callable[[], bool]) -> None:
    """Poll for a minute at most."""
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass in a minute"
        time.sleep(0.05)
