"""Whether the console's optional packages are there, told before one of them is missed in the
middle. Loads none."""

from __future__ import annotations

from importlib.util import find_spec

from zsf_plugin.errors import MissingExtra


def flask_is_here() -> None:
    """Raises MissingExtra where the extra `[console]` is not installed."""
    if any(find_spec(name) is None for name in ("flask", "flask_wtf", "waitress")):
        raise MissingExtra("the console", "console")
