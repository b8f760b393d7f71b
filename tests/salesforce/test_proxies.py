"""Which hosts are reached without a proxy, and which URLs are a proxy's."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.utils import prepend_scheme_if_needed

from zsf_plugin.salesforce.proxies import is_direct, parse_proxy

ACME = "acme.my.salesforce.com"
PRINTABLE = "".join(map(chr, range(33, 127)))


@pytest.mark.parametrize(
    "no_proxy",
    [
        ACME,
        f"x.example,{ACME}",
        f"x.example, {ACME.upper()} ,",
        f"x.example {ACME}",
        "salesforce.com",
        ".salesforce.com",
        "*.salesforce.com",
        f"{ACME}.",
        f"{ACME}:443",
        "*",
        "localhost,*",
    ],
)
def test_a_listed_host_is_reached_without(no_proxy: str) -> None:
    assert is_direct(ACME, no_proxy)


@pytest.mark.parametrize(
    "no_proxy", ["", " , ", "force.com", "alesforce.com", "x." + ACME, f"{ACME}:8443", "10.0.0.0/8"]
)
def test_any_other_goes_through_the_proxy(no_proxy: str) -> None:
    assert not is_direct(ACME, no_proxy)


@pytest.mark.parametrize(
    ("host", "no_proxy", "direct"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3:8080", "10.1.2.3", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", ".2.3", False),
        ("[fd00::1]:443", "fd00::/8", True),
        ("[fd00::1]", "[fd00::1]", True),
        ("[fe80::1]", "fd00::/8", False),
    ],
)
def test_addresses_match_addresses_and_networks(host: str, no_proxy: str, direct: bool) -> None:
    assert is_direct(host, no_proxy) is direct


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.9.9.9:8080", "[::1]:1", "LOCALHOST:1"]
)
@given(no_proxy=st.text(max_size=30))
def test_this_machine_is_never_asked_for_through_a_proxy(host: str, no_proxy: str) -> None:
    assert is_direct(host, no_proxy)


@given(netloc=st.from_regex(r"[a-z0-9.-]{1,30}(:[0-9]{1,4})?", fullmatch=True), listed=st.text())
def test_no_list_is_ever_an_error(netloc: str, listed: str) -> None:
    assert is_direct(netloc, listed) in (True, False)


@pytest.mark.parametrize(
    ("given_url", "url", "name"),
    [
        ("http://proxy:3128", "http://proxy:3128", "proxy:3128"),
        ("proxy:3128", "http://proxy:3128", "proxy:3128"),
        ("proxy", "http://proxy:80", "proxy:80"),
        ("HTTPS://Proxy.acme.example", "https://proxy.acme.example:443", "proxy.acme.example:443"),
        ("http://u:p%40@proxy:3128/", "http://u:p%40@proxy:3128", "proxy:3128"),
        ("socks5h://proxy", "socks5h://proxy:1080", "proxy:1080"),
        ("http://AC%5cme:p%3a%zz@proxy:1", "http://AC%5Cme:p%3A%25zz@proxy:1", "proxy:1"),
        ("http://AC\\me:p:s!$@proxy:1", "http://AC%5Cme:p%3As%21%24@proxy:1", "proxy:1"),
        ("http://u@proxy:1", "http://u@proxy:1", "proxy:1"),
        ("http://u:@proxy:1", "http://u:@proxy:1", "proxy:1"),
        ("http://[fd00::1]:3128", "http://[fd00::1]:3128", "[fd00::1]:3128"),
    ],
)
def test_a_proxy_is_named_without_its_password(given_url: str, url: str, name: str) -> None:
    proxy = parse_proxy(given_url)
    assert (proxy.url, proxy.name) == (url, name)
    assert "p%40" not in repr(proxy)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "ftp://proxy",
        "http://u:p/ss@proxy",
        "http://u:1#ss@proxy",
        "http://u:1?s@proxy",
        "http://u:p ss@proxy",
        "http://proxy:port",
        "http://proxy:99999",
        "http://proxy:0",
        "http://proxy:",
        "http:/proxy:3128",
        "http://u:%E2%82%AC@proxy",
    ],
)
def test_what_is_no_proxy_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        parse_proxy(url)


@given(st.text(max_size=40))
def test_any_text_is_a_proxy_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert parse_proxy(text).name


@given(st.text(PRINTABLE, max_size=20), st.text(PRINTABLE, max_size=20))
def test_no_library_writes_a_proxys_url_in_another_way(user: str, password: str) -> None:
    """Else connections through it would not say why they fail."""
    with suppress(ValueError):
        url = parse_proxy(f"http://{user}:{password}@proxy:3128").url
        assert prepend_scheme_if_needed(url, "http") == url
