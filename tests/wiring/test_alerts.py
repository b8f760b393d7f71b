"""Alerts reach the operator's webhook, signed, over sockets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Receiving
from standardwebhooks import WebhookVerificationError

from tests.console.outbox import keep, settle
from tests.fakes.clock import FakeClock
from tests.fakes.events import prospect, purchase
from tests.fakes.receiver import Receiver
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import Connection, ReconnectReason, Tokens
from zsf_plugin.ports import WorkspacePause
from zsf_plugin.settings import Settings, from_environment
from zsf_plugin.wiring import alerts as alerts_module
from zsf_plugin.wiring.alerts import AlertReport, Alerts, sending_alerts
from zsf_plugin.wiring.parts import Parts
from zsf_plugin.wiring.webhooks import Delivery, signed_headers, webhook_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROOT = Path(__file__).parents[2]


def settings(url: str, secret: str = SECRET, **more: str) -> Settings:
    variables = {"HOME": "/h", "ZSF_ALERTS_URL": url, "ZSF_ALERTS_SECRET": secret, **more}
    return from_environment(variables)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver.serving() as receiver:
        yield receiver


@pytest.fixture
def parts(product_settings: Settings) -> Iterator[Parts]:
    built = Parts(product_settings)
    yield built
    built.close()


@pytest.fixture
def alerts(parts: Parts, receiver: Receiver) -> Alerts:
    webhook = webhook_of(settings(receiver.url))
    assert webhook is not None
    return Alerts(parts.lease_parts(), webhook, 100)


def connect(parts: Parts, *, is_signed_in: bool, workspace: str = "acme") -> None:
    url = "https://acme.my.salesforce.com"
    connection = Connection(
        workspace,
        "00D000000000001AAA",
        "005000000000009AAA",
        "admin@acme.example",
        "production",
        url,
        url,
        "client",
        False,
        "68.0",
        1.0,
        "connected" if is_signed_in else "reconnect",
        None if is_signed_in else ReconnectReason("revoked"),
    )
    parts.store.save_connection(connection, Tokens("access", "refresh"))


def test_an_ended_sign_in_is_reported_once_and_once_more_when_it_is_over(
    parts: Parts, alerts: Alerts, receiver: Receiver
) -> None:
    connect(parts, is_signed_in=True)
    assert alerts.look() == AlertReport()
    connect(parts, is_signed_in=False)
    assert alerts.look() == AlertReport(sent=1, incidents=1)
    assert alerts.look() == AlertReport(incidents=1)
    connect(parts, is_signed_in=True)
    assert alerts.look() == AlertReport(sent=1)
    assert alerts.look() == AlertReport()
    assert receiver.types() == ["zsf.sign_in_ended.raised", "zsf.sign_in_ended.resolved"]
    assert b"admin" not in b"".join(body for _, body in receiver.came)


@pytest.mark.parametrize("status", [500, 302, 410])
def test_what_the_receiver_did_not_take_is_sent_again_under_the_same_id(
    parts: Parts, alerts: Alerts, receiver: Receiver, status: int
) -> None:
    connect(parts, is_signed_in=False)
    receiver.status = status
    report = AlertReport(failed=1, incidents=1, is_unanswered=True)
    assert alerts.look() == report
    receiver.status = 200
    assert alerts.look() == AlertReport(sent=1, incidents=1)
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    assert len(receiver.came) == 2


def test_a_receiver_that_took_a_message_need_not_end_its_answer(
    parts: Parts, alerts: Alerts, receiver: Receiver
) -> None:
    connect(parts, is_signed_in=False)
    receiver.status, receiver.announced_bytes = 200, 10**12
    assert alerts.look() == AlertReport(sent=1, incidents=1)


class Slow:
    """A webhook whose receiver takes nine seconds to answer, and refuses all but one workspace."""

    def __init__(self, clock: FakeClock, taken: str) -> None:
        self.clock, self.taken, self.deliveries = clock, taken, 0

    def send(self, _: str, __: float, body: dict[str, Any]) -> Delivery:
        self.clock.sleep(9.0)
        self.deliveries += body["data"]["workspace"] == self.taken
        return "taken" if body["data"]["workspace"] == self.taken else "refused"


def test_slow_refusals_hold_back_no_workspace_for_good(parts: Parts) -> None:
    for workspace in ("a", "b", "c", "d", "e", "f", "last"):
        connect(parts, is_signed_in=False, workspace=workspace)
    parts.clock = clock = FakeClock()
    slow = Slow(clock, "last")
    alerts = Alerts(parts.lease_parts(), slow, 100)  # type: ignore[arg-type]
    for _ in range(100):  # by chance
        alerts.look()
        if slow.deliveries:
            break
    assert slow.deliveries == 1


def wait(parts: Parts, *, paused_s: float, until_s: float) -> list[str]:
    """Two entries wait for 2,000 s, and a pause began `paused_s` ago and ends in `until_s`."""
    store, now = parts.store, parts.clock.now()
    ids = [keep(store, purchase(prospect(number)), at=now - 2_000.0) for number in range(2)]
    store.pause("acme", WorkspacePause("unavailable", "", now - paused_s, now + until_s))
    return ids


def test_a_pause_whose_end_has_come_is_over_once_something_was_sent(
    parts: Parts, alerts: Alerts, receiver: Receiver
) -> None:
    connect(parts, is_signed_in=True)
    first, _ = wait(parts, paused_s=60.0, until_s=600.0)
    assert alerts.look() == AlertReport(sent=1, incidents=1)
    now = parts.clock.now()
    parts.store.pause("acme", WorkspacePause("unavailable", "", now - 60.0, now - 1.0))
    assert alerts.look() == AlertReport(incidents=1)
    settle(parts.store, first, "done", at=now - 1.0)
    assert alerts.look() == AlertReport(sent=1)
    assert receiver.types() == ["zsf.sync_paused.raised", "zsf.sync_paused.resolved"]


def test_short_pauses_between_rare_attempts_are_reported_too(
    parts: Parts, alerts: Alerts, receiver: Receiver
) -> None:
    connect(parts, is_signed_in=True)
    wait(parts, paused_s=300.0, until_s=-270.0)
    assert alerts.look() == AlertReport(sent=1, incidents=1)
    assert b"has sent nothing for a while: Salesforce does not answer." in receiver.came[0][1]


def test_a_pause_of_before_what_waits_says_nothing_of_it(parts: Parts, alerts: Alerts) -> None:
    connect(parts, is_signed_in=True)
    wait(parts, paused_s=9_000.0, until_s=-8_000.0)
    assert alerts.look() == AlertReport()


def test_the_log_says_why_a_message_was_not_sent(
    parts: Parts, alerts: Alerts, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    connect(parts, is_signed_in=False)
    receiver.shutdown()
    receiver.server_close()
    assert alerts.look().failed == 1
    assert "127.0.0.1 refused the connection" in caplog.text
    assert "/alerts" not in caplog.text


def test_a_message_that_the_receiver_refuses_keeps_no_other_back(
    parts: Parts, alerts: Alerts, receiver: Receiver
) -> None:
    for workspace in ("acme", "beta"):
        connect(parts, is_signed_in=False, workspace=workspace)
    receiver.refused = b'"acme"'
    assert alerts.look() == AlertReport(sent=1, failed=1, incidents=2)
    assert alerts.look() == AlertReport(failed=1, incidents=2)
    receiver.refused = b""
    assert alerts.look() == AlertReport(sent=1, incidents=2)


def test_one_process_at_a_time_looks(parts: Parts, alerts: Alerts, receiver: Receiver) -> None:
    connect(parts, is_signed_in=False)
    fence, _ = parts.lease_parts().acquire(alerts_module.LEASE, 60.0, lambda: False)
    assert fence is not None
    assert alerts.look(lambda: True) == AlertReport(is_busy=True)
    assert receiver.came == []


def test_a_receiver_verifies_the_signature_with_the_example_of_the_page(
    parts: Parts, alerts: Alerts, receiver: Receiver
) -> None:
    connect(parts, is_signed_in=False)
    alerts.look()
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(page.rpartition("```python\n")[2].partition("```")[0], names)
    ((headers, body),) = receiver.came
    mail = names["email_of"](headers, body, SECRET)
    assert mail["Subject"] == "Salesforce sign-in ended (acme)"
    with pytest.raises(WebhookVerificationError):
        names["email_of"](headers, body.replace(b"acme", b"evil"), SECRET)


@pytest.mark.parametrize("name", ["a\ud800", "a\r\nBcc: eve@evil.example", "\0{held}", "ö\u2028"])
def test_a_workspace_of_any_name_is_reported_in_one_line(
    parts: Parts, alerts: Alerts, receiver: Receiver, name: str
) -> None:
    connect(parts, is_signed_in=False, workspace=name)
    assert alerts.look() == AlertReport(sent=1, incidents=1)
    ((headers, body),) = receiver.came
    data = Receiving(SECRET).verify(body, headers)["data"]
    assert data["workspace"] == name
    message = EmailMessage()
    message["Subject"] = data["email"]["subject"]
    message.set_content(data["email"]["text"])
    assert [key for key in message if key.lower() == "bcc"] == []


def test_signatures_are_those_of_the_convention() -> None:
    """The test vector of the convention's own libraries."""
    key = Receiving(SECRET)._whsecret
    headers = signed_headers(
        key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330.0, b'{"test": 2432232314}'
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://ops.example.com/alerts",
        "ftp://ops.example.com",
        "https://user:pass@ops.example.com",
        "ops.example.com",
        "https://",
        "https://ops.example.com/\n",
        "https://[::1",
        "https://ops.example.com:99999",
    ],
)
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="ZSF_ALERTS_URL"):
        webhook_of(settings(f"{url}x" if url.endswith("\n") else url))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_~", SECRET[6:]])
def test_a_secret_that_signs_nothing_well_is_refused(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="ZSF_ALERTS_SECRET"):
        webhook_of(settings("https://ops.example.com", secret))


def test_without_an_address_there_is_no_webhook() -> None:
    assert webhook_of(from_environment({"HOME": "/h"})) is None


class Looks:
    """Alerts that only count looks; the first ones raise."""

    def __init__(self, *outcomes: object) -> None:
        self.outcomes, self.enough = list(outcomes), threading.Event()

    def look(self, _: object) -> AlertReport:
        outcome = self.outcomes.pop(0) if self.outcomes else AlertReport()
        if not self.outcomes:
            self.enough.set()
        if isinstance(outcome, Exception):
            raise outcome
        return AlertReport()


def test_a_worker_looks_again_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts_module, "INTERVAL_S", 0.0)
    monkeypatch.setattr(alerts_module, "MAX_INTERVAL_S", 0.0)
    looks, ended = (
        Looks(ConfigurationError(("wrong",)), ValueError("defect"), None),
        threading.Event(),
    )
    with sending_alerts(looks, ended):  # type: ignore[arg-type]
        assert looks.enough.wait(30)
        ended.set()
