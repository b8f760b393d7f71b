"""Texts for why nothing could be sent to Salesforce: the network, the proxy, the certificates. Data
only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_ALLOW_OUT = "check the network and its firewall; if only a proxy leads out, name it in HTTPS_PROXY"
_CHECK_PROXY = "check the address in {proxy_from}, and that the proxy runs"
_ASK_PROXY = "ask whoever runs it, or list the host in NO_PROXY if it can be reached without"
_TRUST = (
    "if your company's network signs it, name the file of its certificate authority in "
    "REQUESTS_CA_BUNDLE"
)


class NetworkWords(NamedTuple):
    """`why` in lower case; `advice` follows after a colon."""

    why: str
    advice: str


#: By the code of a `NotSent`. Placeholders: `host`, `proxy` (host and port, never its password),
#: `proxy_from` and `ca_from` (the variable or setting), `seconds`, `status`, `reason`.
NETWORK_WORDS: Mapping[str, NetworkWords] = {
    # the way to Salesforce
    "host_unknown": NetworkWords("there is no such host as {host} (DNS)", _ALLOW_OUT),
    "host_unresolved": NetworkWords(
        "the name {host} cannot be looked up for now (DNS)", "check this machine's name servers"
    ),
    "host_refused": NetworkWords("{host} refused the connection", _ALLOW_OUT),
    "host_silent": NetworkWords("{host} gave no answer in {seconds} seconds", _ALLOW_OUT),
    "host_unreachable": NetworkWords("no network leads to {host}", _ALLOW_OUT),
    "host_cut": NetworkWords(
        "the connection to {host} was cut while it was being opened", _ALLOW_OUT
    ),
    # the proxy
    "proxy_unknown": NetworkWords("there is no such host as the proxy {proxy} (DNS)", _CHECK_PROXY),
    "proxy_unresolved": NetworkWords(
        "the name of the proxy {proxy} cannot be looked up for now (DNS)",
        "check this machine's name servers",
    ),
    "proxy_refused": NetworkWords("the proxy {proxy} refused the connection", _CHECK_PROXY),
    "proxy_silent": NetworkWords(
        "the proxy {proxy} gave no answer in {seconds} seconds", _CHECK_PROXY
    ),
    "proxy_unreachable": NetworkWords("no network leads to the proxy {proxy}", _CHECK_PROXY),
    "proxy_tls": NetworkWords(
        "no encrypted connection to the proxy {proxy} ({reason})",
        "a proxy that speaks plain HTTP, as most do, is named http://HOST:PORT: correct "
        "{proxy_from}",
    ),
    "tunnel_silent": NetworkWords(
        "the proxy {proxy} opened the way to {host}, but no answer came in {seconds} seconds",
        _ASK_PROXY,
    ),
    "tunnel_cut": NetworkWords(
        "the proxy {proxy} opened the way to {host}, but the connection was cut", _ASK_PROXY
    ),
    "socks_credentials": NetworkWords(
        "the proxy {proxy} asks for a user name and password, or refuses those given",
        "correct {proxy_from}: socks5h://USER:PASSWORD@HOST:PORT",
    ),
    "socks_refused": NetworkWords("the proxy {proxy} did not reach {host} ({reason})", _ASK_PROXY),
    "proxy_cut": NetworkWords("the proxy {proxy} cut the connection", _CHECK_PROXY),
    "proxy_credentials": NetworkWords(
        "the proxy {proxy} asks for a user name and password, or refuses those given (HTTP "
        "{status})",
        "correct {proxy_from}: http://USER:PASSWORD@HOST:PORT",
    ),
    "proxy_forbids": NetworkWords(
        "the proxy {proxy} does not allow the way to {host} (HTTP {status})",
        "ask whoever runs it to allow {host}, or list the host in NO_PROXY if it can be reached "
        "without",
    ),
    "proxy_failed": NetworkWords(
        "the proxy {proxy} could not reach {host} (HTTP {status})",
        _ASK_PROXY,
    ),
    "proxy_unreadable": NetworkWords("the answer of the proxy {proxy} is unreadable", _CHECK_PROXY),
    "proxy_invalid": NetworkWords(
        "{proxy_from} is not the URL of a proxy",
        "give http://HOST:PORT, with characters such as @ and : in a password percent-encoded",
    ),
    "proxy_socks": NetworkWords(
        "{proxy_from} names a SOCKS proxy, which needs an optional package that is not installed",
        "pip install 'zsf-plugin[socks]'",
    ),
    # the certificates
    "certificate_untrusted": NetworkWords(
        "the certificate of {host} is signed by an authority that is not trusted ({reason})", _TRUST
    ),
    "certificate_unlisted": NetworkWords(
        "the certificate of {host} is signed by an authority that {ca_from} does not hold "
        "({reason})",
        "add that authority to its file; if it names a folder, run OpenSSL's c_rehash on it",
    ),
    "certificate_name": NetworkWords(
        "the certificate of {host} is for another name",
        "check the address, and whether the network leads it elsewhere",
    ),
    "certificate_dates": NetworkWords(
        "the certificate of {host} is not valid at this machine's time ({reason})",
        "correct this machine's clock; if it is right, {host} needs a new certificate",
    ),
    "certificate_refused": NetworkWords("the certificate of {host} is refused ({reason})", _TRUST),
    "tls": NetworkWords(
        "no encrypted connection to {host} ({reason})",
        "check the address, and whether a proxy or firewall answers in its place",
    ),
    "ca_missing": NetworkWords(
        "the file {path} with the trusted certificates cannot be read ({reason})",
        "correct {ca_from}, or unset it",
    ),
    "ca_unhashed": NetworkWords(
        "the folder {path} has no certificates under the names by which OpenSSL finds them",
        "run OpenSSL's c_rehash on it, or correct {ca_from}",
    ),
    "ca_unusable": NetworkWords(
        "the file {path} has no certificates in PEM form, or a damaged one",
        "correct {ca_from}, or unset it",
    ),
}
