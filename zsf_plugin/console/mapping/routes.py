"""The requests of this page. What they show is decided in the modules beside it.

Without script every button posts the whole form and gets the whole page with the draft on it:
nothing that a person changed is lost on the way to the picker, to a new field, or by a refresh. A
script asks for parts of the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import (
    Blueprint,
    flash,
    get_flashed_messages,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response

from zsf_plugin.console import labels, request_context
from zsf_plugin.console.mapping.choices import choices, fields_filled
from zsf_plugin.console.mapping.drafting import SavedDraft, save
from zsf_plugin.console.mapping.drafts import (
    NEED,
    NEW,
    OBJECTS,
    Draft,
    PostedRow,
    draft_of,
    is_of_draft,
)
from zsf_plugin.console.mapping.fitting import type_words
from zsf_plugin.console.mapping.mapping_context import gather, held_key
from zsf_plugin.console.mapping.new_field import (
    TYPES,
    Wish,
    blocked,
    create,
    lines_of,
    plan_for,
    way_by_hand,
    wish_of,
)
from zsf_plugin.console.mapping.page import Note, Page, page
from zsf_plugin.console.mapping.picker import Offer, offer
from zsf_plugin.console.mapping.refreshing import refresh
from zsf_plugin.console.mapping.rows import MapRow
from zsf_plugin.console.mapping.translating import options as value_options
from zsf_plugin.console.mapping.translating import translations_in, value_lines
from zsf_plugin.errors import QuotaReached, ReconnectRequired
from zsf_plugin.provision import Plan
from zsf_plugin.sync.availability import ORG_ERRORS

blueprint = Blueprint("mapping", __name__)

_SHARED = {
    "overwrites": labels.OVERWRITES,
    "modes": labels.MODES,
    "type_words": type_words,
    "choices": choices,
    "held_key": held_key,
}


@blueprint.get("/mapping")
def show() -> str:
    """The page as it is saved; `read` has fields read that never were."""
    notes = [Note("info", str(text)) for text in get_flashed_messages()]
    made = _page()
    if made.is_unread and request.args.get("read"):
        notes.append(_refreshed())
        made = replace(_page(), asked=True)
    return _shown(replace(made, notes=tuple(notes)))


@blueprint.post("/mapping", endpoint="save")
def save_mapping() -> Response | tuple[str, int]:
    """Save the draft."""
    draft = _posted_draft()
    app, visitor = request_context.application(), request_context.visitor()
    saved = save(app, visitor, draft, request_context.now())
    if saved.outcome == "kept":
        flash(_kept_words(saved))
        return redirect(url_for("mapping.show", prospect=request.form.get("prospect") or None), 303)
    if saved.outcome == "refused":
        note = Note("warn", "Nothing was saved yet.", lines=saved.reasons)
        return _shown(_page(draft, [note])), 422
    return _shown(_page(draft, [_overtaken_note(saved, draft)], overtaken=True)), 409


def _overtaken_note(saved: SavedDraft, draft: Draft) -> Note:
    changes = sum(row.is_touched for row in draft.rows)
    text = f"Your {labels.plural(changes, 'change is', 'changes are')} still here."
    title = f"{saved.by or 'Somebody else'} saved this page"
    return Note("warn", title, text if changes else "", at=saved.at)


@blueprint.post("/mapping/draft")
def draft() -> str:
    """The page with the draft on it, or the part of it that a script asks for; saves nothing."""
    made = _page(_stepped(_posted_draft()))
    if not request_context.is_htmx():
        return _shown(made)
    row = _row_named(made, request.form.get("row", ""))
    if row is not None:
        return render_template("mapping/row.html", page=made, row=row, **_SHARED)
    object_ = request.form.get("add") or request.form.get("drop", "").partition(".")[0]
    if object_ in OBJECTS:
        table = made.tables.table(object_)
        return render_template("mapping/object.html", page=made, table=table, **_SHARED)
    return _shown(made)


@blueprint.post("/mapping/refresh", endpoint="refresh")
def refresh_fields() -> str:
    """Ask Salesforce for its fields anew; the draft stays."""
    note = _refreshed()
    made = replace(_page(_posted_draft(), [note]), asked=True)
    if not request_context.is_htmx():
        return _shown(made)
    saying = f"{note.title} {note.text}"
    return render_template("mapping/tables.html", page=made, saying=saying, **_SHARED)


@blueprint.route("/mapping/field", methods=["GET", "POST"])
def pick() -> str | tuple[str, int]:
    """The picker as a page of its own: for a narrow window, and without script."""
    made = _page(_posted_draft())
    row = _row_named(made, request.values.get("pick", ""))
    if row is None:
        return _shown(made, saying="That row is not there any more."), 404
    typed = request.values.get("words", "")
    shown = {
        "page": made,
        "row": row,
        "offer": _offer(made, row, typed),
        "words": typed,
        "carried": _carried(),
    }
    template = "mapping/choices.html" if request_context.is_htmx() else "mapping/pick.html"
    return render_template(template, **shown, **_SHARED)


@blueprint.route("/mapping/values", methods=["GET", "POST"])
def values() -> str | tuple[str, int]:
    """What a picklist gets for what Zaplify says: a page of its own, part of the draft."""
    made = _page(_posted_draft())
    row = _row_filling(made, request.values.get("translate", ""))
    shown = _translations_shown(made, row) if row is not None and row.is_translatable else None
    if shown is None:
        return _shown(made, saying="That row takes no values."), 404
    return render_template("mapping/values.html", page=made, row=row, **shown, **_SHARED)


def _translations_shown(made: Page, row: MapRow) -> dict[str, object] | None:
    """The values that prospects of late have for the row, and what each becomes; None where the
    field is not known."""
    describe = made.context.describe(row.object)
    if row.rule is None or row.describe is None or describe is None:
        return None
    scopes = [prospect.event.scope for prospect in made.context.lately]
    return {
        "lines": value_lines(row.rule, row.describe, describe, scopes),
        "options": value_options(row.describe),
        "carried": _carried(),
    }


@blueprint.post("/mapping/fields")
def options() -> str:
    """The picker's list for a script: the fields that fit what was typed, at most twenty."""
    made = _page(_posted_draft())
    row = _row_named(made, request.form.get("pick", ""))
    typed = request.form.get("words", "")
    found = _offer(made, row, typed) if row is not None else None
    return render_template("mapping/options.html", row=row, offer=found, words=typed)


@blueprint.route("/mapping/create", methods=["GET", "POST"], endpoint="create")
def create_field() -> str | tuple[str, int]:
    """A field that Salesforce lacks: what it is to be, the plan, then making it."""
    draft = _posted_draft()
    row = _row_named(_page(draft), request.values.get("create", ""))
    wish = _wish(row)
    step = request.form.get("step", "")
    if not step:
        return _wished(wish)
    faults = wish.faults()
    if faults:
        return _wished(wish, faults=faults), 422
    try:
        return _made(wish, draft, row) if step == "make" else _wished(wish, _plan_for(wish))
    except ORG_ERRORS as error:
        fault = f"That did not work: {error}. What was made until then stays."
        return _wished(wish, faults=(fault,)), 503


def _plan_for(wish: Wish) -> Plan:
    return plan_for(request_context.application(), request_context.workspace(), wish)


def _made(wish: Wish, draft: Draft, row: MapRow | None) -> str:
    """The field made: back on the mapping, unless a part of it could not be made."""
    app, visitor = request_context.application(), request_context.visitor()
    applied = create(app, visitor, wish, request_context.now())
    if not applied.complete:
        return _wished(wish, applied.plan)
    is_visible = all(step.state != "not_visible" for step in applied.steps)
    return _created(wish, draft, row, visible=is_visible)


def _wish(row: MapRow | None) -> Wish:
    """What the form asks for; at first, what suits the row that lacks a field."""
    wish = wish_of(request.values, row.words.kind if row is not None else None)
    if row is None or "label" in request.values:
        return wish
    is_blank = row.is_added and not row.changed
    return replace(wish, object=row.object, label="" if is_blank else row.words.label)


def _wished(wish: Wish, plan: Plan | None = None, faults: tuple[str, ...] = ()) -> str:
    """The form, with what it takes or what is wrong with it."""
    shown: dict[str, object] = {"wish": wish, "plan": plan, "faults": faults}
    if plan is not None:
        app, workspace = request_context.current()
        shown["lines"] = lines_of(plan)
        shown["blocked"] = blocked(plan)
        shown["way"] = way_by_hand(plan, app.orgs.connection(workspace).username)
    return render_template(
        "mapping/create.html",
        row_name=request.values.get("create", ""),
        carried=_carried(),
        types=TYPES,
        objects=OBJECTS,
        **shown,
    )


def _created(wish: Wish, draft: Draft, row: MapRow | None, *, visible: bool) -> str:
    """Back on the mapping, where the row that lacked the field has it."""
    if row is not None and row.object == wish.object:
        draft = _with_field_chosen(draft, row, wish.api_name)
    text = "Salesforce shows it within a minute: refresh the fields then."
    if visible:
        text = "Map it below, then save."
    note = Note("info", f"{wish.label} was created on {wish.object}.", text)
    return _shown(_page(draft, [note]), saying=note.title)


def _with_field_chosen(draft: Draft, row: MapRow, field: str) -> Draft:
    """The draft with that field chosen in the row, which comes last."""
    mine = PostedRow(row.object, row.key, row.field, row.overwrite, row.was)
    others: list[PostedRow] = []
    for posted in draft.rows:
        if _is(posted, row.name):
            mine = posted
        else:
            others.append(posted)
    return replace(draft, rows=(*others, _chosen(mine, field)))


def _posted_draft() -> Draft:
    return draft_of(request.form.items(multi=True))


def _page(
    draft: Draft | None = None, notes: Sequence[Note] = (), *, overtaken: bool = False
) -> Page:
    app, visitor = request_context.application(), request_context.visitor()
    context = gather(app, visitor, request.values.get("prospect", ""))
    return page(context, draft.touched if draft is not None else None, notes, overtaken=overtaken)


def _shown(made: Page, saying: str = "") -> str:
    return render_template("mapping/show.html", page=made, saying=saying, **_SHARED)


def _kept_words(saved: SavedDraft) -> str:
    if not saved.changes:
        return "Nothing had changed."
    if not saved.waiting:
        return "Saved."
    waiting = labels.plural(
        saved.waiting, "entry that waits or is held", "entries that wait or are held"
    )
    return f"Saved. {waiting} will use {'it' if saved.changes == 1 else 'them'}."


def _refreshed() -> Note:
    """Refresh, told; an org that does not answer leaves the fields as they were read."""
    app, visitor = request_context.application(), request_context.visitor()
    try:
        refreshed = refresh(app, visitor, request_context.now())
    except ORG_ERRORS as error:
        return _silent(error)
    kind = "warn" if refreshed.gone_mapped else "info"
    return Note(kind, refreshed.title, refreshed.text)


def _silent(error: Exception) -> Note:
    """Salesforce says nothing now; the fields as they were read stay in use."""
    known = request_context.application().orgs.known_facts(request_context.workspace())
    title = "Salesforce didn’t answer."
    if isinstance(error, QuotaReached):
        title = "The org’s calls for today are used up."
    elif isinstance(error, ReconnectRequired):
        title = "Your Salesforce sign-in ended."
    if known is None:
        return Note("warn", title, "Its fields were never read. Try again in a minute.")
    return Note("warn", title, "These are the fields as read", at=known.read_at)


def _stepped(draft: Draft) -> Draft:
    """The draft after the button that was pressed: a row added or dropped, a field chosen, values
    translated."""
    form = request.form
    rows = [_row_stepped(row) for row in draft.rows if not _is(row, form.get("drop", ""))]
    if form.get("add") in OBJECTS:
        rows.append(PostedRow(form["add"], _free_key(draft.rows)))
    return replace(draft, rows=tuple(rows))


def _row_stepped(row: PostedRow) -> PostedRow:
    """The row after that button."""
    form = request.form
    if "choose" in form and _is(row, form.get("pick", "")):
        return _chosen(row, form["choose"])
    has_translations = "said-0" in form and "back" not in form
    if has_translations and _is(row, form.get("translate", "")):
        return replace(row, values=translations_in(form))
    return row


def _free_key(rows: Sequence[PostedRow]) -> str:
    """The key of a new row: one that no other has."""
    taken = {row.key for row in rows}
    number = 1
    while f"{NEW}{number}" in taken:
        number += 1
    return f"{NEW}{number}"


def _chosen(row: PostedRow, field: str) -> PostedRow:
    return row if row.key.startswith(NEED) else replace(row, to=field)


def _is(row: PostedRow, name: str) -> bool:
    return f"{row.object}.{row.key}" == name


def _row_named(made: Page, name: str) -> MapRow | None:
    for row in made.tables.rows:
        if row.name == name and not row.locked:
            return row
    return None


def _row_filling(made: Page, name: str) -> MapRow | None:
    """The row of that name, else the one that fills the field of that name: a preview knows fields
    alone."""
    known = _row_named(made, name)
    if known is not None:
        return known
    for row in made.tables.rows:
        if f"{row.object}.{row.field}" == name and not row.locked:
            return row
    return None


def _offer(made: Page, row: MapRow, typed: str) -> Offer | None:
    describe = made.context.describe(row.object)
    if describe is None:
        return None
    taken = fields_filled(made.tables.table(row.object).rows, but=row.key)
    return offer(describe, row.words.kind, row.field, typed, taken)


def _carried() -> list[tuple[str, str]]:
    """The draft, as a page beside the mapping carries it on."""
    return [(name, value) for name, value in request.form.items(multi=True) if is_of_draft(name)]
