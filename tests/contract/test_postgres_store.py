"""PostgreSQL fulfils the contract; and its own features: other machines, upgrades, a server that
goes away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.store_contract import OpenStore, StoreContract
from tests.postgres import Server
from zsf_plugin.ports import Store
from zsf_plugin.store.postgres import PostgresStore
from zsf_plugin.store.secrecy import Cipher

CIPHER = Cipher("a secret", "this test")


class TestPostgresStore(StoreContract):
    """The contract, run by PostgreSQL."""

    @pytest.fixture
    def open_store(self, postgres: Server) -> Iterator[OpenStore]:
        url, opened = postgres.new_database(), list[Store]()

        def open_one() -> Store:
            opened.append(PostgresStore(url, CIPHER))
            return opened[-1]

        yield open_one
        for store in opened:
            store.close()

    @pytest.fixture(autouse=True)
    def _server(self, postgres: Server) -> None:
        self.server = postgres

    def fresh(self) -> Store:
        return PostgresStore(self.server.emptied_database(), CIPHER)
