"""A console over a real store in an empty folder, asked by Flask's own client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes.clock import FakeClock
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.settings import Settings
from zsf_plugin.wiring import Application, build

ADA = Visitor("acme", "Ada Admin", "u-1")


@pytest.fixture
def application(product_settings: Settings) -> Iterator[Application]:
    """The product in empty folders."""
    built = build(product_settings)
    yield built
    built.close()


@pytest.fixture
def turned(application: Application) -> FakeClock:
    """The application's clock, turned by hand."""
    application.clock = FakeClock()
    return application.clock


@pytest.fixture
def stand_in() -> Iterator[Emulator]:
    """A running stand-in Salesforce, as an org comes."""
    with Emulator(OrgSpec()) as emulator:
        yield emulator


@pytest.fixture
def console(application: Application) -> Flask:
    """Its console, whose only visitor is Ada of workspace acme."""
    return build_app(application, ConsoleOptions(lambda _: ADA))


@pytest.fixture
def client(console: Flask) -> FlaskClient:
    """A browser without script. CSRF is off here: it has tests of its own (`test_security.py`,
    `tests/browser`)."""
    console.config["WTF_CSRF_ENABLED"] = False
    return console.test_client()
