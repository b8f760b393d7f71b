"""Writing: many records in few calls, one outcome each (salesforce-api.md §3.6-3.7). What may be
done is not repeated.

Up to 25 records go as rows of one composite, with references between them. More go as collections,
stage by stage, so that one bad Account cannot take two hundred Contacts along; so do any where a
text must stay out of composites. What is refused together, record unseen, is narrowed to the bad
ones in a few calls more. What a parcel holds is for `parcels`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from zsf_plugin.errors import (
    Fenced,
    NotSent,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    StoreUnavailable,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model.changes import Outcome, Write
from zsf_plugin.model.json import Json
from zsf_plugin.ports.crm import Purpose
from zsf_plugin.salesforce import addresses, composites
from zsf_plugin.salesforce.answers import puzzled, result_of
from zsf_plugin.salesforce.composites import MOST, SubAnswer
from zsf_plugin.salesforce.parcels import (
    Apart,
    Parcel,
    Rows,
    Unpacked,
    apart,
    collections,
    failed,
    filled,
    misread,
)
from zsf_plugin.salesforce.session import Session

_ORDER = {"Account": 0, "Lead": 1, "Contact": 1, "Task": 2}
_LATER_S = 30.0
#: So many requests refused as a whole end the delivery: an org that refuses everything is not asked
#: for ever. Narrowing for the customer's code is not among them: collections end as rows, after 11
#: calls for 200 records at most.
_MOST_REFUSED = 24
#: Halvings, of two calls each, of what goes apart and fails in the customer's code; it never goes
#: as rows.
_MOST_HALVED = 24


class Writer:
    """Writes batches to the connected org."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def write(
        self, writes: Sequence[Write], purpose: Purpose, before_each: Callable[[], None]
    ) -> list[Outcome]:
        """One outcome for each write, in order. Raises what `before_each` does (but
        StoreUnavailable only while no outcome is known: later it ends the delivery), and nothing
        that Salesforce does."""
        ordered = _ordered(writes)
        delivery = _Delivery(self._session, purpose, before_each)
        if _fit_rows(ordered):
            delivery.send_rows(ordered)
        else:
            for stage in _stages(ordered):
                delivery.send_stage(stage)
        return [delivery.outcomes[write.token] for write in writes]


class _Delivery:
    """One batch on its way: the outcomes so far, and the error that ends it early."""

    def __init__(self, session: Session, purpose: Purpose, before_each: Callable[[], None]) -> None:
        self._session = session
        self._purpose = purpose
        self._before_each = before_each
        self._stopped: ZsfError | None = None
        self._refused = 0
        self._halved = 0
        self.outcomes: dict[str, Outcome] = {}

    def send_rows(self, writes: Sequence[Write]) -> None:
        """Rows in one call, the references between them left to Salesforce."""
        self._deliver(Rows(self._ready(writes)))

    def send_stage(self, stage: Sequence[Write]) -> None:
        """A stage's collections, its references filled from earlier stages."""
        ready = self._ready(stage)
        parcels: list[Parcel] = list(apart([write for write in ready if misread(write)]))
        parcels += collections([write for write in ready if not misread(write)])
        for parcel in parcels:
            self._deliver(parcel)

    def _ready(self, writes: Sequence[Write]) -> list[Write]:
        """Those whose references are filled in by now, or made along with them; the others have
        their outcome."""
        ready: list[Write] = []
        made: set[str] = set()
        for write in writes:
            whole = filled(write, self.outcomes, made)
            if isinstance(whole, Write):
                ready.append(whole)
                made |= {write.ref} if write.action == "create" else set()
            else:
                self.outcomes[write.token] = Outcome(
                    write.token, error=self._not_sent() if self._stopped else whole
                )
        return ready

    def _deliver(self, parcel: Parcel) -> None:
        """One call; what was refused together goes again in smaller parcels, until each bad record
        stands alone.

        None of that was written. A bad one among two hundred costs three calls more.
        """
        for refused in self._send(parcel) if parcel.writes else ():
            for smaller in refused.smaller():
                self._deliver(
                    Rows(self._ready(smaller.writes)) if isinstance(smaller, Rows) else smaller
                )

    def _send(self, parcel: Parcel) -> Sequence[Parcel]:
        """One call; gives back what was refused together. After a call that failed none is made."""
        if self._stopped is not None:
            self.outcomes |= failed(parcel.writes, self._not_sent())
            return ()
        try:
            unpacked = self._answered(parcel)
        except Rejected as error:
            return self._refused_whole(parcel, error)
        except Fenced:
            raise
        except StoreUnavailable as error:
            if not self.outcomes:
                raise
            self._stopped = (
                error  # nothing left, and what is known already must reach who settles it
            )
            self.outcomes |= failed(parcel.writes, self._not_sent())
            return ()
        except ZsfError as error:
            self._stopped = error
            self.outcomes |= failed(parcel.writes, error)
            return ()
        self.outcomes |= unpacked.outcomes
        errors = (outcome.error for outcome in unpacked.outcomes.values())
        self._stopped = next(
            (error for error in errors if isinstance(error, (QuotaReached, ReconnectRequired))),
            None,
        )
        return self._halvable(unpacked.refused) if isinstance(parcel, Apart) else unpacked.refused

    def _refused_whole(self, parcel: Parcel, error: Rejected) -> Sequence[Parcel]:
        """About the request, not about a record: alone, a write can be blamed for it."""
        self._refused += 1
        if self._refused > _MOST_REFUSED:
            self._stopped = puzzled(Rejected("each request is refused as a whole"))
        if len(parcel.writes) > 1:
            return (parcel,)
        self.outcomes |= failed(parcel.writes, error)
        return ()

    def _halvable(self, refused: Sequence[Parcel]) -> Sequence[Parcel]:
        """Those still worth two calls; the others' outcomes stay as they were told."""
        self._halved += len(refused)
        return refused if self._halved <= _MOST_HALVED else ()

    def _answered(self, parcel: Parcel) -> Unpacked:
        subs = parcel.subs()
        if isinstance(parcel, Apart):
            (sub,) = subs
            body = self._called(sub.method, sub.path, sub.body, sub.headers)
            return parcel.unpacked({sub.name: SubAnswer(200, body, {})})
        body = self._called(
            "POST", addresses.COMPOSITE, composites.request(subs, self._version()), {}
        )
        return parcel.unpacked(composites.answers(body, subs, writes=True))

    def _called(self, method: str, path: str, body: Json, headers: Mapping[str, str]) -> Json:
        answer = self._session.call(
            method,
            path,
            self._purpose,
            body=body,
            writes=True,
            headers=headers,
            before_sending=self._before_each,
        )
        return result_of(answer, writes=True)

    def _version(self) -> str:
        return self._session.connection().api_version

    def _not_sent(self) -> ZsfError:
        """What becomes of writes that are still to go."""
        if isinstance(self._stopped, (QuotaReached, ReconnectRequired)):
            return self._stopped
        if isinstance(self._stopped, StoreUnavailable):
            return NotSent("the store was not available before this part of the batch", _LATER_S)
        wait = self._stopped.retry_after_s if isinstance(self._stopped, Unavailable) else _LATER_S
        return NotSent("an earlier part of the batch got no answer", wait)


def calls_for(writes: Sequence[Write]) -> int:
    """API calls that writing these takes where nothing is refused."""
    ordered = _ordered(writes)
    if _fit_rows(ordered):
        return 1 if ordered else 0
    return sum(_calls_of_stage(stage) for stage in _stages(ordered))


def _calls_of_stage(stage: Sequence[Write]) -> int:
    alone = [write for write in stage if misread(write)]
    plain = [write for write in stage if not misread(write)]
    return sum(1 for _ in apart(alone)) + sum(1 for _ in collections(plain))


def _ordered(writes: Sequence[Write]) -> list[Write]:
    return sorted(writes, key=lambda write: _ORDER.get(write.object, 1))


def _fit_rows(writes: Sequence[Write]) -> bool:
    return len(writes) <= MOST and not any(misread(write) for write in writes)


def _stages(writes: Sequence[Write]) -> list[list[Write]]:
    """Each write as early as its record and those that it refers to allow: Accounts, then who
    belongs to them, and a record's second write after its first."""
    stages: list[list[Write]] = []
    made: dict[str, int] = {}
    last: dict[str, int] = {}
    for write in writes:
        needs = [made[ref] + 1 for ref in write.references if ref in made]
        at = max([0, *needs, last.get(write.ref, -1) + 1])
        stages += [[] for _ in range(at + 1 - len(stages))]
        stages[at].append(write)
        last[write.ref] = at
        if write.action == "create":
            made[write.ref] = at
    return stages
