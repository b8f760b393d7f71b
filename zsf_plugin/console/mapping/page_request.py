"""The page for a request: of its prospect, with its posted draft and with what reading the org's
fields again found, as templates show it. Decides nothing about the mapping."""

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
    """The draft in the posted form; an empty one where none was posted."""
    return draft_of(request.form.items(multi=True))


def carried() -> list[tuple[str, str]]:
    """The draft, as a page beside the mapping carries it on."""
    return [(name, value) for name, value in request.form.items(multi=True) if is_of_draft(name)]


def page_with(
    draft: Draft | None = None, notes: Sequence[Note] = (), *, overtaken: bool = False
) -> MappingPage:
    """The page with that draft laid over what is saved."""
    app, visitor = request_context.application(), request_context.visitor()
    context = gather(app, visitor, request.values.get("prospect", ""))
    return mapping_page(
        context, draft.touched if draft is not None else None, notes, overtaken=overtaken
    )


def render(template: str, made: MappingPage, **more: object) -> str:
    """The page, or a part of it, by that template."""
    return render_template(template, page=made, **more, **_SHARED)


def render_page(made: MappingPage, announcement: str = "") -> str:
    """The whole page; screen readers read the `announcement`."""
    return render("mapping/show.html", made, announcement=announcement)


def refresh_fields() -> Note:
    """Ask Salesforce for its fields again, and say what that found; an org that does not answer
    leaves the fields as they were read."""
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
    """Salesforce says nothing now; the fields as they were read stay in use."""
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
