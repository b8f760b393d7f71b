"""The rounds of the demo: a host's events through the entry point, a drain and a search, in a
folder that goes away. Shows nothing.

The events, the rules and the org it starts with are data, in `rehearsal/`.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import cast

from zsf_plugin.cli.common import HOST_SETTINGS, CommandApp, open_application
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.cli.setup import connector_of
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.host import ReferenceHost
from zsf_plugin.model import Badge, JsonObject
from zsf_plugin.ports import Entry
from zsf_plugin.settings import REDIRECT_PATH, REDIRECT_PORT, Settings, from_environment

_REHEARSAL = files("zsf_plugin.cli") / "rehearsal"
_RULES = ("rules.toml", "partners.toml")
_WORKSPACE = "default"
#: A person whom no event names.
_STRANGER: JsonObject = {
    "id": "stranger",
    "first_name": "Nora",
    "last_name": "New",
    "email": "nora@new.example",
}


@dataclass(frozen=True, slots=True)
class Round:
    """One round of the demo: the prospects by id, how each entry ended, the hooks' receipts, what
    the org counted, our calls by purpose, and the badges of a search afterwards by result id."""

    prospects: dict[str, JsonObject]
    entries: tuple[Entry, ...]
    receipts: tuple[JsonObject, ...]
    calls: JsonObject
    by_purpose: JsonObject
    badges: dict[str, Badge]

    @property
    def writes(self) -> int:
        """Rows the emulator created or changed in this round."""
        writes = self.calls["writes"]
        return writes if isinstance(writes, int) else 0

    @property
    def repeated(self) -> int:
        """How many of the hook calls repeated an event."""
        return sum(receipt["duplicate"] is True for receipt in self.receipts)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Both rounds of the demo, and the emulator's address. The second is to write nothing."""

    first: Round
    second: Round
    url: str


def build_emulator() -> Emulator:
    """The emulator with the org that the demo starts with."""
    with as_file(_REHEARSAL / "org.json") as path:
        return Emulator(OrgSpec.load(path))


def play(emulator: Emulator) -> Rounds:
    """The whole job, and once more with new event ids."""
    first = _play_round(emulator, "")
    return Rounds(first, _play_round(emulator, "again-"), emulator.url)


def _read_events() -> list[JsonObject]:
    """The hook calls of the demo: the hook's name, and its arguments beside it."""
    lines = (_REHEARSAL / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _play_round(emulator: Emulator, prefix: str) -> Round:
    """One round with an empty data folder; every event id begins with `prefix`."""
    with tempfile.TemporaryDirectory(prefix="zsf-demo-") as folder:
        settings = _prepare(Path(folder))
        with open_application(settings) as app:
            _sign_in(emulator, app)
            emulator.control.answer("POST", ["calls", "reset"], None)
            events = _read_events()
            prospects = _prospects_shown(events)
            receipts, badges = _send_events(app, settings, events, prefix)
            return Round(
                prospects=prospects,
                entries=tuple(reversed(app.store.entries(_WORKSPACE, limit=1000))),
                receipts=receipts,
                calls=_counted(emulator),
                by_purpose=dict(app.status(_WORKSPACE).allocation.by_purpose),
                badges=badges,
            )


def _send_events(
    app: CommandApp, settings: Settings, events: list[JsonObject], prefix: str
) -> tuple[tuple[JsonObject, ...], dict[str, Badge]]:
    """A host's calls, a drain and a search: (the receipts, the badges by result id)."""
    host = ReferenceHost(str(settings.config_dir), str(settings.data_dir), HOST_SETTINGS)
    receipts = tuple(_call(host, event, prefix) for event in events)
    app.drains.drain(_WORKSPACE)
    badges = host.call("on_search_results", _search(events))["results"]
    host.stop()
    return receipts, badges


def _counted(emulator: Emulator) -> JsonObject:
    """What the org counted since the round began: calls and writes."""
    _, calls = emulator.control.answer("GET", ["calls"], None)
    return calls if isinstance(calls, dict) else {}


def _prepare(folder: Path) -> Settings:
    """Settings of an empty place that holds the demo's rules."""
    config = folder / "config"
    _write_rules(config / "rules")
    return from_environment(
        {}, config_dir=config, data_dir=folder / "data", host_settings=HOST_SETTINGS
    )


def _write_rules(rules: Path) -> None:
    rules.mkdir(parents=True)
    for number, name in enumerate(_RULES, 1):
        (rules / f"{number}0-{name}").write_bytes((_REHEARSAL / name).read_bytes())


def _sign_in(emulator: Emulator, app: CommandApp) -> None:
    """Through the emulator's own pages."""
    redirect = f"http://localhost:{REDIRECT_PORT}{REDIRECT_PATH}"
    sign_in = app.login.begin(emulator.url, "zsf-demo", redirect)
    grant = app.login.finish(sign_in, allow(sign_in.authorize_url))
    connector_of(app).finish(_WORKSPACE, grant, sign_in, "custom", "send")


def _call(host: ReferenceHost, event: JsonObject, prefix: str) -> JsonObject:
    """The receipt of one hook call."""
    arguments = {**event, "event_id": f"{prefix}{event['event_id']}"}
    return host.call(str(arguments.pop("hook")), arguments)


def _search(events: list[JsonObject]) -> JsonObject:
    """A search that shows everyone in the events, as a host would send it, and one new person."""
    results = list(_prospects_shown(events).values())
    return {"workspace": _WORKSPACE, "results": results, "user": {}}


def _prospects_shown(events: list[JsonObject]) -> dict[str, JsonObject]:
    """By id, the prospects of the events, and one that no event knows."""
    prospects = [cast(JsonObject, event["prospect"]) for event in events]
    return {str(prospect["id"]): prospect for prospect in [*prospects, _STRANGER]}
