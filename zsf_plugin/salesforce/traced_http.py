"""HTTP requests with a span each, for hosts that have loaded OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin import telemetry
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.settings import Network


class TracedHttp(Http):
    """As `Http`."""

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        writes: bool = False,
    ) -> HttpResponse:
        """As `Http.send`, in a span."""
        with telemetry.call_span(method, url) as call:
            answer = super().send(method, url, headers=headers, body=body, writes=writes)
            call.note("http.response.status_code", answer.status)
            return answer


def new_http(read_s: float, network: Network) -> Http:
    """A client with spans if this process has loaded OpenTelemetry, else one that has none."""
    return TracedHttp(read_s, network) if telemetry.is_loaded() else Http(read_s, network)
