"""`zsf console`: Zaplify's screens on this machine, with a drain beside them, until SIGINT or
SIGTERM."""

from __future__ import annotations

import argparse
import getpass
import sys
import threading

from zsf_plugin.cli.common import (
    CommandApp,
    add_flag,
    add_port,
    add_report_arguments,
    end_event,
    open_application,
    open_browser,
)
from zsf_plugin.cli.drain_report import show_pass
from zsf_plugin.cli.streams import say, say_json
from zsf_plugin.console import Visitor, require_packages
from zsf_plugin.console.server import HOST, Server
from zsf_plugin.errors import ConfigurationError

_OWN_NAMES = (HOST, "localhost")


def add_console(parser: argparse.ArgumentParser) -> None:
    """The arguments of `console`."""
    add_report_arguments(parser, _console)
    add_port(parser, "--port", "; 0 takes a free one")
    parser.add_argument(
        "--host",
        default=HOST,
        metavar="HOST",
        help=f"Address to listen on: {' or '.join(_OWN_NAMES)} (default: {HOST})",
    )
    add_flag(parser, "--no-browser", "Print the address instead of opening it")
    add_flag(parser, "--no-drain", "Send nothing: another process drains")


def _console(options: argparse.Namespace) -> int:
    _refuse_other_hosts(options.host)
    require_packages()
    ended = end_event()
    with open_application() as app, Server(options.port, ended.set) as server:
        _put_up(app, server, options.workspace)
        _announce(options, server)
        _wait(app, ended, drains=not options.no_drain)
    return 0


def _wait(app: CommandApp, ended: threading.Event, *, drains: bool) -> None:
    """Serve, and drain where that is wanted, until the end."""
    if drains:
        app.drains.start(show_pass)
        app.drains.wait(ended)
    else:
        ended.wait()


def _refuse_other_hosts(host: str) -> None:
    if host not in _OWN_NAMES:
        words = "the console has no sign-in, so it listens on this machine only"
        instead = "to offer it to others, mount it in a host that signs people in (docs/console.md)"
        raise ConfigurationError((f"--host {host!r} is refused: {words}; {instead}",))


def _put_up(app: CommandApp, server: Server, workspace: str) -> None:
    """The console for one visitor: anyone who can run the command may see the workspace."""
    from zsf_plugin.console.app import build_app
    from zsf_plugin.console.options import ConsoleOptions

    visitor = Visitor(workspace, _own_name())
    server.app = build_app(
        app.console(), ConsoleOptions(lambda _: visitor, server.url, hosts=server.hosts)
    )


def _own_name() -> str:
    """The name of the system's user, for the history; not every system knows one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "you"


def _announce(options: argparse.Namespace, server: Server) -> None:
    _say_address(options, server.url)
    if not options.no_browser and sys.stdout.isatty():
        open_browser(server.url, "no browser could be opened; open the address above in one")


def _say_address(options: argparse.Namespace, url: str) -> None:
    if options.json:
        say_json({"listening": url, "workspace": options.workspace, "drains": not options.no_drain})
    else:
        say(f"listening {url}")
