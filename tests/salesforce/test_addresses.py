"""Building addresses: each value stays one value or is refused; and which may be followed."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from zsf_plugin.errors import ConfigurationError, ReconnectRequired, Rejected, Unavailable
from zsf_plugin.model import is_loopback
from zsf_plugin.salesforce import addresses
from zsf_plugin.salesforce.addresses import looks_like_sandbox, trusted_base

LEAD_ID = "00Q5g00000BvKcMEAV"
ORG = "https://acme.my.salesforce.com"


def test_the_root_of_a_version() -> None:
    assert addresses.root("68.0") == "/services/data/v68.0"


@pytest.mark.parametrize("version", ["", "68", "v68.0", "68.0/x", "68.0\n", "1234.0", "68.10"])
def test_an_invalid_version_requires_a_new_sign_in(version: str) -> None:
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
def test_characters_with_a_meaning_in_a_url_are_encoded(text: str, encoded: str) -> None:
    assert addresses.encoded(text) == encoded


def test_a_path_keeps_its_steps_as_browsers_write_it() -> None:
    assert addresses.as_browsers_write("/in/josé-%C3%A9_x.~") == "/in/jos%C3%A9-%C3%A9_x.~"
    assert addresses.as_browsers_write("/in/jo\ud800sé") == "/in/jos%C3%A9"


@pytest.mark.parametrize("resource", ["query", "queryAll"])
def test_a_further_page_is_taken_by_resource_and_locator_alone(resource: str) -> None:
    given = f"/services/data/v68.0/{resource}/01g5g00000AbCdEAAV-2000"
    assert addresses.next_page_path(given) == f"/{resource}/01g5g00000AbCdEAAV-2000"


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
        addresses.next_page_path(given)
    assert (caught.value.code, caught.value.retry_after_s) == ("no_page", 30.0)


def test_records_and_describes_are_found_under_their_object() -> None:
    assert addresses.records("Lead") == "/sobjects/Lead"
    assert addresses.describe("Lead") == "/sobjects/Lead/describe"
    assert addresses.record("Lead", LEAD_ID[:15]) == f"/sobjects/Lead/{LEAD_ID}"


@pytest.mark.parametrize("object_", ["", "Lead/..", "Lead?x", "Lé"])
def test_an_invalid_object_name_has_no_path(object_: str) -> None:
    with pytest.raises(ConfigurationError):
        addresses.records(object_)


@pytest.mark.parametrize("record_id", ["", "..", "new:1", f"{LEAD_ID}/x", f"{LEAD_ID}\n"])
def test_an_invalid_id_has_no_path(record_id: str) -> None:
    with pytest.raises(Rejected) as caught:
        addresses.record("Lead", record_id)
    assert (caught.value.code, caught.value.fields) == ("MALFORMED_ID", ("Id",))
    assert caught.value.message == ""


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


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("https://test.salesforce.com/", "https://test.salesforce.com"),
        ("acme.my.salesforce.com", "https://acme.my.salesforce.com"),
        ("https://ACME.my.salesforce.com:443/setup?x=1", "https://acme.my.salesforce.com"),
        (
            "https://acme--uat.sandbox.my.salesforce.com",
            "https://acme--uat.sandbox.my.salesforce.com",
        ),
        ("https://na139.salesforce.com", "https://na139.salesforce.com"),
        ("https://acme.my.sfcrmproducts.cn", "https://acme.my.sfcrmproducts.cn"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:1", "http://localhost:1"),
        ("localhost:1", "http://localhost:1"),
        ("127.0.0.1:18600", "http://127.0.0.1:18600"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://localhost:8443", "https://localhost:8443"),
    ],
)
def test_salesforce_over_https_and_the_loopback_are_followed(url: str, base: str) -> None:
    assert trusted_base(url) == base


@pytest.mark.parametrize(
    "url",
    [
        "http://login.salesforce.com",
        "https://login.salesforce.com:8443",
        "https://evil.example",
        "https://salesforce.com.evil.example",
        "https://evilsalesforce.com",
        "https://127.0.0.1.evil.example",
        "http://127.0.0.1.nip.io",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::ffff:10.0.0.1]",
        "http://169.254.169.254",
        "https://user:secret@login.salesforce.com",
        "https://@login.salesforce.com",
        "https://login.salesforce.com@evil.example",
        "https://evil.example\\.salesforce.com",
        "https://evil.example#.salesforce.com",
        "https://evil.example?.salesforce.com",
        "https://evil.example/.salesforce.com",
        "https://.salesforce.com",
        "ftp://localhost",
        "file:///etc/passwd",
        "javascript://login.salesforce.com",
        "https://[",
        "https://localhost:99999",
        "",
    ],
)
def test_anything_else_is_refused_with_words(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        trusted_base(url)
    assert len(caught.value.findings) == 1
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://[", "address"),
        ("http://login.salesforce.com", "https://"),
        ("https://login.salesforce.com:8443", "no port"),
        ("https://evil.example", ".my.salesforce.com"),
        ("ftp://localhost", "http://"),
    ],
)
def test_a_refusal_shows_the_address_and_what_is_accepted(url: str, accepted: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        trusted_base(url)
    shown, _, why = str(caught.value).partition(" ")
    assert shown == url
    assert accepted in why


@pytest.mark.parametrize(
    "url", ["https://user:secret@login.salesforce.com", "https://secret.example/\x1b[2J"]
)
def test_a_refusal_shows_nothing_of_an_address_with_a_password_or_unprintable_characters(
    url: str,
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        trusted_base(url)
    assert str(caught.value).startswith("the address ")


def test_an_empty_address_is_refused_as_empty() -> None:
    with pytest.raises(ConfigurationError, match=r"^an empty address "):
        trusted_base("")


def test_a_refusal_of_a_password_says_what_is_in_the_way() -> None:
    with pytest.raises(ConfigurationError, match="password"):
        trusted_base("https://user:secret@login.salesforce.com")


@pytest.mark.parametrize(
    ("shown", "api"),
    [
        ("https://acme.lightning.force.com/lightning/page/home", "https://acme.my.salesforce.com"),
        (
            "https://acme--uat.sandbox.lightning.force.com",
            "https://acme--uat.sandbox.my.salesforce.com",
        ),
        ("https://acme.my.salesforce-setup.com", "https://acme.my.salesforce.com"),
    ],
)
def test_an_address_of_the_browser_is_turned_into_the_apis_and_the_log_says_so(
    shown: str, api: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="zsf_plugin.salesforce"):
        assert trusted_base(shown) == api
    (line,) = caplog.messages
    assert line.startswith(shown.split("/")[2])
    assert api.removeprefix("https://") in line


def test_sandboxes_are_recognized_by_their_host_names() -> None:
    assert looks_like_sandbox("https://test.salesforce.com")
    assert looks_like_sandbox("https://acme--uat.sandbox.my.salesforce.com")
    assert looks_like_sandbox("https://acme--uat.cs92.my.salesforce.com")
    assert not looks_like_sandbox("https://acme.my.salesforce.com")


def test_names_are_not_taken_for_the_loopback() -> None:
    assert is_loopback("::1")
    assert not is_loopback("localhost.evil.example")
