"""Why Salesforce gave no answer, in words for the page; what an error says of the sign-in is kept.
Asks nothing."""

from __future__ import annotations

from zsf_plugin.errors import QuotaReached, ReconnectRequired, Unavailable
from zsf_plugin.model.link import Connection
from zsf_plugin.sync.pauses import ask_to_reconnect
from zsf_plugin.wiring.console import ConsoleApp

#: What asking an org may end with, through no fault of anybody here.
NO_ANSWER = (ReconnectRequired, QuotaReached, Unavailable)


def why_not(
    app: ConsoleApp,
    connection: Connection,
    error: ReconnectRequired | QuotaReached | Unavailable,
    after: str = "",
) -> str:
    """The error in words; `after` says what that leaves. Raises StoreUnavailable."""
    if isinstance(error, ReconnectRequired):
        ask_to_reconnect(app.store, connection, error, app.clock.now())
        return f"The sign-in ended. {after or 'Reconnect first.'}"
    if isinstance(error, QuotaReached):
        return f"The org’s calls for today are used up. {after or 'Nothing was asked.'}"
    return f"Salesforce didn’t answer: {error.reason}. {after}".rstrip()
