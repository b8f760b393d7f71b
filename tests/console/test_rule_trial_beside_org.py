"""A typed rule is checked against the fields of the connected org as `zsf rules check` does it,
without a call."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.console.mapping_page import MappingBench
from tests.fakes.org import facts
from zsf_plugin.console.rules.drafted_rule import drafted_rule
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.messages.rule_findings import ORG
from zsf_plugin.model import Rule
from zsf_plugin.rulebook.org_findings import MAX_FINDINGS, org_findings_of
from zsf_plugin.rulebook.rulebook import shipped_rules

LEVEL = {"object": "Lead", "name": "Level__c", "type": "picklist", "picklist": ["Gold", "Silver"]}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MappingBench]:
    with Emulator(OrgSpec(fields=({**LEVEL, "restricted": True},))) as emulator:
        place = MappingBench(tmp_path, emulator)
        place.connect()
        yield place
        place.app.close()


def tried(client: FlaskClient, rule: str) -> str:
    event = '{"last_name": "Falk", "email": "maja@acme.example"}'
    answer = client.post("/rules/try", data={"rule": rule, "event": event, "entry": ""})
    assert answer.status_code == 200
    main = answer.text.partition('id="tried"')[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_a_typed_rule_is_checked_against_the_fields_of_the_org(bench: MappingBench) -> None:
    bench.app.orgs.crm("default").facts(refresh=True)
    used = bench.emulator.org.used
    shown = tried(bench.client, '[fields.Lead]\nTitel = "prospect.title"\n')
    assert "This rule may not do what you mean." in shown
    assert "Line 2: /fields/Lead/Titel Lead.Titel: the field does not exist" in shown
    assert "did you mean Title?" in shown
    assert "Checked against the fields of Salesforce, read just now." in shown
    assert "This rule changes" in shown
    shown = tried(bench.client, '{"fields": {"Lead": {\n"CreatedDate": "occurred_at"}}}')
    assert "Line 2: /fields/Lead/CreatedDate Lead.CreatedDate cannot be written" in shown
    shown = tried(bench.client, '[fields.Lead]\n\nLevel__c = { value = "Gould" }\n')
    assert "Line 3: /fields/Lead/Level__c/value Lead.Level__c never takes 'Gould'" in shown
    assert "did you mean Gold?" in shown
    shown = tried(bench.client, "[fields.Lead]\nCompany = false\n")
    assert "Salesforce requires Lead.Company, and no rule fills it" in shown
    shown = tried(bench.client, '[fields.Lead]\nLevel__c = { value = "Gold" }\n')
    assert "may not do what you mean" not in shown
    assert bench.emulator.org.used == used


def test_without_fields_it_says_that_it_did_not_check(client: FlaskClient) -> None:
    shown = tried(client, '[fields.Lead]\nTitel = "prospect.title"\n')
    assert "Not checked against an org: none is connected, or its fields were never read." in shown
    assert "did you mean" not in shown
    assert "Not checked" not in tried(client, "")
    assert "Not checked" not in tried(client, "mode = ")


def test_findings_in_the_rules_in_force_leave_room_for_those_of_the_typed_one() -> None:
    names = {f"Field{number}__c": "prospect.title" for number in range(MAX_FINDINGS + 5)}
    wrong = Rule("10.toml", "config", {"fields": {"Lead": {**names}}})
    drafted = drafted_rule('[fields.Lead]\nTitel = "user.id"', (*shipped_rules(), wrong))
    assert drafted.rule is not None
    assert drafted.in_force is not None
    rules = drafted.in_force
    found = org_findings_of(drafted.rule.file, rules.rules, facts(), "default")
    own = [one.pointer for one in found if one.file != ORG]
    assert own == ["/fields/Lead/Titel"]


def test_a_match_key_that_nothing_fills_has_its_line() -> None:
    drafted = drafted_rule('mode = "lead"\n[match]\nLead = ["Emial"]', shipped_rules())
    (finding,) = drafted.findings
    assert (finding.line, finding.pointer) == (3, "/match/Lead/0")
