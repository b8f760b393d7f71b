"""A console over a real store in an empty folder, with Flask's test client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.compiled_routes import share_compiled_routes
from tests.compiled_templates import share_compiled_templates
from tests.fakes.clock import FakeClock
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.settings import Settings
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

share_compiled_templates()
share_compiled_routes()

ADA = Visitor("acme", "Ada Admin", "u-1")


@pytest.fixture
def parts(product_settings: Settings) -> Iterator[Parts]:
    """The product's parts, in empty folders."""
    built = Parts(product_settings)
    yield built
    built.close()


@pytest.fixture
def application(parts: Parts) -> CommandApp:
    """The product as a command uses it; the console under test has the same parts."""
    return CommandApp(parts)


@pytest.fixture
def fake_clock(parts: Parts) -> FakeClock:
    """The application's clock, set by the test."""
    parts.clock = clock = FakeClock()
    return clock


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A running Salesforce emulator with a new org."""
    with Emulator(OrgSpec()) as emulator:
        yield emulator


@pytest.fixture
def console(application: CommandApp) -> Flask:
    """The console, whose only visitor is Ada of workspace acme."""
    return build_app(application.console(), ConsoleOptions(lambda _: ADA))


@pytest.fixture
def client(console: Flask) -> FlaskClient:
    """A browser without script. CSRF is off here: it has tests of its own (`test_security.py`,
    `tests/browser`)."""
    console.config["WTF_CSRF_ENABLED"] = False
    return console.test_client()
