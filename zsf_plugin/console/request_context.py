"""The context of a request: the application, the visitor and their workspace, the time."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request

from zsf_plugin.console.options import ConsoleOptions, Visitor
from zsf_plugin.wiring.apps import ConsoleApp

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


def workspace() -> str:
    """The visitor's workspace: the only one that a request may see or change."""
    return visitor().workspace


def current() -> tuple[ConsoleApp, str]:
    """The application and the visitor's workspace."""
    return application(), workspace()


def now() -> float:
    """The application's time, in seconds since 1970."""
    return application().clock.now()


def is_htmx() -> bool:
    """Whether a script requests a part of a page."""
    return request.headers.get("HX-Request") == "true"
