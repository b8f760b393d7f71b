"""The page for a request, with its prospect and its posted draft: the page of prospects, or that of
a channel's activities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flask import request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from zsf_plugin.console import request_context
from zsf_plugin.console.labels import plural
from zsf_plugin.console.mapping.draft_conflict import is_in_conflict, overtaken_note, what_overtook
from zsf_plugin.console.mapping.drafts import CHANNEL, NEW_FIELDS, Draft, draft_of, is_of_draft
from zsf_plugin.console.mapping.mapping_context import MappingContext, entries_reached, gather
from zsf_plugin.console.mapping.org_fields import NewField
from zsf_plugin.console.mapping.page import MappingPage, Note, mapping_page
from zsf_plugin.console.mapping.touchpoints import with_activities
from zsf_plugin.model import channel_name
from zsf_plugin.ports import HeldGroup

#: The pages that the mapping's form is posted to.
_POSTED_TO = frozenset({"mapping", "preview"})
#: New fields that a page goes on naming.
_MAX_NEW = 50


def posted_draft() -> Draft:
    """The draft in the posted form; an empty one without a form."""
    return replace(draft_of(request.form.items(multi=True)), channel=requested_channel())


def requested_channel() -> str:
    """The channel whose activities the page maps; "" for prospects."""
    return channel_name(request.values.get(CHANNEL, ""))


def carried() -> list[tuple[str, str]]:
    """The fields of the draft, for a form on another page."""
    posted = request.form.items(multi=True)
    rows = [(name, value) for name, value in posted if is_of_draft(name) and name != CHANNEL]
    return [*rows, (CHANNEL, requested_channel())] if requested_channel() else rows


def carried_draft() -> list[tuple[str, str]]:
    """The fields of a draft of this page that was posted and has changes; none if there is no such
    draft, or if the form is too large to be read."""
    if request.method != "POST" or request.blueprint not in _POSTED_TO:
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
    context = _context()
    if draft is None:
        return mapping_page(context, None, notes)
    if not overtaken and not is_in_conflict(context, draft):
        return _with_new_fields(mapping_page(context, draft.touched, notes))
    made = mapping_page(context, draft.touched, notes, what_overtook(context, draft))
    before = notes if made.changes else [note for note in notes if note.kind != "info"]
    return replace(made, notes=(*before, overtaken_note(draft, made.changes)))


def _with_new_fields(made: MappingPage) -> MappingPage:
    """The page with the new fields that it named before and that nothing fills yet."""
    if any(note.new for note in made.notes):
        return made
    filled = {f"{row.object}.{row.field}".lower() for row in made.tables.rows}
    places = [place for place in request.form.getlist(NEW_FIELDS) if place.lower() not in filled]
    new = tuple(filter(None, (_new_field(made.context, place) for place in places[:_MAX_NEW])))
    if not new:
        return made
    are = plural(len(new), "new field is not mapped yet", "new fields are not mapped yet")
    return replace(made, notes=(*made.notes, Note("info", f"{are}.", new=new)))


def _new_field(context: MappingContext, place: str) -> NewField | None:
    """The org's field at that place; None if there is none."""
    object_, _, name = place.partition(".")
    field = context.field(object_, name)
    return NewField(object_, field.name, field.label) if field is not None else None


def _context() -> MappingContext:
    """What the requested page maps, with the requested prospect or touchpoint."""
    app, visitor = request_context.application(), request_context.visitor()
    entry_id, channel = request.values.get("prospect", ""), requested_channel()
    held = request_context.status().held
    context = gather(app, visitor, entry_id, held, entries_changed(held))
    return with_activities(context, app, visitor, entry_id, channel) if channel else context


def suggested_source(object_: str, name: str) -> str:
    """The path of the Zaplify field that has the same label as that field of the org; "" if none
    has."""
    context = _context()
    field = context.field(object_, name)
    label = field.label.casefold() if field is not None else ""
    return next((one.path for one in context.sources if one.label.casefold() == label), "")


def entries_changed(held: Iterable[HeldGroup]) -> int:
    """How many entries a save of the requested page can change; 0 for activities, which the store
    does not count by channel. Raises StoreUnavailable."""
    return 0 if requested_channel() else entries_reached(*request_context.current(), held)


def page_url(prospect: str | None = None, read: int | None = None) -> str:
    """The address of the page that was requested: of prospects, or of a channel's activities."""
    channel = requested_channel()
    endpoint = "mapping.activities" if channel else "mapping.show"
    return url_for(endpoint, channel=channel or None, prospect=prospect, read=read)
