"""Who sells for a workspace, and who of them has a user in its org. Owners themselves are the
sync's matter: here is only said whom it would find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zsf_plugin.decision.questions import SYSTEM_FIELDS
from zsf_plugin.model import Lookup, text_at
from zsf_plugin.ports import Crm, EntryFilter
from zsf_plugin.wiring.console import ConsoleApp

#: So many of the latest entries are looked at for who sells.
_MAX_ENTRIES = 200
_NAMELESS = "A seller without a name"


def sellers_of(app: ConsoleApp, workspace: str) -> Mapping[str, str]:
    """The names of those who purchased or sent lately, by their e-mail."""
    page = app.store.page(workspace, EntryFilter(), limit=_MAX_ENTRIES, look_at=_MAX_ENTRIES)
    found: dict[str, str] = {}
    for entry in page.entries:
        email = text_at(entry.payload, "user", "email")
        if email is not None:
            name = text_at(entry.payload, "user", "name") or _NAMELESS
            found.setdefault(email.strip().casefold(), name)
    return found


def with_users_in(crm: Crm, sellers: Mapping[str, str]) -> Sequence[tuple[str, bool]]:
    """Each name, and whether exactly one active user has that e-mail: with several nobody is
    chosen."""
    if not sellers:
        return ()
    lookups = [Lookup("User", (("Email", "email", email),)) for email in sellers]
    users = crm.find(lookups, {"User": SYSTEM_FIELDS["User"]}, "upkeep")
    have = [str(user.values.get("Email") or "").casefold() for user in users]
    return [(name, have.count(email) == 1) for email, name in sellers.items()]
