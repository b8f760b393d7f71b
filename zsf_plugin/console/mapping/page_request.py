"""Renders the page for a request: with its prospect, its posted draft, and a note after reading the
org's fields again."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request

from zsf_plugin.console import labels, request_context
from zsf_plugin.console.mapping.drafts import Draft, draft_of, is_of_draft
from zsf_plugin.console.mapping.map_row import choices
from zsf_plugin.console.mapping.mapping_context import gather, held_key
from zsf_plugin.console.mapping.org_fields import Refreshed, refresh_org_fields
from zsf_plugin.console.mapping.page import MappingPage, Note, mapping_page
from zsf_plugin.errors import QuotaReached, ReconnectRequired
from zsf_plugin.sync.availability import ORG_ERRORS

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


def page_with(
    draft: Draft | None = None, notes: Sequence[Note] = (), *, overtaken: bool = False
) -> MappingPage:
    """The saved mapping with that draft applied."""
    app, visitor = request_context.application(), request_context.visitor()
    status = request_context.status()
    waiting = status.counts.pending + status.counts.held
    context = gather(app, visitor, request.values.get("prospect", ""), status.held, waiting)
    return mapping_page(
        context, draft.touched if draft is not None else None, notes, overtaken=overtaken
    )


def render(template: str, made: MappingPage, **more: object) -> str:
    """Render the page, or a part of it, with that template."""
    return render_template(template, page=made, **more, **_SHARED)


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
    return Note(kind, refreshed.title, refreshed.text)


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
