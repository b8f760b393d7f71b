"""What the product needs of a CRM, without SOQL or HTTP: signing in, facts about an org, finding
and writing records in batches, and creating fields. Nothing here deletes.

Implementations: `zsf_plugin.salesforce` (real HTTP) and the tests' in-memory CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from zsf_plugin.model import (
        Connection,
        FieldSpec,
        Lookup,
        LookupAnswers,
        MetadataFound,
        OrgFacts,
        PermissionSetSpec,
        SignInKey,
        Tokens,
        Write,
        WriteOutcome,
    )

#: What an API call is for, highest rank first; the last is throttled first.
Purpose = Literal["purchases", "activities", "badges", "upkeep"]


def do_nothing(*_: object) -> None:
    """The default for `before_each`."""


@dataclass(frozen=True, slots=True)
class Usage:
    """API calls made in the org in the last 24 hours, by everyone, and the limit; `used` may exceed
    `limit`."""

    used: int
    limit: int


class RecordSearches(Protocol):
    """What finds records of one org."""

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: Purpose
    ) -> LookupAnswers:
        """The records that match any of `lookups`, each once, with the `select`ed fields of its
        object; and the lookups that the org refuses for good.

        May return more than was requested (the caller compares exactly), never less. A Lookup on
        `User` by Email finds active Standard users only, with their Email as the host knows it
        (without a sandbox's `.invalid`). Packs lookups into as few calls as the org allows; those
        that are not refused are answered all the same. Raises Unavailable, QuotaReached,
        ReconnectRequired.
        """
        ...


class Crm(RecordSearches, Protocol):
    """One connected org, as its connected user sees it."""

    def facts(self, *, refresh: bool = False, thorough: bool = False) -> OrgFacts:
        """Describes of Lead, Contact, Account and Task, the closed Task status, org id and kind.

        Served from the cache while it is fresh, and no person asked again since (`ASKED_AGAIN`);
        `refresh` queries the org again, and so does `thorough` if the org was not queried in full
        within the hour: a permission may change without a trace. Raises
        Unavailable, QuotaReached, ReconnectRequired.
        """
        ...

    def write(
        self,
        writes: Sequence[Write],
        purpose: Purpose,
        before_each: Callable[[Sequence[Write]], None] = do_nothing,
    ) -> Sequence[WriteOutcome]:
        """Write in order, Accounts before people before Tasks, in as few calls as the org allows;
        one outcome per write.

        References between writes are resolved, and several writes to one record are sent one after
        the other. Never raises for a single record: if a whole call fails, each of its writes gets
        the error (OutcomeUnknown if it was sent, NotSent for those not sent yet), also QuotaReached
        or ReconnectRequired. Nothing that may have happened is retried. `before_each` is called
        right before each writing request, with its writes; if it raises, that request is not sent.
        Fenced is always raised on; StoreUnavailable only while no outcome is known: later it makes
        the remaining writes NotSent, so that the known outcomes can be settled.
        """
        ...

    def usage(self) -> Usage | None:
        """The org's daily API usage, for one call; None if its answer has no usage (§2.4).

        Raises Unavailable, QuotaReached, ReconnectRequired.
        """
        ...

    def cost(self, writes: Sequence[Write]) -> int:
        """The API calls that `write` needs for these if nothing is refused. Makes no call."""
        ...

    def org_time(self) -> float | None:
        """The time now by the org's clock, in seconds since 1970, reckoned from its latest answer;
        None if no answer has said it yet. Makes no call."""
        ...

    def keep_alive(self) -> None:
        """Refresh the sign-in if it was not used for a week: it expires after 30 idle days. Costs
        no API call.

        Raises ReconnectRequired if it has expired.
        """
        ...


class Metadata(Protocol):
    """The setup of one connected org, with the rights of its connected user.

    Methods that create something may raise Rejected (DuplicateFound if it exists already),
    OutcomeUnknown if the answer was lost, and Unavailable, QuotaReached, ReconnectRequired as every
    call. Nothing is retried.
    """

    def inspect(
        self, wanted: Sequence[FieldSpec], permission_set: PermissionSetSpec, facts: OrgFacts
    ) -> MetadataFound:
        """What exists of these; `facts` must be fresh. A field that the user cannot see is
        reported, not an error.

        Takes two calls, and one for each field that exists but is hidden. Raises Unavailable,
        QuotaReached, ReconnectRequired.
        """
        ...

    def create_field(self, spec: FieldSpec) -> None:
        """Create a field; nobody sees it until it is granted. One call."""
        ...

    def create_permission_set(self, spec: PermissionSetSpec) -> str:
        """Create a permission set and return its id. One call."""
        ...

    def grant(self, permission_set_id: str, field: str, held: str | None) -> None:
        """Let the set's users read and edit `Lead.X__c`; `held` is the id of our existing
        permission if it allows less. One call."""
        ...

    def assign(self, permission_set_id: str) -> None:
        """Assign the set to the connected user. One call."""
        ...


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in in progress. `authorize_url` is for the browser; `state` and `verifier` (PKCE) stay
    on the server."""

    authorize_url: str
    login_url: str
    client_id: str
    redirect_uri: str
    state: str
    verifier: str


#: Why Salesforce granted no refresh token: the app lacks the scope, or a policy of it forbids one.
RenewalFault = Literal["no_refresh_scope", "no_refresh_policy"]


@dataclass(frozen=True, slots=True)
class SignInResult:
    """The result of a finished sign-in. Ids are 18 characters; `api_version` is like `68.0` and
    supported by the org. `key` starts later sessions without a person; `lacks` is why nothing will
    renew this one (`messages.connection`)."""

    tokens: Tokens
    org_id: str
    org_name: str
    user_id: str
    username: str
    instance_url: str
    is_sandbox: bool
    api_version: str
    key: SignInKey | None = None
    lacks: RenewalFault | None = None


class Login(Protocol):
    """OAuth with Salesforce (salesforce-api.md §1). Every method may raise Unavailable."""

    def trusted_base(self, url: str) -> str:
        """The base of a login URL that may be used. Raises ConfigurationError, with a message for
        the person who typed it, for any other."""
        ...

    def begin(self, login_url: str, client_id: str, redirect_uri: str) -> PendingSignIn:
        """Start a sign-in with a fresh state and PKCE verifier. Raises ConfigurationError for a
        host that must not be used."""
        ...

    def finish(self, sign_in: PendingSignIn, answer: Mapping[str, str]) -> SignInResult:
        """Exchange the callback's query for tokens.

        Raises ReconnectRequired with a code of `messages.connection`; ConfigurationError if our app
        registration is wrong.
        """
        ...

    def sign_in_with_jwt(
        self, login_url: str, client_id: str, username: str, key_pem: bytes
    ) -> SignInResult:
        """Sign in by the JWT bearer flow, without a browser. Raises as `finish`; MissingExtra
        without `[jwt]`."""
        ...

    def sign_in_as_app(self, login_url: str, client_id: str) -> SignInResult:
        """Sign in by the client credentials flow, as the user that the app runs as. Raises as
        `finish`."""
        ...

    def revoke(self, connection: Connection, tokens: Tokens) -> None:
        """Revoke the tokens in Salesforce; tokens that have expired count as revoked."""
        ...
