"""The routes of the Field mapping page, and of the pages that choose a row's field, map its values
or create a field. The modules beside it decide what they show.

Without script, every button posts the whole form and gets a page with the draft: no change is lost
on the way to the picker or a new field, or by a refresh. A script requests parts of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import (
    Blueprint,
    abort,
    flash,
    get_flashed_messages,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response

from zsf_plugin.console import labels, request_context
from zsf_plugin.console.mapping.drafting import SavedDraft, save
from zsf_plugin.console.mapping.drafts import OBJECTS, TASK, Draft, PostedRow
from zsf_plugin.console.mapping.field_refresh import refresh_fields
from zsf_plugin.console.mapping.fill_page import fill_row
from zsf_plugin.console.mapping.map_row import MapRow, fields_filled, translations_in, value_lines
from zsf_plugin.console.mapping.map_row import value_choices as value_options
from zsf_plugin.console.mapping.org_fields import (
    TYPES,
    FieldRequest,
    blocked,
    create_org_field,
    field_request,
    manual_steps,
    plan_for,
    plan_rows,
)
from zsf_plugin.console.mapping.page import MappingPage, Note
from zsf_plugin.console.mapping.page_request import (
    carried,
    entries_changed,
    page_url,
    page_with,
    posted_draft,
    requested_channel,
    suggested_source,
)
from zsf_plugin.console.mapping.picker import Offer, offer
from zsf_plugin.console.mapping.rendering import render, render_page
from zsf_plugin.console.mapping.touchpoints import can_be_channel
from zsf_plugin.provision import ProvisionPlan
from zsf_plugin.sync.availability import ORG_ERRORS

blueprint = Blueprint("mapping", __name__)
_BOTH = ["GET", "POST"]
_FIRST_CHANNEL = "email"


@blueprint.get("/mapping")
def show() -> str:
    """The page of prospects."""
    return _show_saved()


def _show_saved() -> str:
    """The saved mapping, with the outcome of a save; `read` reads the org's fields if they never
    were."""
    notes = [Note("info", str(text)) for text in get_flashed_messages()]
    made = page_with(notes=notes)
    if made.is_unread and request.args.get("read") and request_context.may_edit():
        made = _with_welcome(_refresh(None, notes))
    if made.context.is_new_channel and not can_be_channel(made.context.channel):
        abort(404)
    return render_page(made, is_saved=bool(notes))


def _with_welcome(made: MappingPage) -> MappingPage:
    """The page after a first connection: what comes next, instead of that the fields were read."""
    connection = made.context.connection
    if connection is None or connection.state != "previewing" or made.is_unread:
        return made
    text = "Check what fills each field. Nothing is sent before you start syncing."
    return replace(made, notes=(Note("info", f"Connected to {connection.org}.", text),))


@blueprint.get("/mapping/activities")
def activities() -> str | Response:
    """The page that maps the activities of a channel; of e-mails, if the address names none."""
    if not requested_channel():
        return redirect(url_for("mapping.activities", channel=_FIRST_CHANNEL), 303)
    return _show_saved()


def _refresh(draft: Draft | None, notes: Sequence[Note] = ()) -> MappingPage:
    """Read the org's fields again; the last note of the page says what changed."""
    note = refresh_fields()
    return replace(page_with(draft, [*notes, note]), just_read=True)


@blueprint.post("/mapping", endpoint="save")
def save_mapping() -> Response | tuple[str, int]:
    """Save the draft."""
    draft, visitor = posted_draft(), request_context.visitor()
    saved = save(request_context.application(), visitor, draft, request_context.now())
    if saved.outcome == "saved":
        return _respond_saved(saved)
    return (
        _respond_refused(saved, draft) if saved.outcome == "refused" else _respond_overtaken(draft)
    )


def _respond_saved(saved: SavedDraft) -> Response:
    """Redirect to the page with the saved mapping."""
    flash(_saved_text(saved))
    return redirect(page_url(prospect=request.form.get("prospect") or None), 303)


def _respond_refused(saved: SavedDraft, draft: Draft) -> tuple[str, int]:
    note = Note("warn", "The mapping was not saved.", lines=saved.reasons)
    return render_page(page_with(draft, [note])), 422


def _respond_overtaken(draft: Draft) -> tuple[str, int]:
    """The draft compared with what someone else saved."""
    return render_page(page_with(draft, overtaken=True)), 409


def _saved_text(saved: SavedDraft) -> str:
    if not saved.changes:
        return "Nothing to save."
    app, workspace = request_context.current()
    entries = entries_changed(app.store.held_groups(workspace))
    if not entries:
        return "Saved."
    waiting = labels.plural(entries, "waiting or held entry", "waiting or held entries")
    return f"Saved. Also applies to {waiting}."


@blueprint.post("/mapping/draft")
def draft() -> str:
    """The page with the draft, or the part that a script requests; saves nothing."""
    made = page_with(_apply_button(posted_draft()), _notes_of_draft())
    return _part(made) if request_context.is_htmx() else render_page(made)


def _notes_of_draft() -> list[Note]:
    """That a script brought the draft back, if it did."""
    text = "They are not saved yet: save or discard them."
    is_back = "back-again" in request.form
    return [Note("info", "Your unsaved changes are back.", text)] if is_back else []


def _part(made: MappingPage) -> str:
    """The row or table that a script requests; the whole page if it names neither."""
    row = made.tables.row(request.form.get("row", ""))
    if row is not None:
        return render("mapping/row.html", made, row=row)
    object_ = _object_of("add") or _object_of("drop") or _object_of("map")
    if object_ in made.tables.objects:
        return render("mapping/object.html", made, table=made.tables.table(object_))
    return render_page(made)


def _object_of(button: str) -> str:
    """The object of the pressed button's row or field; "" if another was pressed."""
    return request.form.get(button, "").partition(".")[0]


@blueprint.post("/mapping/refresh")
def refresh() -> str:
    """Read the org's fields again; the draft stays."""
    made = _refresh(posted_draft())
    if not request_context.is_htmx():
        return render_page(made)
    note = made.notes[-1]
    return render("mapping/tables.html", made, announcement=f"{note.title} {note.text}")


def _apply_button(draft: Draft) -> Draft:
    """Apply the pressed button to the draft: add or drop a row, choose a field, map values."""
    left = _with_chosen_row(draft.without(request.form.get("drop")))
    rows = [_apply_button_to_row(row) for row in left.rows]
    object_, _, field = request.form.get("map", request.form.get("add", "")).partition(".")
    if object_ in (*OBJECTS, TASK):
        source = suggested_source(object_, field) if "map" in request.form else ""
        rows.append(PostedRow(object_, draft.free_key, field, source=source))
    return replace(left, rows=tuple(rows))


def _with_chosen_row(draft: Draft) -> Draft:
    """The draft with the row that a field or values were chosen for: a page that was opened by its
    address posts no rows."""
    name = _chosen_row()
    if name is None or any(row.name == name for row in draft.rows):
        return draft
    row = page_with(draft).tables.row(name)
    return draft if row is None else draft.with_last(row.as_posted)


def _chosen_row() -> str | None:
    """The row that a field or values were chosen for; None if neither were."""
    if "choose" in request.form:
        return request.form.get("pick")
    return request.form.get("translate") if _has_translations() else None


def _apply_button_to_row(row: PostedRow) -> PostedRow:
    """Apply the pressed button to the row."""
    form = request.form
    if "choose" in form and row.name == form.get("pick"):
        return row.with_field(form["choose"])
    if _has_translations() and row.name == form.get("translate"):
        return replace(row, values=translations_in(form))
    return row


def _has_translations() -> bool:
    """Whether values were mapped, and “Back” was not pressed."""
    return "source-0" in request.form and "back" not in request.form


@blueprint.route("/mapping/field", methods=_BOTH)
def pick() -> str | tuple[str, int]:
    """The picker as a page: for narrow windows, and without script."""
    made = page_with(posted_draft())
    row = made.tables.row(request.values.get("pick", ""))
    if row is None:
        return render_page(made, announcement="That row no longer exists."), 404
    return _picker(made, row)


def _picker(made: MappingPage, row: MapRow) -> str:
    typed = request.values.get("words", "")
    template = "mapping/choices.html" if request_context.is_htmx() else "mapping/pick.html"
    found = _offer(made, row, typed)
    return render(template, made, row=row, offer=found, words=typed, carried=carried())


@blueprint.post("/mapping/fields")
def options() -> str:
    """The picker's list for a script: up to twenty fields that match the search."""
    made = page_with(posted_draft())
    row = made.tables.row(request.form.get("pick", ""))
    typed = request.form.get("words", "")
    found = _offer(made, row, typed) if row is not None else None
    return render_template("mapping/options.html", row=row, offer=found, words=typed)


@blueprint.route("/mapping/values", methods=_BOTH)
def values() -> str | tuple[str, int]:
    """The page that maps Zaplify values to picklist values; part of the draft."""
    made = page_with(posted_draft())
    row = made.tables.row_filling(request.values.get("translate", ""))
    shown = _translations(made, row) if row is not None and row.is_translatable else None
    if shown is None:
        return render_page(made, announcement="Values can’t be mapped for that row."), 404
    return render("mapping/values.html", made, row=row, carried=carried(), **shown)


@blueprint.route("/mapping/fill", methods=_BOTH)
def fill() -> str | tuple[str, int]:
    """The page that chooses what fills a row; part of the draft."""
    return fill_row()


def _translations(made: MappingPage, row: MapRow) -> dict[str, object] | None:
    """The row's values in recent prospects, each with its choice; None if the field is not
    known."""
    describe = made.context.describe(row.object)
    if row.rule is None or row.describe is None or describe is None:
        return None
    scopes = [prospect.event.scope for prospect in made.context.recent_prospects]
    lines = value_lines(row.rule, row.describe, describe, scopes)
    return {"lines": lines, "options": value_options(row.describe)}


def _offer(made: MappingPage, row: MapRow, typed: str) -> Offer | None:
    """The picker's fields for the row; None if the org was never read."""
    describe = made.context.describe(row.object)
    if describe is None:
        return None
    taken = fields_filled(made.tables.table(row.object).rows, but=row.key)
    return offer(describe, row.words.kind, row.field, typed, taken)


@blueprint.route("/mapping/create", endpoint="create", methods=_BOTH)
def create_field() -> str | tuple[str, int]:
    """The form for a new field; then, by the pressed button, its plan, or the field created."""
    draft = posted_draft()
    row = page_with(draft).tables.row(request.values.get("create", ""))
    field = _requested_field(row)
    if "step" not in request.form:
        return _form(field)
    faults = field.faults()
    return (_form(field, faults=faults), 422) if faults else _next_step(field, draft, row)


def _next_step(field: FieldRequest, draft: Draft, row: MapRow | None) -> str | tuple[str, int]:
    """Show the plan or create the field; an error of the org is a fault in the form."""
    try:
        return _create(field, draft, row) if request.form["step"] == "make" else _show_plan(field)
    except ORG_ERRORS as error:
        fault = f"That didn’t work: {error}. Anything created before the error remains."
        return _form(field, faults=(fault,)), 503


def _show_plan(field: FieldRequest) -> str:
    app, workspace = request_context.current()
    return _form(field, plan_for(app, workspace, field))


def _create(field: FieldRequest, draft: Draft, row: MapRow | None) -> str:
    """Create the field and return to the mapping, unless a part could not be created."""
    app, visitor = request_context.application(), request_context.visitor()
    applied = create_org_field(app, visitor, field, request_context.now())
    if not applied.complete:
        return _form(field, applied.plan)
    is_visible = all(step.state != "not_visible" for step in applied.steps)
    return _respond_created(field, _with_new_field(draft, row, field), is_visible=is_visible)


def _requested_field(row: MapRow | None) -> FieldRequest:
    """The requested field; at first, one that suits the row."""
    field = field_request(request.values, row.words.kind if row is not None else None)
    if row is None or "label" in request.values:
        return field
    return replace(field, object=row.object, label="" if row.is_blank else row.words.label)


def _form(
    field: FieldRequest, plan: ProvisionPlan | None = None, faults: tuple[str, ...] = ()
) -> str:
    """The form, with its plan or faults."""
    return render_template(
        "mapping/create.html",
        field=field,
        plan=plan,
        faults=faults,
        row_name=request.values.get("create", ""),
        carried=carried(),
        types=TYPES,
        objects=(TASK,) if requested_channel() else OBJECTS,
        **_plan_details(plan),
    )


def _plan_details(plan: ProvisionPlan | None) -> dict[str, object]:
    """The lines of the plan, what blocks it, and the manual steps."""
    if plan is None:
        return {"lines": (), "blocked": (), "way": ()}
    app, workspace = request_context.current()
    way = manual_steps(plan, app.orgs.connection(workspace).username)
    return {"lines": plan_rows(plan), "blocked": blocked(plan), "way": way}


def _respond_created(field: FieldRequest, draft: Draft, *, is_visible: bool) -> str:
    """Return to the mapping with its draft."""
    text = "Salesforce shows it within a minute. Then refresh the fields."
    if is_visible:
        text = "Map it below, then save."
    note = Note("info", f"{field.label} was created on {field.object}.", text)
    return render_page(page_with(draft, [note]), announcement=note.title)


def _with_new_field(draft: Draft, row: MapRow | None, field: FieldRequest) -> Draft:
    """The draft with the new field in the row, which comes last."""
    if row is None or row.object != field.object:
        return draft
    posted = row.posted or row.as_posted
    return draft.with_last(posted.with_field(field.api_name))
