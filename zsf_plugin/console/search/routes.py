"""The routes of Search preview, which looks up pasted prospects as a seller's search would, and the
badges' style sheet. Nothing that is pasted is stored."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, render_template, request
from flask.blueprints import BlueprintSetupState

from zsf_plugin.badges import fragment, stylesheet
from zsf_plugin.console import request_context
from zsf_plugin.console.csv_files import csv_file
from zsf_plugin.console.search.files import FileText, file_text
from zsf_plugin.console.search.lookup import SearchOutcome, look_up
from zsf_plugin.console.search.parsing import checked, parse_prospects, text_read
from zsf_plugin.console.search.reading import MAX_PROSPECTS, InputNote, Parsed
from zsf_plugin.console.search.result_rows import HEADING, row_of
from zsf_plugin.decision.payload import ignore_wrong_values
from zsf_plugin.messages.availability import BADGE_UNKNOWN
from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook.schema import SchemaViolation, first_violation

blueprint = Blueprint("search", __name__)

#: Made-up people, to try the page without a list.
_EXAMPLE = """first_name,last_name,email,company,website
Ragnhildur,Þorsteinsdóttir,ragnhildur@nordurljos.example,Norðurljós Orka hf.,nordurljos.example
Wim,van der Steen,wim@duinwater.example,Duinwater Zuid-Holland N.V.,duinwater.example
Żaneta,Błaszczykowska,z.b@zuraw.example,Żuraw i Synowie sp. z o.o.,zuraw.example
"""


@blueprint.record_once
def _show_badges(state: BlueprintSetupState) -> None:
    """Give all templates the badge fragment and the reasons that hosts get."""
    state.app.jinja_env.globals["badge_fragment"] = fragment
    state.app.jinja_env.globals["why_unknown"] = BADGE_UNKNOWN


@blueprint.get("/search")
def show() -> str:
    """The page before a look-up."""
    pasted = _EXAMPLE if "example" in request.args else ""
    return render_template(
        "search/show.html", pasted=pasted, parsed=None, preview=None, limit=MAX_PROSPECTS
    )


@blueprint.post("/search")
def look() -> tuple[str, int]:
    """Look up what was pasted or uploaded: the page, or its `#results`."""
    given, uploaded = _given()
    text, parsed = given.text, _parsed(given)
    if not parsed.rows:
        return _rendered(text, uploaded, parsed, None), 422
    preview = look_up(request_context.application(), request_context.workspace(), parsed)
    return _rendered(text, uploaded, parsed, preview), 200


@blueprint.post("/search.csv")
def export() -> Response:
    """What looking up the pasted prospects finds, as a file."""
    parsed = checked(parse_prospects(request.form.get("pasted", "")), _first_fault)
    preview = look_up(request_context.application(), request_context.workspace(), parsed)
    return csv_file("search", HEADING, map(row_of, preview.rows))


@blueprint.get("/badge.css")
def badge_css() -> Response:
    """The badges' style sheet, the same for everyone."""
    return Response(stylesheet(), mimetype="text/css", headers={"Cache-Control": "max-age=3600"})


def _first_fault(prospect: JsonObject) -> SchemaViolation | None:
    """The first violation of the schema that is not ignored."""
    return ignore_wrong_values(prospect, partial(first_violation, "prospect"))[2]


def _parsed(given: FileText) -> Parsed:
    if given.fault:
        return Parsed(findings=(InputNote(given.fault, 1, 1),))
    return checked(parse_prospects(given.text), _first_fault)


def _given() -> tuple[FileText, bool]:
    """(the text, whether it was uploaded). A file takes precedence over pasted text."""
    file = request.files.get("file")
    if file is not None and file.filename:
        return file_text(file.read()), True
    return FileText(request.form.get("pasted", "")), False


def _rendered(text: str, uploaded: bool, parsed: Parsed, preview: SearchOutcome | None) -> str:
    template = "search/answer.html" if request_context.is_htmx() else "search/show.html"
    return render_template(
        template,
        pasted=text,
        exported=text_read(text, parsed),
        uploaded=uploaded,
        parsed=parsed,
        preview=preview,
        limit=MAX_PROSPECTS,
    )
