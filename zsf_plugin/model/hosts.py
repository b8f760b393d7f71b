"""Web hosts: which host a website, an e-mail address or a bare domain names, and whether it
identifies a company.

A host with letters outside ASCII and its punycode are one host (UTS 46). A host that names no
company (an IP address, a name of a private network) is none.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

# Web domains that many share, so none of them matches a company: social networks and link pages
# (often pasted as a website), free mail, and site builders. Their subdomains (a builder's
# customers) are refused as well.
_SOCIAL = """
    linkedin.com facebook.com fb.com instagram.com twitter.com x.com youtube.com youtu.be tiktok.com
    pinterest.com github.com gitlab.com medium.com reddit.com snapchat.com threads.net xing.com
    vk.com weibo.com t.me telegram.me wa.me whatsapp.com discord.gg discord.com linktr.ee bio.link
    about.me crunchbase.com angel.co wellfound.com yelp.com tripadvisor.com google.com goo.gl
    maps.app.goo.gl bit.ly tinyurl.com notion.so notion.site docs.google.com sites.google.com
    calendly.com behance.net dribbble.com substack.com eventbrite.com etsy.com amazon.com ebay.com
    wikipedia.org apple.com apps.apple.com play.google.com
"""

_FREE_MAIL = """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de live.com
    live.co.uk msn.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.co.in
    yahoo.co.jp ymail.com rocketmail.com aol.com icloud.com me.com mac.com proton.me protonmail.com
    pm.me gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de mail.com mail.ru
    yandex.ru yandex.com bk.ru inbox.ru list.ru qq.com 163.com 126.com sina.com foxmail.com
    naver.com daum.net hanmail.net orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it
    tiscali.it virgilio.it wp.pl o2.pl onet.pl interia.pl seznam.cz centrum.cz telia.com comcast.net
    verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net btinternet.com sky.com
    talktalk.net virginmedia.com zoho.com fastmail.com hey.com tutanota.com tuta.io rediffmail.com
    bigpond.com shaw.ca rogers.com uol.com.br bol.com.br terra.com.br
"""

_BUILDERS = """
    wixsite.com wordpress.com blogspot.com weebly.com squarespace.com webflow.io github.io gitlab.io
    netlify.app vercel.app herokuapp.com azurewebsites.net myshopify.com shopify.com
    godaddysites.com jimdosite.com jimdo.com business.site carrd.co strikingly.com tumblr.com
    web.app firebaseapp.com pages.dev cloudfront.net s3.amazonaws.com myworkdayjobs.com
    greenhouse.io lever.co hubspotpagebuilder.com
"""

_FREE_MAIL_DOMAINS: frozenset[str] = frozenset(_FREE_MAIL.split())
_SHARED_DOMAINS: frozenset[str] = frozenset((_SOCIAL + _FREE_MAIL + _BUILDERS).split())
#: Stands in forms for a real website; reserved by RFC 2606.
_EXAMPLES = frozenset({"example.com", "example.net", "example.org"})
# Last labels that no public web host has: names of private networks (RFC 6761, RFC 6762).
_PRIVATE = """
    localhost localdomain local internal intranet lan home corp private invalid onion arpa
"""
_PRIVATE_ZONES = frozenset(_PRIVATE.split())
#: What stands before a host: `https://`, also doubled, or with a slash or colon missing.
_SCHEME = re.compile(
    r"(?:[a-z][a-z0-9+-]*[:;]?[/\\]{2,}:?|https?[:;.,]?[/\\]+:?|(?:https?|ftp|mailto):|[/\\]{2,}"
    r"|www\.(?=https?[:/]))\s*"
)
#: The usual way to write a host, which needs no further reading.
_PLAIN = re.compile(
    r"(?:https?://)?(?:www\.)*((?!www\.)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,3}[a-z]{2,63})/?"
)
#: What a host or address has that may be held in another form too: `host_forms`, `email_forms`.
HAS_FORMS = re.compile(r"[^\x00-\x7f]|xn--", re.IGNORECASE)
_HOST_END = re.compile(r"[/\\?#]")
_PORT = re.compile(r":\d*$")
#: People wrap and end an address with these.
_WRAPPING = "<>()\"'`,;\u2018\u2019\u201c\u201d"
#: Dots of other scripts, which UTS 46 reads as a dot.
_DOTS = re.compile("[\u3002\uff0e\uff61]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_MAX_HOST_LENGTH = 253
_PUNYCODE = "xn--"
#: A last label of these is part of an IP address: decimal, octal or hexadecimal.
_ADDRESS_LABEL = re.compile(r"\d+|0x[0-9a-f]*")


def bare_domain(value: str) -> str | None:
    """The host of a URL, e-mail address or bare domain, in lower case without `www.`, with its
    letters or its punycode as they were given; None if it names no public web host."""
    plain = _PLAIN.fullmatch(value.strip().lower())
    host = plain[1] if plain is not None else _host_in(value)
    return host if host and host.rpartition(".")[2] not in _PRIVATE_ZONES else None


def company_host(value: str) -> str | None:
    """The host in punycode; None if it, or a parent of it (`acme.wixsite.com`), is shared by
    unrelated companies, or only an example."""
    host = bare_domain(value)
    if host is not None and not host.isascii():
        host = ascii_form(host)
    if host in _EXAMPLES:
        return None
    parent = host
    while parent:
        if parent in _SHARED_DOMAINS:
            return None
        parent = parent.partition(".")[2]
    return host


def host_forms(host: str) -> tuple[str, ...]:
    """The host in punycode and, if it differs, in letters: an org may hold either."""
    ascii_host = ascii_form(host) or host
    return tuple(dict.fromkeys((ascii_host, _letters(ascii_host))))


def is_free_mail(host: str) -> bool:
    """Whether anybody may have an e-mail address at that host (`gmail.com`)."""
    return host in _FREE_MAIL_DOMAINS


@lru_cache(maxsize=4096)
def ascii_form(host: str) -> str | None:
    """The host in punycode; None if its letters can form none."""
    if host.isascii():
        return host
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
    text = unicodedata.normalize("NFKC", unquote(value)).strip().lower().strip(_WRAPPING)
    while found := _SCHEME.match(text):
        text = text[found.end() :].lstrip(_WRAPPING)
    user, _, host = _HOST_END.split(text, maxsplit=1)[0].strip().rpartition("@")
    host = _DOTS.sub(".", _PORT.sub("", host.strip(_WRAPPING))).strip().strip(".")
    while host.startswith("www."):
        host = host[4:]
    ascii_host = ascii_form(host)
    is_sentence = any(map(str.isspace, user))
    return "" if ascii_host is None or is_sentence or not _is_public(ascii_host) else host


def _is_public(host: str) -> bool:
    """Whether a host in ASCII has the form of a public web host, and is no IP address."""
    labels = host.split(".")
    last = labels[-1]
    if len(labels) < 2 or len(host) > _MAX_HOST_LENGTH or len(last) < 2:
        return False
    return not _ADDRESS_LABEL.fullmatch(last) and all(map(_LABEL.fullmatch, labels))
