"""Coverage: which keys of the authors' rules the plans of cases used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authoring.running import EVENT, SENT, case, run
from zsf_plugin.authoring.rule_keys import keys_in, shown_key

_SENT = 'hook = "on_touchpoint_sent"'


def unreached(folder: Path, rules: str, *cases: str, with_rows: bool = False) -> list[str]:
    (folder / "50.toml").write_text(rules, encoding="utf-8")
    (folder / "a.test.toml").write_text("\n".join(cases), encoding="utf-8")
    return [one.key for one in run(folder, with_rows=with_rows).unreached]


PURCHASE = case("")
TOUCHPOINT = case("", event=SENT, more=_SENT)
FRENCH = case("", event=EVENT.replace('"DE"', '"FR"'))
NAMELESS = case("", event=EVENT.replace('last_name = "Falk", ', ""))
HOTEL = case("", event=EVENT.replace('"Software"', '"Hotels"'))


@pytest.mark.parametrize(
    ("rules", "cases", "left"),
    [
        ('mode = "lead"', [PURCHASE], []),
        ("when = \"prospect.location.country_code == 'FR'\"\nmode = 'lead'", [PURCHASE], ["when", "mode"]),
        ("when = \"prospect.location.country_code == 'FR'\"\nmode = 'lead'", [FRENCH], []),
        (
            "[switches]\nsync_prospects = true\nsync_activities = true\ninclude_contents = false",
            [PURCHASE],
            ["switches.sync_activities", "switches.include_contents"],
        ),
        ("[switches]\nsync_prospects = false\n[fields.Lead]\nFax = \"'1'\"", [case("skipped = true")], ["fields.Lead.Fax"]),
        ('[match]\nLead = ["Phone", "Email"]\nmany = "oldest"', [PURCHASE], ["match.Lead[0]"]),
        ("[match]\nLead = []", [PURCHASE], []),
        ('[owner]\nfrom = ["prospect.custom.owner", "user.email"]', [PURCHASE], ["owner.from[0]"]),
        ("[owner]\nfrom = false\nassignment_rules = true", [PURCHASE], []),
        ('[fields.Lead]\nLastName = ["prospect.last_name", "prospect.first_name"]', [PURCHASE], ["fields.Lead.LastName[1]"]),
        ('[fields.Lead]\nLastName = ["prospect.last_name", "prospect.first_name"]', [PURCHASE, NAMELESS], []),
        ('[fields.Lead]\nlastname = { from = ["prospect.last_name"], default = "-" }', [PURCHASE], ["fields.Lead.lastname.default"]),
        ('[fields.Lead]\nFax = { from = "prospect.fax", default = "-" }', [PURCHASE], ["fields.Lead.Fax.from"]),
        ('[fields.Lead]\nFax = { value = 1 }\nTitle = false\n[limits]\napi_share = 0.5', [PURCHASE], []),
        ("[activity.\"*\"]\nPriority = \"'Low'\"\nSubject = \"'x'\"\n[activity.Email]\nSubject = \"'y'\"", [TOUCHPOINT], ['activity."*".Subject']),
        ('[activity.email]\nTaskSubtype = false\n[activity.call]\nTaskSubtype = false', [TOUCHPOINT], ["activity.call.TaskSubtype"]),
    ],
)  # fmt: skip
def test_a_key_is_reached_by_a_plan_that_used_it(
    tmp_path: Path, rules: str, cases: list[str], left: list[str]
) -> None:
    assert unreached(tmp_path, rules, *cases) == left


def test_rows_of_translations_are_keys_if_asked_for(tmp_path: Path) -> None:
    rules = """[fields.Account.Industry]
from = "prospect.company.industry"
values = { "Software" = "Technology", "Hotels" = "Hospitality" }
"""
    row = "fields.Account.Industry.values."
    assert unreached(tmp_path, rules, PURCHASE) == []
    assert unreached(tmp_path, rules, PURCHASE, with_rows=True) == [f"{row}Hotels"]
    assert unreached(tmp_path, rules, PURCHASE, HOTEL, with_rows=True) == []


def test_a_key_that_a_later_file_overrides_is_not_reached(tmp_path: Path) -> None:
    (tmp_path / "60.toml").write_text('mode = "contact"\n')
    assert unreached(tmp_path, 'mode = "lead"\n', PURCHASE) == ["mode"]


def test_unreached_keys_have_file_and_line_and_count_in_percent(tmp_path: Path) -> None:
    rules = '[fields.Lead]\nTitle = "prospect.title"\nFax = { value = 1 }\n'
    (tmp_path / "50.toml").write_text(rules)
    (tmp_path / "a.test.toml").write_text(PURCHASE)
    report = run(tmp_path)
    (one,) = report.unreached
    assert (one.file, one.line, one.key) == (f"{tmp_path}/50.toml", 2, "fields.Lead.Title")
    assert report.percent == 50.0


def test_without_rules_of_an_author_the_shipped_ones_are_under_test(tmp_path: Path) -> None:
    (tmp_path / "a.test.toml").write_text(PURCHASE)
    report = run(tmp_path)
    files = {one.file for one in report.unreached}
    assert "shipped/40-activities.toml" in files
    assert all(one.line for one in report.unreached)


def test_keys_are_shown_as_their_author_writes_them() -> None:
    document = {"activity": {"*": {"Subject": ["a", "b"]}}, "match": {"Lead": [["Email"]]}}
    shown = [shown_key(key) for key in keys_in(document)]
    assert shown == ["match.Lead[0]", 'activity."*".Subject[0]', 'activity."*".Subject[1]']
