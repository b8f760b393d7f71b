"""Writing: many records in few calls, one outcome each (salesforce-api.md §3.6-3.7). What may be done is not repeated.

Up to 25 records go as rows of one composite, with references between them. More go as collections, stage by stage, so
that one bad Account cannot take two hundred Contacts along. What a parcel holds is `parcels`' to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from zsf_plugin.errors import Halted, NotSent, QuotaReached, ReconnectRequired, Rejected, Unavailable, ZsfError
from zsf_plugin.model.changes import Outcome, Write
from zsf_plugin.ports.crm import Purpose
from zsf_plugin.salesforce import composites
from zsf_plugin.salesforce.answers import result_of
from zsf_plugin.salesforce.composites import MOST
from zsf_plugin.salesforce.parcels import Parcel, Rows, Unpacked, collections, failed, filled, references, rows
from zsf_plugin.salesforce.session import Session

_ORDER = {"Account": 0, "Lead": 1, "Contact": 1, "Task": 2}
_LATER_S = 30.0


class Writer:
    """Writes batches to the connected org."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def write(self, writes: Sequence[Write], purpose: Purpose) -> list[Outcome]:
        """One outcome for each write, in order. Never raises for what Salesforce does."""
        ordered = sorted(writes, key=lambda write: _ORDER.get(write.object, 1))
        delivery = _Delivery(self._session, purpose)
        if len(ordered) <= MOST:
            delivery.send_rows(ordered)
        else:
            for stage in _stages(ordered):
                delivery.send_stage(stage)
        return [delivery.outcomes[write.ref] for write in writes]


class _Delivery:
    """One batch on its way: the outcomes so far, and the error that ends it early."""

    def __init__(self, session: Session, purpose: Purpose) -> None:
        self._session = session
        self._purpose = purpose
        self._stopped: ZsfError | None = None
        self.outcomes: dict[str, Outcome] = {}

    def send_rows(self, writes: Sequence[Write]) -> None:
        """Rows in one call; what refers to something outside of it is not tried."""
        known = {write.ref for write in writes}
        lost = [write for write in writes if not references(write) <= known]
        self.outcomes |= failed(lost, Halted("a record it belongs to is not written along"))
        ready = [write for write in writes if references(write) <= known]
        if ready:
            self._send(Rows(ready))

    def send_stage(self, stage: Sequence[Write]) -> None:
        """A stage's collections, its references filled from earlier stages.

        A collection refused as a whole says nothing of the record it was for, and wrote none: its records go once
        more as rows, each judged alone. That costs one call for 25 of them.
        """
        ready: list[Write] = []
        for write in stage:
            whole = filled(write, self.outcomes)
            if isinstance(whole, Write):
                ready.append(whole)
            else:
                self.outcomes[write.ref] = Outcome(write.ref, error=self._not_sent() if self._stopped else whole)
        refused = [chunk for parcel in collections(ready) for chunk in self._send(parcel)]
        for parcel in rows([write for chunk in refused for write in chunk]):
            self._send(parcel)

    def _send(self, parcel: Parcel) -> Sequence[Sequence[Write]]:
        """One call; gives back the collections that were refused as a whole. After a call that failed none is made."""
        if self._stopped is not None:
            self.outcomes |= failed(parcel.writes, self._not_sent())
            return ()
        try:
            unpacked = self._answered(parcel)
        except Rejected as error:
            # About the request, not about a record: alone, a write can be blamed for it.
            blamed = error if len(parcel.writes) == 1 else Halted("the request was refused as a whole")
            self.outcomes |= failed(parcel.writes, blamed)
            return ()
        except ZsfError as error:
            self._stopped = error
            self.outcomes |= failed(parcel.writes, error)
            return ()
        self.outcomes |= unpacked.outcomes
        errors = (outcome.error for outcome in unpacked.outcomes.values())
        self._stopped = next((error for error in errors if isinstance(error, (QuotaReached, ReconnectRequired))), None)
        return unpacked.refused

    def _answered(self, parcel: Parcel) -> Unpacked:
        subs = parcel.subs()
        body = composites.request(subs, self._session.connection().api_version)
        answer = self._session.call("POST", "/composite", self._purpose, body=body, writes=True)
        return parcel.unpacked(composites.answers(result_of(answer, writes=True), subs, writes=True))

    def _not_sent(self) -> ZsfError:
        """What becomes of writes that are still to go."""
        if isinstance(self._stopped, (QuotaReached, ReconnectRequired)):
            return self._stopped
        wait = self._stopped.retry_after_s if isinstance(self._stopped, Unavailable) else _LATER_S
        return NotSent("an earlier part of the batch got no answer", wait)


def _stages(writes: Sequence[Write]) -> list[list[Write]]:
    """Accounts, then people, then Tasks; a stage whose writes need none of another goes along with it."""
    stages: list[list[Write]] = []
    present: set[str] = set()
    for write in writes:
        if not stages or references(write) & present:
            stages.append([])
            present = set()
        stages[-1].append(write)
        present.add(write.ref)
    return stages
