"""The requests of this page. What they show is decided in the modules beside it."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("activity", __name__)


@blueprint.get("/activity")
def show() -> str:
    """The page."""
    return render_template("soon.html", heading="Activity")
