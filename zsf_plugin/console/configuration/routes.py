"""The routes of the panel: its switches and the settings of matching. `switches` and `matching`
describe their state; `console.saving` changes it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from zsf_plugin.console import request_context
from zsf_plugin.console.configuration.matching import MatchChoice, match_choices
from zsf_plugin.console.configuration.switches import (
    NAMES,
    TITLES,
    Name,
    Pause,
    Switch,
    is_on,
    not_started,
    switch_of,
)
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.deciders import short
from zsf_plugin.console.presenters.match_settings import (
    MATCH_NAMES,
    MATCH_SETTINGS,
    MatchName,
)
from zsf_plugin.console.saving import (
    SaveResult,
    Setting,
    Value,
    changes_of,
    match_setting,
    set_value,
    undo_change,
)
from zsf_plugin.wiring.apps import ConsoleApp

blueprint = Blueprint("configuration", __name__)

_ON_OR_OFF: Mapping[Value, str] = {True: "on", False: "off"}


@blueprint.app_context_processor
def _panel() -> dict[str, object]:
    return {
        "switch_panel": switch_panel,
        "match_panel": match_panel,
        "not_started": _not_started,
        "short_file": short,
    }


def _not_started() -> Pause | None:
    return not_started(request_context.status())


def switch_panel() -> tuple[Switch, ...]:
    """The three switches of the visitor's workspace. Raises StoreUnavailable."""
    app, workspace = request_context.current()
    history = changes_of(app, workspace, "switch")
    rules, status = app.rulebook.rules(workspace), request_context.status()
    return tuple(switch_of(name, rules, status, history) for name in NAMES)


def match_panel() -> tuple[MatchChoice, ...]:
    """The settings of matching of the visitor's workspace. Raises StoreUnavailable."""
    app, workspace = request_context.current()
    history = changes_of(app, workspace, "match")
    return match_choices(app.rulebook.rules(workspace), history)


@blueprint.get("/configuration")
def show() -> str:
    """The switches, the settings of matching and the preview as a page."""
    return render_template("configuration/show.html")


@blueprint.post("/configuration/<switch>")
def flip(switch: str) -> Response:
    """Turn a switch on or off, as the form's `to` says."""
    to, name = request.form.get("to"), _switch_name(switch)
    if to not in ("on", "off"):
        abort(400)
    return _respond_switch(name, set_value(*_app_and_visitor(), _switch_setting(name), to == "on"))


@blueprint.post("/configuration/<switch>/undo")
def undo(switch: str) -> Response:
    """Put a switch back as it was before the form's `version`."""
    name = _switch_name(switch)
    setting, version = _switch_setting(name), _undone_version()
    return _respond_switch(name, undo_change(*_app_and_visitor(), setting, version))


@blueprint.post("/configuration/matching/<name>")
def choose(name: str) -> Response:
    """Set a setting of matching to the form's `to`."""
    to, known = request.form.get("to", ""), _match_name(name)
    if to not in MATCH_SETTINGS[known].answers:
        abort(400)
    return _respond_match(known, set_value(*_app_and_visitor(), match_setting(known), to))


@blueprint.post("/configuration/matching/<name>/undo")
def undo_choice(name: str) -> Response:
    """Put a setting of matching back as it was before the form's `version`."""
    known = _match_name(name)
    setting, version = match_setting(known), _undone_version()
    return _respond_match(known, undo_change(*_app_and_visitor(), setting, version))


def _app_and_visitor() -> tuple[ConsoleApp, Visitor]:
    return request_context.application(), request_context.visitor()


def _undone_version() -> int:
    version = request.form.get("version", type=int)
    return abort(400) if version is None else version


def _switch_name(switch: str) -> Name:
    if switch not in NAMES:
        abort(404)
    return switch


def _match_name(name: str) -> MatchName:
    if name not in MATCH_NAMES:
        abort(404)
    return name


def _switch_setting(name: Name) -> Setting:
    return Setting("switch", "switches", name, TITLES[name], _ON_OR_OFF, partial(is_on, name))


def _respond_switch(name: Name, result: SaveResult) -> Response:
    if not request_context.is_htmx():
        return _respond_without_script(result)
    switch = next(one for one in switch_panel() if one.name == name)
    return _respond(
        result, render_template("configuration/flipped.html", switch=switch, saved=result)
    )


def _respond_match(name: MatchName, result: SaveResult) -> Response:
    if not request_context.is_htmx():
        return _respond_without_script(result)
    choice = next(one for one in match_panel() if one.name == name)
    return _respond(
        result, render_template("configuration/chosen.html", choice=choice, saved=result)
    )


def _respond_without_script(result: SaveResult) -> Response:
    """The page that shows the setting, or why nothing was changed."""
    if not result.refused:
        return redirect(f"{url_for('mapping.show')}#configuration", 303)
    page = render_template(
        "error.html", title="Nothing was changed", text=result.message, framed=True
    )
    return make_response(page, 409)


def _respond(result: SaveResult, part: str) -> Response:
    """The setting with the outcome; the preview is made again after a change."""
    response = make_response(part, 409 if result.refused else 200)
    if not result.refused:
        response.headers["HX-Trigger"] = "switched"
    return response
