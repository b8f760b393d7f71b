"""Hosts: one form for every way to write a website, and none for what names no company."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.model.hosts import bare_domain, company_host, host_forms, is_free_mail
from zsf_plugin.model.text import email_forms, normal_form

PUNYCODE = "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "text",
    [
        "acme.example",
        "ACME.Example",
        " acme.example ",
        "acme.example.",
        "https://acme.example",
        "https://https://acme.example",
        "http://https://www.acme.example",
        "http:/acme.example",
        "http//acme.example",
        "https:acme.example",
        "https//:acme.example",
        "http;//acme.example",
        "htp://acme.example",
        "//acme.example",
        "www.https://acme.example",
        "www.acme.example",
        "www.www.acme.example",
        "https://www.acme.example:8443/en?x=https://b.example#top",
        "https://user:pass@acme.example/",
        "https://acme.example\\index.html",
        "<https://acme.example>",
        '"acme.example",',
        "info@acme.example",
        "mailto:info@acme.example",
        "http://info@acme.example",
        "ａｃｍｅ．example",
        "acme。example",
        "https%3A%2F%2Fwww.acme.example%2Fen",
        "https://acme.example%2Fen?x=%2F",
    ],
)
def test_every_way_to_write_a_website_names_its_host(text: str) -> None:
    assert (bare_domain(text), company_host(text)) == ("acme.example", "acme.example")


@pytest.mark.parametrize(
    "text",
    [
        "bücher.example",
        "BÜCHER.example",
        "bu\u0308cher.example",
        "https://www.bücher.example/",
        "https://b%C3%BCcher.example",
        PUNYCODE,
        "XN--BCHER-KVA.example",
        f"http://www.{PUNYCODE}:80/x",
        f"info@{PUNYCODE}",
        "info@bücher.example",
    ],
)
def test_letters_and_punycode_are_one_host(text: str) -> None:
    assert company_host(text) == PUNYCODE
    assert host_forms(bare_domain(text) or "") == (PUNYCODE, "bücher.example")


def test_a_host_is_given_back_in_letters_or_punycode_as_it_came() -> None:
    assert bare_domain("https://www.BÜCHER.example") == "bücher.example"
    assert bare_domain(f"https://{PUNYCODE}") == PUNYCODE


def test_a_host_with_an_emoji_has_a_punycode_too() -> None:
    assert company_host("http://i❤.example") == company_host("xn--i-7iq.example")


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.5",
        "http://10.0.0.5/crm",
        "10.0.0.5:8080",
        "http://167772165/",
        "http://0x0a.0.0.5",
        "0x0a000005",
        "10.5",
        "http://[2001:db8::1]/",
        "[::1]:80",
        "::ffff:10.0.0.5",
        "root@10.0.0.5",
        "localhost",
        "localhost:8080",
        "app.localhost",
        "nas.local",
        "wiki.intranet",
        "acme",
        "https://acme",
        "www.acme",
        "n/a",
        "n.a.",
        "none",
        "-",
        ".",
        "...",
        "",
        " ",
        "https://",
        "http://www.",
        "a..example",
        "-acme.example",
        "acme .example",
        "Acme and Sons, acme.example",
        "acme.example, b.example",
    ],
)
def test_what_names_no_public_host_is_none(text: str) -> None:
    assert (bare_domain(text), company_host(text)) == (None, None)


@pytest.mark.parametrize(
    "text", ["example.com", "https://www.example.org/", "gmail.com", "acme.wixsite.com"]
)
def test_an_example_or_a_shared_host_identifies_no_company(text: str) -> None:
    assert bare_domain(text) is not None
    assert company_host(text) is None


def test_anybody_may_have_an_address_at_a_free_mail_host() -> None:
    assert is_free_mail("gmail.com")
    assert not is_free_mail("acme.example")


def test_addresses_whose_hosts_are_one_are_one() -> None:
    assert normal_form("email", f"Ann@{PUNYCODE}") == normal_form("email", "ann@BÜCHER.example")
    assert email_forms("ann@acme.example") == ("ann@acme.example",)


@given(st.text(max_size=60))
def test_a_host_of_a_host_is_the_host(text: str) -> None:
    host = company_host(text)
    assert host is None or company_host(f"https://www.{host}/x") == host


@given(st.text(max_size=60))
def test_every_form_of_a_host_has_one_normal_form(text: str) -> None:
    host = company_host(text)
    if host is not None:
        assert {company_host(form) for form in host_forms(host)} == {host}


@given(*[st.integers(0, 255)] * 4)
def test_an_ip_address_never_names_a_company(a: int, b: int, c: int, d: int) -> None:
    assert company_host(f"http://{a}.{b}.{c}.{d}/crm") is None
