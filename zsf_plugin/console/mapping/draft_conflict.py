"""What a request says about a draft that someone else's save overtook: who saved, and what they
changed. `page` compares the draft with it."""

from __future__ import annotations

from zsf_plugin.console import labels, request_context
from zsf_plugin.console.mapping.document import digest_in
from zsf_plugin.console.mapping.drafting import last_save
from zsf_plugin.console.mapping.drafts import Draft
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.overtaken import SavedChange, saved_since
from zsf_plugin.console.mapping.page import Note, Overtaken

#: Saves that are looked through for the one that a draft was begun with.
_MAX_VERSIONS = 50


def is_in_conflict(context: MappingContext, draft: Draft) -> bool:
    """Whether someone else saved the page since the draft was begun."""
    return draft.is_overtaken_by(digest_in(context.rules, draft.channel))


def what_overtook(context: MappingContext, draft: Draft) -> Overtaken:
    """What others saved since the draft was begun."""
    begun_with = draft.compared or draft.seen
    return Overtaken(begun_with, _saved_since(context, begun_with))


def _saved_since(context: MappingContext, seen: str) -> tuple[SavedChange, ...]:
    """What others saved since the rules had that digest."""
    app, workspace = request_context.current()
    versions = app.store.console_rule_versions(workspace, limit=_MAX_VERSIONS)
    return saved_since(context, versions, seen)


def overtaken_note(draft: Draft, changes: int) -> Note:
    """Who saved, and that the draft is still there; `changes` is its number of them by now."""
    last = last_save(*request_context.current(), draft.channel)
    by = (last and last.by) or "Someone else"
    words = labels.plural(changes, "change is", "changes are")
    text = f"Your {words} still here." if changes else ""
    if draft.changes and not changes:
        text = "It holds what you had changed, too: nothing is left to save."
    return Note("warn", f"{by} saved this page", text, at=last.at if last else None)
