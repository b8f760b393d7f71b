"""A login without Salesforce: every sign-in has the same result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zsf_plugin.errors import Unavailable
from zsf_plugin.model import Connection, Tokens
from zsf_plugin.ports import PendingSignIn, SignInResult

SIGN_IN = PendingSignIn("", "https://login.salesforce.com", "client", "", "", "")
GRANT = SignInResult(
    tokens=Tokens("access", "refresh"),
    org_id="00D5g000004TyUiEAK",
    org_name="Acme",
    user_id="0055g00000FnJpQAAV",
    username="int@acme.example",
    instance_url="https://acme.my.salesforce.com",
    is_sandbox=False,
    api_version="68.0",
)
OTHER_ORG = replace(GRANT, org_id="00D5g000009ZzZzEAK", tokens=Tokens("foreign", "foreign"))


class FakeLogin:
    """Records revoked tokens; Salesforce may be `down`."""

    def __init__(self) -> None:
        self.revoked: list[str] = []
        self.down = False

    def trusted_base(self, url: str) -> str:
        return url

    def begin(self, login_url: str, client_id: str, redirect_uri: str) -> PendingSignIn:
        return SIGN_IN

    def finish(self, sign_in: PendingSignIn, answer: Mapping[str, str]) -> SignInResult:
        return GRANT

    def sign_in_with_jwt(
        self, login_url: str, client_id: str, username: str, key_pem: bytes
    ) -> SignInResult:
        return GRANT

    def sign_in_as_app(self, login_url: str, client_id: str) -> SignInResult:
        return GRANT

    def revoke(self, connection: Connection, tokens: Tokens) -> None:
        if self.down:
            raise Unavailable("no route")
        self.revoked.append(tokens.access)
