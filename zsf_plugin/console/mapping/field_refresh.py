"""Reads the org's fields again for a request, and says in a note what changed, or why they stay as
last read."""

from __future__ import annotations

from zsf_plugin.console import request_context
from zsf_plugin.console.mapping.org_fields import Refreshed, refresh_org_fields
from zsf_plugin.console.mapping.page import Note
from zsf_plugin.errors import QuotaReached, ReconnectRequired
from zsf_plugin.sync.availability import ORG_ERRORS


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
