"""Texts about secret keys. Data and rendering only."""

from __future__ import annotations

from collections.abc import Sequence

#: The code of the finding that stored tokens cannot be read.
TOKENS_UNREADABLE = "TOKENS_UNREADABLE"
_TOKENS_UNREADABLE = (
    "the secret key does not fit the stored tokens of {workspaces}, so nothing can be sent for "
    "them; events are still accepted. Restore the key they were saved with, or give it as "
    "ZSF_SECRET_KEY_PREVIOUS; or connect again with `zsf connect`"
)


def unreadable_text(workspaces: Sequence[str]) -> str:
    """That these workspaces' tokens cannot be read, and what to do."""
    return _TOKENS_UNREADABLE.format(workspaces=", ".join(workspaces))
