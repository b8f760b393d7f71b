"""An org for real clients, and a bare client that signs in for them through its pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.client import Client
from zsf_plugin.emulator import Emulator, OrgSpec

KEY = {
    "object": "Lead",
    "name": "Zaplify_Id__c",
    "type": "string",
    "length": 64,
    "externalId": True,
    "unique": True,
    "caseSensitive": True,
}


@pytest.fixture
def org() -> Iterator[Client]:
    """A signed-in browser on an org whose pages hold two rows."""
    with Emulator(OrgSpec(fields=(KEY,), page_size=2)) as server:
        client = Client(server.url)
        client.sign_in()
        yield client
        client.close()
