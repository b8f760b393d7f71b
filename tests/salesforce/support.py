"""What the tests of `zsf_plugin.salesforce` share: a scripted browser, a connected workspace,
describes built in code."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.fakes.clock import FakeClock
from zsf_plugin.emulator import Emulator
from zsf_plugin.model import Connection, FieldDescribe, Lookup, ObjectDescribe, OrgFacts, Write
from zsf_plugin.ports import Clock, Fact, PendingSignIn, SignInResult, Store
from zsf_plugin.salesforce.adapter import SalesforceCrm
from zsf_plugin.salesforce.login import SalesforceLogin

CALLBACK = "http://127.0.0.1:17717/oauth/callback"
CLIENT = "3MVG9made.up"
ORG = "00D5g000004TyUiEAK"


class Owners:
    """Lease owners of tests: each name once, in whatever process, and all alive."""

    def new_owner(self) -> str:
        return secrets.token_hex(8)

    def is_dead(self, owner: str) -> bool:
        return False


class FactsInMemory:
    """As much of a store as keeps facts."""

    def __init__(self) -> None:
        self.saved: dict[tuple[str, str], Fact] = {}
        self.reads = 0

    def fact(self, org_id: str, name: str) -> Fact | None:
        self.reads += 1
        return self.saved.get((org_id, name))

    def save_fact(self, org_id: str, name: str, fact: Fact) -> None:
        self.saved[org_id, name] = fact

    def facts(self, org_id: str, names: Collection[str]) -> dict[str, Fact]:
        return {name: self.saved[org_id, name] for name in names if (org_id, name) in self.saved}

    def save_facts(self, org_id: str, facts: Mapping[str, Fact]) -> None:
        for name, fact in facts.items():
            self.save_fact(org_id, name, fact)

    def forget_facts(self, org_id: str, prefix: str, before: float) -> None:
        for (org, name), fact in list(self.saved.items()):
            if org == org_id and name.startswith(prefix) and fact.fetched_at < before:
                del self.saved[org, name]


@dataclass
class AdapterBench:
    """A workspace connected to an emulator, and its engine."""

    server: Emulator
    store: Store
    clock: Clock
    crm: SalesforceCrm
    counted: int = field(default=0)

    @property
    def org(self) -> Any:
        return self.server.org

    def connection(self) -> Connection:
        found = self.store.connection("w")
        assert found is not None
        return found

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A command behind the org's back."""
        return requests.request(
            method, f"{self.server.url}/_emulator/{path}", json=body, timeout=5
        ).json()

    def fault(self, kind: str, path: str, **more: Any) -> None:
        self.control("POST", "faults", {"kind": kind, "match": {"path_contains": path}, **more})

    def requests(self, path: str) -> list[dict[str, Any]]:
        """What the emulator was asked, of those whose path has that part."""
        return [line for line in self.control("GET", "requests") if path in line["path"]]

    def calls(self) -> int:
        """API calls the emulator counted since the last look."""
        before, self.counted = self.counted, self.org.used
        return int(self.counted - before)

    def warm(self) -> None:
        """Fetch the describes, and forget what that cost."""
        self.crm.facts()
        self.calls()


class _Form(HTMLParser):
    """The hidden fields of a page's form."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.values[str(given["name"])] = given.get("value") or ""


def browse(
    sign_in: PendingSignIn, *, username: str = "admin@acme.example", decision: str = "allow"
) -> dict[str, str]:
    """Walk the login and consent pages as a person would; the callback's query."""
    address = sign_in.authorize_url.partition("?")[0]
    login = _form_of(requests.get(sign_in.authorize_url, timeout=60).text)
    consent = _form_of(
        requests.post(
            address, data={**login, "username": username, "password": "x"}, timeout=5
        ).text
    )
    answer = requests.post(
        address, data={**consent, "decision": decision}, allow_redirects=False, timeout=5
    )
    assert answer.status_code == 302
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def _form_of(page: str) -> dict[str, str]:
    form = _Form()
    form.feed(page)
    return form.values


def sign_in(
    server: Emulator, clock: Clock, secret: str | None = None
) -> tuple[PendingSignIn, SignInResult]:
    """A finished sign-in at the emulator."""
    login = SalesforceLogin(secret, clock)
    begun = login.begin(server.url, CLIENT, CALLBACK)
    return begun, login.finish(begun, browse(begun))


def connect(server: Emulator, store: Store, clock: Clock | None = None) -> AdapterBench:
    """A connected workspace `w`."""
    clock = clock or FakeClock()
    _, grant = sign_in(server, clock)
    store.save_connection(connection_of(server, grant, clock), grant.tokens)
    return AdapterBench(server, store, clock, engine(store, clock))


def connection_of(server: Emulator, grant: SignInResult, clock: Clock) -> Connection:
    return Connection(
        workspace="w",
        org_id=grant.org_id,
        user_id=grant.user_id,
        username=grant.username,
        environment="custom",
        login_url=server.url,
        instance_url=grant.instance_url,
        client_id=CLIENT,
        is_sandbox=grant.is_sandbox,
        api_version=grant.api_version,
        connected_at=clock.now(),
    )


def engine(store: Store, clock: Clock) -> SalesforceCrm:
    return SalesforceCrm(
        "w",
        store=store,
        clock=clock,
        client_secret=None,
        identity=Owners(),
        calls_per_second=1000.0,
    )


def create(object_: str, number: int, values: Mapping[str, Any]) -> Write:
    return Write("create", object_, f"new:{number}", dict(values))


def by_email(object_: str, email: str) -> Lookup:
    return Lookup(object_, (("Email", "email", email),))


def described(name: str, *fields: FieldDescribe) -> ObjectDescribe:
    """An object with an Id and those fields."""
    all_fields = (FieldDescribe("Id", "Id", "id"), *fields)
    return ObjectDescribe(name, name, True, True, {one.name: one for one in all_fields})


def text(name: str, length: int = 255, **more: Any) -> FieldDescribe:
    return FieldDescribe(name, name, "string", length=length, **more)


def facts_of(objects: Sequence[ObjectDescribe], *, is_sandbox: bool = False) -> OrgFacts:
    return OrgFacts(ORG, is_sandbox, "Completed", {one.name: one for one in objects})
