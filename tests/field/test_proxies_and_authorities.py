"""Networks that are not ours: only a proxy leads to Salesforce, and the company's own authority signs
its certificates. Real processes sign in and send through both, as the environment names them."""

from __future__ import annotations

import json
import logging
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.cli.zsf import PURCHASE, Zsf
from tests.fakes.office import HOST, Authority, Seen, proxy, salesforce
from tests.forked_commands import ReadCommand
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import NotSent, OutcomeUnknown, Unavailable
from zsf_plugin.messages.network import NETWORK_WORDS
from zsf_plugin.salesforce import moves
from zsf_plugin.salesforce.http import Http
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

URL = f"https://{HOST}/services/data"
SECRET = "p4ss:w@rd"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def sign_in(zsf: Zsf, emulator: Emulator) -> subprocess.CompletedProcess[str]:
    """`zsf connect` to Salesforce's own address; the person's browser reaches the emulator."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = ("--login-url", f"https://{HOST}", "--client-id", "app", "--redirect-port", port)
    command = ["connect", *words, "--no-browser", "--timeout", "60"]
    going = ReadCommand(command, zsf.environment)
    address = urlsplit(going.stdout.readline().strip())
    assert address.netloc == HOST
    form = dict(parse_qsl(address.query)) | {
        "step": "consent",
        "username": "admin@acme.example",
        "decision": "allow",
    }
    page = f"{emulator.url}{address.path}"
    urllib.request.urlopen(page, urlencode(form).encode(), timeout=30).close()
    return subprocess.CompletedProcess(command, *going.read_to_end())


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_workspace_signs_in_and_syncs_through_a_proxy_with_a_company_authority(
    tmp_path: Path, stack: ExitStack, variable: str
) -> None:
    zsf, ca, inside, outside = Zsf(tmp_path), Authority(tmp_path), Seen(), Seen()
    emulator = stack.enter_context(Emulator(OrgSpec()))
    port = stack.enter_context(salesforce(emulator.url, ca.serve_as(), inside))
    gate = stack.enter_context(proxy(outside, port, credentials=f"ada:{SECRET}"))
    (tmp_path / ".netrc").write_text("default login netrc-user password netrc-secret\n")
    zsf.environment |= {
        variable: f"http://ada:{SECRET.replace(':', '%3A').replace('@', '%40')}@{gate}",
        "NO_PROXY": "localhost,127.0.0.1,.internal.example",
        "REQUESTS_CA_BUNDLE": str(ca.file),
        "NETRC": str(tmp_path / ".netrc"),
    }
    connected = sign_in(zsf, emulator)
    assert connected.returncode == 0, connected.stderr
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    drained = zsf("drain", "--verbose")
    assert drained.returncode == 0, drained.stderr
    (lead,) = emulator.org.rows["Lead"].values()
    assert lead["Email"] == "ada@acme.example"
    assert zsf("disconnect").returncode == 0
    # every call went out by the proxy, and none of them in plain text
    assert set(outside.paths()) == {f"CONNECT {HOST}:443"}
    assert any("/services/oauth2/token" in path for path in inside.paths())
    assert any("/services/oauth2/revoke" in path for path in inside.paths())
    data = [headers for path, headers in inside.requests if re.search(r"/v\d\d\.0/", path)]
    assert data
    assert all(headers["Authorization"].startswith("Bearer ") for headers in data)
    assert not any("Proxy-Authorization" in headers for _, headers in inside.requests)
    said = connected.stdout + connected.stderr + drained.stdout + drained.stderr
    assert "p4ss" not in said


def test_without_the_variables_the_words_name_what_to_set(tmp_path: Path, stack: ExitStack) -> None:
    """The same office, where only the proxy is named: the authority is what is missing."""
    zsf, ca = Zsf(tmp_path), Authority(tmp_path)
    emulator = stack.enter_context(Emulator(OrgSpec()))
    port = stack.enter_context(salesforce(emulator.url, ca.serve_as(), Seen()))
    zsf.environment["HTTPS_PROXY"] = stack.enter_context(proxy(Seen(), port))
    refused = sign_in(zsf, emulator)
    assert refused.returncode == 2
    (line,) = refused.stderr.splitlines()
    assert "certificate of acme.my.salesforce.com is signed by an authority" in line
    assert "REQUESTS_CA_BUNDLE" in line


# What went wrong, by its cause


def failing(writes: bool = True, **environment: str) -> NotSent:
    """The failure of a write, which nothing of has left."""
    network = from_environment({"HOME": "/nowhere", **environment}).network
    with pytest.raises(NotSent) as caught:
        Http(5, network).send("POST", URL, headers={}, body=b"{}", writes=writes)
    assert caught.value.code in NETWORK_WORDS
    said = str(caught.value)
    assert "?" not in said.partition(": ")[0]
    assert SECRET not in said
    assert "p4ss" not in said + repr(caught.value.data)
    return caught.value


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (407, "proxy_credentials"),
        (401, "proxy_credentials"),
        (403, "proxy_forbids"),
        (404, "proxy_forbids"),
        (405, "proxy_forbids"),
        (429, "proxy_forbids"),
        (500, "proxy_failed"),
        (502, "proxy_failed"),
        (503, "proxy_failed"),
        (504, "proxy_failed"),
    ],
)
def test_a_proxy_that_says_no_is_named_and_nothing_was_sent(
    stack: ExitStack, status: int, code: str
) -> None:
    seen = Seen()
    gate = stack.enter_context(proxy(seen, status=status))
    error = failing(HTTPS_PROXY=f"http://ada:p4ss@{gate}")
    assert error.code == code
    assert f"HTTP {status}" in str(error)
    assert gate in str(error)
    assert error.data["host"] == HOST
    assert (moves.sign_of_error(error) == "gone") == (code == "proxy_failed")
    assert seen.paths() == [f"CONNECT {HOST}:443"]


def test_a_proxy_without_its_password_asks_for_it(stack: ExitStack) -> None:
    gate = stack.enter_context(proxy(Seen(), credentials="ada:right"))
    for given in (f"http://{gate}", f"http://ada:p4ss@{gate}", gate):
        error = failing(https_proxy=given)
        assert error.code == "proxy_credentials"
        assert "correct https_proxy" in str(error)


def test_a_proxy_that_is_not_there_is_named() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert failing(HTTPS_PROXY=f"http://ada:p4ss@127.0.0.1:{port}").code == "proxy_refused"
    unknown = failing(HTTPS_PROXY="http://ada:p4ss@no-such-host.invalid:3128")
    assert unknown.code in ("proxy_unknown", "proxy_unresolved")  # the latter where none answers


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.0 nothing\r\n\r\n"])
def test_something_else_than_a_proxy_is_reported(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(1000)
                line.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        error = failing(HTTPS_PROXY=f"http://127.0.0.1:{server.getsockname()[1]}")
    assert error.code == "proxy_unreadable"


def talking(stack: ExitStack, serve: Callable[[socket.socket], None]) -> str:
    """A server that handles one connection like that; its address."""
    server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def accept() -> None:
        line, _ = server.accept()
        with line:
            line.recv(1000)
            serve(line)

    threading.Thread(target=accept, daemon=True).start()
    return f"127.0.0.1:{server.getsockname()[1]}"


def reset(line: socket.socket) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_proxy_that_breaks_off_or_says_nothing_is_named_and_not_the_host(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsf_plugin.salesforce.http._CONNECT_TIMEOUT_S", 0.2)
    silent = threading.Event()
    stack.callback(silent.set)
    for serve, code in ((reset, "proxy_cut"), (lambda _: bool(silent.wait(5)), "proxy_silent")):
        error = failing(HTTPS_PROXY=f"http://ada:p4ss@{talking(stack, serve)}")
        assert error.code == code
        assert "the proxy 127.0.0.1:" in str(error)


def test_a_tunnel_that_ends_or_stays_silent_names_both_ends(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsf_plugin.salesforce.http._CONNECT_TIMEOUT_S", 0.2)
    silent = threading.Event()
    stack.callback(silent.set)

    def cut(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    def stay(line: socket.socket) -> None:
        cut(line)
        silent.wait(5)

    for serve, code in ((cut, "tunnel_cut"), (stay, "tunnel_silent")):
        error = failing(HTTPS_PROXY=f"http://{talking(stack, serve)}")
        assert error.code == code
        assert HOST in str(error)


def test_https_for_a_proxy_that_speaks_http_says_so(stack: ExitStack) -> None:
    gate = stack.enter_context(proxy(Seen()))
    error = failing(HTTPS_PROXY=f"https://ada:p4ss@{gate}")
    assert error.code == "proxy_tls"
    assert "named http://HOST:PORT: correct HTTPS_PROXY" in str(error)


@pytest.mark.parametrize("login", ["a%2fb:p4ss%3a", "AC\\me:p4ss!", "a$b:p4ss%zz", "u:p4ss^{|}"])
def test_a_password_in_whatever_encoding_is_refused_before_anything_is_sent(
    stack: ExitStack, login: str
) -> None:
    gate = stack.enter_context(proxy(Seen(), credentials="ada:right"))
    assert failing(HTTPS_PROXY=f"http://{login}@{gate}").code == "proxy_credentials"


class _FakeProxyError(OSError):
    """As PySocks raises it."""

    def __init__(self, text: str, socket_err: OSError | None = None) -> None:
        super().__init__(text)
        self.socket_err = socket_err


SOCKS_FAILURES = [
    ("SOCKS5AuthError", "SOCKS5 authentication failed", None, "socks_credentials"),
    ("SOCKS5Error", "0x02: Connection not allowed by ruleset", None, "socks_refused"),
    ("ProxyConnectionError", "x", ConnectionRefusedError(111, "refused"), "proxy_refused"),
    ("ProxyConnectionError", "x", TimeoutError("timed out"), "proxy_silent"),
    ("ProxyConnectionError", "x", socket.gaierror(socket.EAI_NONAME, "x"), "proxy_unknown"),
    ("GeneralProxyError", "x", socket.gaierror(socket.EAI_NONAME, "x"), "host_unknown"),
    ("GeneralProxyError", "x", ConnectionResetError(104, "reset"), "proxy_cut"),
    ("GeneralProxyError", "Connection closed unexpectedly", None, "proxy_unreadable"),
]


@pytest.mark.parametrize(("name", "text", "inner", "code"), SOCKS_FAILURES)
def test_a_socks_proxy_is_named_with_what_it_says(
    stack: ExitStack,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    text: str,
    inner: OSError | None,
    code: str,
) -> None:
    """PySocks is an optional package: this one plays it."""

    def fail(*_: object, **__: object) -> object:
        raise type(name, (_FakeProxyError,), {})(text, inner)

    fake = SimpleNamespace(
        PROXY_TYPE_SOCKS5=2, PROXY_TYPE_SOCKS4=1, ProxyError=_FakeProxyError, create_connection=fail
    )
    monkeypatch.setitem(sys.modules, "socks", fake)
    for module in ("urllib3.contrib.socks", "zsf_plugin.salesforce.socks_proxies"):
        monkeypatch.delitem(sys.modules, module, raising=False)
        stack.callback(sys.modules.pop, module, None)
    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", manager_of_socks())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    error = failing(ALL_PROXY="socks5h://ada:p4ss@proxy.acme.example:1080")
    assert error.code == code
    if not code.startswith("host"):
        assert "the proxy proxy.acme.example:1080" in str(error)


def manager_of_socks() -> type:
    from urllib3.contrib.socks import SOCKSProxyManager

    return SOCKSProxyManager


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "ftp://proxy.example:21",
        "http://ada:p4 ss@proxy.example",
        "http://proxy.example:port",
        "http://ada:p4ss%E2%82%AC@proxy.example",
        "://proxy.example",
        "http://proxy.example:99999",
        '"http://proxy.example:3128"',
        "socks://127.0.0.1:1080/",
    ],
)
def test_a_proxy_that_is_no_url_is_named_by_its_variable(url: str) -> None:
    error = failing(HTTPS_PROXY=url)
    assert error.code in ("proxy_invalid", "proxy_unknown", "proxy_unresolved")
    assert "HTTPS_PROXY" in str(error)


@pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h"])
def test_a_socks_proxy_needs_its_package(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    error = failing(ALL_PROXY=f"{scheme}://127.0.0.1:1080")
    assert error.code == "proxy_socks"
    assert "pip install 'zsf-plugin[socks]'" in str(error)


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (
            socket.EAI_NONAME,
            "host_unknown",
            "there is no such host as acme.my.salesforce.com (DNS)",
        ),
        (socket.EAI_AGAIN, "host_unresolved", "cannot be looked up for now (DNS)"),
    ],
)
def test_a_host_without_an_address_is_named(
    monkeypatch: pytest.MonkeyPatch, number: int, code: str, words: str
) -> None:
    def refuse(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(number, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    error = failing()
    assert error.code == code
    assert words in str(error)
    assert error.data.get("fault") == ("unknown_host" if code == "host_unknown" else None)


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "host_refused"),
        (TimeoutError("timed out"), "host_silent"),
        (OSError(101, "Network is unreachable"), "host_unreachable"),
        (OSError(113, "No route to host"), "host_unreachable"),
        (ConnectionResetError(104, "Connection reset by peer"), "host_cut"),
    ],
)
def test_a_host_that_cannot_be_reached_is_named(
    monkeypatch: pytest.MonkeyPatch, failure: OSError, code: str
) -> None:
    from urllib3.util import connection

    def fail(*_: object, **__: object) -> socket.socket:
        raise failure

    monkeypatch.setattr(connection, "create_connection", fail)
    assert failing().code == code


def behind(stack: ExitStack, tls: ssl.SSLContext, ca: Authority | None = None) -> NotSent:
    """The failure of a call to a Salesforce that shows that certificate."""
    port = stack.enter_context(salesforce("http://127.0.0.1:9", tls, Seen()))
    gate = stack.enter_context(proxy(Seen(), port))
    bundle = {"CURL_CA_BUNDLE": str(ca.file)} if ca is not None else {}
    return failing(HTTPS_PROXY=f"http://{gate}", **bundle)


def test_a_certificate_is_refused_for_its_own_reason(tmp_path: Path, stack: ExitStack) -> None:
    ca, other = Authority(tmp_path), Authority(tmp_path, "Another")
    assert behind(stack, ca.serve_as()).code == "certificate_untrusted"
    unlisted = behind(stack, ca.serve_as(), other)
    assert unlisted.code == "certificate_unlisted"
    assert "CURL_CA_BUNDLE does not hold" in str(unlisted)
    expired = behind(stack, ca.serve_as(days=-2), ca)
    assert expired.code == "certificate_dates"
    assert "clock" in str(expired)
    misnamed = behind(stack, ca.serve_as("proxy.acme.example"), ca)
    assert misnamed.code == "certificate_name"


def test_a_proxy_is_named_whose_own_certificate_is_refused(
    tmp_path: Path, stack: ExitStack
) -> None:
    ca = Authority(tmp_path)
    port = stack.enter_context(salesforce("http://127.0.0.1:9", ca.serve_as("a.example"), Seen()))
    gate = f"https://localhost:{port}"
    unknown = failing(HTTPS_PROXY=gate)
    assert (unknown.code, unknown.data["host"]) == ("certificate_untrusted", "localhost")
    misnamed = failing(HTTPS_PROXY=gate, CURL_CA_BUNDLE=str(ca.file))
    assert (misnamed.code, misnamed.data["host"]) == ("certificate_name", "localhost")
    assert moves.sign_of_error(misnamed) is None, "it says nothing of the org's address"


def test_a_host_without_encryption_is_reported(stack: ExitStack) -> None:
    gate = stack.enter_context(proxy(Seen()))
    _, port = gate.split(":")
    inner = stack.enter_context(proxy(Seen(), int(port)))
    assert failing(HTTPS_PROXY=inner).code == "tls"


def test_a_missing_or_empty_bundle_is_reported_before_anything_is_sent(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificates\n")
    missing = failing(REQUESTS_CA_BUNDLE=str(tmp_path / "gone.pem"))
    assert missing.code == "ca_missing"
    assert "gone.pem" in str(missing)
    assert failing(REQUESTS_CA_BUNDLE=str(empty)).code == "ca_unusable"
    not_hashed = failing(SSL_CERT_FILE=str(tmp_path))  # OpenSSL would find nothing in it
    assert not_hashed.code == "ca_unhashed"
    assert "c_rehash" in str(not_hashed)


@pytest.mark.parametrize("damage", ["cut", "no certificate", "no base64"])
def test_a_damaged_bundle_is_reported_by_what_needs_it(
    tmp_path: Path, stack: ExitStack, damage: str
) -> None:
    ca = Authority(tmp_path)
    emulator = stack.enter_context(Emulator(OrgSpec()))
    port = stack.enter_context(salesforce(emulator.url, ca.serve_as(), Seen()))
    gate = stack.enter_context(proxy(Seen(), port))
    whole = ca.file.read_text()
    first, last = whole.splitlines()[0], whole.splitlines()[-1]
    contents = {
        "cut": whole[: len(whole) // 2],
        "no certificate": f"{first}\nAAAA\n{last}\n",
        "no base64": f"{first}\n???\n{last}\n",
    }
    damaged = tmp_path / "damaged.pem"
    damaged.write_text(contents[damage])
    error = failing(HTTPS_PROXY=gate, REQUESTS_CA_BUNDLE=str(damaged))
    assert error.code == "ca_unusable"
    assert "damaged.pem" in str(error)


def test_a_write_that_was_sent_is_in_doubt_although_the_bundle_is_gone_since(
    tmp_path: Path, stack: ExitStack
) -> None:
    ca = Authority(tmp_path)
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def take_one_request() -> None:
        taken, _ = listener.accept()
        with ca.serve_as("localhost").wrap_socket(taken, server_side=True) as secure:
            secure.recv(65536)
            ca.file.unlink()

    server = threading.Thread(target=take_one_request)
    server.start()
    environment = {"HOME": "/x", "REQUESTS_CA_BUNDLE": str(ca.file)}
    url = f"https://localhost:{listener.getsockname()[1]}/"
    with pytest.raises(OutcomeUnknown):
        Http(5, from_environment(environment).network).send("POST", url, headers={}, writes=True)
    server.join(20)


def test_a_bundle_that_is_deleted_later_is_reported(tmp_path: Path, stack: ExitStack) -> None:
    ca = Authority(tmp_path)
    emulator = stack.enter_context(Emulator(OrgSpec()))
    port = stack.enter_context(salesforce(emulator.url, ca.serve_as(), Seen()))
    gate = stack.enter_context(proxy(Seen(), port))
    environment = {"HTTPS_PROXY": gate, "REQUESTS_CA_BUNDLE": str(ca.file)}
    http = Http(5, from_environment(environment).network)
    assert http.send("GET", URL, headers={}).status == 200
    ca.file.unlink()
    with pytest.raises(NotSent) as caught:
        http.send("POST", URL, headers={}, writes=True)
    assert caught.value.code == "ca_missing"


def test_a_folder_of_certificates_is_taken(tmp_path: Path, stack: ExitStack) -> None:
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / "0a1b2c3d.0").write_bytes(Authority(tmp_path).file.read_bytes())
    network = from_environment({"REQUESTS_CA_BUNDLE": str(folder)}).network
    emulator = stack.enter_context(Emulator(OrgSpec()))
    assert Http(5, network).send("GET", f"{emulator.url}/services/data", headers={}).status == 200


def test_hosts_of_no_proxy_are_reached_without(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    from urllib3.util import connection

    seen = Seen()
    gate = stack.enter_context(proxy(seen, status=502))

    def refuse(*_: object, **__: object) -> socket.socket:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(connection, "create_connection", refuse)
    assert failing(HTTPS_PROXY=gate, NO_PROXY=".salesforce.com").code == "host_refused"
    assert seen.requests == []


def test_the_hosts_settings_come_before_the_environment(tmp_path: Path) -> None:
    environment = {"HTTPS_PROXY": "http://theirs:1", "REQUESTS_CA_BUNDLE": "/theirs.pem"}
    given = {"proxy": "http://ours:2", "ca_bundle": tmp_path / "ours.pem"}
    ours = from_environment(environment, host_settings=given).network
    assert (ours.proxy, ours.proxy_from) == ("http://ours:2", 'settings["proxy"]')
    assert ours.ca_bundle == str(tmp_path / "ours.pem")
    none = from_environment(environment, host_settings={"proxy": ""}).network
    assert (none.proxy, none.ca_bundle) == ("", "/theirs.pem")


def test_a_password_of_a_proxy_reaches_no_log_and_no_repr(
    stack: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gate = stack.enter_context(proxy(Seen(), status=502))
    settings = from_environment({"HTTPS_PROXY": f"http://ada:p4ss@{gate}"})
    try:
        Http(5, settings.network).send("GET", URL, headers={})
    except Unavailable as error:
        logging.getLogger("zsf_plugin").exception("failed: %r %r", error, settings.network)
    assert "p4ss" not in caplog.text
    assert caplog.records


# Said at the start


WRONG = {
    "HTTPS_PROXY": ("ftp://ada:p4ss@proxy:21", "proxy_invalid"),
    "REQUESTS_CA_BUNDLE": ("/nowhere/ca.pem", "ca_missing"),
    "SSL_CERT_FILE": ("/nowhere/ca.pem", "ca_missing"),
}


@pytest.mark.parametrize("variable", WRONG)
def test_status_names_a_setting_that_cannot_be_used_before_anything_is_sent(
    tmp_path: Path, variable: str
) -> None:
    value, code = WRONG[variable]
    settings = from_environment(
        {"HOME": str(tmp_path), variable: value}, data_dir=tmp_path, config_dir=tmp_path
    )
    app = CommandApp(Parts(settings))
    fault = app.status("default").network_fault
    app.close()
    assert fault is not None
    assert fault.code == code
    assert variable in str(fault)
    assert "p4ss" not in str(fault)


def test_status_prints_it_and_exits_with_1(tmp_path: Path) -> None:
    zsf = Zsf(tmp_path)
    zsf.environment["HTTPS_PROXY"] = "ftp://ada:p4ss@proxy:21"
    found = zsf("status", "--json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["network"]["code"] == "proxy_invalid"
    assert "p4ss" not in found.stdout + found.stderr


def test_the_authority_of_openssl_s_variable_counts_last(tmp_path: Path, stack: ExitStack) -> None:
    environment = {"SSL_CERT_FILE": "/openssl.pem"}
    assert from_environment({"HOME": "/x", **environment}).network.ca_bundle == "/openssl.pem"
    environment["CURL_CA_BUNDLE"] = "/curl.pem"
    assert from_environment({"HOME": "/x", **environment}).network.ca_bundle == "/curl.pem"


def test_a_relative_path_counts_from_the_folder_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    network = from_environment({"HOME": "/x", "REQUESTS_CA_BUNDLE": "ca.pem"}).network
    assert network.ca_bundle == str(tmp_path / "ca.pem")


def test_a_path_that_is_none_is_named() -> None:
    network = from_environment({"HOME": "/x"}, host_settings={"ca_bundle": "a\0b"}).network
    with pytest.raises(NotSent) as caught:
        Http(5, network).check()
    assert caught.value.code == "ca_missing"
    assert 'settings["ca_bundle"]' in str(caught.value)


def test_a_file_of_authorities_that_is_replaced_counts_for_the_next_connection(
    tmp_path: Path, stack: ExitStack
) -> None:
    ca, other = Authority(tmp_path), Authority(tmp_path, "Another")
    emulator = stack.enter_context(Emulator(OrgSpec()))
    port = stack.enter_context(salesforce(emulator.url, ca.serve_as(), Seen()))
    gate = stack.enter_context(proxy(Seen(), port))
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(other.file.read_bytes())
    environment = {"HOME": "/x", "HTTPS_PROXY": gate, "REQUESTS_CA_BUNDLE": str(bundle)}
    http = Http(5, from_environment(environment).network)
    with pytest.raises(NotSent):
        http.send("GET", URL, headers={})
    bundle.write_bytes(ca.file.read_bytes())
    assert http.send("GET", URL, headers={}).status == 200
