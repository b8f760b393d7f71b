"""Assembles the console: pages, layout, security and error pages."""

from __future__ import annotations

from flask import Flask, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError, generate_csrf
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from zsf_plugin.console import labels, request_context
from zsf_plugin.console.compression import compress_responses
from zsf_plugin.console.layout import TABS, current_tab, layout
from zsf_plugin.console.mapping.page_request import carried_draft
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.console.pages import PAGES
from zsf_plugin.console.public_path import with_public_path
from zsf_plugin.console.rich_text import rendered, short_time
from zsf_plugin.console.security import MayNotEdit, protect
from zsf_plugin.documentation import page_url
from zsf_plugin.errors import ConfigurationError, Log, StoreUnavailable, ZsfError, place_of
from zsf_plugin.wiring.apps import ConsoleApp
from zsf_plugin.wiring.health import health_json

_log = Log("zsf_plugin.console")

#: Status → what happened, and what to do next.
_ERRORS = {
    401: (
        "Sign in first",
        "Sign in to Zaplify, then open this page again.",
    ),
    403: (
        "Request from another site",
        "Nothing was changed. Open the console and try again there.",
    ),
    404: (
        "Page not found",
        "The address is wrong, or it belongs to another workspace.",
    ),
    405: (
        "This page can’t be opened directly",
        "Go back and use the button on the page.",
    ),
    413: ("Too much data", "The limit is 1 MB. Send a smaller part."),
    421: (
        "Unknown address",
        "Open the console at the address it was started with.",
    ),
    429: (
        "Two downloads are running",
        "A cancelled one may go on for a minute. Wait until they have ended, then try again.",
    ),
}
#: Errors whose page has no top bar: its data may be unavailable.
_UNFRAMED = frozenset({401, 421, 500, 503})
#: Errors after which a person goes on with what they typed.
_SERVER_ERROR = 500
_KEEPING_DRAFTS = frozenset({400, 401, 500, 503})
_OTHER = (
    "Something went wrong",
    "Nothing was changed. Try again. If it keeps happening, tell the people who run Zaplify.",
)


def build_app(application: ConsoleApp, options: ConsoleOptions) -> Flask:
    """Build the console for an application. Raises ConfigurationError."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.extensions[request_context.APPLICATION] = application
    app.extensions[request_context.OPTIONS] = options
    app.jinja_options = {
        "trim_blocks": True,
        "lstrip_blocks": True,
        "finalize": labels.writable,
        "undefined": StrictUndefined,
    }
    protect(app, options, application.cipher.session_keys)
    compress_responses(app)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "start", _start)
    app.add_url_rule("/health", "health", _health)
    app.jinja_env.filters.update(_FILTERS)
    app.jinja_env.globals.update(_GLOBALS)
    app.context_processor(_page_context)
    _register_error_handlers(app)
    app.wsgi_app = with_public_path(app.wsgi_app, options.public_url)  # type: ignore[assignment]
    return app


def _page_context() -> dict[str, object]:
    """What every page has; a page that announces something overrides the announcement, and one that
    shows findings of rule files itself those beside."""
    return {
        "layout": layout,
        "current_tab": current_tab(),
        "findings_beside": (),
        "visitor": request_context.known_visitor(),
        "may_edit": request_context.may_edit(),
        "announcement": "",
        "announcement_is_error": False,
    }


def _start() -> Response:
    """Lead to Overview once the workspace is connected and syncing, else to Connection."""
    app, workspace = request_context.current()
    connection = app.store.connection(workspace)
    ready = connection is not None and connection.state != "previewing"
    return redirect(url_for("overview.show" if ready else "connection.show"), 303)


def _health() -> tuple[Response, int]:
    """Whether events can be stored, for a probe: numbers and nothing else."""
    found = request_context.application().health()
    if not found.ready:
        _log.error("the console is not ready: %s", found.reason)
    return jsonify(health_json(found)), 200 if found.ready else 503


def _csrf() -> Markup:
    """The hidden field that every form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


#: What every template can use.
_FILTERS = {
    "count": labels.count,
    "capped": labels.capped,
    "percent": labels.percent,
    "moment": labels.time_element,
    "hour": labels.hour,
    "ago": labels.ago,
}
_GLOBALS = {
    "plural": labels.plural,
    "day_words": labels.day_of,
    "rendered": rendered,
    "about": short_time,
    "csrf": _csrf,
    "tabs": TABS,
    "now": request_context.now,
    "docs_url": page_url,
}


def _register_error_handlers(app: Flask) -> None:
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(MayNotEdit, _may_not_edit)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(ZsfError, _product_error)
    app.register_error_handler(Exception, _unexpected_error)


def _http_error(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    return _error(code, *_ERRORS.get(code, _OTHER))


def _may_not_edit(_: MayNotEdit) -> tuple[str, int]:
    return _error(
        403,
        "You can view this workspace, not change it",
        "Nothing was changed. Ask the people who run Zaplify to let you edit.",
        keeps_draft=True,
    )


def _csrf_error(_: CSRFError) -> tuple[str, int]:
    return _error(
        400,
        "This page has expired",
        "Nothing was changed. Reload the page and try again.",
    )


def _product_error(error: ZsfError) -> tuple[str, int]:
    """The page for an error with a message of its own. A message for operators, which names files
    and servers, goes to the log only."""
    if isinstance(error, (StoreUnavailable, ConfigurationError)):
        _log.error("the console cannot go on: %s", error)
        text = "Tell the people who run Zaplify: the log says what to fix. Nothing was lost."
    else:
        _log.info("a console request ended with %s", type(error).__name__)
        text = str(error) or type(error).__name__
    return _error(503, "That didn’t work", text)


def _unexpected_error(error: Exception) -> tuple[str, int]:
    """The page for a defect. Only its place is logged: the message may contain user input."""
    kind = type(error).__name__
    _log.error("the console met a defect: %s at %s", kind, place_of(error))
    return _error(500, *_OTHER)


def _error(code: int, title: str, text: str, *, keeps_draft: bool = False) -> tuple[str, int]:
    """A page for a person; for a script, the content of `#alert`. A draft of the mapping that was
    posted stays in the page, with a way back to it; not one that another site has posted.
    `keeps_draft`: also under this code, with this text."""
    if request_context.is_htmx():
        return render_template("alert.html", title=title, text=text), code
    carried = carried_draft() if keeps_draft or code in _KEEPING_DRAFTS else ()
    if carried and code < _SERVER_ERROR and not keeps_draft:
        text = "Nothing was saved."
    is_framed = code not in _UNFRAMED and request.endpoint is not None
    framed = is_framed and request_context.known_visitor() is not None
    return render_template(
        "error.html", title=title, text=text, framed=framed, carried=carried
    ), code
