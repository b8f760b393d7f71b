"""The host's calls in one scenario: people who share companies, repeats, and touchpoints before and
after their person's purchase."""

from __future__ import annotations

import random
from typing import Any

from tests.end_to_end.stream import SELLERS, stream
from tests.fakes.id_fields import FIELDS

Call = dict[str, Any]
USERS = [{"Username": email, "Email": email, "LastName": email[:7]} for email in SELLERS]


def org(*, external_id: bool) -> dict[str, Any]:
    """The emulator's initial org."""
    return {"users": USERS, "fields": list(FIELDS) if external_id else []}


def backlog(seed: int, people: int, workspaces: int, *, shared: bool = False) -> list[Call]:
    """The calls of each workspace, slightly shuffled: hosts guarantee no order between people.

    `shared`: each workspace has its own people, at the same companies.
    """
    calls = [_short(call) for call in stream(seed, people)]
    for number in range(1, workspaces):
        calls += [
            _in_workspace(_short(call), f"w{number}", shared=shared)
            for call in stream(seed + 7919 * number, people)
        ]
    chance = random.Random(seed)
    keyed = sorted(enumerate(calls), key=lambda item: item[0] + chance.randint(0, 8))
    return [call for _, call in keyed]


def workspace_name(number: int) -> str:
    """`default`, then `w1`."""
    return "default" if number == 0 else f"w{number}"


def _short(call: Call) -> Call:
    """Replace message contents by a short canary."""
    touchpoint = call.get("touchpoint", {})
    if "content" in touchpoint:
        return {**call, "touchpoint": {**touchpoint, "content": {"text": "CONTENT_CANARY"}}}
    return call


def _in_workspace(call: Call, name: str, *, shared: bool) -> Call:
    """The call in another workspace: other people, at the same or other companies."""
    prospect = {**call["prospect"]}
    for key in ("id", "last_name"):
        if key in prospect:
            prospect[key] = f"{name}-{prospect[key]}"
    if isinstance(prospect.get("email"), str):
        prospect["email"] = f"{name}.{prospect['email']}".replace("@", f"@{name}-").replace(
            "@W1-", "@w1-"
        )
    if "company" in prospect and not shared:
        company = {**prospect["company"]}
        company |= {"id": f"{name}-{company['id']}", "name": f"{name} {company['name']}"}
        company |= {
            key: f"{name}.{_bare(company[key])}" for key in ("domain", "website") if key in company
        }
        prospect["company"] = company
    moved = {
        **call,
        "workspace": name,
        "event_id": f"{name}-{call['event_id']}",
        "prospect": prospect,
    }
    if "touchpoint" in call:
        moved["touchpoint"] = {**call["touchpoint"], "id": f"{name}-{call['touchpoint']['id']}"}
    return moved


def _bare(site: str) -> str:
    return site.removeprefix("https://").removeprefix("www.").split("/")[0].lower()
