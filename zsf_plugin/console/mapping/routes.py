"""The requests of this page. What they show is decided in the modules beside it.

Without script every button posts the whole form and gets the whole page with the draft on it:
nothing that a person changed is lost on the way to the picker, to a new field, or by a refresh. A
script asks for parts of the same.
"""

from __future__ import annotations

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
from zsf_plugin.console.mapping.creating import TYPES, Planned, Wish, create, plan_for, wish_of
from zsf_plugin.console.mapping.drafting import Kept, NotKept, draft_in, save
from zsf_plugin.console.mapping.drafts import NEED, NEW, OBJECTS, Draft, PostedRow, is_of_draft
from zsf_plugin.console.mapping.fitting import type_words
from zsf_plugin.console.mapping.mapping_context import gather
from zsf_plugin.console.mapping.page import Note, Page, choices, held_key, page
from zsf_plugin.console.mapping.picker import Offer, Row, offer
from zsf_plugin.console.mapping.refreshing import refresh
from zsf_plugin.console.mapping.rows import MapRow, fields_filled
from zsf_plugin.console.mapping.translating import options as value_options
from zsf_plugin.console.mapping.translating import translations_in, value_lines
from zsf_plugin.errors import QuotaReached, ReconnectRequired, Unavailable

blueprint = Blueprint("mapping", __name__)

#: Why an org says nothing just now: the page and its draft stay.
_NO_ANSWER = (Unavailable, QuotaReached, ReconnectRequired)
_WORDS = {
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
        notes += _refreshed()
        made = replace(_page(), asked=True)
    return _shown(replace(made, notes=tuple(notes)))


@blueprint.post("/mapping", endpoint="save")
def save_mapping() -> Response | tuple[str, int]:
    """Save the draft."""
    draft = draft_in(request.form)
    kept = save(
        request_context.application(), request_context.visitor(), draft, request_context.now()
    )
    if isinstance(kept, Kept):
        flash(_kept_words(kept))
        return redirect(url_for("mapping.show", prospect=request.form.get("prospect") or None), 303)
    if isinstance(kept, NotKept):
        note = Note("warn", "Nothing was saved yet.", lines=kept.reasons)
        return _shown(_page(draft, [note])), 422
    who = kept.by or "Somebody else"
    changes = sum(row.is_touched for row in draft.rows)
    note = Note("warn", f"{who} saved this page", _still_here(changes), at=kept.at)
    return _shown(_page(draft, [note], overtaken=True)), 409


@blueprint.post("/mapping/draft")
def draft() -> str:
    """The page with the draft on it, or the part of it that a script asks for; saves nothing."""
    made = _page(_stepped(draft_in(request.form)))
    object_ = request.form.get("add") or request.form.get("drop", "").partition(".")[0]
    row = _row_named(made, request.form.get("row", ""))
    if request_context.is_htmx() and row is not None:
        return render_template("mapping/row.html", page=made, row=row, **_WORDS)
    if request_context.is_htmx() and object_ in OBJECTS:
        return render_template(
            "mapping/object.html", page=made, table=made.tables.table(object_), **_WORDS
        )
    return _shown(made)


@blueprint.post("/mapping/refresh", endpoint="refresh")
def refresh_fields() -> str:
    """Ask Salesforce for its fields anew; the draft stays."""
    notes = _refreshed()
    made = replace(_page(draft_in(request.form), notes), asked=True)
    if request_context.is_htmx():
        saying = " ".join(f"{note.title} {note.text}" for note in notes)
        return render_template("mapping/tables.html", page=made, saying=saying, **_WORDS)
    return _shown(made)


@blueprint.route("/mapping/field", methods=["GET", "POST"])
def pick() -> str | tuple[str, int]:
    """The picker as a page of its own: for a narrow window, and without script."""
    made = _page(draft_in(request.form))
    row = _row_named(made, request.values.get("pick", ""))
    if row is None:
        return _shown(made, saying="That row is not there any more."), 404
    found = _offer(made, row, request.values.get("words", ""))
    shown = {
        "page": made,
        "row": row,
        "offer": found,
        "words": request.values.get("words", ""),
        "carried": _carried(),
    }
    return render_template(
        "mapping/choices.html" if request_context.is_htmx() else "mapping/pick.html",
        **shown,
        **_WORDS,
    )


@blueprint.route("/mapping/values", methods=["GET", "POST"])
def values() -> str | tuple[str, int]:
    """What a picklist gets for what Zaplify says: a page of its own, part of the draft."""
    made = _page(draft_in(request.form))
    row = _row_filling(made, request.values.get("translate", ""))
    describe = made.gathered.ground.describe(row.object) if row is not None else None
    if (
        row is None
        or row.rule is None
        or row.describe is None
        or describe is None
        or not row.takes_values
    ):
        return _shown(made, saying="That row takes no values."), 404
    scopes = [one.event.scope for one in made.gathered.lately]
    lines = value_lines(row.rule, row.describe, describe, scopes)
    shown = {
        "page": made,
        "row": row,
        "lines": lines,
        "options": value_options(row.describe),
        "carried": _carried(),
    }
    return render_template("mapping/values.html", **shown, **_WORDS)


@blueprint.post("/mapping/fields")
def options() -> str:
    """The picker's list for a script: the fields that fit what was typed, at most twenty."""
    made = _page(draft_in(request.form))
    row = _row_named(made, request.form.get("pick", ""))
    typed = request.form.get("words", "")
    found = _offer(made, row, typed) if row is not None else None
    return render_template("mapping/options.html", row=row, offer=found, words=typed)


@blueprint.route("/mapping/create", methods=["GET", "POST"], endpoint="create")
def create_field() -> str | tuple[str, int]:
    """A field that Salesforce lacks: what it is to be, the plan, then making it."""
    draft = draft_in(request.form)
    row = _row_named(_page(draft), request.values.get("create", ""))
    step = request.form.get("step", "")
    wish = _wish(row)
    faults = wish.faults() if step else ()
    if faults or not step:
        return _wished(wish, faults=faults), 422 if faults else 200
    try:
        if step != "make":
            return _wished(
                wish, plan_for(request_context.application(), request_context.workspace(), wish)
            )
        made = create(
            request_context.application(), request_context.visitor(), wish, request_context.now()
        )
    except _NO_ANSWER as error:
        return _wished(
            wish, faults=(f"That did not work: {error}. What was made until then stays.",)
        ), 503
    if not made.complete:
        return _wished(wish, made.planned)
    return _created(wish, draft, row, visible=made.visible)


def _wish(row: MapRow | None) -> Wish:
    """What the form asks for; at first, what suits the row that lacks a field."""
    wish = wish_of(request.values, row.words.kind if row is not None else None)
    if row is None or "label" in request.values:
        return wish
    return replace(
        wish, object=row.object, label="" if row.is_new and not row.changed else row.words.label
    )


def _wished(wish: Wish, planned: Planned | None = None, faults: tuple[str, ...] = ()) -> str:
    shown = {"wish": wish, "planned": planned, "faults": faults, "types": TYPES, "objects": OBJECTS}
    row_name = request.values.get("create", "")
    return render_template("mapping/create.html", row_name=row_name, carried=_carried(), **shown)


def _created(wish: Wish, draft: Draft, row: MapRow | None, *, visible: bool) -> str:
    """Back on the mapping, where the row that lacked the field has it."""
    if row is not None and row.object == wish.object:
        known = [one for one in draft.rows if _is(one, row.name)]
        mine = (
            known[0] if known else PostedRow(row.object, row.key, row.field, row.overwrite, row.was)
        )
        others = [one for one in draft.rows if not _is(one, row.name)]
        draft = replace(draft, rows=(*others, _chosen(mine, wish.api_name)))
    text = (
        "Map it below, then save."
        if visible
        else "Salesforce shows it within a minute: refresh the fields then."
    )
    note = Note("info", f"{wish.label} was created on {wish.object}.", text)
    return _shown(_page(draft, [note]), saying=note.title)


def _page(
    draft: Draft | None = None, notes: list[Note] | None = None, *, overtaken: bool = False
) -> Page:
    gathered = gather(
        request_context.application(), request_context.visitor(), request.values.get("prospect", "")
    )
    return page(
        gathered, draft.touched if draft is not None else None, notes or (), overtaken=overtaken
    )


def _shown(made: Page, saying: str = "") -> str:
    return render_template("mapping/show.html", page=made, saying=saying, **_WORDS)


def _kept_words(kept: Kept) -> str:
    if not kept.changes:
        return "Nothing had changed."
    if not kept.waiting:
        return "Saved."
    waiting = labels.plural(
        kept.waiting, "entry that waits or is held", "entries that wait or are held"
    )
    return f"Saved. {waiting} will use {'it' if kept.changes == 1 else 'them'}."


def _still_here(changes: int) -> str:
    return (
        f"Your {labels.plural(changes, 'change is', 'changes are')} still here." if changes else ""
    )


def _refreshed() -> list[Note]:
    """Refresh, told; an org that does not answer leaves the fields as they were read."""
    app = request_context.application()
    try:
        told = refresh(app, request_context.visitor(), request_context.now())
    except _NO_ANSWER as error:
        return [_silent(error)]
    return [Note("warn" if told.gone_mapped else "info", told.title, told.text)]


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
    """The draft after the button that was pressed: a row added or dropped, a field chosen."""
    form = request.form
    rows = list(draft.rows)
    if form.get("add") in OBJECTS:
        taken = {row.key for row in rows}
        key = next(
            key for number in range(1, len(rows) + 2) if (key := f"{NEW}{number}") not in taken
        )
        rows.append(PostedRow(form["add"], key))
    if "choose" in form:
        rows = [
            _chosen(row, form["choose"]) if _is(row, form.get("pick", "")) else row for row in rows
        ]
    if "translate" in form and "said-0" in form and "back" not in form:
        told = translations_in(form)
        rows = [replace(row, values=told) if _is(row, form["translate"]) else row for row in rows]
    rows = [row for row in rows if not _is(row, form.get("drop", ""))]
    return replace(draft, rows=tuple(rows))


def _chosen(row: PostedRow, field: str) -> PostedRow:
    return row if row.key.startswith(NEED) else replace(row, to=field)


def _is(row: PostedRow, name: str) -> bool:
    return f"{row.object}.{row.key}" == name


def _row_named(made: Page, name: str) -> MapRow | None:
    found = (
        row
        for table in made.tables.tables
        for row in table.rows
        if row.name == name and not row.locked
    )
    return next(found, None)


def _row_filling(made: Page, name: str) -> MapRow | None:
    """The row of that name, else the one that fills the field of that name: a preview knows fields
    alone."""
    found = (
        row
        for table in made.tables.tables
        for row in table.rows
        if f"{row.object}.{row.field}" == name
    )
    return _row_named(made, name) or next((row for row in found if not row.locked), None)


def _offer(made: Page, row: MapRow, typed: str) -> Offer | None:
    describe = made.gathered.ground.describe(row.object)
    if describe is None:
        return None
    taken = fields_filled(made.tables.table(row.object), but=row.key)
    return offer(describe, Row(row.words.kind, row.field), typed, taken)


def _carried() -> list[tuple[str, str]]:
    """The draft, as a page beside the mapping carries it on."""
    return [(name, value) for name, value in request.form.items(multi=True) if is_of_draft(name)]
