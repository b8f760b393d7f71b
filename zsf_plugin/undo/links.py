"""What becomes of links when their record was undone. Pure.

Every link to a deleted record goes, whoever's it is: the next purchase of that prospect looks for
the person again, and creates one if there is none. The entry's own link to a record that got values
back no longer calls them ours, and the next purchase looks at the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from zsf_plugin.model import (
    Link,
    LinkKey,
    company_id,
    defaulted_fields,
    text_at,
    with_defaulted,
)
from zsf_plugin.ports import Entry
from zsf_plugin.undo.plan import UndoItem, UndoPlan
from zsf_plugin.undo.writes import RecordHistory


def keys_of(entry: Entry) -> set[LinkKey]:
    """The keys of the links of the entry's prospect, company and activity."""
    keys: set[LinkKey] = {("prospect", entry.lane)}
    company = company_id(entry.payload.get("prospect"))
    if company is not None:
        keys.add(("company", company))
    if entry.kind == "touchpoint":
        activity = text_at(entry.payload, "touchpoint", "id") or entry.event.event_id
        keys.add(("touchpoint", activity))
    return keys


def gone_records(plan: UndoPlan) -> set[str]:
    """The ids of the records that no longer exist."""
    return {
        item.record_id
        for item in plan.items
        if item.is_gone or (item.action == "delete" and item.state == "undone")
    }


def links_after_restoring(
    plan: UndoPlan, links: Iterable[Link], history: RecordHistory
) -> Iterator[Link]:
    """The links to records that got values back, as they are stored now."""
    items = {item.record_id: item for item in plan.items if item.action == "restore"}
    for link in links:
        item = items.get(link.record_id)
        if item is not None and item.state in ("undone", "as_before") and not item.is_gone:
            yield _after_restoring(link, item, plan.entry_id, history)


def _after_restoring(link: Link, item: UndoItem, entry_id: str, history: RecordHistory) -> Link:
    """The link without the values that were put back, unless an earlier entry wrote those."""
    written = dict(link.written)
    for name in (*item.fields, *item.as_before):
        written.pop(name, None)
        was_ours, value = history.earlier_value(entry_id, item.record_id, name)
        back = item.fields[name].back if name in item.fields else item.as_before[name]
        if was_ours and value == back:
            written[name] = back
    noted = [name for name in defaulted_fields(link.written) if name in written]
    return replace(link, written=with_defaulted(written, noted), plan_digest="", checked_at=0.0)
