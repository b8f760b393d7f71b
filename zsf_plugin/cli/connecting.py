"""`zsf connect` and `zsf disconnect`: through Salesforce's own sign-in page, or by a key without a
browser."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.cli.common import add_report_arguments, application, port_number
from zsf_plugin.cli.output import say, say_json, tell
from zsf_plugin.connect import Connected, Connector, Loopback
from zsf_plugin.connect.choices import LOGINS, client_id_for
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import Connection, Environment, JsonObject
from zsf_plugin.ports import Grant, Login, SignIn
from zsf_plugin.settings import REDIRECT_PORT
from zsf_plugin.wiring.commands import CommandApp

DEFAULT_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Target:
    """What is signed in to: the kind of org, its login address, and the app's client id."""

    environment: Environment
    login_url: str
    client_id: str


def add_connect(parser: argparse.ArgumentParser) -> None:
    """The arguments of `connect`."""
    add_report_arguments(parser, _connect)
    _add_org_arguments(parser)
    _add_browser_arguments(parser)
    _add_key_arguments(parser)


def _add_org_arguments(parser: argparse.ArgumentParser) -> None:
    """Which org, as which app, and what becomes of what waits for it."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--production", action="store_true", help="your company's live Salesforce (the default)"
    )
    where.add_argument("--sandbox", action="store_true", help="a copy for testing")
    where.add_argument(
        "--login-url", metavar="URL", help="your own login address, https://….my.salesforce.com"
    )
    parser.add_argument(
        "--client-id", metavar="ID", help="the app's consumer key (default: ZSF_CLIENT_ID)"
    )
    parser.add_argument(
        "--waiting",
        choices=("send", "skip"),
        default="send",
        help="entries that wait: send or skip",
    )


def _add_browser_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-browser", action="store_true", help="print the sign-in address instead of opening it"
    )
    parser.add_argument(
        "--redirect-port",
        type=port_number,
        default=REDIRECT_PORT,
        metavar="N",
        help=f"default {REDIRECT_PORT}",
    )
    parser.add_argument(
        "--timeout",
        type=int,
        default=DEFAULT_TIMEOUT_S,
        metavar="S",
        help=f"seconds to wait (default {DEFAULT_TIMEOUT_S})",
    )


def _add_key_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--jwt-key", type=Path, metavar="FILE", help="RSA key (PEM) for a sign-in without a browser"
    )
    parser.add_argument("--username", metavar="U", help="the Salesforce user of --jwt-key")


def add_disconnect(parser: argparse.ArgumentParser) -> None:
    """The arguments of `disconnect`."""
    add_report_arguments(parser, _disconnect)


def _connect(options: argparse.Namespace) -> int:
    environment, login_url = _where(options)
    sign_in_to = _by_browser if options.jwt_key is None else _by_key
    with application() as app:
        target = Target(environment, login_url, _client_id(options, app, login_url))
        sign_in, grant = sign_in_to(options, app.login, target)
        connector = Connector(app.store, app.login, app.clock)
        connected = connector.finish(
            options.workspace, grant, sign_in, environment, options.waiting
        )
    if options.json:
        say_json(_document(connected))
    else:
        _show_connected(connected)
    return 0


def _where(options: argparse.Namespace) -> tuple[Environment, str]:
    if options.login_url:
        return "custom", options.login_url
    environment: Environment = "sandbox" if options.sandbox else "production"
    return environment, LOGINS[environment]


def _client_id(options: argparse.Namespace, app: CommandApp, login_url: str) -> str:
    known = client_id_for(login_url, options.client_id, app.settings.client_id)
    if known is not None:
        return known
    raise ConfigurationError(
        ("no app is named: give --client-id or set ZSF_CLIENT_ID (README, “Connect a real org”)",)
    )


def _by_browser(options: argparse.Namespace, login: Login, target: Target) -> tuple[SignIn, Grant]:
    """A person signs in, in a browser on this machine."""
    with Loopback(options.redirect_port) as loopback:
        sign_in = login.begin(target.login_url, target.client_id, loopback.redirect_uri)
        _show_address(options, sign_in.authorize_url)
        callback = loopback.wait(options.timeout)
        return sign_in, login.finish(sign_in, callback)


def _show_address(options: argparse.Namespace, address: str) -> None:
    """The address alone on its line, for people without a browser here and for scripts."""
    if options.no_browser:
        (tell if options.json else say)(address)
        return
    import webbrowser

    if not webbrowser.open(address):
        tell("no browser could be opened; open this address in one:")
        tell(address)
    tell(f"waiting for the sign-in, at most {options.timeout} s …")


def _by_key(options: argparse.Namespace, login: Login, target: Target) -> tuple[SignIn, Grant]:
    """A key signs in for a Salesforce user who allowed it before."""
    if not options.username:
        raise ConfigurationError(("--jwt-key needs --username, the Salesforce user to sign in as",))
    key = _read_key(options.jwt_key)
    grant = login.sign_in_with_jwt(target.login_url, target.client_id, options.username, key)
    return SignIn("", target.login_url, target.client_id, "", "", ""), grant


def _read_key(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError((f"--jwt-key {path}: {error.strerror}",)) from error


def _document(connected: Connected) -> JsonObject:
    connection = connected.connection
    return {
        "connected": True,
        "org_id": connection.org_id,
        "org_name": connected.org_name,
        "instance_url": connection.instance_url,
        "username": connection.username,
        "is_sandbox": connection.is_sandbox,
        "waiting": connected.waiting,
        "skipped": connected.skipped,
    }


def _show_connected(connected: Connected) -> None:
    connection, waiting = connected.connection, connected.waiting
    kind = "sandbox" if connection.is_sandbox else "org"
    say(f"connected to {connected.org_name} ({kind} {connection.org_id}) as {connection.username}")
    if not waiting:
        say("no entries waited")
    elif connected.skipped:
        say(f"{waiting} entries waited; skipped {connected.skipped}")
    else:
        say(f"{waiting} entries waited; they go out with the next drain")


def _disconnect(options: argparse.Namespace) -> int:
    with application() as app:
        ended = Connector(app.store, app.login, app.clock).disconnect(options.workspace)
        waiting = app.store.counts(options.workspace).pending
    if options.json:
        revoked = ended is not None and ended[1]
        say_json({"disconnected": ended is not None, "revoked": revoked, "waiting": waiting})
    elif ended is None:
        say("there was no connection")
    else:
        _show_disconnected(*ended, waiting)
    return 0


def _show_disconnected(connection: Connection, is_revoked: bool, waiting: int) -> None:
    say(
        f"disconnected from {connection.org_id}; {waiting} entries keep waiting, records stay as "
        "they are"
    )
    if not is_revoked:
        tell(
            "Salesforce did not confirm the end of the access: revoke it in Setup, "
            "Connected Apps OAuth Usage"
        )
