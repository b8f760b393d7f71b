"""`zsf alerts`: send the operator's webhook what is wrong, once."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from zsf_plugin.cli.common import (
    CommandApp,
    Report,
    add_flag,
    add_overall_arguments,
)
from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.streams import say
from zsf_plugin.wiring.alerts import AlertReport, Alerts

if TYPE_CHECKING:
    from zsf_plugin.model import JsonObject


def add_alerts(parser: argparse.ArgumentParser) -> None:
    """The arguments of `alerts`."""
    add_flag(parser, "--test", "Send a test message, and look at nothing")
    run = Report(_run, _as_json, _show, _is_finding, creates=True)
    add_overall_arguments(parser, run, "alerts are about every workspace")


@dataclass(frozen=True, slots=True)
class AlertsOutput:
    """What a look found, or whether a test was sent."""

    report: AlertReport
    is_test: bool


def _run(app: CommandApp, options: argparse.Namespace) -> AlertsOutput:
    alerts = app.operations.alerts()
    if alerts is None:
        hint = "set ZSF_ALERTS_URL and ZSF_ALERTS_SECRET (docs/operations.md, Alerts)"
        raise CommandError("no_alerts", "no receiver of alerts is named", hint)
    return AlertsOutput(_tested(alerts) if options.test else alerts.look(), options.test)


def _tested(alerts: Alerts) -> AlertReport:
    is_sent = alerts.test()
    return AlertReport(sent=int(is_sent), failed=int(not is_sent))


def _is_finding(output: AlertsOutput) -> bool:
    """Whether a message could not be sent."""
    return bool(output.report.failed)


def _as_json(output: AlertsOutput) -> JsonObject:
    """The document of `zsf alerts --json`."""
    counts = asdict(output.report)
    return {
        **{name: counts[name] for name in ("sent", "failed", "incidents")},
        "busy": output.report.is_busy,
    }


def _show(output: AlertsOutput) -> None:
    report = output.report
    if report.is_busy:
        say("Another process is looking; nothing was done here.")
    elif output.is_test:
        say(
            "The receiver took the test message."
            if report.sent
            else "The test message could not be sent."
        )
    else:
        say(
            f"Messages sent {report.sent}, not sent {report.failed}; "
            f"incidents now: {report.incidents}"
        )
    if report.failed:
        say("What could not be sent is tried again by the next look. The log says why.")
