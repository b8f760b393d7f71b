"""The requests by which a field that Salesforce lacks is created: what it is to be, the plan, then
making it. The draft is carried along."""

from __future__ import annotations

from dataclasses import replace

from flask import render_template, request

from zsf_plugin.console import request_context
from zsf_plugin.console.mapping.drafts import OBJECTS, Draft
from zsf_plugin.console.mapping.map_row import MapRow
from zsf_plugin.console.mapping.new_field import blocked, create, lines_of, plan_for, way_by_hand
from zsf_plugin.console.mapping.page import Note
from zsf_plugin.console.mapping.page_request import carried, page_with, posted_draft, render_page
from zsf_plugin.console.mapping.wish import TYPES, Wish, wish_of
from zsf_plugin.provision import Plan
from zsf_plugin.sync.availability import ORG_ERRORS


def create_field() -> str | tuple[str, int]:
    """The form at first; then, by the button that was pressed, the plan or the field."""
    draft = posted_draft()
    row = page_with(draft).tables.row(request.values.get("create", ""))
    wish = _wish(row)
    if "step" not in request.form:
        return _form(wish)
    faults = wish.faults()
    return (_form(wish, faults=faults), 422) if faults else _stepped(wish, draft, row)


def _stepped(wish: Wish, draft: Draft, row: MapRow | None) -> str | tuple[str, int]:
    """The plan, or the field made; in words what the org did not do."""
    try:
        return _made(wish, draft, row) if request.form["step"] == "make" else _planned(wish)
    except ORG_ERRORS as error:
        fault = f"That did not work: {error}. What was made until then stays."
        return _form(wish, faults=(fault,)), 503


def _planned(wish: Wish) -> str:
    app, workspace = request_context.current()
    return _form(wish, plan_for(app, workspace, wish))


def _made(wish: Wish, draft: Draft, row: MapRow | None) -> str:
    """The field made: back on the mapping, unless a part of it could not be made."""
    app, visitor = request_context.application(), request_context.visitor()
    applied = create(app, visitor, wish, request_context.now())
    if not applied.complete:
        return _form(wish, applied.plan)
    is_visible = all(step.state != "not_visible" for step in applied.steps)
    return _created(wish, _with_new_field(draft, row, wish), is_visible=is_visible)


def _wish(row: MapRow | None) -> Wish:
    """What the form asks for; at first, what suits the row that lacks a field."""
    wish = wish_of(request.values, row.words.kind if row is not None else None)
    if row is None or "label" in request.values:
        return wish
    return replace(wish, object=row.object, label="" if row.is_blank else row.words.label)


def _form(wish: Wish, plan: Plan | None = None, faults: tuple[str, ...] = ()) -> str:
    """The form, with what it takes or what is wrong with it."""
    return render_template(
        "mapping/create.html",
        wish=wish,
        plan=plan,
        faults=faults,
        row_name=request.values.get("create", ""),
        carried=carried(),
        types=TYPES,
        objects=OBJECTS,
        **(_ways(plan) if plan is not None else {}),
    )


def _ways(plan: Plan) -> dict[str, object]:
    """What is made, why it cannot be made here, and the way by hand."""
    app, workspace = request_context.current()
    way = way_by_hand(plan, app.orgs.connection(workspace).username)
    return {"lines": lines_of(plan), "blocked": blocked(plan), "way": way}


def _created(wish: Wish, draft: Draft, *, is_visible: bool) -> str:
    """Back on the mapping, with its draft."""
    text = "Salesforce shows it within a minute: refresh the fields then."
    if is_visible:
        text = "Map it below, then save."
    note = Note("info", f"{wish.label} was created on {wish.object}.", text)
    return render_page(page_with(draft, [note]), saying=note.title)


def _with_new_field(draft: Draft, row: MapRow | None, wish: Wish) -> Draft:
    """The draft, where the row that lacked the field has it and comes last."""
    if row is None or row.object != wish.object:
        return draft
    posted = row.posted or row.as_posted
    return draft.with_last(posted.with_field(wish.api_name))
