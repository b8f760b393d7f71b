"""The requests of the live preview. What it says is decided in `showing`, whom it is about in
`prospects`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from zsf_plugin.console import request_context
from zsf_plugin.console.mapping.drafting import drafted_document
from zsf_plugin.console.mapping.drafts import draft_of
from zsf_plugin.console.mapping.prospects import Prospect, chosen, recent
from zsf_plugin.console.preview.first import NO_MATTER, First, first_preview
from zsf_plugin.console.preview.showing import Shown, shown
from zsf_plugin.console.preview.waiting import sent_alone
from zsf_plugin.errors import ConfigurationError

blueprint = Blueprint("preview", __name__)


@dataclass(frozen=True, slots=True)
class Panel:
    """Who can be previewed, and who is."""

    prospects: tuple[Prospect, ...]
    chosen: Prospect


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown; or, with `wrong`, why this draft cannot be. `alone`: what waits before it is
    left out."""

    shown: Shown | None
    wrong: tuple[str, ...] = ()
    first: First = NO_MATTER
    alone: str = ""


@blueprint.app_context_processor
def _panel() -> dict[str, object]:
    return {"preview_panel": preview_panel}


def preview_panel() -> Panel:
    """Whom the visitor can preview; the request may name one. Raises StoreUnavailable."""
    prospects = recent(request_context.application(), request_context.visitor())
    one = chosen(
        request_context.application(),
        request_context.visitor(),
        request.values.get("prospect", ""),
        prospects,
    )
    return Panel(prospects, one)


@blueprint.get("/mapping/preview")
def page() -> str:
    """The saved mapping's preview as a page of its own; looking at it decides nothing and notes
    nothing."""
    panel = preview_panel()
    return render_template(
        "preview/show.html", panel=panel, answer=_answer(panel.chosen, by_form=False)
    )


@blueprint.post("/mapping/preview")
def show() -> Response:
    """What the posted mapping would make of the prospect; without script, as a page of its own."""
    panel = preview_panel()
    answer = _answer(panel.chosen, by_form=True)
    part = "preview/answer.html" if request_context.is_htmx() else "preview/show.html"
    return make_response(render_template(part, panel=panel, answer=answer))


def _answer(prospect: Prospect, *, by_form: bool) -> Answer:
    app, workspace = request_context.application(), request_context.workspace()
    try:
        document = (
            drafted_document(app, workspace, draft_of(request.form.items(multi=True)))
            if by_form
            else None
        )
        preview = app.explainer.preview(prospect.event, document, again="again" in request.form)
    except ConfigurationError as error:
        return Answer(None, error.findings)
    first = first_preview(
        app, request_context.visitor(), seen=by_form and preview.world is not None
    )
    connection = app.store.connection(workspace)
    known = app.orgs.known_facts(workspace) if preview.world is None else None
    told = shown(preview, prospect, connection, known.facts if known is not None else None)
    return Answer(told, first=first, alone=sent_alone(app, workspace, prospect))
