"""E-mail addresses and websites as people write them: what is certain is taken, one of several with
a note, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.org import describe
from zsf_plugin.decision.fit import fit, key_value
from zsf_plugin.decision.misfits import Fitted
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import FieldDescribe, KeyPart, PlannedField
from zsf_plugin.model.email import email_address, email_addresses
from zsf_plugin.model.text import normal_form

LEAD = describe("Lead")
EMAIL = FieldDescribe("Email", "Email", "email", length=80)
SITE = FieldDescribe("Website", "Website", "url", length=60)


def fitted(text: str, field: FieldDescribe, misfit: str = "leave_out") -> Fitted:
    planned = PlannedField(field.name, text, "if_blank", misfit, "shorten", "test")  # type: ignore[arg-type]
    return fit(planned, field, LEAD)


@pytest.mark.parametrize(
    "text",
    [
        *("n@b.example", "N@B.example", "n@b.example>", "<n@b.example", "<<n@b.example>>"),
        *("n@b.example (work)", "n@b.example(Work)", "(private) n@b.example", "n@b.example (N. B)"),
        *("e-mail: n@b.example", "E-Mail : n@b.example", "Email (work): n@b.example"),
        *("Business email: n@b.example", "Email address: n@b.example", "E: n@b.example"),
        *(
            "mailto:n@b.example",
            "mailto:mailto:n@b.example",
            "MAILTO://n@b.example",
            "mailto:n%40b.example",
        ),
        *(
            "n@b.example?subject=x",
            "mailto:n@b.example?subject=a@b&cc=c@d.example",
            "mailto: n@b.example",
        ),
        *(
            "n@b.example/",
            "n@b.example.",
            "n@b.example;",
            "n@b.example,",
            "n@b.example:",
            "n@b.example!",
        ),
        *(
            '"Ann B" <n@b.example>',
            "Lee, Ann <n@b.example>",
            "Ann B <n@b.example",
            "Ann <mailto:n@b.example>",
        ),
        *(
            "n@b.example <n@b.example>",
            "n@b.example<mailto:n@b.example>",
            "[n@b.example](mailto:n@b.example)",
        ),
        *(
            "'n@b.example'",
            "\u201cn@b.example\u201d",
            "\u2018n@b.example\u2019",
            "[n@b.example]",
            "n@b.example]",
        ),
        *("n@b.example n@b.example", "n@b.example; N@b.example"),
    ],
)
def test_an_address_is_taken_out_of_what_is_certainly_about_it(text: str) -> None:
    found = fitted(text, EMAIL)
    assert (found.value, found.misfit, found.dropped) == ("n@b.example", None, {})
    assert normal_form("email", text) == "n@b.example"


@pytest.mark.parametrize(
    "text",
    [
        *("n at b dot example", "n[at]b.example", "n (at) b.example", "n @ b.example", "n@b"),
        *(
            "n@@b.example",
            "@n@b.example",
            "n@b.example@",
            "n@b..example",
            "n@b,example",
            ".n@b.example",
        ),
        *(
            "n@b.example (old)",
            "n@b.example (no longer)",
            "n@b.example (bounces)",
            "n@b.example (?)",
        ),
        *("not n@b.example", "formerly: n@b.example", "n@b.example?", "http://n@b.example"),
        *("n@b.example; c@", "n@b.example, old: c@b.example", "n@b.example or nobody @ all"),
        *("n@b.example (work); c@b.example (old)", "n@b.example work", "Ann B n@b.example"),
    ],
)
def test_what_is_not_certain_is_left_out(text: str) -> None:
    found = fitted(text, EMAIL)
    assert (found.value, found.misfit) == (None, "not_email")
    assert normal_form("email", text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("a@x.example; b@x.example", "a@x.example, b@x.example", "a@x.example b@x.example"),
        *("a@x.example / b@x.example", "a@x.example/b@x.example", "a@x.example|b@x.example"),
        *("a@x.example and b@x.example", "a@x.example & b@x.example", "a@x.example\nb@x.example"),
        *("A@x.example;b@x.example;", "Ann <a@x.example>, Bo <b@x.example>"),
        *('"Lee, Ann" <a@x.example>; "Bo" <b@x.example>', "mailto:a@x.example, mailto:b@x.example"),
        *("a@x.example (work); b@x.example (private)", "E-mail: a@x.example, E-mail: b@x.example"),
        *("Work: a@x.example / Home: b@x.example", "a@x.example\n\nb@x.example"),
    ],
)
def test_of_two_addresses_the_first_is_written_and_the_entry_says_so(text: str) -> None:
    found = fitted(text, EMAIL)
    assert (found.value, found.dropped["count"]) == ("a@x.example", 1)
    (step,) = found.steps("Lead", "Email")
    assert step_text(step) == "Email written without 1 of its values: the field takes one only"
    assert fitted(text, EMAIL, "hold").misfit == "one_only"
    assert normal_form("email", text) == "a@x.example"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "acme.com / acme.de",
            "acme.com, acme.se",
            "https://acme.com (old)",
            "acme.com \u2013 closed",
        ),
        *("www.acme.com and www.acme.de", "medium.com/@ann.lee", "https://user@acme.example/"),
        *("acme", "https://linkedin.com/company/acme"),
    ],
)
def test_a_website_is_written_as_it_came(text: str) -> None:
    assert fitted(text, SITE) == Fitted(text)


SITES = st.sampled_from(
    [
        "acme1.example",
        "https://acme2.example/de",
        "info@acme3.example",
        "<a@acme4.example>",
        "https://acme5.example/" + "x" * 60,
        "acme6.example / acme7.example",
        "co.uk",
        "none",
    ]
)


@given(values=st.lists(SITES, min_size=1, max_size=4))
def test_the_website_that_is_written_is_always_the_one_that_is_matched_by(
    values: list[str],
) -> None:
    first, *others = values
    planned = PlannedField(
        "Website", first, "if_blank", "leave_out", "shorten", "test", alternatives=tuple(others)
    )
    written = fit(planned, SITE, LEAD).value
    key = key_value(KeyPart("Website", "domain", first, tuple(others)), SITE, LEAD)
    if isinstance(written, str) and normal_form("domain", written) is not None:
        assert key is not None
        assert normal_form("domain", key) == normal_form("domain", written)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("jo@gmail.com", None),
        ("info@acme.com", "acme.com"),
        ("mailto:info@acme.com", "acme.com"),
        ("mailto://a@acme.com", "acme.com"),
        ("<a@acme.com>", "acme.com"),
        ("a@x.com, b@x.com", None),
    ],
)
def test_an_address_is_no_website_but_matches_by_its_companys_host(
    text: str, key: str | None
) -> None:
    found = fitted(text, SITE)
    assert (found.value, found.misfit) == (None, "not_website")
    assert key_value(KeyPart("Website", "domain", text), SITE, LEAD) == key


@pytest.mark.parametrize(
    "text",
    [
        "https://acme.com/en, https://acme.com/de/ueber-uns, https://acme.de/kontakt",
        "https://acme.com/en\nhttps://acme.com/de/ueber-uns\n\nhttps://acme.de/kontakt",
        "https://acme.com/en;;https://acme.com/de/ueber-uns | https://acme.de/kontakt",
    ],
)
def test_of_several_sites_that_do_not_fit_together_the_first_is_written(text: str) -> None:
    found = fitted(text, SITE)
    assert (found.value, found.dropped["count"]) == ("https://acme.com/en", 2)
    assert fitted(text, SITE, "hold").misfit == "one_only"
    assert key_value(KeyPart("Website", "domain", text), SITE, LEAD) == "https://acme.com/en"


@pytest.mark.parametrize(
    ("text", "misfit"),
    [
        ("https://acme.com/" + "x" * 60, "too_long_to_cut"),
        ("https://acme.com/" + "x" * 60 + ", acme.de", "too_long_to_cut"),
        ("about us " * 9 + "acme.com acme.de", "too_long_to_cut"),
        ("acme.com\nthe best", "not_one_line"),
        ("\u200b", "not_one_line"),
    ],
)
def test_a_website_that_does_not_fit_is_left_out(text: str, misfit: str) -> None:
    assert fitted(text, SITE).misfit == misfit


WRITTEN = st.text("an@b.xy <>()[],;:/|\"'?=mailto", max_size=40)


@given(text=WRITTEN | st.text(max_size=30))
def test_what_was_taken_is_taken_again_unchanged(text: str) -> None:
    for field in (EMAIL, SITE):
        found = fitted(text, field)
        if found.misfit is None:
            assert fitted(str(found.value), field) == Fitted(found.value)


@given(text=WRITTEN)
def test_an_address_always_stands_in_its_text(text: str) -> None:
    found = email_address(text)
    assert (found is None) == (not email_addresses(text))
    assert found is None or found in text.lower()
