"""A company's network: only its proxy leads out, and its own authority signs what comes in.

`Office` plays Salesforce's host behind a CONNECT proxy: TLS with a certificate of the company's, in
front of an emulator.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import http.client
import http.server
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "acme.my.salesforce.com"
_DAY = datetime.timedelta(days=1)


class Authority:
    """A certificate authority that no machine knows, as a company has."""

    def __init__(self, folder: Path, name: str = "Acme Network") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        own = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        certificate = own.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def serve_as(self, host: str = HOST, *, days: int = 30) -> ssl.SSLContext:
        """What a server of that name needs; with negative days, its certificate has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = (
            self._builder(name, key, days)
            .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self._folder / f"{host}{days}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, days: int = 30
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 100 * _DAY)
            .not_valid_after(now + days * _DAY)
        )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that break off are part of the play."""


@contextlib.contextmanager
def _serving(
    handler: type[http.server.BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """Serve on a free port; yields it."""
    server = _Server(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Seen:
    """What reached a server: (method and path, headers) of each request."""

    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]


@contextlib.contextmanager
def salesforce(url: str, tls: ssl.SSLContext, seen: Seen) -> Iterator[int]:
    """An emulator as Salesforce's own host, over TLS; yields the port."""
    target = url.removeprefix("http://")

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.requests.append((f"{self.command} {self.path}", dict(self.headers)))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            left = ("connection", "accept-encoding", "host")
            sent = {name: text for name, text in self.headers.items() if name.lower() not in left}
            with contextlib.closing(http.client.HTTPConnection(target, timeout=30)) as line:
                line.request(self.command, self.path, body or None, sent)
                answer = line.getresponse()
                content = answer.read().replace(url.encode(), f"https://{HOST}".encode())
            self.send_response(answer.status)
            for name, text in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, text)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    with _serving(Handler, tls) as port:
        yield port


@contextlib.contextmanager
def proxy(seen: Seen, port: int = 0, *, credentials: str = "", status: int = 200) -> Iterator[str]:
    """A proxy that leads every CONNECT to that port of this machine; yields `host:port`. It asks
    for `credentials`, and answers any other status than 200 itself."""
    wanted = f"Basic {base64.b64encode(credentials.encode()).decode()}" if credentials else None

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            seen.requests.append((f"CONNECT {self.path}", dict(self.headers)))
            if wanted is not None and self.headers.get("Proxy-Authorization") != wanted:
                self.send_error(407)
            elif status != 200:
                self.send_error(status)
            else:
                self.send_response(200)
                self.end_headers()
                with socket.create_connection(("127.0.0.1", port)) as line:
                    _relay(self.connection, line)
            self.close_connection = True

        def do_GET(self) -> None:
            seen.requests.append((f"{self.command} {self.path}", dict(self.headers)))
            self.send_error(400)

        do_POST = do_PATCH = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    with _serving(Handler) as bound:
        yield f"127.0.0.1:{bound}"


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""
    while True:
        for ready in select.select([one, other], [], [], 30)[0]:
            try:
                content = ready.recv(65536)
            except OSError:
                return
            if not content:
                return
            (other if ready is one else one).sendall(content)
