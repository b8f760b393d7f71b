"""The app of the console's pages. Drains nothing: a change wakes what drains in this process."""

from __future__ import annotations

from zsf_plugin.wiring.app import App


class ConsoleApp(App):
    """What the console's pages need of one process."""

    def wake(self, workspace: str) -> None:
        """Something may be due by now: have it drained soon, where drains run in this process."""
        self._parts.drains.wake(workspace)

    def seal(self, text: str) -> str:
        """The text as a browser may keep it for us; every process of these settings can `unseal`
        it."""
        return self._parts.cipher.seal(text)

    def unseal(self, sealed: str) -> str | None:
        """What was sealed, or None for anything else."""
        return self._parts.cipher.unseal(sealed)

    def session_key(self) -> str:
        """What cookies are signed with, in hexadecimal. Raises ConfigurationError where no usable
        key is found."""
        return self._parts.cipher.session_key().hex()

    def login_base(self, url: str) -> str:
        """The base of a login address that may be followed. Raises ConfigurationError, with words
        for all others."""
        from zsf_plugin.salesforce.hosts import trusted_base

        return trusted_base(url)
