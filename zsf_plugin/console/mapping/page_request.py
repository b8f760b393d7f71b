"""Renders the page for a request: with its prospect, its posted draft, and a note after reading the
org's fields again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from zsf_plugin.console import labels, request_context
from zsf_plugin.console.mapping.document import digest_in
from zsf_plugin.console.mapping.drafting import last_save
from zsf_plugin.console.mapping.drafts import Draft, draft_of, is_of_draft
from zsf_plugin.console.mapping.map_row import choices
from zsf_plugin.console.mapping.mapping_context import (
    MappingContext,
    entries_reached,
    gather,
    held_key,
)
from zsf_plugin.console.mapping.org_fields import Refreshed, refresh_org_fields
from zsf_plugin.console.mapping.overtaken import SavedChange, saved_since
from zsf_plugin.console.mapping.page import MappingPage, Note, Overtaken, mapping_page
from zsf_plugin.console.security import person_mark
from zsf_plugin.errors import QuotaReached, ReconnectRequired
from zsf_plugin.sync.availability import ORG_ERRORS

#: Saves that are looked through for the one that a draft was begun with.
_MAX_VERSIONS = 50
#: Characters of the digest that keeps the drafts of two people in one browser tab apart.
_KEY_LENGTH = 16
_SHARED = {
    "overwrites": labels.OVERWRITES,
    "modes": labels.MODES,
    "choices": choices,
    "held_key": held_key,
}


def posted_draft() -> Draft:
    """The draft in the posted form; an empty one without a form."""
    return draft_of(request.form.items(multi=True))


def carried() -> list[tuple[str, str]]:
    """The fields of the draft, for a form on another page."""
    return [(name, value) for name, value in request.form.items(multi=True) if is_of_draft(name)]


def carried_draft() -> list[tuple[str, str]]:
    """The fields of a draft of this page that was posted and has changes; none if there is no such
    draft, or if the form is too large to be read."""
    if request.method != "POST" or request.blueprint != "mapping":
        return []
    try:
        return carried() if posted_draft().changes else []
    except RequestEntityTooLarge:
        return []


def page_with(
    draft: Draft | None = None, notes: Sequence[Note] = (), *, overtaken: bool = False
) -> MappingPage:
    """The saved mapping with that draft applied. If someone else saved since it was begun, the page
    says so and compares the two."""
    app, visitor = request_context.application(), request_context.visitor()
    status = request_context.status()
    waiting = entries_reached(app, visitor.workspace, status.held)
    context = gather(app, visitor, request.values.get("prospect", ""), status.held, waiting)
    if draft is None:
        return mapping_page(context, None, notes)
    if not overtaken and not draft.is_overtaken_by(digest_in(context.rules)):
        return mapping_page(context, draft.touched, notes)
    begun_with = draft.compared or draft.seen
    theirs = _saved_since(context, begun_with)
    notes = (*notes, _overtaken_note(draft))
    return mapping_page(context, draft.touched, notes, Overtaken(begun_with, theirs))


def _saved_since(context: MappingContext, seen: str) -> tuple[SavedChange, ...]:
    """What others saved since the rules had that digest."""
    app, workspace = request_context.current()
    versions = app.store.console_rule_versions(workspace, limit=_MAX_VERSIONS)
    return saved_since(context.rules, versions, seen, partial(_label, context))


def _label(context: MappingContext, object_: str, name: str) -> str:
    """The label of a field; its API name if the field is not known."""
    describe = context.describe(object_)
    field = describe.field(name) if describe is not None else None
    return field.label if field is not None else name


def _overtaken_note(draft: Draft) -> Note:
    """Who saved, and that the draft is still there."""
    last = last_save(*request_context.current())
    by = (last and last.by) or "Someone else"
    words = labels.plural(draft.changes, "change is", "changes are")
    text = f"Your {words} still here." if draft.changes else ""
    return Note("warn", f"{by} saved this page", text, at=last.at if last else None)


def render(template: str, made: MappingPage, **more: object) -> str:
    """Render the page, or a part of it, with that template."""
    key = person_mark(request_context.visitor())[:_KEY_LENGTH]
    return render_template(template, page=made, draft_key=key, **more, **_SHARED)


def render_page(made: MappingPage, announcement: str = "") -> str:
    """Render the whole page; screen readers read the `announcement`."""
    return render("mapping/show.html", made, announcement=announcement)


def refresh_fields() -> Note:
    """Read the org's fields again. Returns a note about the changes, or why the fields stay as last
    read."""
    app, visitor = request_context.application(), request_context.visitor()
    try:
        refreshed = refresh_org_fields(app, visitor, request_context.now())
    except ORG_ERRORS as error:
        return _unanswered_note(error)
    return _refreshed_note(refreshed)


def _refreshed_note(refreshed: Refreshed) -> Note:
    kind = "warn" if refreshed.gone_mapped else "info"
    return Note(kind, refreshed.title, refreshed.text, new=refreshed.new)


def _unanswered_note(error: Exception) -> Note:
    """A note that the fields stay as last read."""
    app, workspace = request_context.current()
    known, title = app.orgs.known_facts(workspace), _why_unanswered(error)
    if known is None:
        return Note("warn", title, "The fields have never been read. Try again in a minute.")
    return Note("warn", title, "Showing the fields as read", at=known.read_at)


def _why_unanswered(error: Exception) -> str:
    if isinstance(error, QuotaReached):
        return "The org’s calls for today are used up."
    if isinstance(error, ReconnectRequired):
        return "Your Salesforce sign-in ended."
    return "Salesforce didn’t answer."
