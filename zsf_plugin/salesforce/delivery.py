"""Delivers writes: many records in few calls, one outcome each (salesforce-api.md §3.6-3.7).

A write that may have happened is never sent again. A request refused before any record was
processed is split until the bad records are found, in a few more calls. `batching` divides a batch
into requests; `write_requests` builds them and parses their responses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from zsf_plugin import errors
from zsf_plugin.errors import ZsfError
from zsf_plugin.model import Write, WriteOutcome
from zsf_plugin.ports import Purpose
from zsf_plugin.salesforce import batching
from zsf_plugin.salesforce.answers import result_of
from zsf_plugin.salesforce.session import SalesforceSession
from zsf_plugin.salesforce.write_requests import (
    CompositeRequest,
    StandaloneRequest,
    WriteRequest,
    with_error,
)

_RETRY_DELAY_S = 30.0
#: How long to wait for an org that refuses every request.
_REFUSED_DELAY_S = 300.0
#: One more request refused as a whole ends the delivery: an org that refuses everything must not be
#: called forever. Narrowing because of the customer's code does not count: collections end as
#: composites, after at most 11 calls for 200 records.
_MAX_REFUSED_REQUESTS = 24
#: Standalone requests that fail in the customer's code are halved at most this often, in two calls
#: each, because they never become composites; after that their outcomes stand.
_MAX_HALVINGS = 24


@dataclass
class Delivery:
    """The delivery of one batch: the outcomes so far, and the error that ends it early.

    `before_each` is called right before each request; if it raises, the request is not sent.
    """

    session: SalesforceSession
    purpose: Purpose
    before_each: Callable[[], None]
    _outcomes: dict[str, WriteOutcome] = field(default_factory=dict, init=False)
    _stopped: ZsfError | None = field(default=None, init=False)
    _refused_requests: int = field(default=0, init=False)
    _halvings: int = field(default=0, init=False)

    def run(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        """Send everything; one outcome for each write, in order.

        Raises Fenced, and StoreUnavailable while there is no outcome yet (later it ends the
        delivery). Any other ZsfError, of `before_each` or of Salesforce, becomes the outcome of
        writes; any other exception is raised.
        """
        ordered = batching.in_order(writes)
        is_composite = batching.fits_composite(ordered)
        for stage in [ordered] if is_composite else batching.stages(ordered):
            pending: list[WriteRequest] = [CompositeRequest(stage)]
            if not is_composite:
                pending = batching.bulk_requests(self._resolve(stage))[::-1]
            while pending:
                request = pending.pop()
                if isinstance(request, CompositeRequest):  # its first half may have created records
                    request = CompositeRequest(self._resolve(request.writes))
                if request.writes:
                    pending += reversed(self._send(request))
        outcomes = []
        for write in writes:
            outcomes.append(self._outcomes[write.token])
        return outcomes

    def _send(self, request: WriteRequest) -> Sequence[WriteRequest]:
        """Make one call, unless the delivery has ended; return smaller requests to try."""
        if self._stopped is not None:
            self._outcomes |= with_error(request.writes, self._error_for_unsent(self._stopped))
            return ()
        try:
            answer = self.session.call(
                request, self.purpose, writes=True, before_sending=self.before_each
            )
            response = request.parse(result_of(answer, writes=True))
        except errors.Rejected as error:
            return self._on_refusal(request, error)
        except ZsfError as error:
            return self._on_failure(request, error)
        self._outcomes |= response.outcomes
        for outcome in response.outcomes.values():
            if isinstance(outcome.error, (errors.QuotaReached, errors.ReconnectRequired)):
                self._stopped = outcome.error
                break
        if isinstance(request, StandaloneRequest) and response.smaller:
            return self._within_halving_budget(response.smaller)
        return response.smaller

    def _resolve(self, writes: Sequence[Write]) -> list[Write]:
        """The writes whose references are resolved now, or created in the same request.

        The others are halted, which is their outcome.
        """
        ready: list[Write] = []
        created: set[str] = set()
        for write in writes:
            resolved: Write | None = write
            if not write.references <= created:
                resolved = batching.resolve(write, self._outcomes, created)
            if resolved is None:
                self._outcomes[write.token] = WriteOutcome(
                    write.token, error=self._error_for_blocked()
                )
                continue
            ready.append(resolved)
            if write.action == "create":
                created.add(write.ref)
        return ready

    def _error_for_blocked(self) -> ZsfError:
        """The outcome of a write whose parent record was not written."""
        if self._stopped is not None:
            return self._error_for_unsent(self._stopped)
        return errors.Halted("a record that it belongs to was not written")

    def _on_refusal(self, request: WriteRequest, error: errors.Rejected) -> Sequence[WriteRequest]:
        """Handle a refusal of the whole request, in which nothing was written.

        If it had one write, that write was refused; otherwise it is split.
        """
        self._refused_requests += 1
        if self._refused_requests > _MAX_REFUSED_REQUESTS:
            self._stopped = errors.Unavailable("refused_batch", _REFUSED_DELAY_S)
        if len(request.writes) > 1:
            return request.split()
        self._outcomes |= with_error(request.writes, error)
        return ()

    def _on_failure(self, request: WriteRequest, error: ZsfError) -> Sequence[WriteRequest]:
        """End the delivery after a failed call. Raises errors that only the caller can handle."""
        if isinstance(error, errors.Fenced):
            raise error
        self._stopped = error
        if isinstance(error, errors.StoreUnavailable):
            if not self._outcomes:
                raise error
            # This request wrote nothing, and the outcomes so far must reach the caller.
            error = self._error_for_unsent(error)
        self._outcomes |= with_error(request.writes, error)
        return ()

    def _within_halving_budget(self, halves: Sequence[WriteRequest]) -> Sequence[WriteRequest]:
        """The halves of a standalone request; none after `_MAX_HALVINGS`."""
        self._halvings += 1
        return halves if self._halvings <= _MAX_HALVINGS else ()

    def _error_for_unsent(self, stopped: ZsfError) -> ZsfError:
        """The outcome of writes that were not sent when the delivery ended."""
        if isinstance(stopped, (errors.QuotaReached, errors.ReconnectRequired)):
            return stopped
        if isinstance(stopped, errors.StoreUnavailable):
            return errors.NotSent("no_store", _RETRY_DELAY_S)
        if isinstance(stopped, errors.Unavailable):
            return errors.NotSent(stopped.code, stopped.retry_after_s, stopped.data)
        return errors.NotSent("earlier_part", _RETRY_DELAY_S)
