"""When a session is renewed because of what its org's address answered, and when that is over.

A renewal names the org's address of today (salesforce-api.md §9 trap 52). One that changes nothing
is not repeated for a while: whatever is wrong, it is not the session. A session that is refused
right after its renewal may have been ended meanwhile: a person is asked only if that happens again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from zsf_plugin.errors import ReconnectRequired, Unavailable
from zsf_plugin.model import Connection, Tokens
from zsf_plugin.ports import Clock, Fact
from zsf_plugin.salesforce.moves import Sign
from zsf_plugin.salesforce.oauth import LoginMoved
from zsf_plugin.salesforce.tokens import Refresher

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

#: How long a renewal that changed nothing is not repeated for the same address.
VAIN_FOR_S = 300.0
#: How long to wait before a session that was refused at once is renewed again, how often that may
#: happen, and for how long it counts as the same fault.
CUT_DELAY_S = 1.0
CUT_PERIOD_S = 60.0
_CUT_MAX_AGE_S = 24 * 3600.0
#: The fact with when a workspace's renewed session was last refused, and whether it still was.
_cut_name = "session_cut:{}".format
#: Signs that may be the network's.
_MAY_BE_NETWORK = frozenset({"elsewhere", "gone", "refused"})


class Renewals:
    """Renews the session of one workspace after signs that it ended or its address is another."""

    def __init__(self, refresher: Refresher, store: Store, clock: Clock) -> None:
        self._refresher = refresher
        self._store = store
        self._clock = clock
        #: Addresses for which a renewal changed nothing, and until when it is not repeated (by the
        #: monotonic clock).
        self._vain: dict[str, float] = {}

    def after(self, sign: Sign, connection: Connection, tokens: Tokens) -> Tokens | None:
        """Fresh tokens, with which the call is made once more; None if a renewal does not help.

        Raises ReconnectRequired if a person must sign in again, Unavailable if the login service
        could not answer, or Salesforce refused renewed sessions a moment ago.
        """
        if sign != "session" and self.is_vain(connection):
            return None
        if sign == "session":
            self._check_period(connection)
        try:
            return self._fresh(sign, tokens)
        except Unavailable:
            if sign not in _MAY_BE_NETWORK:
                raise
            # the network may be at fault, and the call's own error says more
            self.note_vain(connection)
            return None

    def once_more(self, connection: Connection, tokens: Tokens) -> Tokens:
        """Fresh tokens after a short pause, because Salesforce refused renewed ones.

        Once a minute; raises Unavailable until then, and ReconnectRequired if those of an earlier
        minute were refused as well.
        """
        cut, age_s = self._check_period(connection)
        if cut is not None and cut.body is True and 0 <= age_s < _CUT_MAX_AGE_S:
            self._note_cut(connection, Fact(False, cut.fetched_at))
            raise ReconnectRequired("session_cut")
        self._note_cut(connection, Fact(True, self._clock.now()))
        self._clock.sleep(CUT_DELAY_S)
        return self._refresher.refresh(tokens)

    def _check_period(self, connection: Connection) -> tuple[Fact | None, float]:
        """When renewed tokens were last refused, and how many seconds ago. Raises Unavailable if
        that was within this minute, and none were accepted since."""
        cut = self._cut(connection)
        age_s = self._clock.now() - cut.fetched_at if cut is not None else -1.0
        if cut is not None and cut.body is True and 0 <= age_s < CUT_PERIOD_S:
            raise Unavailable("session_ended", CUT_PERIOD_S - age_s)
        return cut, age_s

    def note_accepted(self, connection: Connection) -> None:
        """A renewed session was accepted: if one is refused again, that is another fault."""
        cut = self._cut(connection)
        if cut is not None and cut.body is True:
            self._note_cut(connection, Fact(False, cut.fetched_at))

    def _cut(self, connection: Connection) -> Fact | None:
        return self._store.fact(connection.org_id, _cut_name(connection.workspace))

    def _note_cut(self, connection: Connection, cut: Fact) -> None:
        self._store.save_fact(connection.org_id, _cut_name(connection.workspace), cut)

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
