"""What is stored sealed with the secret key: tokens, and the keys of event digests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DigestKey:
    """A key of event digests, and its name, which the digests made with it carry. The name is empty
    for digests of versions that had one key."""

    name: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many values were sealed again with the present secret key, and how many were already; the
    workspaces whose tokens no known key fits, and how many keys of digests none fits;
    `has_changed`: whether the change of keys was made."""

    sealed: int
    kept: int
    unreadable: tuple[str, ...] = ()
    lost_digest_keys: int = 0
    has_changed: bool = False


class Secrets(Protocol):
    """Values sealed with the secret key."""

    def digest_keys(self) -> Sequence[DigestKey]:
        """The keys of event digests that can be unsealed, that for new digests first; made if there
        is none."""
        ...

    def unreadable_tokens(self) -> Sequence[str]:
        """The workspaces whose stored tokens no known secret key fits."""
        ...

    def reseal(self, change: Callable[[], None] | None = None) -> Resealed:
        """Seal every value with the present secret key, in one transaction. What no known key fits
        stays as it is.

        `change` replaces the secret key, or forgets the previous one. It is called only if nothing
        had to be sealed again and all tokens can be read; then every value is sealed with the key
        that is present after it. Nobody else seals anything meanwhile. So if the process is killed
        at any moment, the values need no other key than the two that are left.
        """
        ...
