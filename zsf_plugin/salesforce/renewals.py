"""When a session is renewed because of what its org's address answered, and when that is over.

A renewal names the org's address of today (salesforce-api.md §9 trap 52). One that changes nothing
is not repeated for a while: whatever is wrong, it is not the session.
"""

from __future__ import annotations

import math

from zsf_plugin.errors import ReconnectRequired, Unavailable
from zsf_plugin.model import Connection, Tokens
from zsf_plugin.ports import Clock
from zsf_plugin.salesforce.moves import Sign
from zsf_plugin.salesforce.oauth import LoginMoved
from zsf_plugin.salesforce.tokens import Refresher

#: How long a renewal that changed nothing is not repeated for the same address.
VAIN_FOR_S = 300.0


class Renewals:
    """Renews the session of one workspace after signs that it ended or its address is another."""

    def __init__(self, refresher: Refresher, clock: Clock) -> None:
        self._refresher = refresher
        self._clock = clock
        #: Addresses for which a renewal changed nothing, and until when it is not repeated (by the
        #: monotonic clock).
        self._vain: dict[str, float] = {}

    def after(self, sign: Sign, connection: Connection, tokens: Tokens) -> Tokens | None:
        """Fresh tokens, with which the call is made once more; None if a renewal does not help.

        Raises ReconnectRequired if a person must sign in again, Unavailable if the login service
        could not answer.
        """
        if sign != "session" and self.is_vain(connection):
            return None
        try:
            return self._fresh(sign, tokens)
        except Unavailable:
            if sign not in ("elsewhere", "gone"):
                raise
            # the network may be at fault, and the call's own error says more
            self.note_vain(connection)
            return None

    def is_vain(self, connection: Connection) -> bool:
        """Whether a renewal has changed nothing for that address a while ago."""
        return self._clock.monotonic() < self._vain.get(connection.instance_url, -math.inf)

    def note_vain(self, connection: Connection, for_s: float = VAIN_FOR_S) -> None:
        """Repeat no renewal for that address for a while, since one has changed nothing."""
        self._vain[connection.instance_url] = self._clock.monotonic() + for_s

    def _fresh(self, sign: Sign, tokens: Tokens) -> Tokens:
        try:
            return self._refresher.refresh(tokens)
        except LoginMoved as error:
            if error.sign == "moved" or (error.sign == "lost" and sign in ("moved", "lost")):
                raise address_moved() from error
            raise


def address_moved() -> ReconnectRequired:
    """The org's address is another, and nobody names it: a new sign-in does."""
    return ReconnectRequired("address_moved")
