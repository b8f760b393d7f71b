"""An org for real clients, and a client that signs in for them through its pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.client import Client
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec

KEY = FIELDS[0]


@pytest.fixture
def org() -> Iterator[Client]:
    """A signed-in client of an org with two rows per query page."""
    with Emulator(OrgSpec(fields=(KEY,), page_size=2)) as server:
        client = Client(server.url)
        client.sign_in()
        yield client
        client.close()
