"""The requests of the pages beside the mapping, where a row's Salesforce field or the translations
of its values are chosen. The draft is carried along."""

from __future__ import annotations

from flask import render_template, request

from zsf_plugin.console import request_context
from zsf_plugin.console.mapping.choices import fields_filled
from zsf_plugin.console.mapping.map_row import MapRow
from zsf_plugin.console.mapping.page import Page
from zsf_plugin.console.mapping.page_request import (
    carried,
    page_with,
    posted_draft,
    render,
    render_page,
)
from zsf_plugin.console.mapping.picker import Offer, offer
from zsf_plugin.console.mapping.translating import options as value_options
from zsf_plugin.console.mapping.translating import value_lines


def pick() -> str | tuple[str, int]:
    """The picker as a page of its own: for a narrow window, and without script."""
    made = page_with(posted_draft())
    row = made.tables.row(request.values.get("pick", ""))
    if row is None:
        return render_page(made, saying="That row is not there any more."), 404
    return _picker(made, row)


def _picker(made: Page, row: MapRow) -> str:
    typed = request.values.get("words", "")
    template = "mapping/choices.html" if request_context.is_htmx() else "mapping/pick.html"
    found = _offer(made, row, typed)
    return render(template, made, row=row, offer=found, words=typed, carried=carried())


def options() -> str:
    """The picker's list for a script: the fields that fit what was typed, at most twenty."""
    made = page_with(posted_draft())
    row = made.tables.row(request.form.get("pick", ""))
    typed = request.form.get("words", "")
    found = _offer(made, row, typed) if row is not None else None
    return render_template("mapping/options.html", row=row, offer=found, words=typed)


def values() -> str | tuple[str, int]:
    """What a picklist gets for what Zaplify says: a page of its own, part of the draft."""
    made = page_with(posted_draft())
    row = made.tables.row_filling(request.values.get("translate", ""))
    shown = _translations(made, row) if row is not None and row.is_translatable else None
    if shown is None:
        return render_page(made, saying="That row takes no values."), 404
    return render("mapping/values.html", made, row=row, carried=carried(), **shown)


def _translations(made: Page, row: MapRow) -> dict[str, object] | None:
    """The values that prospects of late have for the row, and what each becomes; None where the
    field is not known."""
    describe = made.context.describe(row.object)
    if row.rule is None or row.describe is None or describe is None:
        return None
    scopes = [prospect.event.scope for prospect in made.context.lately]
    lines = value_lines(row.rule, row.describe, describe, scopes)
    return {"lines": lines, "options": value_options(row.describe)}


def _offer(made: Page, row: MapRow, typed: str) -> Offer | None:
    """What the picker offers for the row; None where the org was never read."""
    describe = made.context.describe(row.object)
    if describe is None:
        return None
    taken = fields_filled(made.tables.table(row.object).rows, but=row.key)
    return offer(describe, row.words.kind, row.field, typed, taken)
