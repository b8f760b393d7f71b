"""The requests of this page, and the addresses of those beside it: `picking`, `creating`. What they
show is decided in the modules that know no request.

Without script every button posts the whole form and gets the whole page with the draft on it:
nothing that a person changed is lost on the way to the picker, to a new field, or by a refresh. A
script asks for parts of the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, flash, get_flashed_messages, redirect, request, url_for
from werkzeug.wrappers import Response

from zsf_plugin.console import labels, request_context
from zsf_plugin.console.mapping import creating, picking
from zsf_plugin.console.mapping.drafting import SavedDraft, save
from zsf_plugin.console.mapping.drafts import OBJECTS, Draft, PostedRow
from zsf_plugin.console.mapping.page import Note, Page
from zsf_plugin.console.mapping.page_request import (
    page_with,
    posted_draft,
    refresh_fields,
    render,
    render_page,
)
from zsf_plugin.console.mapping.translating import translations_in

blueprint = Blueprint("mapping", __name__)
_BOTH = ["GET", "POST"]
blueprint.add_url_rule("/mapping/field", view_func=picking.pick, methods=_BOTH)
blueprint.add_url_rule("/mapping/values", view_func=picking.values, methods=_BOTH)
blueprint.add_url_rule("/mapping/fields", view_func=picking.options, methods=["POST"])
blueprint.add_url_rule("/mapping/create", "create", creating.create_field, methods=_BOTH)


@blueprint.get("/mapping")
def show() -> str:
    """The page as it is saved; `read` has fields read that never were."""
    notes = [Note("info", str(text)) for text in get_flashed_messages()]
    made = page_with(notes=notes)
    if made.is_unread and request.args.get("read"):
        made = _refreshed(None, notes)
    return render_page(made)


def _refreshed(draft: Draft | None, notes: Sequence[Note] = ()) -> Page:
    """The page with the org's fields read just now, and what that found as its last note."""
    note = refresh_fields()
    return replace(page_with(draft, [*notes, note]), asked=True)


@blueprint.post("/mapping", endpoint="save")
def save_mapping() -> Response | tuple[str, int]:
    """Save the draft."""
    draft, visitor = posted_draft(), request_context.visitor()
    saved = save(request_context.application(), visitor, draft, request_context.now())
    if saved.outcome == "kept":
        return _kept(saved)
    return _refused(saved, draft) if saved.outcome == "refused" else _overtaken(saved, draft)


def _kept(saved: SavedDraft) -> Response:
    """Back to the page as it is saved now."""
    flash(_kept_words(saved))
    return redirect(url_for("mapping.show", prospect=request.form.get("prospect") or None), 303)


def _refused(saved: SavedDraft, draft: Draft) -> tuple[str, int]:
    note = Note("warn", "Nothing was saved yet.", lines=saved.reasons)
    return render_page(page_with(draft, [note])), 422


def _overtaken(saved: SavedDraft, draft: Draft) -> tuple[str, int]:
    """The draft beside what somebody else saved."""
    title = f"{saved.by or 'Somebody else'} saved this page"
    note = Note("warn", title, _still_here(draft), at=saved.at)
    return render_page(page_with(draft, [note], overtaken=True)), 409


def _still_here(draft: Draft) -> str:
    changes = sum(row.is_touched for row in draft.rows)
    words = labels.plural(changes, "change is", "changes are")
    return f"Your {words} still here." if changes else ""


def _kept_words(saved: SavedDraft) -> str:
    if not saved.changes:
        return "Nothing had changed."
    if not saved.waiting:
        return "Saved."
    waiting = labels.plural(
        saved.waiting, "entry that waits or is held", "entries that wait or are held"
    )
    return f"Saved. {waiting} will use {'it' if saved.changes == 1 else 'them'}."


@blueprint.post("/mapping/draft")
def draft() -> str:
    """The page with the draft on it, or the part of it that a script asks for; saves nothing."""
    made = page_with(_stepped(posted_draft()))
    return _part(made) if request_context.is_htmx() else render_page(made)


def _part(made: Page) -> str:
    """The row, or else the table, that a script asks for; all where it asks for neither."""
    row = made.tables.row(request.form.get("row", ""))
    if row is not None:
        return render("mapping/row.html", made, row=row)
    object_ = request.form.get("add") or request.form.get("drop", "").partition(".")[0]
    if object_ in OBJECTS:
        return render("mapping/object.html", made, table=made.tables.table(object_))
    return render_page(made)


@blueprint.post("/mapping/refresh")
def refresh() -> str:
    """Ask Salesforce for its fields again; the draft stays."""
    made = _refreshed(posted_draft())
    if not request_context.is_htmx():
        return render_page(made)
    note = made.notes[-1]
    return render("mapping/tables.html", made, saying=f"{note.title} {note.text}")


def _stepped(draft: Draft) -> Draft:
    """The draft after the button that was pressed: a row added or dropped, a field chosen, values
    translated."""
    dropped, added = request.form.get("drop"), request.form.get("add")
    rows = [_row_stepped(row) for row in draft.rows if row.name != dropped]
    if added in OBJECTS:
        rows.append(PostedRow(added, draft.free_key))
    return replace(draft, rows=tuple(rows))


def _row_stepped(row: PostedRow) -> PostedRow:
    """The row after that button."""
    form = request.form
    if "choose" in form and row.name == form.get("pick"):
        return row.with_field(form["choose"])
    if _has_translations() and row.name == form.get("translate"):
        return replace(row, values=translations_in(form))
    return row


def _has_translations() -> bool:
    """Whether translations were chosen, and not left by the way back."""
    return "said-0" in request.form and "back" not in request.form
