"""Orgs and clients for the specification of the emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.emulator.client import Client
from zsf_plugin.emulator import Emulator, OrgSpec

KEY = {
    "object": "Lead",
    "name": "Key__c",
    "type": "string",
    "length": 64,
    "externalId": True,
    "unique": True,
}
TASK_KEY = {**KEY, "object": "Activity", "name": "StepKey__c", "caseSensitive": True}
ROBIN = {
    "Username": "robin@acme.example",
    "Email": "robin@acme.example",
    "FirstName": "Robin",
    "LastName": "Reyes",
}
GONE = {
    **ROBIN,
    "Username": "gone@acme.example",
    "Email": "gone@acme.example",
    "LastName": "Left",
    "IsActive": False,
}
ADMIN = {
    "Username": "admin@acme.example",
    "Email": "admin@acme.example",
    "FirstName": "Ada",
    "LastName": "Admin",
}

Make = Callable[..., Client]


@pytest.fixture
def make() -> Iterator[Make]:
    """Starts an emulator of the given spec and signs in."""
    with ExitStack() as stack:

        def start(**spec: Any) -> Client:
            given = {"users": [ADMIN, ROBIN, GONE], "fields": [KEY, TASK_KEY], **spec}
            server = stack.enter_context(Emulator(OrgSpec(**given)))
            client = Client(server.url)
            stack.callback(client.close)
            client.sign_in()
            return client

        yield start


@pytest.fixture
def org(make: Make) -> Client:
    """A signed-in client of an org with one admin, two users and two keys."""
    return make()
