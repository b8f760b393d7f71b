"""Hosts that identify no company: the site of millions, a page there, free mail, a site builder's
customers, a public suffix, and what people type who have no website.

All hosts here are in lower case and punycode, without `www.`. The public suffix list
(https://publicsuffix.org) is loaded when the first host is compared: 30 ms, 3 MB.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from zsf_plugin.forking import fork_guard

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

# Social networks, link pages, short links, documents, directories and shops: often pasted as a
# website. Their subdomains are refused as well.
_SOCIAL = """
    linkedin.com lnkd.in facebook.com fb.com fb.me messenger.com instagram.com twitter.com x.com
    t.co youtube.com youtu.be vimeo.com tiktok.com pinterest.com pin.it snapchat.com threads.net
    threads.com bsky.app mastodon.social xing.com vk.com ok.ru weibo.com t.me telegram.me wa.me
    whatsapp.com line.me viber.com discord.gg discord.com skype.com github.com gitlab.com
    bitbucket.org stackoverflow.com medium.com reddit.com quora.com soundcloud.com spotify.com
    twitch.tv patreon.com ko-fi.com buymeacoffee.com gumroad.com substack.com meetup.com
    linktr.ee bio.link about.me beacons.ai lnk.bio taplink.cc campsite.bio solo.to flow.page
    allmylinks.com hoo.be msha.ke linkin.bio bio.site carrd.co
    goo.gl maps.app.goo.gl g.page g.co forms.gle bit.ly tinyurl.com ow.ly is.gd buff.ly cutt.ly
    rebrand.ly rb.gy shorturl.at s.id
    google.com bing.com docs.google.com sites.google.com play.google.com apple.com apps.apple.com
    notion.so notion.site dropbox.com wetransfer.com 1drv.ms sharepoint.com trello.com
    airtable.com typeform.com canva.com issuu.com slideshare.net calendly.com zoom.us
    behance.net dribbble.com eventbrite.com crunchbase.com angel.co wellfound.com glassdoor.com
    indeed.com producthunt.com g2.com capterra.com clutch.co trustpilot.com yellowpages.com
    yelp.com tripadvisor.com opentable.com houzz.com amazon.com ebay.com etsy.com airbnb.com
    booking.com alibaba.com wikipedia.org wikidata.org archive.org
    upwork.com fiverr.com freelancer.com malt.com gofundme.com kickstarter.com indiegogo.com
"""

_FREE_MAIL = """
    gmail.com googlemail.com outlook.com hotmail.com live.com live.co.uk live.fr live.de live.it
    live.nl live.se live.dk live.no live.fi live.be live.at live.ie live.ca live.cn live.jp live.in
    live.com.au live.com.mx msn.com passport.com windowslive.com
    yahoo.com ymail.com rocketmail.com myyahoo.com aol.com aim.com icloud.com me.com mac.com
    proton.me protonmail.com pm.me gmx.com gmx.net gmx.de web.de t-online.de freenet.de arcor.de
    mail.com email.com usa.com mail.ru yandex.ru yandex.com ya.ru bk.ru inbox.ru list.ru rambler.ru
    ukr.net i.ua qq.com 163.com 126.com sina.com sina.cn sohu.com foxmail.com yeah.net naver.com
    daum.net hanmail.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr
    libero.it tiscali.it virgilio.it alice.it tin.it wp.pl o2.pl onet.pl interia.pl gazeta.pl
    seznam.cz centrum.cz email.cz azet.sk freemail.hu abv.bg telia.com bredband.net comhem.se
    spray.se online.no ziggo.nl kpnmail.nl planet.nl home.nl xs4all.nl hetnet.nl skynet.be
    telenet.be bluewin.ch hispeed.ch sunrise.ch chello.at aon.at sapo.pt terra.es telefonica.net
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net
    juno.com optonline.net frontier.com btinternet.com btopenworld.com sky.com talktalk.net
    ntlworld.com virginmedia.com blueyonder.co.uk zoho.com zohomail.com fastmail.com fastmail.fm
    hey.com tutanota.com tutanota.de tuta.io tuta.com tutamail.com duck.com mailbox.org posteo.de
    hushmail.com rediffmail.com bigpond.com bigpond.net.au optusnet.com.au iinet.net.au
    xtra.co.nz shaw.ca rogers.com sympatico.ca telus.net uol.com.br bol.com.br terra.com.br
    ig.com.br
    globo.com mailinator.com guerrillamail.com yopmail.com privaterelay.appleid.com
"""

# Site builders and hosting: each subdomain is a customer's. Most are public suffixes too.
_BUILDERS = """
    wix.com wixsite.com wixstudio.com editorx.io wordpress.com wordpress.org blogspot.com
    blogger.com weebly.com squarespace.com webflow.io webflow.com framer.website framer.app
    github.io gitlab.io netlify.app vercel.app herokuapp.com azurewebsites.net myshopify.com
    shopify.com mybigcommerce.com bigcartel.com square.site godaddysites.com jimdosite.com
    jimdofree.com jimdo.com webnode.com webador.com site123.me yolasite.com webs.com tripod.com
    altervista.org e-monsite.com over-blog.com tilda.ws ucoz.ru business.site negocio.site
    strikingly.com mystrikingly.com tumblr.com livejournal.com typepad.com web.app
    firebaseapp.com pages.dev workers.dev onrender.com fly.dev replit.app glitch.me
    cloudfront.net amazonaws.com s3.amazonaws.com myworkdayjobs.com greenhouse.io lever.co
    hubspotpagebuilder.com hs-sites.com canva.site my.canva.site ueniweb.com
"""

# Hosts of one owner in many countries: the name before any public suffix, or the first of the
# suffix (`google.de`, `acme.blogspot.de`, `yahoo.co.uk`).
_SHARED_NAMES = "google.* amazon.* ebay.* yelp.* tripadvisor.* pinterest.* blogspot.*"
_FREE_MAIL_NAMES = "yahoo.* hotmail.* outlook.* gmx.* ymail.*"

# What people type who have no website: the name before any public suffix.
_UNREAL = """
    example beispiel exemple ejemplo esempio exemplo voorbeeld exempel musterfirma mustermann
    yourdomain yourcompany yourwebsite yoursite yourbusiness yourname mydomain mycompany mywebsite
    companyname companydomain companywebsite domainname websitename sitename nowebsite no-website
    nodomain nosite nourl noname nocompany noemail no-email nomail no-mail noreply donotreply
    notprovided notavailable notapplicable notknown novalue placeholder
"""
# The same under `.com`, `.net` and `.org` only: elsewhere companies have these names.
_UNREAL_DOT_COM = """
    none na n-a nan nil null nope no not nothing nobody unknown undefined empty blank test
    testing tests tester test123 email domain website site company url asdf asdfg qwerty
    aaa aaaa xxx xxxx abc123 fake dummy sample temp
"""

#: Stands for any public suffix itself.
_SUFFIX = "*"
_FREE_MAIL_HOSTS: frozenset[str] = frozenset((_FREE_MAIL + _FREE_MAIL_NAMES).split())
#: Reserved as wholes (RFC 2606). Whoever tries the plugin out names companies in them.
_TRIAL_ZONES = frozenset({"test", "example"})
_NOBODYS_HOSTS: frozenset[str] = frozenset(
    [_SUFFIX, "example.test", "example.example"]
    + [f"{name}.*" for name in _UNREAL.split()]
    + [f"{name}.{suffix}" for name in _UNREAL_DOT_COM.split() for suffix in ("com", "net", "org")]
)
#: Of a host that identifies no company `names_of` has one of these.
SHARED_HOSTS: frozenset[str] = (
    frozenset((_SOCIAL + _SHARED_NAMES + _BUILDERS).split()) | _FREE_MAIL_HOSTS | _NOBODYS_HOSTS
)


@lru_cache(maxsize=512)  # few: the normal form of a whole text is remembered too
def names_of(host: str) -> frozenset[str]:
    """The host and its parents, its name under any public suffix (`acme.*` for `www.acme.co.uk`),
    and the first name of that suffix; `*` if it is a public suffix itself."""
    suffix = _public_suffixes().publicsuffix(host) or ""
    names = {_SUFFIX} if suffix and suffix == host else set()
    if suffix:
        registered = host[: -len(suffix)].rstrip(".").rpartition(".")[2]
        names |= {f"{registered}.*", f"{suffix.partition('.')[0]}.*"}
    parent = host
    while parent:
        names.add(parent)
        parent = parent.partition(".")[2]
    return frozenset(names)


def is_nobodys(host: str) -> bool:
    """Whether the host is a public suffix (`co.uk`, `github.io`), an example, or what people type
    who have none (`none.com`, `yourdomain.com`)."""
    return not _NOBODYS_HOSTS.isdisjoint(names_of(host))


def is_free_mail(host: str) -> bool:
    """Whether anybody may have an e-mail address at that host (`gmail.com`)."""
    return not _FREE_MAIL_HOSTS.isdisjoint(names_of(host))


def has_known_ending(host: str) -> bool:
    """Whether the host ends as hosts do, so that it is one even in the middle of other words."""
    is_for_trials = host.rpartition(".")[2] in _TRIAL_ZONES
    return is_for_trials or _public_suffixes().publicsuffix(host) is not None


@lru_cache(maxsize=1)
def _public_suffixes() -> PublicSuffixList:
    with fork_guard.inside():
        from publicsuffixlist import PSLFILE, PublicSuffixList

    listed = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    suffixes = [suffix for suffix in listed if suffix and not suffix.startswith("//")]
    # The library writes all of them in punycode, which takes twice as long as everything else.
    suffixes += [_in_punycode(suffix) for suffix in suffixes if not suffix.isascii()]
    return PublicSuffixList(suffixes, accept_unknown=False, accept_encoded_idn=False)


def _in_punycode(suffix: str) -> str:
    """A suffix as its registry has it; the list has them in the form that is encoded."""
    labels = (
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
        for label in suffix.split(".")
    )
    return ".".join(labels)
