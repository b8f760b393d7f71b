"""Web domains that millions share: a company is never matched by one of them. Data only.

Social networks and link pages (people paste them as a website), free mail, and site builders whose
subdomains belong to their customers: there the whole host is refused too, since the builder's own
domain stands behind it.
"""

from __future__ import annotations

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

SHARED_DOMAINS: frozenset[str] = frozenset((_SOCIAL + _FREE_MAIL + _BUILDERS).split())
