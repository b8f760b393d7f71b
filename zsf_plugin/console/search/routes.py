"""The requests of Search preview, and the badges' style sheet. Nothing that is pasted here is
kept."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, render_template, request
from flask.blueprints import BlueprintSetupState

from zsf_plugin.badges import fragment, stylesheet
from zsf_plugin.console import request_context
from zsf_plugin.console.search.lookup import Preview, look_up
from zsf_plugin.console.search.parsing import checked, decoded, parse
from zsf_plugin.console.search.reading import MAX_PROSPECTS, Parsed
from zsf_plugin.messages.availability import BADGE_UNKNOWN
from zsf_plugin.rulebook.schema import first_fault

blueprint = Blueprint("search", __name__)

#: Made-up people, for who wants to see the page before having a list at hand.
_EXAMPLE = """first_name,last_name,email,company,website
Ragnhildur,Þorsteinsdóttir,ragnhildur@nordurljos.example,Norðurljós Orka hf.,nordurljos.example
Wim,van der Steen,wim@duinwater.example,Duinwater Zuid-Holland N.V.,duinwater.example
Żaneta,Błaszczykowska,z.b@zuraw.example,Żuraw i Synowie sp. z o.o.,zuraw.example
"""


@blueprint.record_once
def _show_badges(state: BlueprintSetupState) -> None:
    """Templates of every page draw a badge by the fragment that hosts get, with the same words."""
    state.app.jinja_env.globals["badge_fragment"] = fragment
    state.app.jinja_env.globals["why_unknown"] = BADGE_UNKNOWN


@blueprint.get("/search")
def show() -> str:
    """The page, before anything was looked up."""
    pasted = _EXAMPLE if "example" in request.args else ""
    return render_template(
        "search/show.html", pasted=pasted, parsed=None, preview=None, most=MAX_PROSPECTS
    )


@blueprint.post("/search")
def look() -> tuple[str, int]:
    """What was pasted or uploaded, looked up: the page, or its `#results`."""
    text, uploaded = _given()
    parsed = checked(parse(text), partial(first_fault, "prospect"))
    if not parsed.rows:
        return _rendered(text, uploaded, parsed, None), 422
    preview = look_up(request_context.application(), request_context.workspace(), parsed)
    return _rendered(text, uploaded, parsed, preview), 200


@blueprint.get("/badge.css")
def badge_css() -> Response:
    """The style sheet of badges; it is the same for everybody."""
    return Response(stylesheet(), mimetype="text/css", headers={"Cache-Control": "max-age=3600"})


def _given() -> tuple[str, bool]:
    """(the text, whether it came as a file). A file goes before what stands in the box."""
    data = _uploaded()
    return (decoded(data), True) if data else (request.form.get("pasted", ""), False)


def _uploaded() -> bytes:
    file = request.files.get("file")
    return file.read() if file is not None and file.filename else b""


def _rendered(text: str, uploaded: bool, parsed: Parsed, preview: Preview | None) -> str:
    template = "search/answer.html" if request_context.is_htmx() else "search/show.html"
    return render_template(
        template, pasted=text, uploaded=uploaded, parsed=parsed, preview=preview, most=MAX_PROSPECTS
    )
