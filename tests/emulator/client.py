"""A bare client of the emulator: plain `requests`, nothing of the product's own adapter."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

DATA = "/services/data/v68.0"
CLIENT_ID = "3MVG9.test.consumer.key"
CALLBACK = "http://127.0.0.1:1/callback"
VERIFIER = "v" * 64
#: Both bound a failure, never a success: no test waits for time to pass.
TIMEOUT_S = 60
PATIENCE_S = 60


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


class Client:
    """One browser, one app and one session against one emulator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.tokens: dict[str, Any] = {}

    def close(self) -> None:
        self.http.close()

    # -- OAuth ---------------------------------------------------------------------------------------------------

    def authorize_query(self, **changes: str | None) -> dict[str, str]:
        query: dict[str, str | None] = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": CALLBACK,
            "scope": "api refresh_token id",
            "state": "st4te",
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
            **changes,
        }
        return {key: value for key, value in query.items() if value is not None}

    def decide(
        self, decision: str = "allow", username: str = "admin@acme.example", **changes: str
    ) -> dict[str, str]:
        """What the callback gets once the user decided."""
        form = {
            **self.authorize_query(**changes),
            "step": "consent",
            "username": username,
            "decision": decision,
        }
        back = self.oauth("authorize", form, allow_redirects=False)
        assert back.status_code == 302, back.text
        assert back.headers["Location"].startswith(CALLBACK)
        return {
            key: values[0]
            for key, values in parse_qs(urlsplit(back.headers["Location"]).query).items()
        }

    def oauth(self, name: str, form: dict[str, str], **more: Any) -> requests.Response:
        return self.http.post(
            f"{self.url}/services/oauth2/{name}", data=form, timeout=TIMEOUT_S, **more
        )

    def redeem(self, code: str, **changes: str) -> requests.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": CLIENT_ID,
            "client_secret": "s3cret",
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.oauth("token", form)

    def refresh(self, token: str, **changes: str) -> requests.Response:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": CLIENT_ID,
            **changes,
        }
        return self.oauth("token", form)

    def sign_in(self, username: str = "admin@acme.example") -> dict[str, Any]:
        answer = self.redeem(self.decide(username=username)["code"])
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        return self.tokens

    # -- REST ----------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """One request below the API's version; a keyword's underscores are the header's hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if "access_token" in self.tokens:
            named.setdefault("Authorization", f"Bearer {self.tokens['access_token']}")
        where = path if path.startswith("/") else f"{DATA}/{path}"
        return self.http.request(
            method, self.url + where, json=body, headers=named, timeout=TIMEOUT_S
        )

    def create(self, object_: str, **values: Any) -> str:
        answer = self.call("POST", f"sobjects/{object_}", values)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def row(self, object_: str, record_id: str) -> Any:
        answer = self.call("GET", f"sobjects/{object_}/{record_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def query(self, soql: str, resource: str = "query") -> requests.Response:
        return self.call("GET", f"{resource}?q={requests.utils.quote(soql, safe='')}")

    def rows(self, soql: str, resource: str = "query") -> list[Any]:
        answer = self.query(soql, resource)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["records"])

    def composite(
        self, *subrequests: Any, whole: bool = False, **headers: str
    ) -> requests.Response:
        body = {
            "allOrNone": whole,
            "collateSubrequests": False,
            "compositeRequest": list(subrequests),
        }
        return self.call("POST", "composite", body, **headers)

    # -- Behind the org's back -------------------------------------------------------------------------------------

    def control(self, method: str, name: str, body: Any = None) -> Any:
        answer = self.http.request(
            method, f"{self.url}/_emulator/{name}", json=body, timeout=TIMEOUT_S
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def calls(self) -> Any:
        return self.control("GET", "calls")


def refused(answer: requests.Response, status: int, code: str) -> Any:
    """The one error of a single resource's body, after its status and code were checked."""
    assert answer.status_code == status, answer.text
    (error,) = answer.json()
    assert error["errorCode"] == code, error
    return error


def wait_until(condition: Callable[[], bool]) -> None:
    """Until it is true. Fails only where it never is."""
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "what was waited for never came"
        time.sleep(0.01)
