"""A host that has configured OpenTelemetry gets a span for each drain and call, without a value of a
record; any other loads none of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

#: Run apart: once loaded, OpenTelemetry stays loaded in a process.
HOST = """
import json, sys, tempfile
from pathlib import Path
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
metrics.set_meter_provider(MeterProvider([reader]))

from tests.bad_input.place import Place
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec

with Emulator(OrgSpec(fields=FIELDS)) as emulator:
    place = Place(Path(sys.argv[1]), emulator)
    place.connect()
    place.purchase()
    place.app.drains.drain("default")
    place.app.close()

found = []
for span in spans.get_finished_spans():
    parent = span.parent.span_id if span.parent else None
    found.append({"name": span.name, "kind": span.kind.name, "attributes": dict(span.attributes),
                  "id": span.context.span_id, "parent": parent})
points = {}
for resource in reader.get_metrics_data().resource_metrics:
    for scope in resource.scope_metrics:
        for metric in scope.metrics:
            points[metric.name] = [
                {**point.attributes, "count": getattr(point, "count", None) or getattr(point, "value", 0)}
                for point in metric.data.data_points
            ]
print(json.dumps({"spans": found, "metrics": points}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The spans and metrics of a sign-in and a drain with one purchase."""
    folder = tmp_path_factory.mktemp("host")
    ran = subprocess.run(
        [sys.executable, "-c", HOST, str(folder)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    read: dict[str, Any] = json.loads(ran.stdout)
    return read


def test_a_drain_is_a_span_around_its_calls(seen: dict[str, Any]) -> None:
    (drain,) = [span for span in seen["spans"] if span["name"] == "zsf.drain"]
    assert drain["attributes"]["zsf.workspace"] == "default"
    assert drain["attributes"]["zsf.done"] == 1
    within = [span for span in seen["spans"] if span["parent"] == drain["id"]]
    assert len(within) == drain["attributes"]["zsf.calls"] > 0


def test_each_call_is_described_by_the_conventions_for_http_clients(seen: dict[str, Any]) -> None:
    calls = [span for span in seen["spans"] if span["kind"] == "CLIENT"]
    assert calls
    for call in calls:
        attributes = call["attributes"]
        assert call["name"] == attributes["http.request.method"]
        assert attributes["http.response.status_code"] in (200, 201)
        assert attributes["server.address"] == "127.0.0.1"
        assert isinstance(attributes["server.port"], int)
        assert "?" not in attributes["url.full"]


def test_no_attribute_holds_a_value_of_a_person_or_a_token(seen: dict[str, Any]) -> None:
    shown = json.dumps(seen)
    for secret in ("ada@acme.example", "Byron", "Bearer", "refresh_token=", "SELECT"):
        assert secret not in shown


def test_entries_and_durations_are_measured(seen: dict[str, Any]) -> None:
    assert seen["metrics"]["zsf.entries"] == [{"zsf.outcome": "done", "count": 1}]
    durations = seen["metrics"]["http.client.request.duration"]
    assert sum(point["count"] for point in durations) == sum(
        span["kind"] == "CLIENT" for span in seen["spans"]
    )


def test_a_host_without_opentelemetry_loads_none_of_it(tmp_path: Path) -> None:
    script = HOST.partition("from tests.bad_input")[2].partition("found = []")[0]
    script = (
        "import json, sys\nfrom pathlib import Path\nfrom tests.bad_input"
        + script
        + "print(json.dumps([name for name in sys.modules if name.startswith('opentelemetry')]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr
