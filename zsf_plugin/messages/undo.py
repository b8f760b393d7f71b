"""Texts for undoing an entry: why a field or a record is left as it is. Data and rendering only.

The codes are those of `undo.plan`.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.messages.shape import CodedReason, TemplateValues

#: By the code of a reason. Each follows a name: "Lead.Title: ".
LEFT: Mapping[str, str] = {
    # of a field, or of a record that the entry created
    "changed": "someone changed {named} since",
    "later": "entry {entry} wrote it later: undo that first",
    "later_elsewhere": "an entry of another workspace wrote it later: undo that first, there",
    "hidden": "the connected user cannot see it",
    # of a field
    "read_only": "the connected user may not edit it",
    # of a record that the entry created
    "modified": "someone changed the record since it was created ({at}, user {by})",
    "modified_by_us": (
        "it was changed since it was created ({at}), as the connected user: by a person, or by "
        "automation in Salesforce"
    ),
    "converted": "the Lead was converted: the records it became would stay",
    "children": "deleting it would delete {what} too{advice}",
    "unread": "the connected user cannot see whether deleting it would delete {objects} too",
    "protected": "the connected user may not delete this kind of record",
    "not_freed": "what belongs to it could not be put back first",
    # of a record that the entry updated
    "converted_before": "the Lead was converted, and no longer changes",
    # results
    "refused": "Salesforce refused it ({code}{said})",
    "answer_lost": "an earlier write of it got no answer: what it changed is not known, and stays",
    "unanswered": "no answer came: run it again, it looks first and finishes",
}


def left_text(reason: CodedReason) -> str:
    """The reason in lower case: `someone changed it since`."""
    data = reason.data
    code = "modified_by_us" if reason.code == "modified" and data.get("is_ours") else reason.code
    return LEFT[code].format_map(
        TemplateValues(
            data,
            named=_listed(data.get("fields")) or "it",
            objects=_listed(data.get("objects")),
            what=_counted(data.get("counts")),
            advice=_advice(data.get("entries")),
            said=f": {data['message']}" if data.get("message") else "",
        )
    )


def _listed(names: object) -> str:
    return ", ".join(map(str, names)) if isinstance(names, list) else ""


def _counted(counts: object) -> str:
    """`2 Task, 1 Event`: how many records of each object."""
    items = counts.items() if isinstance(counts, dict) else ()
    return ", ".join(f"{number} {name}" for name, number in items)


def _advice(entries: object) -> str:
    names = _listed(entries)
    return f": undo {names} first" if names else ""
