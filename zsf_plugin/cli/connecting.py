"""`zsf connect` and `zsf disconnect`: through Salesforce's own sign-in page, or by a key without a
browser."""

from __future__ import annotations

import argparse
from pathlib import Path

from zsf_plugin.cli.common import add_report_arguments, application
from zsf_plugin.cli.output import say, say_json, tell
from zsf_plugin.connect import Connected, Connector, Loopback
from zsf_plugin.connect.choices import LOGINS, client_id_for
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model.link import Environment
from zsf_plugin.ports.login import SignIn
from zsf_plugin.settings import REDIRECT_PORT
from zsf_plugin.wiring.commands import CommandApp

_WAIT_S = 300


def add_connect(parser: argparse.ArgumentParser) -> None:
    """The arguments of `connect`."""
    add_report_arguments(parser, _connect)
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
        "--no-browser", action="store_true", help="print the sign-in address instead of opening it"
    )
    parser.add_argument(
        "--redirect-port",
        type=_port,
        default=REDIRECT_PORT,
        metavar="N",
        help=f"default {REDIRECT_PORT}",
    )
    parser.add_argument(
        "--waiting",
        choices=("send", "skip"),
        default="send",
        help="entries that wait: send or skip",
    )
    parser.add_argument(
        "--timeout",
        type=int,
        default=_WAIT_S,
        metavar="S",
        help=f"seconds to wait (default {_WAIT_S})",
    )
    parser.add_argument(
        "--jwt-key", type=Path, metavar="FILE", help="RSA key (PEM) for a sign-in without a browser"
    )
    parser.add_argument("--username", metavar="U", help="the Salesforce user of --jwt-key")


def add_disconnect(parser: argparse.ArgumentParser) -> None:
    """The arguments of `disconnect`."""
    add_report_arguments(parser, _disconnect)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is between 0 and 65535")
    return port


def _connect(options: argparse.Namespace) -> int:
    environment, login_url = _where(options)
    with application() as app:
        client_id = _client_id(options, app, login_url)
        connector = Connector(app.store, app.login, app.clock)
        if options.jwt_key is not None:
            connected = _by_key(options, app, connector, environment, login_url, client_id)
        else:
            connected = _by_browser(options, app, connector, environment, login_url, client_id)
    _report(options, connected)
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


def _by_browser(
    options: argparse.Namespace,
    app: CommandApp,
    connector: Connector,
    environment: Environment,
    login_url: str,
    client_id: str,
) -> Connected:
    with Loopback(options.redirect_port) as loopback:
        sign_in = app.login.begin(login_url, client_id, loopback.redirect_uri)
        _show(options, sign_in)
        grant = app.login.finish(sign_in, loopback.wait(options.timeout))
    return connector.finish(options.workspace, grant, sign_in, environment, options.waiting)


def _show(options: argparse.Namespace, sign_in: SignIn) -> None:
    """The address alone on its line, for people without a browser here and for scripts."""
    if options.no_browser:
        (tell if options.json else say)(sign_in.authorize_url)
        return
    import webbrowser

    if not webbrowser.open(sign_in.authorize_url):
        tell("no browser could be opened; open this address in one:")
        tell(sign_in.authorize_url)
    tell(f"waiting for the sign-in, at most {options.timeout} s …")


def _by_key(
    options: argparse.Namespace,
    app: CommandApp,
    connector: Connector,
    environment: Environment,
    login_url: str,
    client_id: str,
) -> Connected:
    if not options.username:
        raise ConfigurationError(("--jwt-key needs --username, the Salesforce user to sign in as",))
    try:
        key = options.jwt_key.read_bytes()
    except OSError as error:
        raise ConfigurationError((f"--jwt-key {options.jwt_key}: {error.strerror}",)) from error
    grant = app.login.sign_in_with_jwt(login_url, client_id, options.username, key)
    sign_in = SignIn("", login_url, client_id, "", "", "")
    return connector.finish(options.workspace, grant, sign_in, environment, options.waiting)


def _report(options: argparse.Namespace, connected: Connected) -> None:
    connection = connected.connection
    if options.json:
        say_json(
            {
                "connected": True,
                "org_id": connection.org_id,
                "org_name": connected.org_name,
                "instance_url": connection.instance_url,
                "username": connection.username,
                "is_sandbox": connection.is_sandbox,
                "waiting": connected.waiting,
                "skipped": connected.skipped,
            }
        )
        return
    kind = "sandbox" if connection.is_sandbox else "org"
    say(f"connected to {connected.org_name} ({kind} {connection.org_id}) as {connection.username}")
    what = (
        f"skipped {connected.skipped}" if connected.skipped else "they go out with the next drain"
    )
    say(f"{connected.waiting} entries waited; {what}" if connected.waiting else "no entries waited")


def _disconnect(options: argparse.Namespace) -> int:
    with application() as app:
        ended = Connector(app.store, app.login, app.clock).disconnect(options.workspace)
        waiting = app.store.counts(options.workspace).pending
    if options.json:
        say_json(
            {
                "disconnected": ended is not None,
                "revoked": bool(ended and ended[1]),
                "waiting": waiting,
            }
        )
    elif ended is None:
        say("there was no connection")
    else:
        say(
            f"disconnected from {ended[0].org_id}; {waiting} entries keep waiting, records "
            f"stay as they are"
        )
        if not ended[1]:
            tell(
                "Salesforce did not confirm the end of the access: revoke it in Setup, "
                "Connected Apps OAuth Usage"
            )
    return 0
