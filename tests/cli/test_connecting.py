"""`zsf connect`: the answer comes by the browser or is pasted, and a refusal says what to change."""

from __future__ import annotations

import argparse
import json
import os
import pty
import re
import socket
import threading
import urllib.request
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.cli.zsf import PURCHASE, Zsf
from tests.contract.store_contract import connection
from tests.forked_commands import ReadCommand
from zsf_plugin.cli.setup import add_connect
from zsf_plugin.connect import ConnectResult, FormerOrg
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.emulator.sign_in.credentials import App

PUBLIC = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
PRIVATE = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class _Stay(urllib.request.HTTPRedirectHandler):
    """A browser that cannot reach the machine it is sent back to."""

    def redirect_request(self, *_: object) -> None:
        return None


def allow_elsewhere(address: str) -> str:
    """Sign in and choose Allow, in a browser on another machine: the address it ends on."""
    parts = urlsplit(address)
    consent = {"step": "consent", "username": "admin@acme.example", "decision": "allow"}
    form = urlencode({**dict(parse_qsl(parts.query)), **consent}).encode()
    browser = urllib.request.build_opener(_Stay())
    with pytest.raises(HTTPError) as left:
        browser.open(f"{parts.scheme}://{parts.netloc}{parts.path}", form, timeout=30)
    with left.value as answer:
        return str(answer.headers["Location"])


class Connecting:
    """A `zsf connect` that waits: `address` is where the person signs in."""

    def __init__(self, zsf: Zsf, login_url: str, *words: str, stdin: int | None = None) -> None:
        self.port = free_port()
        command = ["connect", "--login-url", login_url, "--client-id", "app"]
        arguments = [*command, "--redirect-port", str(self.port), *words]
        self._process = ReadCommand(arguments, zsf.environment, stdin)
        self.address = self._process.stdout.readline().strip()
        self.state = dict(parse_qsl(urlsplit(self.address).query)).get("state", "")

    def ends(self, typed: str = "") -> tuple[int, str, str]:
        return self._process.read_to_end(typed)


@pytest.mark.parametrize("only_the_query", [False, True])
def test_the_callback_url_is_pasted_where_nothing_listens(
    tmp_path: Path, only_the_query: bool
) -> None:
    zsf = Zsf(tmp_path)
    with Emulator(OrgSpec()) as emulator:
        connecting = Connecting(zsf, emulator.url, "--paste")
        ended_on = allow_elsewhere(connecting.address)
        assert ended_on.startswith(f"http://localhost:{connecting.port}/oauth/callback?")
        with socket.socket() as nothing:
            assert nothing.connect_ex(("127.0.0.1", connecting.port)) != 0
        pasted = ended_on.partition("?")[2] if only_the_query else ended_on
        code, out, errors = connecting.ends(f"\nyes\n{ended_on[:-3]}\n{pasted}\n")
        assert code == 0, errors
        assert "Connected to" in out
        assert errors.count("not the answer to this sign-in") == 2
        assert json.loads(zsf("status", "--json").stdout)["connection"]["state"] == "connected"


def test_input_that_ends_without_an_answer_ends_the_command(tmp_path: Path) -> None:
    with Emulator(OrgSpec()) as emulator:
        code, _, errors = Connecting(Zsf(tmp_path), emulator.url, "--paste").ends("x\n")
        assert code == 2
        assert "stdin ended without the callback URL" in errors.splitlines()[-1]


def test_a_callback_url_that_is_pasted_needs_a_port(tmp_path: Path) -> None:
    refused = Zsf(tmp_path)("connect", "--client-id", "a", "--paste", "--redirect-port", "0")
    assert refused.returncode == 2
    assert "--redirect-port" in refused.stderr


@pytest.mark.parametrize("pastes", [True, False])
def test_on_a_terminal_the_answer_comes_by_either_way(tmp_path: Path, pastes: bool) -> None:
    zsf = Zsf(tmp_path)
    terminal, end = pty.openpty()
    with Emulator(OrgSpec()) as emulator:
        connecting = Connecting(zsf, emulator.url, "--no-browser", "--timeout", "30", stdin=end)
        os.close(end)
        ended_on = allow_elsewhere(connecting.address)
        if pastes:
            os.write(terminal, f"hello\n{ended_on}\n".encode())
        else:
            urllib.request.urlopen(ended_on, timeout=10).close()
        code, out, errors = connecting.ends()
    os.close(terminal)
    assert code == 0, errors
    assert "Connected to" in out
    assert "paste that address here" in errors


def test_without_a_terminal_stdin_is_not_read(tmp_path: Path) -> None:
    with Emulator(OrgSpec()) as emulator:
        connecting = Connecting(Zsf(tmp_path), emulator.url, "--no-browser", "--timeout", "1")
        code, _, errors = connecting.ends(f"{allow_elsewhere(connecting.address)}\n")
        assert code == 2
        assert "no answer in time" in errors
        assert "paste" not in errors


def come_back(connecting: Connecting, **query: str) -> None:
    """Call the way back as Salesforce would, after everything else that may arrive there."""
    callback = f"http://127.0.0.1:{connecting.port}/oauth/callback"
    for wrong in ({"code": "x"}, {"code": "x", "state": "theirs"}, {"state": connecting.state}):
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(f"{callback}?{urlencode(wrong)}", timeout=10)
        refused.value.close()
    answer = urlencode({**query, "state": connecting.state})
    urllib.request.urlopen(f"{callback}?{answer}", timeout=10).close()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("invalid_scope", r"scopes api, refresh_token and id"),
        ("redirect_uri_mismatch", r"add exactly this URL"),
        ("OAUTH_EC_APP_NOT_FOUND", r"must install or allow the app"),
        ("OAUTH_APP_BLOCKED", r"unblock"),
        ("temporarily_unavailable", r"refused the sign-in: .* for now .*run it again later"),
        ("access_denied", r"choose Allow"),
        ("OAUTH_NEW_THING", r"\(OAUTH_NEW_THING: its own text\)"),
    ],
)
def test_a_refused_sign_in_says_what_to_change(tmp_path: Path, error: str, words: str) -> None:
    connecting = Connecting(Zsf(tmp_path), "http://127.0.0.1:1", "--no-browser")
    come_back(connecting, error=error, error_description="its own text")
    code, _, errors = connecting.ends()
    assert code == 2
    (line,) = errors.splitlines()
    assert re.search(words, line)
    assert error in line


def test_a_listener_of_every_address_takes_the_answer_too(tmp_path: Path) -> None:
    with Emulator(OrgSpec()) as emulator:
        connecting = Connecting(Zsf(tmp_path), emulator.url, "--no-browser", "--listen", "0.0.0.0")
        ended_on = allow_elsewhere(connecting.address)
        threading.Thread(
            target=lambda: urllib.request.urlopen(ended_on, timeout=10).close()
        ).start()
        code, _, errors = connecting.ends()
        assert code == 0, errors


@pytest.mark.parametrize(
    ("returns", "words"), [(False, "created if missing"), (True, "hold again")]
)
def test_another_org_than_before_is_named_with_what_stays_there(
    capsys: pytest.CaptureFixture[str], *, returns: bool, words: str
) -> None:
    parser = argparse.ArgumentParser()
    add_connect(parser)
    report = parser.get_default("run")
    former = FormerOrg("00D1", "Acme (00D1)", returns)
    connected = ConnectResult(connection(), "Live", 0, 0, former=former)
    report.show(connected)
    said = capsys.readouterr().out
    assert "(Acme (00D1))" in said
    assert words in said
    assert report.document(connected)["former_org_id"] == "00D1"
    assert report.document(replace(connected, former=None))["former_org_id"] is None


def test_a_connection_that_nothing_renews_says_so_at_once_and_in_the_status(
    tmp_path: Path,
) -> None:
    zsf = Zsf(tmp_path)
    with Emulator(OrgSpec()) as emulator:
        connecting = Connecting(zsf, emulator.url, "--no-browser")
        address = connecting.address.replace("refresh_token", "openid")  # as if the app lacked it
        urllib.request.urlopen(allow_elsewhere(address), timeout=10).close()
        code, out, errors = connecting.ends()
        assert code == 0, errors
        assert "Connected to" in out
        (warning,) = errors.splitlines()
        assert "ends with its session" in warning
        assert "scope" in warning
        status = json.loads(zsf("status", "--json").stdout)
        assert status["connection"]["renews"] is False
        assert "ends with its session" in zsf("status").stdout


@pytest.mark.parametrize("kind", ["jwt", "client_credentials"])
def test_a_connection_by_a_key_or_a_secret_is_renewed_without_a_person(
    tmp_path: Path, kind: str
) -> None:
    zsf = Zsf(tmp_path)
    with Emulator(OrgSpec()) as emulator:
        if kind == "jwt":
            key = rsa.generate_private_key(65537, 2048)
            emulator.oauth.keys["app"] = key.public_key().public_bytes(*PUBLIC).decode()
            file = zsf.write("app.pem", key.private_bytes(*PRIVATE).decode())
            by = ("--jwt-key", file, "--username", "admin@acme.example")
        else:
            emulator.oauth.apps["app"] = App("s3cret", "admin@acme.example")
            zsf.environment["ZSF_CLIENT_SECRET"] = "s3cret"
            by = ("--client-credentials",)
        connected = zsf("connect", "--login-url", emulator.url, "--client-id", "app", "--json", *by)
        assert connected.returncode == 0, connected.stderr
        assert json.loads(connected.stdout)["renews"] is True
        assert connected.stderr == ""
        zsf("feed", zsf.write("events.jsonl", json.dumps(PURCHASE)))
        (tmp_path / "app.pem").unlink(missing_ok=True)
        zsf.environment.pop("ZSF_CLIENT_SECRET", None)
        emulator.oauth.expire_sessions()
        assert json.loads(zsf("drain", "--json").stdout)["done"] == 1


def test_a_secret_that_is_wrong_is_named_and_connects_nothing(tmp_path: Path) -> None:
    zsf = Zsf(tmp_path)
    zsf.environment["ZSF_CLIENT_SECRET"] = "another"
    with Emulator(OrgSpec()) as emulator:
        emulator.oauth.apps["app"] = App("s3cret", "admin@acme.example")
        words = ("--login-url", emulator.url, "--client-id", "app", "--client-credentials")
        refused = zsf("connect", *words)
    assert refused.returncode == 2
    assert "correct ZSF_CLIENT_SECRET" in refused.stderr
    assert "s3cret" not in refused.stderr


def test_a_connection_that_renews_itself_says_nothing(tmp_path: Path) -> None:
    zsf = Zsf(tmp_path)
    assert json.loads(zsf("status", "--json").stdout)["connection"]["renews"] is None
    with Emulator(OrgSpec()) as emulator:
        connecting = Connecting(zsf, emulator.url, "--no-browser")
        urllib.request.urlopen(allow_elsewhere(connecting.address), timeout=10).close()
        assert connecting.ends()[2] == ""
        assert json.loads(zsf("status", "--json").stdout)["connection"]["renews"] is True
        assert "ends with its session" not in zsf("status").stdout
