"""The rules and schemas that come with the package: complete, clean, and found however it is
installed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsf_plugin.decision.admission import without_text
from zsf_plugin.decision.decide import decide
from zsf_plugin.model import Event, Json, Plan, Rules
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.files import parse_rule
from zsf_plugin.rulebook.schema import shipped

ROOT = Path(__file__).parents[2]
FILES = sorted(shipped("rules").iterdir(), key=lambda entry: entry.name)
CHANNELS = [
    "email",
    "linkedin_message",
    "linkedin_connection",
    "linkedin_visit",
    "call",
    "sms",
    "carrier_pigeon",
]
#: Required on create in a stock org, or read by our match keys (salesforce-api.md §5).
NEEDED = {
    "Lead": {"LastName", "Company", "Email"},
    "Contact": {"LastName", "Email"},
    "Account": {"Name", "Website"},
}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return Rulebook(Path("/nowhere"), lambda _: {}).rules_for("acme", {})


def _sent(channel: str, **more: Json) -> Event:
    touchpoint: dict[str, Json] = {"id": "t1", "channel": channel, **more}
    payload: dict[str, Json] = {"prospect": {"id": "p1"}, "user": {}, "touchpoint": touchpoint}
    return Event("touchpoint", "acme", "e1", "2026-11-01T10:00:00Z", payload)


def _purchase(rules: Rules, **prospect: Json) -> Plan:
    payload: dict[str, Json] = {
        "prospect": {"id": "p1", **prospect},
        "user": {"email": "seller@zaplify.example"},
    }
    return decide(Event("purchase", "acme", "e1", "2026-11-01T10:00:00Z", payload), rules)


def _values(plan: Plan, object_: str) -> dict[str, Json]:
    return {field.field: field.value for field in plan.targets[object_].fields}


@pytest.mark.parametrize("path", FILES, ids=lambda entry: entry.name)
def test_every_shipped_rule_is_clean_and_points_editors_at_its_schema(path: Path) -> None:
    assert parse_rule(path.name, path.read_bytes(), "shipped")[1] == ()
    text = path.read_text(encoding="utf-8")
    assert text.startswith("#:schema ../schemas/rule.schema.json\n")
    assert tomllib.loads(text)["name"]


def test_together_they_have_no_findings_and_set_every_switch_and_limit(rules: Rules) -> None:
    assert Rulebook(Path("/nowhere"), lambda _: {}).findings("acme") == ()
    assert {f"/switches/{name}" for name in rules.switches.__slots__} <= set(rules.origins)
    assert {f"/limits/{name}" for name in rules.limits.__slots__} <= set(rules.origins)
    assert rules.many == "hold"
    assert not rules.switches.include_contents


def test_fields_that_a_stock_org_requires_are_filled(rules: Rules) -> None:
    for object_, needed in NEEDED.items():
        assert needed <= set(rules.fields[object_])
    for table in rules.activities.values():
        assert not {"Status", "WhoId", "WhatId", "OwnerId"} & set(table)


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_has_a_subject_with_and_without_contents(rules: Rules, channel: str) -> None:
    whole = _sent(channel, step=2, subject="Secret", content={"text": "Secret text"})
    for event in (
        whole,
        without_text(whole),
        _sent(channel),
        _sent(channel, subject=""),
        _sent(channel, subject=None),
    ):
        subject = _values(decide(event, rules), "Task")["Subject"]
        assert isinstance(subject, str)
        assert subject.strip(" :") == subject
        assert "Secret" not in subject


def test_contents_reach_the_activity_only_if_the_switch_is_on(rules: Rules) -> None:
    event = _sent("email", step=2, subject="Hello", content={"text": "Dear Ada"})
    assert "Description" not in _values(decide(event, rules), "Task")
    book = Rulebook(Path("/nowhere"), lambda _: {"switches": {"include_contents": True}})
    values = _values(decide(event, book.rules_for("acme", event.scope)), "Task")
    assert (values["Subject"], values["Description"]) == ("Email: Hello", "Dear Ada")
    assert values["ActivityDate"] == "2026-11-01T10:00:00Z"


def test_a_message_that_is_there_as_html_only_is_read_as_text() -> None:
    book = Rulebook(Path("/nowhere"), lambda _: {"switches": {"include_contents": True}})
    for content in ({"html": "<p>Dear<br>Ada</p>"}, {"html": "Dear<br>Ada", "text": " "}):
        event = _sent("letter", content=content)
        values = _values(decide(event, book.rules_for("acme", event.scope)), "Task")
        assert values["Description"] == "Dear\nAda"


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        ("Ada", "Lovelace", ("Ada", "Lovelace")),
        ("Ada", None, (None, "Ada")),
        (None, "Plato", (None, "Plato")),
        ("", "Plato", (None, "Plato")),
        ("Ada", "", (None, "Ada")),
        (None, None, (None, None)),
    ],
)
def test_a_single_name_is_a_last_name(
    rules: Rules, first: Json, last: Json, wanted: tuple[Json, Json]
) -> None:
    plan = _purchase(rules, first_name=first, last_name=last)
    for object_ in ("Lead", "Contact"):
        values = _values(plan, object_)
        assert (values.get("FirstName"), values.get("LastName")) == wanted


def test_an_account_without_a_website_has_its_domain(rules: Rules) -> None:
    plan = _purchase(rules, company={"id": "c1", "name": "Acme", "domain": "acme.example"})
    assert _values(plan, "Account")["Website"] == "acme.example"
    assert _values(plan, "Lead")["Company"] == "Acme"


def test_industries_are_translated_where_it_is_safe(rules: Rules) -> None:
    for given_, wanted in (
        ("Financials", "Finance"),
        ("Energy", "Energy"),
        ("Consumer Staples", "Consumer Staples"),
    ):
        plan = _purchase(rules, company={"id": "c1", "name": "Acme", "industry": given_})
        assert {_values(plan, object_)["Industry"] for object_ in ("Lead", "Account")} == {wanted}


def test_lead_and_account_translate_industries_alike(rules: Rules) -> None:
    assert rules.fields["Lead"]["Industry"].values == rules.fields["Account"]["Industry"].values


@settings(deadline=None)
@given(st.text(), st.text())
def test_a_lead_always_has_a_company(name: str, domain: str) -> None:
    book = Rulebook(Path("/nowhere"), lambda _: {})
    plan = _purchase(book.rules_for("acme", {}), company={"name": name, "domain": domain})
    assert _values(plan, "Lead")["Company"]


def test_shipped_files_are_found_in_a_wheel(tmp_path: Path) -> None:
    archive = tmp_path / "zsf.whl"
    with zipfile.ZipFile(archive, "w") as wheel:
        for pattern in ("*.py", "*.pyi"):
            for path in sorted((ROOT / "zsf_plugin").rglob(pattern)):
                wheel.write(path, path.relative_to(ROOT))
        for folder in ("rules", "schemas"):
            for path in sorted((ROOT / folder).iterdir()):
                wheel.write(path, f"zsf_plugin/_shipped/{folder}/{path.name}")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import zsf_plugin; assert sys.argv[1] in zsf_plugin.__file__;"
        "from pathlib import Path; from zsf_plugin.rulebook import Rulebook;"
        "from zsf_plugin.rulebook.schema import schema_violations;"
        "assert len(Rulebook(Path('/nowhere'), lambda _: {}).rules('a')) == int(sys.argv[2]);"
        "assert schema_violations('purchase', {})"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(archive), str(len(FILES))], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
