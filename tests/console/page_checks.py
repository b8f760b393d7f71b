"""Checks of pages and responses. Each returns a list of complaints in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from urllib.parse import urlsplit

_NO_SCRIPT_TYPES = ("application/json", "text/plain")
_UNSAFE = (
    "'unsafe-inline'",
    "'unsafe-eval'",
    "'unsafe-hashes'",
    "data:",
    "blob:",
    "*",
    "http:",
    "https:",
)


class _Inline(HTMLParser):
    """Collects what a strict content security policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "style":
            self.found.append("a <style> element")
        if tag == "script" and "src" not in given and given.get("type") not in _NO_SCRIPT_TYPES:
            self.found.append("a <script> without src")
        self.found += [
            f"{name}= on <{tag}>"
            for name in given
            if name == "style" or name.startswith(("on", "hx-on"))
        ]
        scripts = ("javascript:", "vbscript:", "data:text")
        self.found += [
            f"{name}={value!r} on <{tag}>"
            for name, value in given.items()
            if value.strip().lower().startswith(scripts)
            or (name in ("hx-vals", "hx-headers", "hx-vars") and "js:" in value)
        ]


def inline(html: str) -> list[str]:
    """Inline scripts, styles and handlers of a page or part."""
    parser = _Inline()
    parser.feed(html)
    return parser.found


def missing_headers(headers: Mapping[str, str], *, static: bool = False) -> list[str]:
    """The security headers that a response lacks."""
    found = _policy_faults(headers.get("Content-Security-Policy", ""))
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
    }
    found += [
        f"{name} is {headers.get(name)!r}"
        for name, value in wanted.items()
        if headers.get(name) != value
    ]
    if not static and "no-store" not in headers.get("Cache-Control", ""):
        found.append(f"Cache-Control is {headers.get('Cache-Control')!r}")
    return found


def _policy_faults(policy: str) -> list[str]:
    rules = {words.split()[0]: words.split()[1:] for words in policy.split(";") if words.strip()}
    wanted = {"default-src": ["'none'"], "script-src": ["'self'"], "style-src": ["'self'"], "base-uri": ["'none'"],
              "form-action": ["'self'"], "frame-ancestors": ["'none'"]}  # fmt: skip
    found = [
        f"the policy's {name} is {rules.get(name)}"
        for name, value in wanted.items()
        if rules.get(name) != value
    ]
    return found + [
        f"the policy allows {word}" for words in rules.values() for word in words if word in _UNSAFE
    ]


def leads_away(location: str, own_host: str) -> bool:
    """Whether a browser that follows this Location leaves the console's host; browsers read
    backslashes as slashes."""
    target = location.strip().replace("\\", "/")
    if any(ord(letter) < 32 for letter in target):
        return True
    parts = urlsplit(target)
    return bool(parts.netloc and parts.netloc != own_host) or parts.scheme not in (
        "",
        "http",
        "https",
    )


class _Addresses(HTMLParser):
    """Collects URLs that a person, a form, a refresh or our scripts would follow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = ("href", "src", "action", "formaction", "content", "srcset", "poster", "data")
        for name, value in attrs:
            if value and (name in names or name.startswith(("hx-", "data-"))):
                self.found.append(
                    value.partition("url=")[2] or value if name == "content" else value
                )


def addresses_in(html: str) -> list[str]:
    """All URLs in a page's attributes that might be followed."""
    parser = _Addresses()
    parser.feed(html)
    return parser.found


def canaries_in(text: str, canaries: Iterable[str]) -> list[str]:
    """The canaries that a text contains."""
    return [canary for canary in canaries if canary in text]


class _Notices(HTMLParser):
    """Collects the text of each message, and of highlighted warnings."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if self._depth:
            self._depth += tag not in _VOID
        elif {"message", "warn"} & set(classes) and tag not in _VOID:
            self._depth = 1
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= bool(self._depth) and tag not in _VOID

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.found[-1] += data


_VOID = {"path", "circle", "br", "input", "hr", "img"}


def repeated_notices(html: str) -> list[str]:
    """Sentences that a page's notices repeat."""
    parser = _Notices()
    parser.feed(html)
    sentences = [
        sentence.strip()
        for text in parser.found
        for sentence in re.split(r"(?<=[.:])\s", " ".join(text.split()))
        if len(sentence) > 15
    ]
    return sorted({sentence for sentence in sentences if sentences.count(sentence) > 1})


class _OutsideLinks(HTMLParser):
    """Collects links to other hosts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Mapping[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and urlsplit(given.get("href", "")).netloc:
            self.found.append(given)


def outside_links(html: str) -> list[Mapping[str, str]]:
    """The attributes of each link to another host."""
    parser = _OutsideLinks()
    parser.feed(html)
    return parser.found
