"""Dispatches an HTTP request to the part of the org that serves it: sign-in, identity, versions or
the API."""

from __future__ import annotations

from collections.abc import Sequence

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.exchange import (
    NO_INTERCEPTION,
    Html,
    HttpRequest,
    Interception,
    PlainText,
    Response,
)
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.resources.rest import VERSIONS, answer_api
from zsf_plugin.emulator.sign_in.oauth import OAuth
from zsf_plugin.emulator.sign_in.sign_in import NO_SUCH_PAGE, SignInServer

_LABELS = {"66.0": "Spring '26", "67.0": "Summer '26", "68.0": "Winter '27"}


class Endpoints:
    """Everything one org serves, one request at a time. `base` is the org's own URL."""

    def __init__(self, org: Org, base: str) -> None:
        self.oauth = OAuth(org, base)
        self._org = org
        self._base = base
        self._sign_in = SignInServer(org, self.oauth, base)

    def answer(
        self, request: HttpRequest, interception: Interception = NO_INTERCEPTION
    ) -> Response:
        """Serve a request under the org's lock."""
        with self._org.lock:
            self._org.acting_user_id = ""
            match request.segments:
                case ["services", "oauth2", endpoint, *_]:
                    return self._sign_in.answer(endpoint, request)
                case ["id", *_]:
                    return self._sign_in.identity(request)
                case ["services", "data", *segments]:
                    return self._answer_data(request, segments, interception)
        return NO_SUCH_PAGE

    def _answer_data(
        self, request: HttpRequest, segments: Sequence[str], interception: Interception
    ) -> Response:
        """Serve the list of versions, or the API of one version."""
        if not segments:
            served = filter(self._org.conditions.serves, VERSIONS)
            return Response(200, [_version(version) for version in served])
        if self._org.conditions.is_old_host(request.headers.get("host", "")):
            return self._moved(request)
        return answer_api(
            self._org, self._sign_in.user_of(request, for_api=True), request, interception
        )

    def _moved(self, request: HttpRequest) -> Response:
        """What the old host name answers after a My Domain change or a migration (§9 trap 63)."""
        match self._org.conditions.moved_answer:
            case "redirect":
                new = self._org.conditions.base(self._base)
                return Response(301, None, {"Location": f"{new}{request.path}"})
            case "misdirected":
                return Response(421, PlainText("Misdirected Request"))
            case "page":
                return Response(404, Html("<html><body>URL No Longer Exists</body></html>"))
        message = "Destination URL not reset. The URL returned from login must be set"
        return Response.refusal(bad("URL_NOT_RESET", message))


def _version(version: str) -> Json:
    label = _LABELS.get(version, version)
    return {"label": label, "url": f"/services/data/v{version}", "version": version}
