"""Spans and metrics for OpenTelemetry, by its API package alone: the host configures the rest.

A process that has not loaded OpenTelemetry pays for one look at what is loaded. Attributes never
hold a value of a record, a query or a token: of an address only host and path are shown, without
what follows the field of an external id.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram
    from opentelemetry.trace import Span, Tracer

#: Is loaded by whoever configures OpenTelemetry.
API_MODULE = "opentelemetry.trace"
_NAME = "zsf_plugin"
#: A record that is named by the value of a field.
_BY_VALUE = re.compile(r"(/sobjects/\w+/\w+/).+")


def is_loaded() -> bool:
    """Whether this process has loaded OpenTelemetry."""
    return API_MODULE in sys.modules


class CallSpan:
    """One HTTP call: its span, and what becomes of it."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self.attributes: dict[str, str | int] = {}

    def note(self, name: str, value: str | int) -> None:
        """Set an attribute of the span and of the measured duration."""
        self._span.set_attribute(name, value)
        self.attributes[name] = value


@contextmanager
def call_span(method: str, url: str) -> Iterator[CallSpan]:
    """A client span for one HTTP call, by the conventions for HTTP clients
    (https://opentelemetry.io/docs/specs/semconv/http/http-spans/)."""
    from opentelemetry.trace import SpanKind

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    common: dict[str, str | int] = {
        "http.request.method": method,
        "server.address": parts.hostname or "",
        "server.port": port,
    }
    path = _BY_VALUE.sub(r"\1{value}", parts.path)
    shown = {**common, "url.full": f"{parts.scheme}://{parts.netloc}{path}"}
    began = time.perf_counter()
    with _tracer().start_as_current_span(
        method, kind=SpanKind.CLIENT, attributes=shown, record_exception=False
    ) as span:
        call = CallSpan(span)
        try:
            yield call
        except Exception as error:
            call.note("error.type", type(error).__name__)
            raise
        finally:
            seconds = time.perf_counter() - began
            _durations().record(seconds, {**common, **call.attributes})


@contextmanager
def drain_span(workspace: str) -> Iterator[dict[str, int]]:
    """A span for one drain of a workspace; what is put into the yielded counts (`done`, `held`,
    `waiting`, `calls`) becomes its attributes, and the ended entries are counted."""
    counts: dict[str, int] = {}
    with _tracer().start_as_current_span(
        "zsf.drain", attributes={"zsf.workspace": workspace}, record_exception=False
    ) as span:
        yield counts
        for name, number in counts.items():
            span.set_attribute(f"zsf.{name}", number)
        _count_entries(counts)


def _count_entries(counts: Mapping[str, int]) -> None:
    for outcome in ("done", "held"):
        if counts.get(outcome):
            _entries().add(counts[outcome], {"zsf.outcome": outcome})


def _tracer() -> Tracer:
    from opentelemetry.trace import get_tracer

    return get_tracer(_NAME)


@cache
def _durations() -> Histogram:
    from opentelemetry.metrics import get_meter

    return get_meter(_NAME).create_histogram(
        "http.client.request.duration", "s", "Duration of calls to Salesforce"
    )


@cache
def _entries() -> Counter:
    from opentelemetry.metrics import get_meter

    return get_meter(_NAME).create_counter("zsf.entries", "{entry}", "Entries that ended")
