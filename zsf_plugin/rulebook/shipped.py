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
    inside = package / "_shipped" / folder
    if inside.is_dir():
        return inside
    # Installed, the folder beside the package may be anybody's: only a checkout's is ours.
    if isinstance(package, Path) and (package.parent / "pyproject.toml").is_file():
        beside = package.parent / folder
        if beside.is_dir():
            return beside
    raise ConfigurationError((f"the shipped folder {folder}/ is missing: install zsf-plugin anew",))
