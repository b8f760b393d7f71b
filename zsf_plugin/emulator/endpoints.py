"""Which part of the org answers a request of the wire: sign-in, identity, versions, the API."""

from __future__ import annotations

from zsf_plugin.emulator.errors import Json
from zsf_plugin.emulator.exchange import HttpRequest, Response
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.resources.rest import NO_INTERCEPTION, VERSIONS, Interception, answer_api
from zsf_plugin.emulator.sign_in.oauth import OAuth
from zsf_plugin.emulator.sign_in.sign_in import NO_SUCH_PAGE, SignIn

_LABELS = {"66.0": "Spring '26", "67.0": "Summer '26", "68.0": "Winter '27"}


class Endpoints:
    """Everything that one org serves, one request at a time. `base` is the org's own URL."""

    def __init__(self, org: Org, oauth: OAuth, base: str) -> None:
        self._org = org
        self._sign_in = SignIn(org, oauth, base)

    def answer(
        self, request: HttpRequest, interception: Interception = NO_INTERCEPTION
    ) -> Response:
        """The org's answer, given under its lock."""
        with self._org.lock:
            self._org.acting = ""
            match request.segments:
                case ["services", "oauth2"]:
                    return NO_SUCH_PAGE
                case ["services", "oauth2", endpoint, *_]:
                    return self._sign_in.answer(endpoint, request)
                case ["id", *_]:
                    return self._sign_in.identity(request)
                case ["services", "data"]:
                    return Response(200, _versions())
                case ["services", "data", *_]:
                    user_id = self._sign_in.user_of(request)
                    return answer_api(self._org, user_id, request, interception)
        return NO_SUCH_PAGE


def _versions() -> Json:
    return [
        {"label": _LABELS.get(version, version), "url": f"/services/data/v{version}"}
        | {"version": version}
        for version in VERSIONS
    ]
