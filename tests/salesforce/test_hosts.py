"""Which addresses a token may be sent to."""

from __future__ import annotations

import pytest

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import is_loopback
from zsf_plugin.salesforce.hosts import looks_like_sandbox, trusted_base


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
    assert "serves no API" in caplog.text


def test_sandboxes_are_told_by_their_names() -> None:
    assert looks_like_sandbox("https://test.salesforce.com")
    assert looks_like_sandbox("https://acme--uat.sandbox.my.salesforce.com")
    assert looks_like_sandbox("https://acme--uat.cs92.my.salesforce.com")
    assert not looks_like_sandbox("https://acme.my.salesforce.com")


def test_names_are_not_taken_for_the_loopback() -> None:
    assert is_loopback("::1")
    assert not is_loopback("localhost.evil.example")
