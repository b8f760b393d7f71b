"""The requests of the live preview. What it says is decided in `showing`, whom it is about in
`prospects`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from zsf_plugin.console import request_context
from zsf_plugin.console.mapping.drafting import drafted_document
from zsf_plugin.console.mapping.drafts import Draft, draft_of
from zsf_plugin.console.mapping.prospects import Prospect, chosen, recent
from zsf_plugin.console.preview.preview_context import (
    NO_MATTER,
    First,
    first_preview,
    sent_alone,
)
from zsf_plugin.console.preview.showing import Shown, shown
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.explain.preview import Preview

blueprint = Blueprint("preview", __name__)


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


def preview_panel() -> tuple[tuple[Prospect, ...], Prospect]:
    """Whom the visitor can preview, and who is; the request may name one. Raises
    StoreUnavailable."""
    app, visitor = request_context.application(), request_context.visitor()
    prospects = recent(app, visitor)
    return prospects, chosen(app, visitor, request.values.get("prospect", ""), prospects)


@blueprint.get("/mapping/preview")
def page() -> str:
    """The saved mapping's preview as a page of its own; looking at it decides nothing and notes
    nothing."""
    panel = preview_panel()
    return render_template("preview/show.html", panel=panel, answer=_answer(panel[1], None))


@blueprint.post("/mapping/preview")
def show() -> Response:
    """What the posted mapping would make of the prospect; without script, as a page of its own."""
    panel = preview_panel()
    answer = _answer(panel[1], draft_of(request.form.items(multi=True)))
    part = "preview/answer.html" if request_context.is_htmx() else "preview/show.html"
    return make_response(render_template(part, panel=panel, answer=answer))


def _answer(prospect: Prospect, draft: Draft | None) -> Answer:
    """The preview by a draft that is looked at beside the mapping; None: by the saved mapping."""
    try:
        preview = _preview(prospect, draft)
    except ConfigurationError as error:
        return Answer(None, error.findings)
    is_seen = draft is not None and preview.world is not None
    return _looked_at(preview, prospect, is_seen=is_seen)


def _looked_at(preview: Preview, prospect: Prospect, *, is_seen: bool) -> Answer:
    """The preview with what it is seen in; `is_seen`: somebody sees it beside the org now."""
    app, workspace = request_context.current()
    first = first_preview(app, request_context.visitor(), seen=is_seen)
    known = app.orgs.known_facts(workspace) if preview.world is None else None
    content = shown(preview, prospect, app.store.connection(workspace), known)
    return Answer(content, first=first, alone=sent_alone(app, workspace, prospect))


def _preview(prospect: Prospect, draft: Draft | None) -> Preview:
    app, workspace = request_context.current()
    document = drafted_document(app, workspace, draft) if draft is not None else None
    return app.explainer.preview(prospect.event, document, again="again" in request.form)
