"""Settlements: how each entry of a round ends, by the class of its errors, never by their text.
Pure.

Who acts (errors.py) decides: refused → held with its cause; nobody's fault → waits again; unknown →
looked up. An entry whose own writes went well, but which relied on a record that an earlier entry
failed to write, is thought over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

from zsf_plugin.decision import causes
from zsf_plugin.errors import (
    Candidate,
    DuplicateFound,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    RowBusy,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model.cause import Cause
from zsf_plugin.model.changes import Changes, Reference, Write
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Link, LinkKey
from zsf_plugin.ports.store import Entry, JournalLine, Settlement
from zsf_plugin.sync.desk import Case
from zsf_plugin.sync.writes import Written

#: Refusals that a second look may settle: a record changed hands between our look and our write, an
#: owner was deactivated or a field hidden since we asked (the adapter asks anew), a record like it
#: has just appeared.
LOOK_AGAIN = frozenset(
    {
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "DUPLICATES_DETECTED",
        "DUPLICATE_VALUE",
        "ENTITY_IS_DELETED",
        "INACTIVE_OWNER_OR_USER",
        "INVALID_CROSS_REFERENCE_KEY",
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_TYPE",
        "NOT_FOUND",
        "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
        # of a row that refers to nothing: a mishap, or a text that is taken for a reference
        "PROCESSING_HALTED",
    }
)
#: Salesforce may finish a request long after its caller gave up: only then is "not there" believed
#: (design §4).
BELIEVE_NO_AFTER_S = 600.0
_LONGEST_WAIT_S = 300.0
#: Steps that tell of a write. Of an entry that was refused the journal tells what was written all
#: the same.
_WRITTEN = ("created", "updated")


@dataclass(frozen=True, slots=True)
class Sent:
    """A round that was written: its entries with their changes, their writes with what became of
    each."""

    cases: Sequence[Case]
    changes: Sequence[Changes]
    written: Written
    now: float
    fingerprint: Callable[[Cause], str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one entry of a round goes on: settled; or once more, with or without a fresh look at the
    org.

    What was written is to be kept either way: the settlement of one that goes on has journal and
    links alone. `refused` is the write that held it, for those who want the very same.
    """

    settlement: Settlement
    again: Literal["retry", "look"] | None = None
    candidates: tuple[Candidate, ...] = ()
    refused: tuple[Write, Rejected] | None = None


def verdicts(sent: Sent) -> list[Verdict]:
    """One verdict for each entry, in order."""
    made: list[Verdict] = []
    shaken: set[str] = set()  # records that are not, or not yet, what the fold took them for
    for position, change in enumerate(sent.changes):
        verdict = _verdict(sent, position, shaken)
        made.append(verdict)
        shaken |= {write.ref for write, _ in sent.written.failed.get(position, ())}
        if (
            verdict.again is not None
        ):  # what it writes in its next round comes before what later ones wrote in this
            shaken |= change.depends_on | {write.ref for write in change.writes}
    return made


def settle_held(
    entry: Entry, change: Changes, cause: Cause, fingerprint: Callable[[Cause], str]
) -> Settlement:
    """An entry that must wait for a person before anything is written."""
    cause = replace(cause, fingerprint=fingerprint(cause))
    return Settlement(entry.id, "held", cause.text, cause, change.steps, drop_links=change.stale)


def put_back(entry: Entry, now: float, not_before: float = 0.0) -> Settlement:
    """An entry that waits again. One whose earlier create may still arrive stays `writing`: it is
    looked at first."""
    doubtful = entry.sent_at is not None and now < entry.sent_at + BELIEVE_NO_AFTER_S
    return Settlement(entry.id, "writing" if doubtful else "pending", not_before=not_before)


def cause_of(error: Rejected, object_: str) -> Cause:
    """The cause of a refusal, with the records that it names for the admin to open."""
    cause = causes.held_by(error, object_)
    return with_candidates(cause, error.records) if isinstance(error, DuplicateFound) else cause


def with_candidates(cause: Cause, records: Sequence[Candidate]) -> Cause:
    """The cause with the records that Salesforce named, for the admin to open."""
    names = ", ".join(f"{record.object} {record.id}" for record in records)
    return replace(cause, detail=f"{cause.detail or ''} ({names})".strip()) if names else cause


def _verdict(sent: Sent, position: int, unsure: AbstractSet[str]) -> Verdict:
    case, change = sent.cases[position], sent.changes[position]
    write, error = _first_error(sent.written.failed.get(position, ()))
    shaken = not unsure.isdisjoint(change.depends_on)
    kept = _kept(sent, position, digests=error is None and not shaken)
    if error is None and not shaken:
        reason = None if change.writes else (change.steps[-1].text if change.steps else None)
        return Verdict(replace(kept, state="done", reason=reason))
    if isinstance(error, OutcomeUnknown):
        return Verdict(_unknown(kept, case.entry, change, sent.now))
    if isinstance(error, RowBusy):
        return Verdict(_waiting(kept, case.entry, sent.now, sent.now + error.retry_after_s))
    if isinstance(error, (QuotaReached, ReconnectRequired, Unavailable)):
        return Verdict(_waiting(kept, case.entry, sent.now))  # about the org: the drain rests
    if not isinstance(error, Rejected) or write is None or shaken:
        return Verdict(_waiting(kept, case.entry, sent.now), "retry")
    return _refused(sent, case, kept, write, error)


def _first_error(errors: Sequence[tuple[Write, ZsfError]]) -> tuple[Write | None, ZsfError | None]:
    """The error that decides: an unknown outcome before all, then a refusal, a mere consequence
    last."""
    for kind in (OutcomeUnknown, Rejected, QuotaReached, ReconnectRequired, Unavailable, ZsfError):
        for write, error in errors:
            if isinstance(error, kind):
                return write, error
    return None, None


def _unknown(kept: Settlement, entry: Entry, change: Changes, now: float) -> Settlement:
    """Looked at before anything is written again: at once first, then after waits that double."""
    creates = any(write.action == "create" for write in change.writes)
    wait = 0.0 if entry.attempts == 0 else min(2.0**entry.attempts, _LONGEST_WAIT_S)
    sent_at = now if creates else None
    return replace(kept, state="writing", sent_at=sent_at, not_before=now + wait, spend=True)


def _refused(sent: Sent, case: Case, kept: Settlement, write: Write, error: Rejected) -> Verdict:
    """Held; or looked at once more, where what we believed may have changed."""
    if error.code in LOOK_AGAIN and not case.looked:
        named = error.records if isinstance(error, DuplicateFound) else ()
        return Verdict(_waiting(kept, case.entry, sent.now), "look", candidates=named)
    cause = cause_of(error, write.object)
    cause = replace(cause, fingerprint=sent.fingerprint(cause))
    steps = tuple(step for step in kept.steps if step.code not in _WRITTEN)
    return Verdict(
        replace(kept, state="held", reason=cause.text, cause=cause, steps=steps),
        refused=(write, error),
    )


def _waiting(kept: Settlement, entry: Entry, now: float, not_before: float = 0.0) -> Settlement:
    waiting = put_back(entry, now, not_before)
    return replace(kept, state=waiting.state, not_before=waiting.not_before)


def _kept(sent: Sent, position: int, *, digests: bool) -> Settlement:
    """What is to be kept of an entry however it goes on: links to records that exist, and the
    journal.

    Only an entry that is done leaves its plan's digest on a link: an equal plan would be believed
    to be done.
    """
    case, change = sent.cases[position], sent.changes[position]
    return Settlement(
        case.entry.id,
        "pending",
        steps=change.steps,
        links=kept_links(change.links, sent.written.ids, digests=digests),
        drop_links=_dropped(change),
        journal=tuple(_journal(sent, position)),
    )


def kept_links(links: Sequence[Link], ids: Mapping[str, str], *, digests: bool) -> tuple[Link, ...]:
    """The links whose record is known to exist, with its id; without `digests` they make no plan
    look done."""
    known = ((link, ids.get(link.record_id, link.record_id)) for link in links)
    return tuple(
        replace(link, record_id=record_id, plan_digest=link.plan_digest if digests else "")
        for link, record_id in known
        if not record_id.startswith("new:")
    )


def _dropped(change: Changes) -> tuple[LinkKey, ...]:
    """Stale links that no new one replaces."""
    kept = {link.key for link in change.links}
    return tuple(key for key in change.stale if key not in kept)


def _journal(sent: Sent, position: int) -> list[JournalLine]:
    ids, entry_id = sent.written.ids, sent.cases[position].entry.id
    return [
        JournalLine(
            entry_id,
            one.object,
            ids.get(one.ref, one.ref),
            one.action,
            one.before,
            real(one, ids),
            sent.now,
        )
        for one in sent.written.done.get(position, ())
    ]


def real(write: Write, ids: Mapping[str, str]) -> dict[str, Json]:
    """The write's values, references replaced by the ids that came of them."""
    return {
        name: ids.get(value.ref, value.ref) if isinstance(value, Reference) else value
        for name, value in write.values.items()
    }
