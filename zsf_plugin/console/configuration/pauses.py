"""Why nothing goes out although a switch is on: a first connection or preview that is awaited, a
pause of the workspace, a share of the allocation that is used. Pure."""

from __future__ import annotations

from typing import TypeAlias

from zsf_plugin.console import labels
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.messages.availability import PAUSED_ON_A_PAGE, availability_text
from zsf_plugin.model import Availability
from zsf_plugin.ports import Allocation
from zsf_plugin.wiring.status import Status

#: A head line; then why, what waits, and how that ends.
Pause: TypeAlias = tuple[RichText, RichText]


def pause_of(purpose: str, status: Status) -> Pause | None:
    """Why nothing of that purpose goes out now."""
    return _nothing_sent_yet(status) or _paused(status) or _throttled(purpose, status)


def _nothing_sent_yet(status: Status) -> Pause | None:
    """Before a first connection, and until its first preview was seen."""
    connection = status.connection
    if connection is None:
        return ("Nothing is sent yet.",), (f"Salesforce is not connected. {_waiting(status)}",)
    if connection.state != "previewing":
        return None
    why = f"It starts once the first preview was seen{_and_decided(status.counts.pending)}."
    return ("Nothing is sent yet, since ", At(connection.connected_at), "."), (why,)


def _and_decided(pending: int) -> str:
    if not pending:
        return ""
    entries = labels.plural(pending, "waiting entry was", "waiting entries were")
    return f" and the {entries} decided on"


def _paused(status: Status) -> Pause | None:
    """The whole workspace rests."""
    pause = status.paused
    if pause is None:
        return None
    if pause.code == "reconnect":
        return _signed_out(status)
    head: RichText = ("Paused by the system since ", At(pause.since or 0.0), ".")
    return head, (f"{_why(pause)} {_waiting(status)} ", *_goes_on(pause.until))


def _signed_out(status: Status) -> Pause:
    why = f"The Salesforce sign-in ended. {_waiting(status)} None is lost."
    return ("Paused by the system.",), (why,)


def _why(pause: Availability) -> str:
    return PAUSED_ON_A_PAGE.get(pause.code) or labels.sentence(availability_text(pause))


def _goes_on(until: float | None) -> RichText:
    """How a pause ends."""
    if until is None:
        return ("Goes on once a person has acted.",)
    return ("Starts again by itself at about ", At(until), ".")


def _throttled(purpose: str, status: Status) -> Pause | None:
    """The purpose's share of the allocation is used."""
    until, reading = status.resting.get(purpose), _reading(status.allocation)
    if until is None or reading is None:
        return None
    used, seen_at = reading
    kept = f"the rest is kept for {_kept_for(purpose, status)}. {_waiting(status)}"
    why = f"The org has used {used} of today’s calls; {kept} Looked at again at about "
    head: RichText = ("Paused by the system, as of ", At(seen_at), ".")
    return head, (why, At(until), ", then it goes on by itself.")


def _reading(seen: Allocation) -> tuple[str, float] | None:
    """How much of the day is used, and when Salesforce said so; None where it has not."""
    if seen.used is None or not seen.limit or seen.seen_at is None:
        return None
    return labels.percent(seen.used / seen.limit), seen.seen_at


def _kept_for(purpose: str, status: Status) -> str:
    """Who may go on while this purpose may not."""
    goes_first = purpose == "activities" and "purchases" not in status.resting
    return "purchases" if goes_first else "others"


def _waiting(status: Status) -> str:
    number = status.counts.waiting
    return (
        f"{labels.plural(number, 'entry waits', 'entries wait')}." if number else "Nothing waits."
    )
