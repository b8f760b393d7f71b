"""Where the shipped `rules/` and `schemas/` lie: in a checkout beside the package, in a wheel or
zip inside it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from zsf_plugin.errors import ConfigurationError


@lru_cache(maxsize=2)
def shipped(folder: str) -> Traversable:
    """The folder `rules` or `schemas`. Raises ConfigurationError where the installation lacks
    it."""
    package = files("zsf_plugin")
    for place in (package / "_shipped", _checkout(package)):
        if place is not None and (place / folder).is_dir():
            return place / folder
    raise ConfigurationError((f"the shipped folder {folder}/ is missing: install zsf-plugin anew",))


def _checkout(package: Traversable) -> Path | None:
    """The checkout that the package lies in. Installed, the folder beside it may be anybody's."""
    if isinstance(package, Path) and (package.parent / "pyproject.toml").is_file():
        return package.parent
    return None
