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
    """How this console was put up."""
    return cast(ConsoleOptions, current_app.extensions[OPTIONS])


def visitor() -> Visitor:
    """Whose request it is. Only the way back from Salesforce may be walked by nobody known: see
    `known_visitor`."""
    return cast(Visitor, g.visitor)


def known_visitor() -> Visitor | None:
    """Whose request it is, where the host knows."""
    return cast("Visitor | None", g.get("visitor"))


def workspace() -> str:
    """The visitor's workspace: the only one that a request may see or change."""
    return visitor().workspace


def current() -> tuple[ConsoleApp, str]:
    """The application, and the visitor's workspace in it."""
    return application(), workspace()


def now() -> float:
    """The application's time, in seconds since 1970."""
    return application().clock.now()


def is_htmx() -> bool:
    """Whether the page asks for a part of itself, rather than a person for a page."""
    return request.headers.get("HX-Request") == "true"
