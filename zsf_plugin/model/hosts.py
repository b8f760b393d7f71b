"""Web hosts: which host a website, an e-mail address or a bare domain names, and whether it
identifies a company.

A host with letters outside ASCII and its punycode are one host (UTS 46). A host that names no
company (an IP address, a name of a private network) is none. Of several sites, or of a site with a
remark, the host is that of the first.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

from zsf_plugin.forking import fork_guard
from zsf_plugin.model.shared_hosts import SHARED_HOSTS, has_known_ending, names_of

# Last labels that no public web host has: names of private networks (RFC 6761, RFC 6762).
_PRIVATE = """
    localhost localdomain local internal intranet lan home corp private invalid onion arpa
"""
_PRIVATE_ZONES = frozenset(_PRIVATE.split())
#: What stands before a host: `https://`, also doubled, or with a slash or colon missing.
_SCHEME = re.compile(
    r"(?:[a-z][a-z0-9+-]*[:;]?[/\\]{2,}:?|https?[:;.,]?[/\\]+:?|(?:https?|ftp|mailto):|[/\\]{2,}"
    r"|www\.(?=https?[:/])|[a-z][a-z-]*:\s*(?=https?:))\s*"
)
#: What stands before a website that was copied with its markup: of a page, or of Markdown.
_MARKUP = re.compile(r"(?:<a\s(?:[^>]*?\s)?href\s*=|\[[^\]]*\]\()\s*")
#: The usual way to write a host, which needs no further reading.
_PLAIN = re.compile(
    r"(?:https?://)?(?:www\.)*((?!www\.)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,3}[a-z]{2,63})/?"
)
#: What a host or address has that may be held in another form too: `host_forms`, `email_forms`.
HAS_FORMS = re.compile(r"[^\x00-\x7f]|xn--", re.IGNORECASE)
#: What ends a host: its path, or the next site or a remark (`acme.com, acme.de`, `acme.com (old)`).
_HOST_END = re.compile(r"[/\\?#]|[\s,;|()<>\"\u2013\u2014]")
_PATH_START = frozenset("/\\?#")
_PORT = re.compile(r":\w*$")
#: What people write before a website.
_CAPTION = re.compile(
    r"(?:company |our )?(?:(?:web|home) ?(?:site|page)|site|web|www|url|internet|domain)\s*[:=]\s+"
)
#: People wrap and end an address with these.
_WRAPPING = "<>()[]\"'`,;\u2018\u2019\u201c\u201d"
#: Dots of other scripts, which UTS 46 reads as a dot.
_DOTS = re.compile("[\u3002\uff0e\uff61]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_MAX_HOST_LENGTH = 253
_PUNYCODE = "xn--"
#: Without digits but in punycode, unlike the last part of an IP address.
_TOP_LEVEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]+")


def bare_domain(value: str) -> str | None:
    """The host of a URL, e-mail address or bare domain, in lower case without `www.`, with its
    letters or its punycode as they were given; None if it names no public web host."""
    plain = _PLAIN.fullmatch(value.strip().lower())
    host = plain[1] if plain is not None else _host_in(value)
    return host if host and host.rpartition(".")[2] not in _PRIVATE_ZONES else None


def company_host(value: str) -> str | None:
    """The host in punycode; None if it, or a parent of it (`acme.wixsite.com`), is shared by
    unrelated companies, or is nobody's (`co.uk`, `example.com`)."""
    host = bare_domain(value)
    if host is not None and not host.isascii():
        host = ascii_form(host)
    return None if host is None or not SHARED_HOSTS.isdisjoint(names_of(host)) else host


def host_forms(host: str) -> tuple[str, ...]:
    """The host in punycode and, if it differs, in letters: an org may hold either."""
    ascii_host = ascii_form(host) or host
    return tuple(dict.fromkeys((ascii_host, _letters(ascii_host))))


@lru_cache(maxsize=4096)
def ascii_form(host: str) -> str | None:
    """The host in punycode; None if its letters can form none."""
    if host.isascii():
        return host
    with fork_guard.inside():
        import idna  # loads large tables, which few hosts need

    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        pass
    try:  # what IDNA 2003 allowed, such as emoji
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None


@lru_cache(maxsize=4096)
def _letters(ascii_host: str) -> str:
    """The host with the letters that its punycode stands for."""
    if _PUNYCODE not in ascii_host:
        return ascii_host
    with fork_guard.inside():
        import idna

    try:
        return idna.decode(ascii_host)
    except idna.IDNAError:
        pass
    try:
        return ascii_host.encode("ascii").decode("idna")
    except UnicodeError:
        return ascii_host


def _host_in(value: str) -> str:
    """The host in an address that is not plain; empty if it has none of a public web host's
    form."""
    text = unicodedata.normalize("NFKC", unquote(value)).strip().lower()
    text = (_MARKUP.sub("", text, count=1) if _MARKUP.match(text) else text).strip(_WRAPPING)
    text = _CAPTION.sub("", text, count=1) if ":" in text or "=" in text else text
    is_address = text.startswith("www.")
    while found := _SCHEME.match(text):
        text, is_address = text[found.end() :].lstrip(_WRAPPING), True
    end = _HOST_END.search(text)
    host = text if end is None else text[: end.start()]
    host = _DOTS.sub(".", _PORT.sub("", host.rpartition("@")[2].strip(_WRAPPING))).strip(".")
    while host.startswith("www."):
        host = host[4:]
    ascii_host = ascii_form(host) if len(host) <= _MAX_HOST_LENGTH else None
    if ascii_host is None or not _is_public(ascii_host):
        return ""
    if is_address or end is None or end.group() in _PATH_START:
        return host
    is_mailbox = "@" in text[: end.start()]  # a remark or a list makes it even less certain
    return host if has_known_ending(ascii_host) and not is_mailbox else ""


def _is_public(host: str) -> bool:
    """Whether a host in ASCII has the form of a public web host, and is no IP address."""
    labels = host.split(".")
    if len(labels) < 2 or len(host) > _MAX_HOST_LENGTH or not _TOP_LEVEL.fullmatch(labels[-1]):
        return False
    return all(map(_LABEL.fullmatch, labels))
