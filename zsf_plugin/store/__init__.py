"""Storage: engines of `ports.store.Store`, and the cipher for secrets. No business rules.

`open_store` picks the engine from the settings; `open_cipher` finds the secret key. Only `wiring`
imports this package.
"""

from __future__ import annotations

from zsf_plugin.store.opening import open_store
from zsf_plugin.store.secrecy import (
    Cipher,
    forget_previous_key,
    open_cipher,
    previous_key_file,
    replace_key_file,
)

__all__ = [
    "Cipher",
    "forget_previous_key",
    "open_cipher",
    "open_store",
    "previous_key_file",
    "replace_key_file",
]
