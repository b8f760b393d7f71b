"""Delivers writes: many records in few calls, one outcome each (salesforce-api.md §3.6-3.7).

A write that may have happened is never sent again. A request refused before any record was
processed is split until the bad records are found, in a few more calls; so is one that something
before Salesforce refused (`bisection`). `batching` divides a batch into requests; `write_requests`
builds them and parses their responses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from zsf_plugin import errors
from zsf_plugin.errors import ZsfError
from zsf_plugin.model import GATEWAY_REFUSED, Write, WriteOutcome
from zsf_plugin.ports import Purpose
from zsf_plugin.salesforce import batching, bisection, encoding, gateways, http, in_flight
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
#: So many records refused alone by a gateway that lets none through: it refuses writing as such.
_MAX_REFUSED_RECORDS = 8


@dataclass
class Delivery:
    """The delivery of one batch: the outcomes so far, and the error that ends it early.

    `before_each` is called right before each request with its writes; if it raises, the request is
    not sent.
    """

    session: SalesforceSession
    purpose: Purpose
    before_each: Callable[[Sequence[Write]], None]
    _outcomes: dict[str, WriteOutcome] = field(default_factory=dict, init=False)
    _stopped: ZsfError | None = field(default=None, init=False)
    _refused_requests: int = field(default=0, init=False)
    _halvings: int = field(default=0, init=False)
    _by_gateway: bisection.RefusalCount[Write] = field(
        default_factory=partial(bisection.RefusalCount, _MAX_REFUSED_RECORDS), init=False
    )
    _is_searching: bool = field(default=False, init=False)
    #: The answers to requests that were sent together, by the request's identity, until noted.
    _answers: dict[int, Future[http.HttpResponse]] = field(default_factory=dict, init=False)

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
                pending = self._bulk_requests(self._resolve(stage))[::-1]
            while pending:
                if len(pending) > 1 and not self._answers and self._may_send_together():
                    self._send_together(pending)
                request = pending.pop()
                if isinstance(request, CompositeRequest):  # its first half may have created records
                    request = CompositeRequest(self._resolve(request.writes))
                if request.writes:
                    pending += reversed(self._send(request))
        outcomes = []
        for write in writes:
            outcomes.append(self._outcomes[write.token])
        return outcomes

    def _bulk_requests(self, stage: Sequence[Write]) -> list[WriteRequest]:
        """The requests of one stage: some can be sent at the same time, if that gains anything."""
        if self._may_send_together():
            return batching.independent_requests(stage)
        return batching.bulk_requests(stage)

    def _may_send_together(self) -> bool:
        """Whether calls may be out at the same time, and that gains anything."""
        if self._stopped is not None or self.session.body_limit.bytes is not None:
            return False
        return self.session.in_flight.max_calls > 1

    def _send_together(self, pending: list[WriteRequest]) -> None:
        """Send the last of the pending requests, which are next, at the same time, if they have no
        record or parent in common. The answers are kept for `_send`. Those that failed come last,
        so that what was written is noted before an error ends the delivery."""
        together: list[WriteRequest] = []
        parents: set[str] = set()
        for request in pending[: -self.session.in_flight.max_calls - 1 : -1]:
            others = batching.parents_of(request)
            if isinstance(request, CompositeRequest) or not parents.isdisjoint(others):
                break
            together.append(request)
            parents |= others
        if len(together) < 2:
            return
        del pending[-len(together) :]
        answers = in_flight.made_together(list(map(self._call_of, together)))
        for request, answer in zip(together, answers, strict=True):
            self._answers[id(request)] = answer
        pending += sorted(together, key=lambda one: not self._answers[id(one)].exception())

    def _call_of(self, request: WriteRequest) -> Callable[[], http.HttpResponse]:
        """What makes the call of that request."""
        before_sending = partial(self.before_each, request.writes)
        call = partial(self.session.call, request, self.purpose, writes=True)
        return partial(call, before_sending=before_sending)

    def _send(self, request: WriteRequest) -> Sequence[WriteRequest]:
        """Make one call, unless it was made or the delivery has ended; return smaller requests to
        try."""
        answered = self._answers.pop(id(request), None)
        if self._stopped is not None and answered is None:
            self._outcomes |= with_error(request.writes, self._error_for_unsent(self._stopped))
            return ()
        is_limited = self.session.body_limit.bytes is not None
        if is_limited and answered is None and self._is_too_large(request):
            return _halves(request)
        answer = self._call_of(request) if answered is None else answered.result
        try:
            response = request.parse(result_of(answer(), writes=True))
        except errors.GatewayRefused as error:
            return self._on_gateway(request, error)
        except errors.Rejected as error:
            return self._on_refusal(request, error)
        except errors.Unavailable as error:
            if self._is_put_off_for_good(error):
                return self._on_gateway(request, error)
            return self._on_failure(request, error)
        except ZsfError as error:
            return self._on_failure(request, error)
        self._by_gateway.has_got_through = True
        self.session.writes_put_off = 0
        if self.session.body_limit.bytes is not None:
            self.session.body_limit.note_passed(partial(_size_of, request))
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

    def _is_put_off_for_good(self, error: errors.Unavailable) -> bool:
        """Whether a gateway's “not now”, which wrote nothing, is about the request: so often in a
        row, or beside others that get through."""
        if error.put_off is None:
            return False
        self.session.writes_put_off += 1
        return self._is_searching or self.session.writes_put_off >= gateways.MAX_PUT_OFF

    def _on_gateway(
        self, request: WriteRequest, error: errors.Unavailable
    ) -> Sequence[WriteRequest]:
        """Handle a request that something before Salesforce refused. It may be about its size, or
        about what one record holds; if a small read gets through no better, it is an outage."""
        is_by_size = gateways.status_of_refusal(error) == gateways.BODY_TOO_LARGE
        is_expected = self._is_searching or is_by_size
        try:
            if not is_expected and not self.session.reaches_salesforce():
                return self._on_failure(request, error)
        except ZsfError as outage:
            return self._on_failure(request, outage)
        is_final = is_expected and len(request.writes) == 1
        if not self._may_go_on(request, error, is_final=is_final) or self._is_searching:
            return ()
        if is_by_size:
            return self._in_halves(request)
        smaller: list[WriteRequest] = []
        self._is_searching = True
        bisection.send_in_parts(
            request.writes, lambda part: self._passes(request.only(part), smaller)
        )
        self._is_searching = False
        return smaller

    def _in_halves(self, request: WriteRequest) -> Sequence[WriteRequest]:
        """The halves of a request that was too large; nothing for a lone record, which is
        refused."""
        is_alone = len(request.writes) == 1
        self.session.body_limit.note_refused(_size_of(request), is_alone=is_alone)
        return () if is_alone else _halves(request)

    def _passes(self, request: WriteRequest, smaller: list[WriteRequest]) -> bool:
        """Send a part of a request that a gateway refused; False if it refuses the part as well.
        Adds the requests that follow from the response to `smaller`."""
        if isinstance(request, CompositeRequest):
            request = CompositeRequest(self._resolve(request.writes))
        if not request.writes:
            return True
        before = self._by_gateway.refused
        smaller += self._send(request)
        return self._by_gateway.refused == before or self._stopped is not None

    def _may_go_on(
        self, request: WriteRequest, error: errors.Unavailable, *, is_final: bool
    ) -> bool:
        """Count a refusal by a gateway; one that `is_final` is the outcome of its lone record. Ends
        the delivery, with an outcome for these writes, once too little gets through."""
        count = self._by_gateway
        count.note(request.writes if is_final else ())
        if is_final:
            self._outcomes |= with_error(request.writes, _refusal_by_gateway(error))
        if not (count.is_spent or count.is_closed):
            return True
        data = {"status": gateways.status_of_refusal(error)}
        self._stopped = errors.Unavailable("gateway_refuses", _REFUSED_DELAY_S, data)
        if not is_final:
            unsent = self._error_for_unsent(self._stopped)
            self._outcomes |= with_error(request.writes, unsent)
        return False

    def _is_too_large(self, request: WriteRequest) -> bool:
        """Whether a gateway refused a request of that size lately. While a search for what it
        refuses goes on, parts are sent as they are."""
        if self._is_searching or len(request.writes) == 1:
            return False
        return not self.session.body_limit.allows(partial(_size_of, request))

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


def _halves(request: WriteRequest) -> list[WriteRequest]:
    """The same writes in two requests of the same kind."""
    middle = (len(request.writes) + 1) // 2
    return [request.only(request.writes[:middle]), request.only(request.writes[middle:])]


def _size_of(request: WriteRequest) -> int:
    """The bytes of the request's body, almost: the API's root adds a few."""
    return len(encoding.encoded_body(request.build("").body))


def _refusal_by_gateway(error: errors.Unavailable) -> errors.Rejected:
    """The refusal of a lone record by something before Salesforce."""
    status = gateways.status_of_refusal(error) or 0
    content = error.content if isinstance(error, errors.GatewayRefused) else "not_now"
    data: dict[str, str | int] = {"status": status, "answer": content}
    return errors.Rejected(GATEWAY_REFUSED, data=data)
