"""`zsf alerts`, and the worker that sends them."""

from __future__ import annotations

import json

from tests.cli.zsf import PURCHASE, Zsf
from tests.fakes.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_without_a_receiver_the_command_says_what_to_set(zsf: Zsf) -> None:
    refused = zsf("alerts")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "ZSF_ALERTS_URL" in refused.stderr


def test_an_invalid_setting_is_refused_by_command_and_worker(zsf: Zsf) -> None:
    zsf.environment["ZSF_ALERTS_URL"] = "http://ops.example.com"
    for command in ("alerts", "worker"):
        refused = zsf(command)
        assert refused.returncode == 2
        assert "ZSF_ALERTS_URL must be an https:// address" in refused.stderr


def test_a_look_counts_and_a_test_message_arrives_or_exits_with_1(zsf: Zsf) -> None:
    with Receiver.serving() as receiver:
        zsf.environment |= {"ZSF_ALERTS_URL": receiver.url, "ZSF_ALERTS_SECRET": SECRET}
        zsf("feed", "-", stdin=json.dumps(PURCHASE))
        look = zsf("alerts", "--json")
        assert look.returncode == 0, look.stderr
        assert json.loads(look.stdout) == {"sent": 0, "failed": 0, "incidents": 0, "busy": False}
        assert "took the test message" in zsf("alerts", "--test").stdout
        receiver.status = 500
        assert zsf("alerts", "--test").returncode == 1
        assert receiver.types() == ["zsf.test", "zsf.test"]
