"""The authorized session of one workspace: bearer token, one renewal after a 401 or when the org's
address is another, another API version once its own is no longer served; every call counted by
purpose and rate-limited.

No request that may have been processed is sent twice; one that got a 401, or came to an address
that is no longer the org's, was not processed (salesforce-api.md §1.7, §9 trap 63).
The org's rate over all processes is kept in the store; a `Gate` limits a process that has lost its
store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from ratelimit import RateLimitException, limits

from zsf_plugin.errors import (
    ConfigurationError,
    Log,
    NotSent,
    OutcomeUnknown,
    ReconnectRequired,
    StoreUnavailable,
    Unavailable,
)
from zsf_plugin.model import Connection, ReconnectReason, Tokens, is_same_org
from zsf_plugin.own_calls import MADE, note_own_call
from zsf_plugin.ports import MAX_CLOCK_SKEW_S, Clock, Purpose, Stopwatch, Usage
from zsf_plugin.salesforce import (
    addresses,
    answers,
    body_limits,
    composites,
    encoding,
    headers,
    in_flight,
    moves,
    org_clock,
    renewals,
    small_reads,
    versions,
)
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.salesforce.tokens import Refresher

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

_log = Log("zsf_plugin.salesforce")

#: A refresh token expires after 30 days without use, however busy its session is (§9 trap 8).
_MAX_TOKEN_AGE_S = 7 * 24 * 3600.0
_MIN_DELAY_S = 0.0005
#: How long pages from an address are not taken as a reason to renew the session again.
_PAGES_FOR_S = 3600.0


class SalesforceSession:
    """Calls below `/services/data/vXX.X` of the connected org; safe to use from many threads.

    `body_limit` is what a gateway before the org lets through; `writes_put_off` and
    `searches_put_off` count how often in a row it said “not now” to such a request. `org_clock` is
    the time in the org, as its answers say it; `in_flight` is how many calls may be out at once.
    With `org_id`, only while the workspace is connected to that org: what is known of one org never
    meets the answers of another.
    """

    def __init__(
        self,
        workspace: str,
        store: Store,
        clock: Clock,
        http: Http,
        refresher: Refresher,
        calls_per_second: float,
        org_id: str | None = None,
    ) -> None:
        self._workspace = workspace
        self._org_id = org_id
        self._store = store
        self._clock = clock
        self._http = http
        self._refresher = refresher
        self._renewals = renewals.Renewals(refresher, store, clock)
        self._versions = versions.VersionChoice(store, clock, http)
        self.body_limit = body_limits.BodyLimit(clock, store, org_id)
        self.org_clock = org_clock.OrgClock(clock)
        self.in_flight = in_flight.InFlight(clock)
        self.writes_put_off = self.searches_put_off = 0
        self._gate_without_store = Gate(calls_per_second, clock)

    def connection(self) -> Connection:
        """The stored connection. Raises ReconnectRequired if there is none, it is to another org
        by now, or it needs a person."""
        connection = self._store.connection(self._workspace)
        if connection is None:
            raise ReconnectRequired("not_connected")
        pinned = self._org_id or connection.org_id
        if connection.org_id != pinned and not is_same_org(connection.org_id, pinned):
            raise ReconnectRequired("moved", {"org": connection.org_id})
        if connection.state == "reconnect":
            reason = connection.reason or ReconnectReason("session")
            raise ReconnectRequired(reason.code, reason.data)
        return connection

    def call(
        self,
        request: composites.Buildable,
        purpose: Purpose,
        *,
        writes: bool = False,
        before_sending: Callable[[], None] | None = None,
        renews: bool = True,
    ) -> HttpResponse:
        """Make one API call and return the response, of any status.

        After a sign that the session ended, or that the org's address is another, the session is
        renewed and the call made once more: it was not processed. So it is if Salesforce refuses
        the renewed session, once a minute, and if the org no longer serves the API version, in
        another one. Without `renews`, one call is made whatever its answer. `before_sending` is
        called right before sending; if it raises, the call is not made. Raises NotSent,
        Unavailable, OutcomeUnknown (for `writes`), ReconnectRequired, and what `request.build`
        raises.
        """
        tokens, may_renew = self._usable_tokens(), renews
        while True:
            connection = self.connection()
            base, root = _base_and_root(connection.instance_url, connection.api_version)
            built = request.build(root)
            url = base + root + built.path
            sent = headers.authorized(tokens.access, {**built.headers, **headers.API})
            body: bytes | None = None
            if built.body is not None:
                body = encoding.encoded_body(built.body)
                sent |= headers.JSON_BODY
            try:
                with self._count_call(connection.org_id, purpose, before_sending):
                    answer = self._http.send(
                        built.method, url, headers=sent, body=body, writes=writes
                    )
            except NotSent as error:
                fresh = self._after_not_sent(error, connection, tokens, may_renew=may_renew)
                if fresh is None:
                    raise
            else:
                self._note_answer(connection.org_id, answer)
                if answer.status in answers.GOOD and not moves.ENDED.search(answer.body):
                    if renews and not may_renew:
                        self._note_accepted(connection)
                    return answer
                if not renews:
                    return answer
                fresh = self._after(answer, connection, tokens, built.path, may_renew=may_renew)
                if fresh is None:
                    return answer
            tokens, may_renew = fresh, False

    def reaches_salesforce(self) -> bool:
        """Whether Salesforce itself answers a small read. One call, or two; and if it does not, a
        renewal, which may name another address, with as many calls more."""
        connection = self.connection()
        if self._is_answered():
            return True
        fresh = self._renewals.after("elsewhere", connection, self._usable_tokens())
        if fresh is None:
            return False
        if self.connection().instance_url != connection.instance_url:
            return self._is_answered()
        self._renewals.note_vain(connection, _PAGES_FOR_S)
        return False

    def after_pages(self) -> Literal["moved", "answers", "silent"]:
        """Whether, after an answer that is not Salesforce's, a renewal names another address at
        which it answers, it answers a small read where it is, or neither. A vain renewal is not
        repeated for an hour; costs as `reaches_salesforce`."""
        before = self.connection()
        if self._renewals.is_vain(before) or not self.reaches_salesforce():
            return "silent"
        has_moved = self.connection().instance_url != before.instance_url
        return "moved" if has_moved else "answers"

    def _is_answered(self) -> bool:
        """Whether Salesforce answers a small read: `/limits`, or if an allow-list before the org
        lets only what the product needs through, a query."""
        answer = self.call(small_reads.LIMITS, "upkeep", renews=False)
        if small_reads.is_answered(answer):
            return True
        if moves.sign_of_answer(answer, self.connection().instance_url) is not None:
            return False
        answer = self.call(small_reads.QUERY, "upkeep", renews=False)
        return small_reads.is_answered(answer)

    def _after(
        self,
        answer: HttpResponse,
        connection: Connection,
        tokens: Tokens,
        path: str,
        *,
        may_renew: bool,
    ) -> Tokens | None:
        """The tokens with which the call to `path` is made again, because of what its answer says
        of the session, the org's address or its API version; None if it stands. Raises
        ReconnectRequired if a renewal changed nothing and only a person can."""
        sign, fresh = moves.sign_of_answer(answer, connection.instance_url), None
        if sign is not None and may_renew:
            fresh = self._renewals.after(sign, connection, tokens)
        if sign is not None and fresh is None:
            fresh = self._after_renewal(sign, connection, tokens)
        if fresh is None and self._versions.is_made(answer, connection, path):
            fresh = tokens
        return fresh

    def _after_not_sent(
        self, error: NotSent, connection: Connection, tokens: Tokens, *, may_renew: bool
    ) -> Tokens | None:
        """As `_after`, for a request that never left because of its address."""
        sign = moves.sign_of_error(error)
        if sign is None:
            return None
        if may_renew:
            return self._renewals.after(sign, connection, tokens)
        self._renewals.note_vain(connection)
        return None

    def _after_renewal(
        self, sign: moves.Sign, connection: Connection, tokens: Tokens
    ) -> Tokens | None:
        """As `_after`, for a sign that a renewal did not end."""
        if sign == "session":
            return self._renewals.once_more(connection, tokens)
        self._renewals.note_vain(connection)
        if sign == "moved" or (sign == "lost" and not self._is_answered()):
            raise renewals.address_moved()
        return None

    def _note_accepted(self, connection: Connection) -> None:
        """A store failure must not lose the response."""
        try:
            self._renewals.note_accepted(connection)
        except StoreUnavailable:
            _log.warning("renewed session not noted: the database is not available")

    def usage(self) -> Usage | None:
        """Today's API usage of the org; costs one call. Raises as `Crm.usage`."""
        return answers.daily_usage(self.call(small_reads.LIMITS, "upkeep"))

    def keep_alive(self) -> None:
        """Use the refresh token if it was not used for a week: after 30 unused days it expires (§9
        trap 8).

        Costs no API call. Raises ReconnectRequired if it is no longer valid.
        """
        self.connection()
        self._usable_tokens()

    def _usable_tokens(self) -> Tokens:
        """The stored tokens, refreshed if the last refresh was more than a week ago: but no call
        that they still serve waits for a refresh elsewhere."""
        tokens = self._store.tokens(self._workspace)
        if tokens is None:
            raise ReconnectRequired("no_sign_in")
        age_s = self._clock.now() - tokens.refreshed_at
        if tokens.refresh is None or -MAX_CLOCK_SKEW_S <= age_s < _MAX_TOKEN_AGE_S:
            return tokens
        try:
            return self._refresher.refresh(tokens, waits=False)
        except Unavailable:
            return tokens  # there are three weeks left to try

    @contextmanager
    def _count_call(
        self, org_id: str, purpose: Purpose, before_sending: Callable[[], None] | None
    ) -> Iterator[None]:
        """Wait for the org's next slot and count the call; take the count back if nothing was sent.

        Counted before sending, so that a crash leaves no call uncounted. Without the store, the
        call is still made, limited within this process: half of a batch may be written
        already, and the rest of its responses must not be lost.
        """
        period_s, wait_s = self._gate_without_store.period_s, 0.0
        try:
            wait_s = self._store.reserve_call(org_id, purpose, self._clock.now(), period_s)
            is_counted = True
        except StoreUnavailable:
            _log.warning("API call for %s not counted: the database is not available", purpose)
            self._gate_without_store.wait()
            is_counted = False
        left = False
        try:
            if wait_s > 0:
                self._clock.sleep(wait_s)
            if before_sending is not None:
                before_sending()
            left = True
            yield
        except NotSent:
            left = False
            raise
        except (OutcomeUnknown, Unavailable):
            self.in_flight.note_not_served()
            raise
        finally:
            if not left and is_counted:
                self._release_call(org_id, purpose)
            if left and MADE.get(None) is not None:
                note_own_call(purpose)

    def _release_call(self, org_id: str, purpose: Purpose) -> None:
        try:
            self._store.count_calls(org_id, purpose, -1, self._clock.now())
        except StoreUnavailable:
            _log.warning(
                "API call for %s counted but not sent: the database is not available",
                purpose,
            )

    def _note_answer(self, org_id: str, answer: HttpResponse) -> None:
        """Note how the call went; store the usage that the org reported, and note its time: nobody
        but Salesforce reports one. A store failure must not lose the response."""
        self.in_flight.last_call_s = answer.elapsed_s
        if answer.status not in answers.GOOD:
            self.in_flight.note_not_served()
        usage = answers.usage_of(answer)
        if usage is None:
            return
        if "date" in answer.headers and "age" not in answer.headers:  # not a cache's
            self.org_clock.answered = (answer.headers["date"], Stopwatch(self._clock))
        try:
            self._store.note_usage(org_id, *usage, self._clock.now())
        except StoreUnavailable:
            _log.warning("API usage of the org not stored: the database is not available")


@lru_cache(maxsize=256)
def _base_and_root(instance_url: str, version: str) -> tuple[str, str]:
    """(`https://host`, `/services/data/vXX.X`). Raises ReconnectRequired if the instance address is
    not trusted."""
    try:
        return addresses.trusted_base(instance_url), addresses.root(version)
    except ConfigurationError as error:
        raise ReconnectRequired("wrong_instance", {"fault": str(error)}) from error


class Gate:
    """A rate limiter for all threads: one call every `1/rate` seconds.

    `ratelimit` counts in fixed windows, and lets a burst of twice the rate through at their edge;
    with one call per window it cannot.
    """

    def __init__(self, rate: float, clock: Clock) -> None:
        self._clock = clock
        self.period_s = 1 / rate
        self._acquire = self._fresh()

    def wait(self) -> None:
        """Return when the next call may be sent."""
        while True:
            try:
                self._acquire()
            except RateLimitException as error:
                self._sleep(float(error.period_remaining))
            else:
                return

    def _sleep(self, remaining: float) -> None:
        if remaining > self.period_s:
            # The clock was set back; the old window would last as long as that.
            self._acquire = self._fresh()
        self._clock.sleep(min(max(remaining, _MIN_DELAY_S), self.period_s))

    def _fresh(self) -> Callable[[], None]:
        gate: Callable[[], None] = limits(calls=1, period=self.period_s, clock=self._clock.now)(
            _do_nothing
        )
        return gate


def _do_nothing() -> None:
    """The function that `ratelimit` wraps; it does nothing."""
