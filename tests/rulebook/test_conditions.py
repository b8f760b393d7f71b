"""Expressions that are the same for every event are findings with file, line and what to write; the
rule stays in force. A place that no schema knows is a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rulebook.conftest import Write
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.bounds import MAX_FINDINGS
from zsf_plugin.rulebook.conditions import found_in
from zsf_plugin.rulebook.files import rule_of


def findings(when: str) -> list[tuple[str, str]]:
    return [(code, words) for _, code, words in found_in(rule_of("x", {"when": when}, "config"))]


@pytest.mark.parametrize(
    ("when", "code", "hint"),
    [
        ("prospect.company.employees > '100'", "COMPARISON_NEVER_TRUE", "`100`"),
        ("prospect.company.employees >= '1.5'", "COMPARISON_NEVER_TRUE", "`1.5`"),
        ("prospect.company.employees == '100'", "COMPARISON_NEVER_TRUE", "`100`"),
        ("'100' < prospect.company.employees", "COMPARISON_NEVER_TRUE", "`100`"),
        ("prospect.company.employees != '100'", "COMPARISON_ALWAYS_TRUE", "`100`"),
        ("prospect.company.employees == `1.5`", "COMPARISON_NEVER_TRUE", "a whole number"),
        ("prospect.location.country_code == `46`", "COMPARISON_NEVER_TRUE", "'46'"),
        ("user.email == `true`", "COMPARISON_NEVER_TRUE", "'true'"),
        ("contains(prospect.email, '@') == 'true'", "COMPARISON_NEVER_TRUE", "`true`"),
        ("length(prospect.email) == '3'", "COMPARISON_NEVER_TRUE", "`3`"),
        ("to_number(prospect.custom.size) > '3'", "COMPARISON_NEVER_TRUE", "`3`"),
        ("prospect.company == 'null'", "COMPARISON_NEVER_TRUE", "`null`"),
        ("prospect.company == 'Acme'", "COMPARISON_NEVER_TRUE", "a table or null"),
        ("lower(prospect.title) == 'CEO'", "COMPARISON_NEVER_TRUE", "'ceo'"),
        ("contains(lower(prospect.title), 'Chief')", "CAPITALS_IN_LOWER", "lower case"),
        ("starts_with(lower(prospect.title), 'VP')", "CAPITALS_IN_LOWER", "lower case"),
        ("type(prospect.email) == 'text'", "COMPARISON_NEVER_TRUE", "string"),
        ("starts_with(prospect.email, `3`)", "CALL_ALWAYS_FAILS", "a number"),
        ("contains(prospect.company.employees, '1')", "CALL_ALWAYS_FAILS", "a whole number"),
        ("contains(prospect.title, `1`)", "CALL_ALWAYS_FAILS", "a number"),
        ("length(prospect.company.employees) > `1`", "CALL_ALWAYS_FAILS", "a whole number"),
        ("sum(prospect.email) > `1`", "CALL_ALWAYS_FAILS", "text"),
        ("prospect.email.domain == 'acme.com'", "NO_SUCH_PART", "prospect.email is text"),
        ("prospect.company.employees.count > `1`", "NO_SUCH_PART", "employees is a whole"),
        ("!prospect.email", "NOT_BEFORE_PATH", "!(prospect.email)"),
        ("!prospect.custom.vip && user", "NOT_BEFORE_PATH", "!(prospect.custom.vip)"),
        ("'false'", "WHEN_ALWAYS_TRUE", "`true`"),
        ("'prospect.email'", "WHEN_ALWAYS_TRUE", "`true`"),
        ("`null`", "WHEN_NEVER_TRUE", "never applies"),
        ("prospect.email[0]", "WHEN_NEVER_TRUE", "never applies"),
        ("prospect.email && `false`", "WHEN_NEVER_TRUE", "never applies"),
        ("prospect.custom.vip || prospect.company.employees > '9'", "COMPARISON_NEVER_TRUE", "`9`"),
    ],
)
def test_what_is_the_same_for_every_event_is_found_with_what_to_write(
    when: str, code: str, hint: str
) -> None:
    found = findings(when)
    assert [known for known, _ in found] == [code]
    assert hint in found[0][1]


@pytest.mark.parametrize(
    "when",
    [
        "prospect.company.employees > `100`",
        "prospect.company.employees > `100.5`",
        "prospect.location.country_code == 'DE'",
        "prospect.custom.size > '100'",
        "prospect.custom.vip == 'true'",
        "prospect.anything.at.all == `1`",
        "touchpoint.step == '2' || touchpoint.step == `2`",
        "touchpoint.step > '2'",
        "touchpoint.channel == 'E-Mail'",
        "occurred_at > '2026-01-01'",
        "!(prospect.email)",
        "!prospect",
        "user.email == `null`",
        "prospect.company != `null`",
        "contains(['DE', 'AT'], prospect.location.country_code)",
        "contains(prospect.title, 'Chief')",
        "contains(lower(prospect.title), 'chief')",
        "ends_with(lower(prospect.email), '@acme.com')",
        "length(prospect.custom.tags || `[]`) > `2`",
        "prospect.custom.tags[?@ == 'vip']",
        "prospect.company.name || prospect.email",
        "`true`",
        "`false`",
        "workspace == 'acme'",
        "prospect.custom.*.a",
        "prospect.emails",
    ],
)
def test_a_condition_that_may_be_true_is_no_finding(when: str) -> None:
    assert findings(when) == []


@pytest.mark.parametrize(
    ("when", "meant"),
    [
        ("prospect.emial == 'x'", "prospect.email"),
        ("prospect.Email", "prospect.email"),
        ("prospect.company.adress.city == 'x'", "prospect.company.address"),
        ("prospect.location.contry_code == 'DE'", "prospect.location.country_code"),
        ("touchpoint.chanel == 'email'", "touchpoint.channel"),
    ],
)
def test_a_place_like_a_documented_one_is_a_warning(
    tmp_path: Path, write: Write, when: str, meant: str
) -> None:
    write("rules/10.toml", f'name = "x"\nwhen = "{when}"\n')
    book = Rulebook(tmp_path, lambda _: {})
    assert book.findings("acme") == ()
    (warning,) = book.warnings("acme")
    assert (warning.code, warning.severity, warning.line) == ("UNKNOWN_PLACE", "warning", 2)
    assert f"did you mean {meant}?" in warning.message


def test_the_rule_stays_in_force(tmp_path: Path, write: Write) -> None:
    write(
        "rules/10.toml",
        'mode = "contact"\n[fields.Lead]\nTitle = "prospect.email.x"\n'
        "Rating = \"prospect.company.employees > '9' && 'Hot'\"\n",
    )
    book = Rulebook(tmp_path, lambda _: {})
    found = [(one.line, one.pointer, one.code) for one in book.findings("acme")]
    assert found == [
        (3, "/fields/Lead/Title", "NO_SUCH_PART"),
        (4, "/fields/Lead/Rating", "COMPARISON_NEVER_TRUE"),
    ]
    assert book.rules_for("acme", {}).mode == "contact"


def test_the_consoles_document_is_checked_too(tmp_path: Path) -> None:
    document = {"fields": {"Lead": {"Title": "prospect.email.x"}}}
    (finding,) = Rulebook(tmp_path, lambda _: document).findings("acme")
    assert (finding.file, finding.code) == ("console", "NO_SUCH_PART")


def test_the_shipped_rules_have_no_such_expression(tmp_path: Path) -> None:
    rules = Rulebook(tmp_path, lambda _: {}).rules("acme")
    assert [found for rule in rules for found in found_in(rule)] == []


@pytest.mark.parametrize(
    ("when", "hint"),
    [
        ("prospect.email = 'x'", "equal is =="),
        ("prospect.email == 'a' and user", "and is &&"),
        ("prospect.email == 'a' OR user", "or is ||"),
        ("not prospect.email", "not is !(…)"),
        ("prospect.company.employees > 100", "`100`"),
        ("prospect.email == null", "`null` with backticks"),
        ("prospect.custom.vip == true", "`true` with backticks"),
        ('prospect.location.country_code == "DE"', "written 'DE'"),
        ("prospect.title == ‘CEO’", "straight quotes"),
        ("prospect.email is null", "equal is =="),
        ("prospect.email <> 'x'", "not equal is !="),
        ("prospect.title in ['CEO']", "contains("),
        ("prospect.title like 'CEO'", "contains("),
        ("$.prospect.email", "begins with a name"),
    ],
)
def test_the_signs_of_other_languages_are_named_with_what_to_write(
    tmp_path: Path, write: Write, when: str, hint: str
) -> None:
    write("rules/10.toml", f"when = '''{when}'''\n")
    (finding,) = Rulebook(tmp_path, lambda _: {}).findings("acme")
    assert finding.line == 1
    assert hint in finding.message


def test_of_very_many_pointless_expressions_in_a_file_the_first_are_named(
    tmp_path: Path, write: Write
) -> None:
    rows = [f"F{number}__c = 'prospect.email.domain{number}'" for number in range(300)]
    write("rules/10.toml", "\n".join(["[fields.Lead]", *rows]))
    assert len(Rulebook(tmp_path, lambda _: {}).findings("acme")) == MAX_FINDINGS
