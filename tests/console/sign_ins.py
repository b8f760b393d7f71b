"""A sign-in through the console as a browser does it: begin, consent at the emulator, return."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.console.conftest import ADA
from tests.fakes.events import prospect, purchase
from tests.salesforce.support import browse
from zsf_plugin.console.connection.popup import COOKIE
from zsf_plugin.emulator import Emulator
from zsf_plugin.model import Connection
from zsf_plugin.ports import PendingSignIn
from zsf_plugin.wiring.apps import CommandApp


def begin(client: FlaskClient, emulator: Emulator, **form: str) -> tuple[TestResponse, str]:
    """The page that leads to Salesforce, and its URL."""
    answer = client.post("/connect", data={"org": "production", "own": emulator.url, **form})
    assert answer.status_code == 200, answer.text
    address = answer.text.partition("0; url=")[2].partition('"')[0].replace("&amp;", "&")
    return answer, address


def consent(address: str, decision: str = "allow") -> dict[str, str]:
    """Salesforce's answer after a person has signed in and decided."""
    query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    return browse(
        PendingSignIn(address, "", "", query["redirect_uri"], query["state"], ""), decision=decision
    )


def finish(client: FlaskClient, answer: dict[str, str]) -> TestResponse:
    return client.get("/oauth/callback", query_string=answer)


def sign_in(
    client: FlaskClient, emulator: Emulator, decision: str = "allow", **form: str
) -> TestResponse:
    return finish(client, consent(begin(client, emulator, **form)[1], decision))


def connection(application: CommandApp) -> Connection:
    found = application.store.connection(ADA.workspace)
    assert found is not None
    return found


def feed(application: CommandApp, *numbers: int) -> None:
    for number in numbers:
        event = purchase(prospect(number), f"e{number}")
        envelope = {
            "workspace": ADA.workspace,
            "event_id": event.event_id,
            "occurred_at": event.occurred_at,
        }
        application.intake.receive("on_prospect_purchased", dict(**envelope, **event.payload))


def attributes(answer: TestResponse) -> set[str]:
    """The attributes of the sign-in cookie."""
    cookie = next(
        one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}=")
    )
    return {part.strip() for part in cookie.split(";")[1:]}


def seal(answer: TestResponse) -> str:
    cookie = next(
        one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}=")
    )
    return cookie.partition("=")[2].partition(";")[0]
