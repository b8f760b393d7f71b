"""What syncing needs of a CRM: facts of the org, a find in batches, a write in batches. Never SOQL
or HTTP.

Engines: `zsf_plugin.salesforce` (real HTTP) and the tests' in-memory CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from zsf_plugin.model import Lookup, OrgFacts, Outcome, Record, Write

#: What an API call was made for, in rank: when the allocation runs out, the last rests first.
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
    ) -> Sequence[Outcome]:
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
