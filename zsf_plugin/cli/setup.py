"""`zsf connect`, `zsf disconnect`: sign in to Salesforce in a browser or with a key; end the
connection."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.cli.arguments import MAX_SECONDS, name, whole_number
from zsf_plugin.cli.common import (
    CommandApp,
    Report,
    add_flag,
    add_port,
    add_report_arguments,
    add_yes,
    confirm,
    open_browser,
)
from zsf_plugin.cli.failures import CommandError, UsageError
from zsf_plugin.cli.inputs import read_text
from zsf_plugin.cli.output import counted, kind_of_org
from zsf_plugin.cli.pasting import reads_terminal, wait_for_pasted
from zsf_plugin.cli.streams import note, say, warn
from zsf_plugin.connect import (
    LISTEN,
    Callback,
    Connector,
    ConnectResult,
    Loopback,
    client_id_for,
    completed_address,
)
from zsf_plugin.messages.connection import former_org_text, renewal_text
from zsf_plugin.model import LOGINS, Connection, Environment, JsonObject
from zsf_plugin.ports import Login, PendingSignIn, SignInResult

DEFAULT_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class SignInTarget:
    """Where to sign in: the kind of org, its login address, and the app's client id."""

    environment: Environment
    login_url: str
    client_id: str


def add_connect(parser: argparse.ArgumentParser) -> None:
    """The arguments of `connect`."""
    run = Report(_sign_in, _connected_document, _show_connected, working=None, creates=True)
    add_report_arguments(parser, run)
    _add_org_arguments(parser)
    _add_app_arguments(parser)
    _add_browser_arguments(parser)
    _add_key_arguments(parser)


def _add_org_arguments(parser: argparse.ArgumentParser) -> None:
    """Which org: production by default."""
    where = parser.add_mutually_exclusive_group()
    add_flag(where, "--production", "Sign in to your company's live Salesforce (the default)")
    add_flag(where, "--sandbox", "Sign in to a sandbox")
    where.add_argument(
        "--login-url",
        type=name,
        metavar="URL",
        help="Sign in at your own login address, https://….my.salesforce.com",
    )


def _add_app_arguments(parser: argparse.ArgumentParser) -> None:
    """As which app, and what to do with entries that wait for the org."""
    parser.add_argument(
        "--client-id",
        type=name,
        metavar="ID",
        help="Consumer key of the app (default: ZSF_CLIENT_ID)",
    )
    parser.add_argument(
        "--waiting",
        choices=("send", "skip"),
        default="send",
        help="What to do with entries that wait for a connection (default: send)",
    )


def _add_browser_arguments(parser: argparse.ArgumentParser) -> None:
    add_flag(parser, "--no-browser", "Print the sign-in address instead of opening it")
    add_flag(
        parser,
        "--paste",
        "Read the callback URL from stdin instead of listening: for a browser on another machine",
    )
    add_port(parser, "--redirect-port")
    parser.add_argument(
        "--listen",
        type=name,
        default=LISTEN,
        metavar="ADDRESS",
        help="Address to listen on for the callback; 0.0.0.0 in a container that publishes the "
        f"port (default: {LISTEN})",
    )
    parser.add_argument(
        "--timeout",
        type=whole_number(1, MAX_SECONDS),
        default=DEFAULT_TIMEOUT_S,
        metavar="S",
        help=f"Wait at most S seconds for the sign-in (default: {DEFAULT_TIMEOUT_S})",
    )


def _add_key_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--jwt-key",
        type=Path,
        metavar="FILE",
        help="RSA key (PEM) to sign in with, without a browser; it is stored encrypted, and renews "
        "the connection",
    )
    parser.add_argument(
        "--username", type=name, metavar="USER", help="Salesforce user to sign in with --jwt-key"
    )
    add_flag(
        parser,
        "--client-credentials",
        "Sign in as the app itself, with ZSF_CLIENT_SECRET, at your own --login-url",
    )


def add_disconnect(parser: argparse.ArgumentParser) -> None:
    """The arguments of `disconnect`."""
    run = Report(_disconnect, Disconnected.as_json, _show_disconnected, working=None)
    add_report_arguments(parser, run)
    add_yes(parser, "; without a terminal nothing is asked")


def connector_of(app: CommandApp) -> Connector:
    """Connects and disconnects the workspaces of the application."""
    return Connector(app.store, app.login, app.clock)


def _sign_in(app: CommandApp, options: argparse.Namespace) -> ConnectResult:
    if (options.jwt_key is None) != (options.username is None):
        what = "--jwt-key and --username belong together"
        raise UsageError(what, "give both to sign in with a key, or neither to use a browser")
    if options.client_credentials and options.jwt_key is not None:
        raise UsageError(
            "--client-credentials and --jwt-key exclude each other", "give one of them"
        )
    if options.paste and not options.redirect_port:
        what = "--redirect-port 0 names no callback URL"
        raise UsageError(what, "with --paste, give the port of the URL that the app has")
    target = _target(options, app.settings.client_id)
    connector = connector_of(app)  # a database that cannot be used must not cost a sign-in
    by = _by_key if options.client_credentials or options.jwt_key is not None else _by_browser
    sign_in, grant = by(options, app.login, target)
    connected = connector.finish(
        options.workspace, grant, sign_in, target.environment, options.waiting
    )
    if connected.lacks is not None:
        warn(f"zsf: {renewal_text(connected.lacks)}")
    return connected


def _target(options: argparse.Namespace, configured: str | None) -> SignInTarget:
    """Where the options say to sign in. Raises CommandError if no app is named."""
    environment, login_url = _where(options)
    client_id = client_id_for(login_url, options.client_id, configured)
    if client_id is None:
        hint = "give --client-id or set ZSF_CLIENT_ID (see docs/connect.md)"
        raise CommandError("no_client_id", "no app is named", hint)
    return SignInTarget(environment, login_url, client_id)


def _where(options: argparse.Namespace) -> tuple[Environment, str]:
    if options.login_url:
        return "custom", completed_address(options.login_url)
    environment: Environment = "sandbox" if options.sandbox else "production"
    return environment, LOGINS[environment]


def _by_browser(
    options: argparse.Namespace, login: Login, target: SignInTarget
) -> tuple[PendingSignIn, SignInResult]:
    """A person signs in in a browser, on this machine or another."""
    with _listening(options) as callback:
        sign_in = login.begin(target.login_url, target.client_id, callback.redirect_uri)
        callback.expect(sign_in.state)
        is_elsewhere = _show_address(options, sign_in.authorize_url)
        if options.paste or (is_elsewhere and reads_terminal()):
            answer = wait_for_pasted(callback, options.timeout, only=options.paste)
        else:
            answer = callback.wait(options.timeout)
        return sign_in, login.finish(sign_in, answer)


def _listening(options: argparse.Namespace) -> AbstractContextManager[Callback]:
    """What receives the answer: a listener, unless the answer is pasted."""
    if options.paste:
        return nullcontext(Callback(options.redirect_port))
    return Loopback(options.redirect_port, options.listen)


def _show_address(options: argparse.Namespace, address: str) -> bool:
    """Print the address alone on its line, for scripts and people without a browser here; or open
    it. Whether the browser may be on another machine."""
    if options.no_browser or options.paste:
        (warn if options.json else say)(address)
        return True
    words = f"No browser could be opened; open this address in one:\n{address}"
    is_open = open_browser(address, words)
    note(f"Waiting for the sign-in, at most {options.timeout} s …")
    return not is_open


def _by_key(
    options: argparse.Namespace, login: Login, target: SignInTarget
) -> tuple[PendingSignIn, SignInResult]:
    """A key signs in a Salesforce user who has allowed the app, or the app signs in itself."""
    login_url, client_id = target.login_url, target.client_id
    if options.client_credentials:
        grant = login.sign_in_as_app(login_url, client_id)
    else:
        key = _read_key(options.jwt_key)
        grant = login.sign_in_with_jwt(login_url, client_id, options.username, key)
    return PendingSignIn("", login_url, client_id, "", "", ""), grant


def _read_key(path: Path) -> bytes:
    return read_text(path, "give the file of an RSA key (PEM)").encode()


def _connected_document(connected: ConnectResult) -> JsonObject:
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
        "renews": connected.lacks is None,
        "former_org_id": connected.former.id if connected.former else None,
    }


def _show_connected(connected: ConnectResult) -> None:
    connection = connected.connection
    org = f"{connected.org_name} ({kind_of_org(connection)} {connection.org_id})"
    say(f"Connected to {org} as {connection.username}")
    if connected.former is not None:
        say(former_org_text(connected.former.name, returns=connected.former.returns))
    say(_waiting_in_words(connected))


def _waiting_in_words(connected: ConnectResult) -> str:
    if not connected.waiting:
        return "No entries waited"
    waited = counted(connected.waiting, "entry waited", "entries waited")
    if connected.skipped:
        return f"{waited}; skipped {connected.skipped}"
    return f"{waited} for the next drain"


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection that ended (None if there was none), whether Salesforce confirmed it, and how
    many entries wait."""

    connection: Connection | None
    is_revoked: bool
    waiting: int

    def as_json(self) -> JsonObject:
        """The document of `zsf disconnect --json`."""
        is_ended = self.connection is not None
        return {"disconnected": is_ended, "revoked": self.is_revoked, "waiting": self.waiting}


def _disconnect(app: CommandApp, options: argparse.Namespace) -> Disconnected:
    """End the connection. A person on a terminal is asked first; CommandError if they disagree."""
    connection = app.store.connection(options.workspace)
    if connection is not None:
        if not options.json:
            say(f"{_org_in_words(connection)}: the sign-in ends; entries, links and records stay")
        confirm(options, f"Disconnect workspace {options.workspace}?", loses_nothing=True)
    ended, is_revoked = connector_of(app).disconnect(options.workspace) or (None, False)
    return Disconnected(ended, is_revoked, app.store.counts(options.workspace).pending)


def _org_in_words(connection: Connection) -> str:
    return (
        f"{connection.org_name} ({kind_of_org(connection)} {connection.org_id}), "
        f"connected as {connection.username}"
    )


def _show_disconnected(disconnected: Disconnected) -> None:
    if disconnected.connection is None:
        say("Not connected; nothing to do")
        return
    waiting = counted(disconnected.waiting, "entry waits", "entries wait")
    say(f"Disconnected from {disconnected.connection.org_id}; {waiting}")
    if not disconnected.is_revoked:
        warn(
            "Salesforce did not confirm that the access ended: revoke it in Setup, "
            "Connected Apps OAuth Usage"
        )
