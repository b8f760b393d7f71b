"""Watches what a browser says aside while a test goes on: errors of the console, of scripts, of the
CSP, of requests.

A test that means one of them says so with `allow`; all others fail it.
"""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

#: A navigation ends what was still being loaded; that is no failure of the page.
_ENDED = ("net::ERR_ABORTED",)
#: Chromium reports most breaches of a policy in its console; the event reports all of them.
_TELL_BREACHES = """
document.addEventListener("securitypolicyviolation", (breach) =>
  console.error(`CSP: ${breach.violatedDirective} forbids ${breach.blockedURI} ${breach.sample}`.trim()));
"""


class Guard:
    """One context's complaints, of all its pages and popups; those from `elsewhere` (the emulator's
    pages) aside."""

    def __init__(self, context: BrowserContext, elsewhere: tuple[str, ...] = ()) -> None:
        self.told: list[str] = []
        self._context = context
        self._allowed: list[str] = []
        self._elsewhere = elsewhere
        context.add_init_script(_TELL_BREACHES)
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("requestfailed", self._request)

    def allow(self, pattern: str) -> None:
        """Complaints that match this regular expression are meant by the test."""
        self._allowed.append(pattern)

    def complaints(self) -> list[str]:
        """What nobody allowed."""
        self._context.cookies()  # a question to the browser: what it said before its answer has arrived by then
        return [
            words for words in self.told if not any(re.search(one, words) for one in self._allowed)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        address = str(
            message.location.get("url") or (message.page.url if message.page is not None else "")
        )
        if message.type in ("error", "warning", "assert"):
            self._keep(f"{message.type} in the console: {message.text} ({address})", address)

    def _script(self, error: WebError) -> None:
        address = error.page.url if error.page is not None else ""
        self._keep(f"error of a script: {error.error.message} ({address})", address)

    def _request(self, request: Request) -> None:
        if request.failure not in _ENDED:
            self._keep(
                f"request failed: {request.method} {request.url}: {request.failure}", request.url
            )

    def _keep(self, words: str, address: str) -> None:
        if not address.startswith(self._elsewhere or ("//",)):
            self.told.append(words)
