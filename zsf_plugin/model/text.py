"""Text as an org stores it and as match keys compare it.

Everything written, queried or compared passes through here, so that all three treat the same text
the same way (salesforce-api.md §6, §9 trap 49). Two values match if their normal forms are equal. A
value without a normal form matches nothing: it is empty, malformed, or a web domain that many
share.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from zsf_plugin.model.rules import Compare

#: Control characters that no field can store: all except tab and line breaks.
_UNHELD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALVES = re.compile(r"[\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"[\r\n\t]+")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_LINKEDIN = re.compile(
    r"linkedin\.com/((?:in|company|school|sales/lead|pub)/[^/?#\s]+)", re.IGNORECASE
)
_MIN_PHONE_DIGITS = 7

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

_SHARED_DOMAINS: frozenset[str] = frozenset((_SOCIAL + _FREE_MAIL + _BUILDERS).split())


def storable_text(text: str) -> str:
    """The text without characters that no field can store. Everything else stays, including leading
    and trailing blanks; a multi-line field stores the result, trimmed.

    A surrogate pair becomes the character it encodes, as in JSON; a lone surrogate is dropped.
    """
    if text.isprintable():
        return text
    if _HALVES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _UNHELD.sub("", text)


def one_line(text: str) -> str:
    """The text as a single-line field stores it: trimmed, with line breaks and tabs as spaces."""
    whole = storable_text(text).strip()
    return whole if whole.isprintable() else _LINE_BREAKS.sub(" ", whole)


def utf16_length(text: str) -> int:
    """Length as Salesforce counts it: UTF-16 units (trap 49)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def normal_form(compare: Compare, value: str) -> str | None:
    """The normal form of `value` for that kind of comparison; None if it must not be used to
    match."""
    return _FORMS[compare](unicodedata.normalize("NFC", one_line(value))) or None


def bare_domain(value: str) -> str | None:
    """The host of a URL, e-mail address or bare domain, in lower case without `www.`; None if there
    is none."""
    text = value.strip().lower()
    if "@" in text and "/" not in text:
        text = text.rpartition("@")[2]
    url = text if "//" in text else f"//{text}"
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    host = host.removeprefix("www.").rstrip(".")
    return host if "." in host and " " not in host else None


def _email(value: str) -> str | None:
    return value.casefold() if _EMAIL.fullmatch(value) else None


def _domain(value: str) -> str | None:
    """The host; None if it, or a parent of it (`acme.wixsite.com`), is shared by unrelated
    companies."""
    host = parent = bare_domain(value)
    while parent:
        if parent in _SHARED_DOMAINS:
            return None
        parent = parent.partition(".")[2]
    return host


def _linkedin(value: str) -> str | None:
    found = _LINKEDIN.search(unquote(value))
    return found.group(1).casefold() if found else None


def _phone(value: str) -> str | None:
    digits = "".join(filter(str.isdigit, value.removeprefix("00")))
    return digits if len(digits) >= _MIN_PHONE_DIGITS else None


_FORMS: dict[Compare, Callable[[str], str | None]] = {
    "text": str.casefold,
    "email": _email,
    "domain": _domain,
    "linkedin": _linkedin,
    "phone": _phone,
}
