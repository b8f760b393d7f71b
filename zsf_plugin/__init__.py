"""zsf-plugin: keeps Salesforce up to date with Zaplify.

The host loads `zsf_plugin.plugin:plugin` by entry point. `docs/architecture.md` describes the
packages.
"""

from zsf_plugin.hookspecs import hookimpl

__all__ = ["__version__", "hookimpl", "hookspecs"]

__version__ = "0.1.0"
