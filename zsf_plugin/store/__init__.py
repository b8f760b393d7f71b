"""Storage: engines of `ports.store.Store`, and the cipher for secrets. No business rules.

`open_store` picks the engine from the settings; `open_cipher` finds the secret key. Only `wiring`
imports this package.
"""

from __future__ import annotations

from zsf_plugin.store.opening import open_store
from zsf_plugin.store.secrecy import Cipher, open_cipher

__all__ = ["Cipher", "open_cipher", "open_store"]
