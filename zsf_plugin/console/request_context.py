"""The context of a request: the application, the visitor and their workspace, the time."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request

from zsf_plugin.console.options import ConsoleOptions, Visitor
from zsf_plugin.ports import EntryCounts
from zsf_plugin.wiring.apps import ConsoleApp
from zsf_plugin.wiring.status import WorkspaceStatus

APPLICATION = "zsf"
OPTIONS = "zsf-options"


def application() -> ConsoleApp:
    """The application this console shows."""
    return cast(ConsoleApp, current_app.extensions[APPLICATION])


def console_options() -> ConsoleOptions:
    """The options of this console."""
    return cast(ConsoleOptions, current_app.extensions[OPTIONS])


def visitor() -> Visitor:
    """The visitor. Every request has one except the callback from Salesforce: see
    `known_visitor`."""
    return cast(Visitor, g.visitor)


def known_visitor() -> Visitor | None:
    """The visitor, if the host knows them."""
    return cast("Visitor | None", g.get("visitor"))


def may_edit() -> bool:
    """Whether the request's visitor may change anything."""
    found = known_visitor()
    return found is not None and found.may_edit


def workspace() -> str:
    """The visitor's workspace: the only one that a request may see or change."""
    return visitor().workspace


def current() -> tuple[ConsoleApp, str]:
    """The application and the visitor's workspace."""
    return application(), workspace()


def now() -> float:
    """The application's time, in seconds since 1970."""
    return application().clock.now()


def status() -> WorkspaceStatus:
    """The status of the visitor's workspace. A page that only shows is read from the store at one
    moment, and once: many held entries take a while to count. Raises StoreUnavailable."""
    app, workspace_ = current()
    if request.method != "GET":  # it may change what the status says
        return app.status(workspace_)
    if "status" not in g:
        g.status = app.status(workspace_)
    return cast(WorkspaceStatus, g.status)


def counts() -> EntryCounts:
    """The number of entries by state: those of the status, if that was read. Raises
    StoreUnavailable."""
    if "status" in g:
        return status().counts
    app, workspace_ = current()
    return app.store.counts(workspace_)


def is_htmx() -> bool:
    """Whether a script requests a part of a page."""
    return request.headers.get("HX-Request") == "true"


def is_from_another_site() -> bool:
    """Whether another site, or another name of this one, sends the browser here. Old browsers do
    not say."""
    return request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")
