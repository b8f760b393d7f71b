"""What the product needs of a CRM, never SOQL or HTTP: a sign-in, an org's facts, records found and
written in batches, and its setup, of which nothing here deletes.

Engines: `zsf_plugin.salesforce` (real HTTP) and the tests' in-memory CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from zsf_plugin.model import (
    Connection,
    FieldSpec,
    Lookup,
    MetadataFound,
    OrgFacts,
    PermissionSetSpec,
    Record,
    Tokens,
    Write,
    WriteOutcome,
)

#: What an API call is for, in rank: when the allocation runs out, the last is throttled first.
Purpose = Literal["purchases", "activities", "badges", "upkeep"]


def do_nothing() -> None:
    """What is to be done before each request, where nothing is."""


@dataclass(frozen=True, slots=True)
class Usage:
    """API calls of the org's trailing 24 hours, by everyone, and how many it may make; `used` may
    exceed `limit`."""

    used: int
    limit: int


class Crm(Protocol):
    """One connected org, seen as its connected user."""

    def facts(self, *, refresh: bool = False) -> OrgFacts:
        """Describes of Lead, Contact, Account and Task, the closed Task status, org id and kind.

        Answered from the cache while it is fresh; `refresh` asks the org anew. Raises Unavailable,
        QuotaReached, ReconnectRequired.
        """
        ...

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: Purpose
    ) -> Sequence[Record]:
        """The records that answer any of `lookups`, each once, with the `select`ed fields of its
        object.

        May return more than was asked for (the caller compares exactly), never less. A Lookup on
        `User` by Email means active Standard users only; their Email comes back as the host knows
        it (a sandbox's `.invalid` taken off). Packs questions into as few calls as the org allows.
        Raises Unavailable, QuotaReached, ReconnectRequired.
        """
        ...

    def write(
        self,
        writes: Sequence[Write],
        purpose: Purpose,
        before_each: Callable[[], None] = do_nothing,
    ) -> Sequence[WriteOutcome]:
        """Write in order, Accounts before people before Tasks, in as few calls as the org allows;
        one outcome each.

        References between the writes are resolved, and several writes of one record go one after
        the other. Never raises for one record: a whole call that fails gives each of its writes the
        error (OutcomeUnknown where it was sent; NotSent for those that were still to go), and
        QuotaReached or ReconnectRequired likewise. Nothing is retried that may have happened.
        `before_each` is called at the last moment before each request that writes; what it raises
        is raised, and that request is not sent: Fenced always, StoreUnavailable while no outcome is
        known; later it leaves the rest NotSent, so that what is known can be settled.
        """
        ...

    def usage(self) -> Usage | None:
        """What the org says of its day's API calls, for one call; None where its answer does not
        tell (§2.4).

        Raises Unavailable, QuotaReached, ReconnectRequired.
        """
        ...

    def cost(self, writes: Sequence[Write]) -> int:
        """API calls that `write` takes for these where nothing is refused. Asks nothing."""
        ...

    def keep_alive(self) -> None:
        """Use the sign-in where it was not used for a week: one that idles for 30 days dies. Costs
        no API call.

        Raises ReconnectRequired where it is dead.
        """
        ...


class Metadata(Protocol):
    """The setup of one connected org, with the rights of its connected user.

    Whatever makes something may raise Rejected (DuplicateFound where it is there already),
    OutcomeUnknown where the answer was lost, and as every call Unavailable, QuotaReached,
    ReconnectRequired. Nothing is sent twice by itself.
    """

    def inspect(
        self, wanted: Sequence[FieldSpec], permission_set: PermissionSetSpec, facts: OrgFacts
    ) -> MetadataFound:
        """What there is of these; `facts` are fresh ones. A field that nobody may look at is no
        error, but told.

        Two calls, and one for each field that is there and hidden. Raises Unavailable,
        QuotaReached, ReconnectRequired.
        """
        ...

    def create_field(self, spec: FieldSpec) -> None:
        """Make a field; nobody sees it before it is granted. One call."""
        ...

    def create_permission_set(self, spec: PermissionSetSpec) -> str:
        """Make a permission set; its id. One call."""
        ...

    def grant(self, permission_set_id: str, field: str, held: str | None) -> None:
        """Let the set's users read and edit `Lead.X__c`; `held` is our own row's id where it allows
        less. One call."""
        ...

    def assign(self, permission_set_id: str) -> None:
        """Give the set to the connected user. One call."""
        ...


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in under way. `authorize_url` is for the browser; `state` and `verifier` (PKCE) stay
    here."""

    authorize_url: str
    login_url: str
    client_id: str
    redirect_uri: str
    state: str
    verifier: str


@dataclass(frozen=True, slots=True)
class SignInResult:
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

    def begin(self, login_url: str, client_id: str, redirect_uri: str) -> PendingSignIn:
        """A new sign-in with fresh state and PKCE verifier. Raises ConfigurationError for a host we
        must not follow."""
        ...

    def finish(self, sign_in: PendingSignIn, answer: Mapping[str, str]) -> SignInResult:
        """Trade the callback's query for a grant.

        Raises ReconnectRequired with a code of `messages.connection`; ConfigurationError where our
        app registration is wrong.
        """
        ...

    def sign_in_with_jwt(
        self, login_url: str, client_id: str, username: str, key_pem: bytes
    ) -> SignInResult:
        """A grant by the JWT bearer flow, without a browser. Raises as `finish`; MissingExtra
        without `[jwt]`."""
        ...

    def revoke(self, connection: Connection, tokens: Tokens) -> None:
        """End the grant at Salesforce; one that is already dead counts as ended."""
        ...
