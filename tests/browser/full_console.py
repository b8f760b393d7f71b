"""A console after two busy weeks: every state, several causes, a throttled purpose, rule files."""

from __future__ import annotations

from typing import Any

from tests.browser.console import WORKSPACE, Console
from tests.browser.people import SELLERS, people
from zsf_plugin.model import JsonObject
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.tested_rules import CaseCounts, files_digest, store_result

_DAY_S = 86_400.0
POLICY = """name = "Texts stay out; the lead source is fixed"
[switches]
include_contents = false
[fields.Contact]
LeadSource = { value = "Zaplify", overwrite = "on_create" }
"""
EUROPE = """name = "German and French titles are ours"
when = "prospect.location.country_code == 'DE' || prospect.location.country_code == 'FR'"
[fields.Contact]
Title = { from = "prospect.title", overwrite = "always" }
"""
PARTNERS = """name = "Partners are left alone"
when = "prospect.custom.partner"
[switches]
sync_prospects = false
"""
#: The console's own layer after an admin set it up.
LAYER: JsonObject = {
    "mode": "contact",
    "fields": {
        "Account": {"Industry": {"from": "prospect.company.industry", "misfit": "hold"}},
        "Contact": {
            "Title": {"from": "prospect.title", "overwrite": "always"},
            "LinkedIn_Profile__c": "prospect.linkedin_url",
            "Seniority__c": {"from": "prospect.custom.seniority", "overwrite": "if_ours"},
            "Score__c": "prospect.custom.score",
        },
    },
}
_SEGMENT = {
    "object": "Account",
    "name": "Segment__c",
    "label": "Segment",
    "type": "picklist",
    "length": 255,
    "picklist": ["Enterprise", "Mid-market", "Small business"],
    "required": True,
}
_CHANNELS = ("email", "linkedin_message", "linkedin_visit", "call", "email")
_CALLS = {"purchases": 3_020, "activities": 1_960, "badges": 2_750}


def fill_console(console: Console, used: int = 14_205) -> None:
    """Go through two weeks: the clock is set back and advances with the events. `used`: how many of
    the org's 20,000 calls are used at the end; activities pause at 14,000, badges and previews at
    10,000."""
    console.clock.set_back(13 * _DAY_S)
    _write_rule_files(console)
    console.connect()
    store, now = console.application.store, console.clock.now()
    line = HistoryLine(now, "mapping", "Amaïa Etxeberria-Lindqvist", {"changes": 4})
    store.save_console_rule(WORKSPACE, LAYER, expected_version=0, line=line)
    known = people()
    for day, ids in enumerate(
        (range(1, 6), range(6, 12), range(12, 17), range(17, 23), range(23, 28)), 1
    ):
        console.clock.advance(2 * _DAY_S)
        for number in ids:
            _purchase(console, known[f"p{number}"], number)
            _send_touchpoint(console, known[f"p{number}"], number, day)
        console.drain()
    _purchase_odd_ones(console, known)
    console.clock.set_back(5 * 3_600)
    _use_up_calls(console, used)
    for number in (1, 3, 6):
        _send_touchpoint(console, known[f"p{number}"], number, 9)
    _add_recent_events(console, known)
    app = console.application
    counts = CaseCounts(21, 1, 0, ("A partner’s prospect keeps its Kundenbetreuungszuständigkeit",))
    store_result(app, WORKSPACE, files_digest(app, WORKSPACE), counts)
    console.clock.set_back(0)


def _write_rule_files(console: Console) -> None:
    console.rule(POLICY, "10-policy.toml")
    console.rule(EUROPE, "20-eu.toml")
    console.rule(PARTNERS, "30-partners.toml")


def _purchase(console: Console, person: dict[str, Any], number: int, event_id: str = "") -> None:
    common = {
        "workspace": WORKSPACE,
        "occurred_at": "2026-11-12T10:00:00Z",
        "user": SELLERS[number % 3],
    }
    console.application.intake.receive(
        "on_prospect_purchased",
        dict(event_id=event_id or f"e-{84_000 + number}", prospect=person, **common),
    )
    console.clock.advance(61.0)


def _send_touchpoint(console: Console, person: dict[str, Any], number: int, step: int) -> None:
    host_id = f"t-{number}-{step}"
    sent = {
        "id": host_id,
        "channel": _CHANNELS[number % 5],
        "step": step,
        "subject": "SUBJECT_CANARY",
        "content": {"text": "CONTENT_CANARY"},
    }
    common = {
        "workspace": WORKSPACE,
        "occurred_at": "2026-11-12T10:00:00Z",
        "user": SELLERS[number % 3],
    }
    console.application.intake.receive(
        "on_touchpoint_sent", dict(event_id=host_id, touchpoint=sent, prospect=person, **common)
    )
    console.clock.advance(37.0)


def _purchase_odd_ones(console: Console, known: dict[str, dict[str, Any]]) -> None:
    """Purchases of a partner, of a prospect without a name and of one without an id; touchpoints to
    people who were never purchased."""
    _purchase(console, {**known["p26"], "custom": {"partner": True}}, 26, "e-84100")
    _purchase(
        console,
        {"id": "p40", "first_name": None, "last_name": None, "email": "nobody@nameless.example"},
        40,
    )
    _purchase(console, {"id": " ", "first_name": "Broken"}, 41)
    for number in (50, 51, 52):
        _send_touchpoint(
            console,
            {**known["p28"], "id": f"p{number}", "email": f"stranger{number}@nowhere.example"},
            number,
            1,
        )
    console.drain()


def _use_up_calls(console: Console, used: int) -> None:
    """Add a required field, and let other apps use so many calls that purposes are throttled."""
    console.control("POST", "settings", {"used": used})
    _purchase(console, people()["p28"], 28)
    console.drain()
    console.control("POST", "fields", _SEGMENT)
    console.application.orgs.crm(WORKSPACE).facts(refresh=True)
    for number in (29, 30, 31):
        _purchase(console, people()[f"p{number}"], number)
    console.drain()


def _add_recent_events(console: Console, known: dict[str, dict[str, Any]]) -> None:
    """Add the last ten minutes: usage per purpose, entries just done and entries that wait."""
    console.clock.set_back(600)
    now = console.clock.now()
    connection = console.application.orgs.connection(WORKSPACE)
    for purpose, calls in _CALLS.items():
        console.application.store.count_calls(connection.org_id, purpose, calls, now)
    _purchase(console, {**known["p8"], "title": "Hoofd inkoop"}, 8, "e-84211")
    _purchase(console, known["p10"], 10, "e-84212")
    _purchase(console, {**known["p5"], "title": "Chief Revenue Officer"}, 5, "e-84213")
    console.drain()
    for number in (8, 9):
        _send_touchpoint(console, known[f"p{number}"], number, 9)
