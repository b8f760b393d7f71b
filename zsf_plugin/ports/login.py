"""What connecting needs of an identity provider: where to send the browser, and what its answer is
worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from zsf_plugin.model import Connection, Tokens


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in under way. `authorize_url` is for the browser; `state` and `verifier` (PKCE) stay
    here."""

    authorize_url: str
    login_url: str
    client_id: str
    redirect_uri: str
    state: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a finished sign-in gives. Ids are 18 characters; `api_version` like `68.0`, known to the
    org."""

    tokens: Tokens
    org_id: str
    org_name: str
    user_id: str
    username: str
    instance_url: str
    is_sandbox: bool
    api_version: str


class Login(Protocol):
    """OAuth as Salesforce speaks it (salesforce-api.md §1). Every method may raise Unavailable."""

    def trusted_base(self, url: str) -> str:
        """The base of a login address that may be followed. Raises ConfigurationError, in words for
        the person who typed it, for all others."""
        ...

    def begin(self, login_url: str, client_id: str, redirect_uri: str) -> SignIn:
        """A new sign-in with fresh state and PKCE verifier. Raises ConfigurationError for a host we
        must not follow."""
        ...

    def finish(self, sign_in: SignIn, answer: Mapping[str, str]) -> Grant:
        """Trade the callback's query for a grant.

        Raises ReconnectRequired with a code of `messages.connection`; ConfigurationError where our
        app registration is wrong.
        """
        ...

    def sign_in_with_jwt(
        self, login_url: str, client_id: str, username: str, key_pem: bytes
    ) -> Grant:
        """A grant by the JWT bearer flow, without a browser. Raises as `finish`; MissingExtra
        without `[jwt]`."""
        ...

    def revoke(self, connection: Connection, tokens: Tokens) -> None:
        """End the grant at Salesforce; one that is already dead counts as ended."""
        ...
