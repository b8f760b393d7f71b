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
#: The code of the finding that the secret key is too short.
KEY_TOO_SHORT = "KEY_TOO_SHORT"
#: As many characters as 128 random bits take in base64.
MIN_KEY_CHARACTERS = 22
_KEY_TOO_SHORT = (
    "{source} has fewer than {least} characters, so whoever gets a copy of the database may find "
    "it out and read the stored tokens. It still works; {advice}"
)
_LONGER_FILE = "run `zsf rotate-key`, which makes a longer one"
_LONGER_VARIABLE = (
    "set ZSF_SECRET_KEY to a longer one and ZSF_SECRET_KEY_PREVIOUS to this one, then run "
    "`zsf rotate-key`"
)


def short_key_text(source: str, *, is_file: bool) -> str:
    """That the secret key is too short, and what to do. `source` says where it is."""
    advice = _LONGER_FILE if is_file else _LONGER_VARIABLE
    return _KEY_TOO_SHORT.format(source=source, least=MIN_KEY_CHARACTERS, advice=advice)


def unreadable_text(workspaces: Sequence[str]) -> str:
    """That these workspaces' tokens cannot be read, and what to do."""
    return _TOKENS_UNREADABLE.format(workspaces=", ".join(workspaces))
