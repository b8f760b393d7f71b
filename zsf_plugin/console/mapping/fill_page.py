"""The page that chooses what fills a row, for a request: its lines, and the draft with them. The
form is `fill_form`, the checks are in `filling`."""

from __future__ import annotations

from dataclasses import replace

from flask import request

from zsf_plugin.console.mapping.drafts import Draft
from zsf_plugin.console.mapping.fill_form import EMPTY_PART, as_source, chosen_in, lines_in
from zsf_plugin.console.mapping.filling import combination_fault
from zsf_plugin.console.mapping.map_row import MapRow
from zsf_plugin.console.mapping.page import MappingPage
from zsf_plugin.console.mapping.page_request import carried, page_with, posted_draft
from zsf_plugin.console.mapping.rendering import render, render_page
from zsf_plugin.console.presenters.combining import Combination, combination_of


def fill_row() -> str | tuple[str, int]:
    """The page that chooses what fills a row: fields, texts beside them, and what is used if they
    are empty; part of the draft."""
    draft = posted_draft()
    made = page_with(draft)
    row = made.tables.row(request.values.get("fill", ""))
    if row is None:
        return render_page(made, announcement="That row no longer exists."), 404
    lines = lines_in(request.form) if "path-0-0" in request.form else _lines_of(row)
    chosen = chosen_in(lines)
    fault = combination_fault(chosen)
    if "use" not in request.form:
        return _fill_page(made, row, lines, "" if fault else _sample_of(draft, row, chosen))
    if fault:
        return _fill_page(made, row, lines, fault=fault), 422
    return render_page(page_with(_filled(draft, row, chosen)))


def _lines_of(row: MapRow) -> Combination:
    """What fills the row; an empty line if nothing does, or an expression of another form."""
    return _combination(row) or ((EMPTY_PART,),)


def _combination(row: MapRow) -> Combination | None:
    """The fields and texts that fill the row; None if nothing does, or another expression."""
    return combination_of(row.rule) if row.rule is not None else None


def _fill_page(
    made: MappingPage, row: MapRow, lines: Combination, sample: str = "", fault: str = ""
) -> str:
    sources = row.rule.sources if row.rule is not None and _combination(row) is None else ()
    return render(
        "mapping/fill.html",
        made,
        row=row,
        lines=lines,
        sample=sample,
        fault=fault,
        replaced=", else ".join(sources),
        carried=carried(),
    )


def _sample_of(draft: Draft, row: MapRow, chosen: Combination) -> str:
    """The value for the sample prospect."""
    filled = page_with(_filled(draft, row, chosen)).tables.row(row.name)
    return filled.sample.text if filled is not None else ""


def _filled(draft: Draft, row: MapRow, chosen: Combination) -> Draft:
    """The draft with the row filled by that; by nothing else than before, if that fills it now."""
    saved = page_with().tables.row(row.name)
    posted = replace(row.posted or row.as_posted, source=as_source(chosen), value="")
    if saved is not None and _combination(saved) == chosen:
        posted = replace(posted, source="")
    return draft.with_last(posted)
