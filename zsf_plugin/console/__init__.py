"""The console: Zaplify's screens for Salesforce, as a WSGI app that a host mounts or `zsf console`
serves.

    from zsf_plugin.console import Visitor, create_app

    app = create_app(
        lambda environ: Visitor("acme", "Ada"), config_dir="/etc/zsf", data_dir="/var/lib/zsf"
    )

Server-rendered; each page is a folder with its routes. The layers below make the decisions. Flask
is imported only when an app is created.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.console.options import Visitor, WhoIsIt
from zsf_plugin.errors import MissingExtra

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["Visitor", "WhoIsIt", "create_app", "require_packages"]


def create_app(
    who: WhoIsIt,
    *,
    config_dir: str | Path | None = None,
    data_dir: str | Path | None = None,
    settings: Mapping[str, object] | None = None,
    public_url: str | None = None,
    frame_ancestors: Sequence[str] = (),
    rehearsals: bool | None = None,
) -> Flask:
    """The console for a host that signs its users in (docs/console.md).

    `who(environ)` identifies the visitor of a WSGI request; None is answered with 401.
    Folders and `settings` are those of `on_host_started`; without them the environment decides.
    `public_url` is where browsers reach the console, with its path: Salesforce sends them back
    there. `frame_ancestors` are origins that may frame it (empty: none). `rehearsals` lets
    visitors sign in to an emulator on the serving machine; None: only if the console is reached on
    that machine. Raises ConfigurationError, and MissingExtra without
    `[console]`.
    """
    require_packages()
    from zsf_plugin.console.app import build_app
    from zsf_plugin.console.options import ConsoleOptions
    from zsf_plugin.settings import from_environment
    from zsf_plugin.wiring.apps import ConsoleApp
    from zsf_plugin.wiring.parts import Parts

    known = from_environment(
        os.environ, config_dir=config_dir, data_dir=data_dir, host_settings=settings
    )
    return build_app(
        ConsoleApp(Parts(known)),
        ConsoleOptions(who, public_url, tuple(frame_ancestors), rehearsals=rehearsals),
    )


def require_packages() -> None:
    """Raises MissingExtra if the extra `[console]` is not installed. Imports none of its
    packages."""
    if any(find_spec(name) is None for name in ("flask", "flask_wtf", "cheroot", "openpyxl")):
        raise MissingExtra("the console", "console")
