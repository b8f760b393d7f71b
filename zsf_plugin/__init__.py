"""zsf-plugin: keeps Salesforce up to date with Zaplify.

The host loads `zsf_plugin.plugin:plugin` by entry point. `docs/architecture.md` describes the
packages.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, which takes longer to import than all of this
if TYPE_CHECKING:
    from zsf_plugin import hookspecs
    from zsf_plugin.hookspecs import hookimpl

__all__ = ["__version__", "hookimpl", "hookspecs"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import the hooks, and pluggy with them, when they are first used: `zsf` starts without."""
    if name not in ("hookimpl", "hookspecs"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module("zsf_plugin.hookspecs")
    return module if name == "hookspecs" else module.hookimpl
