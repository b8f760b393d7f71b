"""Text as an org holds it, and as match keys compare it. Pure; shortens nothing, and never says
which records are asked for.

What is written, asked by and compared passes here, so that the same text is the same in all three
(salesforce-api.md §6, §9 trap 49): what nothing holds is dropped, the rest is kept letter by
letter. Two values match when their normal forms are equal. A value with no normal form never
matches anything: it is empty, malformed, or a web domain that millions share.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from zsf_plugin.model.rules import Compare

#: Control characters but for tab and line breaks: no field holds them.
_UNHELD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALVES = re.compile(r"[\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"[\r\n\t]+")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_LINKEDIN = re.compile(
    r"linkedin\.com/((?:in|company|school|sales/lead|pub)/[^/?#\s]+)", re.IGNORECASE
)
_MIN_PHONE_DIGITS = 7

# Web domains that millions share: a company is never matched by one of them. Social networks and
# link pages (people paste them as a website), free mail, and site builders whose subdomains belong
# to their customers: there the whole host is refused too, since the builder's own domain stands
# behind it.
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
    """The text less what no field holds; all else, blanks at its ends too, stays. A field of
    several lines holds that, trimmed.

    Two halves of a surrogate pair side by side are the character they stand for, as JSON reads
    them; one alone is none.
    """
    if text.isprintable():
        return text
    if _HALVES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _UNHELD.sub("", text)


def one_line(text: str) -> str:
    """The text as a field of one line holds it: trimmed, line breaks and tabs a space."""
    whole = storable_text(text).strip()
    return whole if whole.isprintable() else _LINE_BREAKS.sub(" ", whole)


def utf16_length(text: str) -> int:
    """Length as Salesforce counts it: UTF-16 units (trap 49)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def normal_form(compare: Compare, value: str) -> str | None:
    """The normal form of `value` under that kind of comparison, or None where it must not be
    matched by."""
    return _FORMS[compare](unicodedata.normalize("NFC", one_line(value))) or None


def bare_domain(value: str) -> str | None:
    """The host of a URL, an e-mail address or a bare domain: lower case, no `www.`; None where
    there is none."""
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
    """The host, unless it, or a parent of it (`acme.wixsite.com`), is one that unrelated companies
    share."""
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
