"""Collects errors of a browser during a test: of the console, scripts, the CSP and requests.

A test allows the errors that it expects with `allow`; all others fail it.
"""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

#: A navigation aborts requests that are still running; that is no fault of the page.
_ABORTED = ("net::ERR_ABORTED",)
#: Chromium reports most violations of the policy in its console; the event reports all of them.
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (violation) =>
  console.error(`CSP: ${violation.violatedDirective} forbids ${violation.blockedURI} ${violation.sample}`.trim()));
"""


class Guard:
    """The complaints of one context, from all its pages and popups except those of
    `ignored_origins` (the emulator's pages)."""

    def __init__(self, context: BrowserContext, ignored_origins: tuple[str, ...] = ()) -> None:
        self.messages: list[str] = []
        self._context = context
        self._allowed: list[str] = []
        self._ignored_origins = ignored_origins
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("requestfailed", self._request)

    def allow(self, pattern: str) -> None:
        """Expect complaints that match this regular expression."""
        self._allowed.append(pattern)

    def complaints(self) -> list[str]:
        """The errors that no test allowed."""
        self._context.cookies()  # a round trip: errors before it have arrived by then
        return [
            words
            for words in self.messages
            if not any(re.search(one, words) for one in self._allowed)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        address = str(
            message.location.get("url") or (message.page.url if message.page is not None else "")
        )
        if message.type in ("error", "warning", "assert"):
            self._record(f"{message.type} in the console: {message.text} ({address})", address)

    def _script(self, error: WebError) -> None:
        address = error.page.url if error.page is not None else ""
        self._record(f"script error: {error.error.message} ({address})", address)

    def _request(self, request: Request) -> None:
        if request.failure not in _ABORTED:
            self._record(
                f"request failed: {request.method} {request.url}: {request.failure}", request.url
            )

    def _record(self, words: str, address: str) -> None:
        if not address.startswith(self._ignored_origins or ("//",)):
            self.messages.append(words)
