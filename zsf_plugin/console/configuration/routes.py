"""The routes of the switches. `switches` describes their state; `flipping` changes it."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from zsf_plugin.console import request_context
from zsf_plugin.console.configuration import flipping
from zsf_plugin.console.configuration.flipping import SwitchResult
from zsf_plugin.console.configuration.switches import (
    NAMES,
    Name,
    Pause,
    Switch,
    not_started,
    switch_of,
)
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.deciders import short
from zsf_plugin.wiring.apps import ConsoleApp

blueprint = Blueprint("configuration", __name__)


@blueprint.app_context_processor
def _panel() -> dict[str, object]:
    return {"switch_panel": switch_panel, "not_started": _not_started, "short_file": short}


def _not_started() -> Pause | None:
    app, workspace = request_context.current()
    return not_started(app.status(workspace))


def switch_panel() -> tuple[Switch, ...]:
    """The three switches of the visitor's workspace. Raises StoreUnavailable."""
    app, workspace = request_context.current()
    history = app.store.history(workspace, codes=("switch",), limit=flipping.MAX_HISTORY)
    rules, status = app.rulebook.rules(workspace), app.status(workspace)
    return tuple(switch_of(name, rules, status, history) for name in NAMES)


@blueprint.get("/configuration")
def show() -> str:
    """The switches and the preview as a page."""
    return render_template("configuration/show.html")


@blueprint.post("/configuration/<switch>")
def flip(switch: str) -> Response:
    """Turn a switch on or off, as the form's `to` says."""
    to, name = request.form.get("to"), _switch_name(switch)
    if to not in ("on", "off"):
        abort(400)
    return _respond(name, flipping.set_switch(*_app_and_visitor(), name, to == "on"))


@blueprint.post("/configuration/<switch>/undo")
def undo(switch: str) -> Response:
    """Put a switch back as it was before the form's `version`."""
    version, name = request.form.get("version", type=int), _switch_name(switch)
    if version is None:
        abort(400)
    return _respond(name, flipping.undo_switch(*_app_and_visitor(), name, version))


def _app_and_visitor() -> tuple[ConsoleApp, Visitor]:
    return request_context.application(), request_context.visitor()


def _switch_name(switch: str) -> Name:
    if switch not in NAMES:
        abort(404)
    return switch


def _respond(name: Name, flipped: SwitchResult) -> Response:
    """The switch with the outcome, for a script; without one, the page that shows it."""
    if request_context.is_htmx():
        return _render_switch(name, flipped)
    if not flipped.refused:
        return redirect(f"{url_for('mapping.show')}#configuration", 303)
    page = render_template(
        "error.html", title="Nothing was changed", text=flipped.message, framed=True
    )
    return make_response(page, 409)


def _render_switch(name: Name, flipped: SwitchResult) -> Response:
    switch = next(one for one in switch_panel() if one.name == name)
    part = render_template("configuration/flipped.html", switch=switch, flipped=flipped)
    response = make_response(part, 409 if flipped.refused else 200)
    if not flipped.refused:
        response.headers["HX-Trigger"] = "switched"
    return response
