"""One approval of an app by a user, its tokens and sessions. No clock: moments are handed in."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

Scopes = tuple[str, ...]


@dataclass(slots=True)
class Grant:
    """One approval: its living refresh token, when that was last used, those rotated away, and its
    sessions.

    `access` tells of each living access token when it was last used, in seconds since the epoch.
    """

    user_id: str
    client_id: str
    refresh: str
    scopes: Scopes
    used_at: float
    spent: set[str] = field(default_factory=set)
    access: dict[str, float] = field(default_factory=dict)

    @property
    def is_lasting(self) -> bool:
        """Whether its scopes ask for a refresh token."""
        return "refresh_token" in self.scopes or "offline_access" in self.scopes

    def is_refreshed_by(self, token: str) -> bool:
        """Whether that is its living refresh token."""
        return same_secret(self.refresh, token)

    def is_shown_by(self, token: str, client_id: str | None) -> bool:
        """Whether that was its refresh token, or is and its own app shows it."""
        if token in self.spent:
            return True
        return self.is_refreshed_by(token) and client_id == self.client_id

    def has_session(self, access: str, oldest: float) -> bool:
        """Whether that access token was used no earlier than the `oldest` moment."""
        return access in self.access and self.access[access] >= oldest

    def use(self, access: str, now: float) -> None:
        """Begin a session by its access token, or lengthen it."""
        self.access[access] = now

    def rotate(self) -> None:
        """Spend the refresh token; another takes its place."""
        self.spent.add(self.refresh)
        self.refresh = new_refresh_token()


def new_refresh_token() -> str:
    """A token that nobody can guess."""
    return f"5Aep{secrets.token_urlsafe(60)}"


def same_secret(held: str, given: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return hmac.compare_digest(held.encode(), given.encode())
