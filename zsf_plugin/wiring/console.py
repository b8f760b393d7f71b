"""The app of the console's pages. Drains nothing: a change wakes what drains in this process."""

from __future__ import annotations

from zsf_plugin.store import Cipher
from zsf_plugin.wiring.app import App


class ConsoleApp(App):
    """What the console's pages need of one process."""

    def wake(self, workspace: str) -> None:
        """Something may be due by now: have it drained soon, where drains run in this process."""
        self._parts.drains.wake(workspace)

    @property
    def cipher(self) -> Cipher:
        """Seals what a browser keeps for us, and signs its cookies: the same in every process of
        these settings. Raises ConfigurationError where no usable key is found."""
        return self._parts.cipher
