"""The requests of this page. What they show is decided in the modules beside it."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("connection", __name__)


@blueprint.get("/connection")
def show() -> str:
    """The page."""
    return render_template("soon.html", heading="Connection")


@blueprint.get("/connect")
def choose() -> str:
    """The popup."""
    return render_template("soon.html", heading="Connect Salesforce")


@blueprint.get("/oauth/callback")
def finish() -> str:
    """The way back."""
    return ""
