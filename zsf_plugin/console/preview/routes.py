"""The requests of the live preview. What it says is decided in `showing`, whom it is about in `prospects`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from zsf_plugin.connect.resting import has_seen_preview, preview_seen
from zsf_plugin.console import here
from zsf_plugin.console.mapping.drafting import drafted_document
from zsf_plugin.console.preview.prospects import Prospect, chosen, recent
from zsf_plugin.console.preview.showing import Shown, shown
from zsf_plugin.errors import ConfigurationError

blueprint = Blueprint("preview", __name__)


@dataclass(frozen=True, slots=True)
class Panel:
    """Who can be previewed, and who is."""

    prospects: tuple[Prospect, ...]
    chosen: Prospect


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown; or, with `wrong`, why this draft cannot be. `waiting`: entries to be decided on, None where
    nothing is to be; `started`: that this was the preview which the workspace rested for."""

    shown: Shown | None
    wrong: tuple[str, ...] = ()
    waiting: int | None = None
    started: bool = False


@blueprint.app_context_processor
def _panel() -> dict[str, object]:
    return {"preview_panel": preview_panel}


def preview_panel() -> Panel:
    """Whom the visitor can preview; the request may name one. Raises StoreUnavailable."""
    prospects = recent(here.application(), here.visitor())
    one = chosen(here.application(), here.visitor(), request.values.get("prospect", ""), prospects)
    return Panel(prospects, one)


@blueprint.get("/mapping/preview")
def page() -> str:
    """The saved mapping's preview as a page of its own; looking at it decides nothing and notes nothing."""
    panel = preview_panel()
    return render_template("preview/show.html", panel=panel, answer=_answer(panel.chosen, by_form=False))


@blueprint.post("/mapping/preview")
def show() -> Response:
    """What the posted mapping would make of the prospect; without script, as a page of its own."""
    panel = preview_panel()
    answer = _answer(panel.chosen, by_form=True)
    part = "preview/answer.html" if here.is_htmx() else "preview/show.html"
    return make_response(render_template(part, panel=panel, answer=answer))


def _answer(prospect: Prospect, *, by_form: bool) -> Answer:
    app, workspace = here.application(), here.workspace()
    try:
        document = drafted_document(app, workspace, request.form) if by_form else None
        preview = app.preview(prospect.event, document, again="again" in request.form)
    except ConfigurationError as error:
        return Answer(None, error.findings)
    started = by_form and preview.world is not None and _seen()
    connection = app.store.connection(workspace)
    resting = connection is not None and connection.state == "previewing" and has_seen_preview(app.store, connection)
    waiting = app.store.counts(workspace).pending if resting else None
    known = app.known_facts(workspace) if preview.world is None else None
    told = shown(preview, prospect, connection, known.facts if known is not None else None)
    return Answer(told, waiting=waiting, started=started)


def _seen() -> bool:
    """Note that the first preview was seen. True where that lets the workspace go on."""
    app, visitor = here.application(), here.visitor()
    started = preview_seen(app.store, visitor.workspace, visitor.name, here.now())
    if started:
        app.wake(visitor.workspace)
    return started
