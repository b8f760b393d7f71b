"""Hosts: one form for every way to write a website, and none for what names no company."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PSLFILE, PublicSuffixList

from zsf_plugin.model import shared_hosts
from zsf_plugin.model.hosts import ascii_form, bare_domain, company_host, host_forms
from zsf_plugin.model.shared_hosts import is_free_mail, is_nobodys, names_of
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
        '<a href="https://acme.example">',
        "<a class='x' href='https://www.acme.example/'>Acme</a>",
        "<A HREF=acme.example>Acme</A>",
        "[Acme Inc](https://acme.example)",
        "view-source:https://acme.example",
        "url:http://acme.example/x",
        "http://acme.example:notaport/",
        "acme.example:",
    ],
)
def test_markup_and_an_unreadable_port_hide_no_host(text: str) -> None:
    assert company_host(text) == "acme.example"


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
        "no website, acme.example",
        "info@acme.example, b.example",
        "info@acme.example old",
        "dr.smith practice",
        "acme.example-closed",
    ],
)
def test_what_names_no_public_host_is_none(text: str) -> None:
    assert (bare_domain(text), company_host(text)) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "acme.example / b.example",
        "acme.example/b.example",
        "acme.example, b.example",
        "acme.example; b.example",
        "acme.example|b.example",
        "acme.example b.example",
        "www.acme.example and www.b.example",
        "https://acme.example oder https://b.example",
        "https://acme.example (old)",
        "acme.example(old)",
        "acme.example [old]",
        "acme.example \u2013 closed",
        "acme.example - closed",
        "acme.example\nb.example",
        "Website: acme.example",
        "Web site : www.acme.example, b.example",
        "www: acme.example",
        "https://acme.example/en see also b.example",
    ],
)
def test_of_several_sites_or_one_with_a_remark_the_first_is_meant(text: str) -> None:
    assert (bare_domain(text), company_host(text)) == ("acme.example", "acme.example")


@pytest.mark.parametrize(
    "text",
    [
        *("gmail.com", "jo@gmail.com", "yahoo.co.uk", "gmx.at", "hotmail.se"),
        *("upwork.com/x", "gofundme.com/acme", "x@privaterelay.appleid.com"),
        *("acme.wixsite.com", "a.github.io", "github.io", "x.myshopify.com", "x.blogspot.com"),
        *("x.blogspot.de", "acme.wordpress.com", "acme.carrd.co"),
        *("https://sites.google.com/view/acme", "linkedin.com/company/acme", "facebook.com/acme"),
        *("m.facebook.com/acme", "linktr.ee/acme", "instagram.com/acme", "https://bit.ly/acme"),
        *("lnkd.in/x", "maps.google.de/x", "google.de/maps/acme", "www.yelp.co.uk/biz/acme"),
        *("linkedin.com/company/acme (LinkedIn)", "facebook.com/acme, instagram.com/acme"),
    ],
)
def test_a_page_on_a_shared_host_identifies_no_company(text: str) -> None:
    assert bare_domain(text) is not None
    assert company_host(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("co.uk", "www.co.uk", "com.au", "https://com.br/", "gov.uk", "co.jp", "kawasaki.jp"),
        *("x.kawasaki.jp", "netlify.app", "onrender.com", "s3.amazonaws.com", "xn--55qx5d.cn"),
        *("公司.cn", "uk.com", "azurestaticapps.net"),
        *("example.com", "https://www.example.org/", "example.net", "example.co.uk"),
        *("example.test", "example.example", "beispiel.de", "ejemplo.com.mx"),
        *("www.none.com", "none.com", "na.com", "n-a.com", "test.com", "email.com", "domain.com"),
        *("website.com", "yourdomain.com", "yourcompany.co.uk", "noemail.com", "nowebsite.de"),
    ],
)
def test_a_public_suffix_an_example_or_a_made_up_host_is_nobodys(text: str) -> None:
    host = ascii_form(bare_domain(text) or "")
    assert host
    assert is_nobodys(host)
    assert company_host(text) is None


@pytest.mark.parametrize("text", ["example.invalid", "acme.invalid", "example.localhost"])
def test_a_reserved_zone_has_no_hosts(text: str) -> None:
    assert (bare_domain(text), company_host(text)) == (None, None)


@pytest.mark.parametrize(
    "host",
    [
        *("acme.co.uk", "shop.acme.co.uk", "acme.uk.com", "a.azurestaticapps.net", "acme.test"),
        *("none.example", "mail.example", "yahoo.example", "test.io", "nonesuch.com", "nasa.gov"),
        *(
            "live.example",
            "exampleworks.com",
            "gmx-consulting.de",
            "company.de",
            "city.kawasaki.jp",
        ),
    ],
)
def test_other_hosts_are_a_companys(host: str) -> None:
    assert company_host(host) == host


def test_a_subdomain_is_another_host() -> None:
    assert company_host("shop.acme.co.uk") != company_host("acme.co.uk")


SUFFIXES = re.findall(r"(?m)^[a-z0-9.-]+$", Path(PSLFILE).read_text("utf-8"))


@given(st.sampled_from(SUFFIXES), st.sampled_from(["", "www.", "https://", "https://www.", "jo@"]))
def test_a_public_suffix_never_identifies_a_company(suffix: str, before: str) -> None:
    assert company_host(f"{before}{suffix}") is None


@given(st.sampled_from(SUFFIXES))
def test_different_hosts_are_never_one(suffix: str) -> None:
    one, other = company_host(f"q1.{suffix}"), company_host(f"q2.{suffix}")
    assert one is None or one != other


def test_the_list_of_suffixes_is_loaded_by_the_first_host_only() -> None:
    code = (
        "import sys; from zsf_plugin.model.hosts import bare_domain, company_host;"
        "assert bare_domain('https://www.acme.com') == 'acme.com';"
        "assert 'publicsuffixlist' not in sys.modules;"
        "assert company_host('co.uk') is None;"
        "assert not {'urllib.request', 'requests', 'socket'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_host_that_was_seen_before_costs_nothing() -> None:
    company_host("counted.example")
    before = names_of.cache_info()
    company_host("https://www.counted.example/x")
    after = names_of.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)


def test_anybody_may_have_an_address_at_a_free_mail_host() -> None:
    for host in ("gmail.com", "yahoo.co.uk", "gmx.at", "outlook.jp"):
        assert is_free_mail(host)
    for host in ("acme.example", "outlook.example", "yahoo-help.de", "github.io", "co.uk"):
        assert not is_free_mail(host)


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


def test_every_public_suffix_is_known_in_both_forms() -> None:
    theirs, ours = PublicSuffixList(accept_unknown=False), shared_hosts._public_suffixes()
    listed = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    for suffix in filter(None, listed):
        name = suffix.lstrip("!").replace("*", "some")
        for form in (name, name if name.startswith("//") else name.encode("idna").decode()):
            assert ours.publicsuffix(f"host.{form}") == theirs.publicsuffix(f"host.{form}")
