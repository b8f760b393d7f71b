"""The door into addresses: each value stays one value, or is refused."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from zsf_plugin.errors import ConfigurationError, ReconnectRequired, Rejected, Unavailable
from zsf_plugin.salesforce import addresses

LEAD_ID = "00Q5g00000BvKcMEAV"
ORG = "https://acme.my.salesforce.com"


def test_the_root_of_a_version() -> None:
    assert addresses.root("68.0") == "/services/data/v68.0"


@pytest.mark.parametrize("version", ["", "68", "v68.0", "68.0/x", "68.0\n", "1234.0", "68.10"])
def test_a_version_that_is_none_asks_for_a_new_sign_in(version: str) -> None:
    assert not addresses.is_version(version)
    with pytest.raises(ReconnectRequired) as caught:
        addresses.root(version)
    assert caught.value.code == "no_version"


def test_a_statement_is_encoded_whole() -> None:
    statement = "SELECT Id FROM Lead WHERE Email = 'a+b&c=d#%@x.example'"
    path, _, query = addresses.query(statement).partition("?")
    assert path == "/query"
    assert parse_qs(query, strict_parsing=True) == {"q": [statement]}
    assert addresses.query("x", archived=True) == "/queryAll?q=x"
    assert addresses.tooling_query("x y") == "/tooling/query?q=x%20y"


@pytest.mark.parametrize(
    ("text", "encoded"), [("a+b/c%", "a%2Bb%2Fc%25"), ("å", "%C3%A5"), ("a\ud800b", "ab")]
)
def test_what_has_a_meaning_in_an_address_is_encoded(text: str, encoded: str) -> None:
    assert addresses.encoded(text) == encoded


def test_a_path_keeps_its_steps_as_browsers_write_it() -> None:
    assert addresses.as_browsers_write("/in/josé-%C3%A9_x.~") == "/in/jos%C3%A9-%C3%A9_x.~"


@pytest.mark.parametrize("resource", ["query", "queryAll"])
def test_a_further_page_is_taken_by_resource_and_locator_alone(resource: str) -> None:
    given = f"/services/data/v68.0/{resource}/01g5g00000AbCdEAAV-2000"
    assert addresses.next_page(given) == f"/{resource}/01g5g00000AbCdEAAV-2000"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "/query/01g5g00000AbCdEAAV-2000",
        "https://evil.example/services/data/v68.0/query/01g5g00000AbCdEAAV-2000",
        "/services/data/v68.0/query/../limits",
        "/services/data/v68.0/query/01g5g00000AbCdEAAV-2000?x=1",
        "/services/data/v68.0/sobjects/01g5g00000AbCdEAAV-2000",
    ],
)
def test_a_further_page_that_leads_elsewhere_is_not_followed(given: str) -> None:
    with pytest.raises(Unavailable) as caught:
        addresses.next_page(given)
    assert caught.value.retry_after_s == 30.0


def test_records_and_describes_are_found_under_their_object() -> None:
    assert addresses.records("Lead") == "/sobjects/Lead"
    assert addresses.describe("Lead") == "/sobjects/Lead/describe"
    assert addresses.record("Lead", LEAD_ID[:15]) == f"/sobjects/Lead/{LEAD_ID}"


@pytest.mark.parametrize("object_", ["", "Lead/..", "Lead?x", "Lé"])
def test_an_object_that_is_no_api_name_has_no_path(object_: str) -> None:
    with pytest.raises(ConfigurationError):
        addresses.records(object_)


@pytest.mark.parametrize("record_id", ["", "..", "new:1", f"{LEAD_ID}/x", f"{LEAD_ID}\n"])
def test_an_id_that_is_none_has_no_path(record_id: str) -> None:
    with pytest.raises(Rejected) as caught:
        addresses.record("Lead", record_id)
    assert (caught.value.code, caught.value.fields) == ("MALFORMED_ID", ("Id",))


def test_the_logins_addresses() -> None:
    assert addresses.versions(ORG) == f"{ORG}/services/data"
    assert addresses.oauth(ORG, "token") == f"{ORG}/services/oauth2/token"
    assert addresses.authorize(ORG, {"state": "a b&c"}) == (
        f"{ORG}/services/oauth2/authorize?state=a+b%26c"
    )
    assert addresses.identity(ORG, "00D/x", "005") == f"{ORG}/id/00D%2Fx/005"


def test_a_form_keeps_each_value_whole() -> None:
    body = addresses.form({"code": "a&b=c é", "lone": "x\ud800"}).decode("ascii")
    assert parse_qs(body, strict_parsing=True) == {"code": ["a&b=c é"], "lone": ["x"]}
