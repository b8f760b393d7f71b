"""The requests of this page. What they show is decided in the modules beside it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("configuration", __name__)
