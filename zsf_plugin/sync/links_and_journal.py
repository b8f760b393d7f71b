"""What is stored of an entry's round whatever becomes of the entry: links to records that exist,
and the journal of what was written. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zsf_plugin.model import (
    DEFAULTED,
    Json,
    Link,
    LinkKey,
    Write,
    defaulted_fields,
    resolved_values,
    with_defaulted,
)
from zsf_plugin.ports import JournalLine, Settlement
from zsf_plugin.sync.entries import WrittenEntry


def stored_outcome(
    written: WrittenEntry,
    ids: Mapping[str, str],
    known_links: Mapping[LinkKey, Link],
    now: float,
    *,
    is_done: bool,
) -> Settlement:
    """The part of an entry's settlement that is stored in any case: links to existing records, and
    the journal. Of an entry that is done it is all; if it wrote nothing, its last step is the
    reason.

    Only an entry that is done stores its plan's digest with a link, since an equal plan then counts
    as done.
    """
    changes = written.changes
    reason = changes.steps[-1] if is_done and changes.steps and not changes.writes else None
    dropped = dict.fromkeys(changes.stale)
    for link in changes.links:
        dropped.pop(link.key, None)
    return Settlement(
        written.planned.entry.id,
        "done" if is_done else "writing",
        reason,
        steps=changes.steps,
        links=links_to_store(changes.links, known_links, written.done, ids, digests=is_done),
        drop_links=tuple(dropped),
        journal=_journal(written, ids, now),
    )


def _journal(written: WrittenEntry, ids: Mapping[str, str], now: float) -> tuple[JournalLine, ...]:
    """A line for each write that succeeded."""
    entry_id, rules = written.planned.entry.id, written.planned.rules
    journal: list[JournalLine] = []
    for write in written.done:
        record_id, after = ids.get(write.ref, write.ref), resolved_values(write.values, ids)
        what = (write.object, record_id, write.action, write.before, after)
        journal.append(JournalLine(entry_id, *what, now, rules=rules))
    return tuple(journal)


def links_to_store(
    links: Sequence[Link],
    before: Mapping[LinkKey, Link],
    done: Sequence[Write],
    ids: Mapping[str, str],
    *,
    digests: bool,
) -> tuple[Link, ...]:
    """The links whose record is known to exist, with its id and the values known to be written.

    `before` are the links before the writes, `done` the writes that succeeded. Without `digests` no
    plan counts as carried out.
    """
    stored: list[Link] = []
    for link in links:
        record_id = ids.get(link.record_id, link.record_id)
        if not record_id.startswith("new:"):
            known = before.get(link.key)
            written = _values_written(link, known, done)
            digest, arrived = link.plan_digest, link.arrived
            if not digests:
                digest, arrived = "", known.arrived if known else 0
            at = link.checked_at
            stored.append(Link(*link.key, link.object, record_id, written, digest, at, arrived))
    return tuple(stored)


def _values_written(link: Link, before: Link | None, done: Sequence[Write]) -> Mapping[str, Json]:
    """What we last wrote to the link's record: the values known before, and those of the planned
    link that succeeded. A value that never arrived would make the org's look changed by someone
    else."""
    written = dict(before.written) if before is not None else {}
    for write in done:
        if write.ref != link.record_id:
            continue
        if write.action == "create":
            written = {}
        for name in write.values:
            if name in link.written:
                written[name] = link.written[name]
    if DEFAULTED not in link.written and DEFAULTED not in written:
        return written
    return with_defaulted(written, _defaulted(written, link, before))


def _defaulted(written: Mapping[str, Json], *links: Link | None) -> set[str]:
    """The fields whose value in `written` is a default by one of these links."""
    found: set[str] = set()
    for link in filter(None, links):
        for name in defaulted_fields(link.written):
            if name in written and written[name] == link.written.get(name):
                found.add(name)
    return found
