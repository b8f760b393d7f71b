"""The secrets of a connection, and what renews its session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """A connection's secrets. Has no repr, so that they cannot reach a log by accident.

    `version` counts rotations; a process that waited for the refresh lease compares it to see
    whether another process refreshed first.
    """

    access: str
    refresh: str | None
    version: int = 0
    refreshed_at: float = 0.0


@dataclass(frozen=True, slots=True, repr=False)
class SignInKey:
    """What starts new sessions without a person. Has no repr, because it holds a secret.

    `jwt`: `secret` is the private key (PEM) that signs in `username`. `client_credentials`:
    `secret` is the app's consumer secret.
    """

    kind: Literal["jwt", "client_credentials"]
    secret: str
    username: str = ""


#: What renews a connection's session; without either it ends with its session.
Renewal = Literal["refresh_token", "key"]
