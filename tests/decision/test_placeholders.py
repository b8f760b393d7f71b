"""Values that stand for "no value": nobody is matched by one, and a real value replaces it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import facts
from zsf_plugin.decision.literals import constants_of
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import Changes, Event, Json, Link, World
from zsf_plugin.model.placeholders import is_placeholder
from zsf_plugin.model.text import normal_form
from zsf_plugin.sync.lookup import look_up_records

PLACEHOLDERS = [
    "[not provided]",
    "Not Provided",
    "n/a",
    "N/A",
    "N.A.",
    "#N/A",
    "(none)",
    "None",
    "unknown",
    "UNKNOWN",
    "<unknown>",
    "null",
    "undefined",
    "TBD",
    "-",
    "--",
    "—",
    ".",
    "...",
    "?",
    "_",
    "xxx",
    "not_available",
    "NOT-PROVIDED",
    "NotSpecified",
    "n\\a",
    "N_A",
    "k.A.",
    "To be confirmed",
    "keine Angaben",
    "non renseigné",
    "sin datos",
    "No aplica",
    "não informado",
    "onbekend",
    "Okänd",
    "brak danych",
]
REAL = [
    "Acme",
    "Nona",
    "N26",
    "Unknown Worlds",
    "X",
    "C++ GmbH",
    "3M",
    "Ⅻ",
    "株式会社",
    "None Such AB",
    "Notion",
    "K.A. Larsson",
    "NA",
    "Tbilisi",
    "Not Available Records",
    "No Data Systems",
    "__init__",
]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_known_in_any_dress(text: str) -> None:
    assert is_placeholder("Company", text)


@pytest.mark.parametrize("text", REAL)
def test_a_real_name_is_no_placeholder(text: str) -> None:
    assert not is_placeholder("Company", text)


def test_some_placeholders_are_names_of_people() -> None:
    assert not is_placeholder("LastName", "Null")
    assert not is_placeholder("FirstName", "K. A.")
    assert is_placeholder("LastName", "[not provided]")


@pytest.mark.parametrize("phone", ["0000000", "(000) 000-0000", "1111111111", "123-456-7890"])
def test_a_made_up_phone_number_matches_nobody(phone: str) -> None:
    assert normal_form("phone", phone) is None


def outcome(org: FakeCrm, event: Event, mode: str = "lead", **rule: Json) -> Changes:
    made = plan(event, mode, **rule)  # type: ignore[arg-type]
    return reconcile(made, look_up_records([made], World(org.org), org, "purchases"))[0]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_no_company_is_matched_or_created_by_a_placeholder(text: str) -> None:
    org = FakeCrm(facts())
    org.add("Account", Name=text)
    changes = outcome(org, purchase(prospect(1, company={"id": "c1", "name": text})), "contact")
    assert [write.object for write in changes.writes] == ["Contact"]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_no_person_is_matched_by_a_placeholder(text: str) -> None:
    org = FakeCrm(facts())
    org.add("Lead", FirstName="Ada1", LastName="Lovelace1", Company=text)
    person = prospect(1, email=None, company={"name": text})
    assert outcome(org, purchase(person)).writes[0].action == "create"


#: Ways to map a default for a company's name, with what each gives if there is none.
HIDDEN_DEFAULTS: list[tuple[Json, str]] = [
    ({"from": "prospect.company.name", "default": "Private"}, "Private"),
    ("prospect.company.name || 'Private'", "Private"),
    ("not_null(prospect.company.name, 'Private')", "Private"),
    ("lower(prospect.company.name || 'PRIVATE')", "private"),
    ("concat(prospect.company.name || 'Private', ' person')", "Private person"),
    (["prospect.company.name", "'Private'"], "Private"),
    (["prospect.company.name", "concat('Pri', 'vate')"], "Private"),
    (["prospect.company.name", '`"Private"`'], "Private"),
    ("prospect.company.name && prospect.company.name || 'Private'", "Private"),
]


@pytest.mark.parametrize(("entry", "given_"), HIDDEN_DEFAULTS)
def test_strangers_are_never_joined_by_a_default_wherever_it_hides(
    entry: Json, given_: str
) -> None:
    org = FakeCrm(facts())
    org.add("Lead", FirstName="Ada1", LastName="Lovelace1", Company=given_)
    person = prospect(1, email=None, company=None)
    (write,) = outcome(org, purchase(person), fields={"Lead": {"Company": entry}}).writes
    assert (write.action, write.values["Company"]) == ("create", given_)


@pytest.mark.parametrize(
    "entry", ["'Everybody'", "concat('x')", "lower('EVERYBODY')", {"value": "Everybody"}]
)
def test_a_constant_matches_nobody(entry: Json) -> None:
    made = plan(purchase(prospect(1, email=None)), fields={"Lead": {"Company": entry}})
    assert made.targets["Lead"].keys == ()


def test_a_literal_that_a_condition_chose_matches_nobody() -> None:
    entry = "prospect.title == 'Engineer' && 'Engineers Ltd'"
    made = plan(purchase(prospect(1, email=None)), fields={"Lead": {"Company": entry}})
    assert made.targets["Lead"].keys == ()


def test_a_plain_path_has_no_constants() -> None:
    assert constants_of(("prospect.company.name", "prospect.last_name")) == ((), (), False)


POLICIES = ["if_blank", "if_ours", "always"]


def written(
    org: FakeCrm, record_id: str, company: Json, entry: Json, written_: dict[str, Json]
) -> Json:
    """What a purchase writes to the Company of a linked Lead."""
    link = Link("prospect", "p1", "Lead", record_id, written_)
    made = plan(purchase(prospect(1, company=company)), fields={"Lead": {"Company": entry}})
    world = World(org.org, {link.key: link})
    changes, _ = reconcile(made, look_up_records([made], world, org, "purchases"))
    return next((w.values["Company"] for w in changes.writes if "Company" in w.values), None)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("held", ["Private", *PLACEHOLDERS])
def test_a_real_value_replaces_our_default_or_a_placeholder(policy: str, held: str) -> None:
    org = FakeCrm(facts())
    lead = org.add("Lead", LastName="Lovelace1", Company=held)
    entry: Json = {"from": "prospect.company.name", "default": "Private", "overwrite": policy}
    assert written(org, lead, {"name": "Real"}, entry, {}) == "Real"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("held", ["Typed GmbH", "n/a", "[not provided]"])
@pytest.mark.parametrize("default", ["Private", "n/a"])
def test_a_default_never_replaces_what_a_person_typed(policy: str, held: str, default: str) -> None:
    org = FakeCrm(facts())
    lead = org.add("Lead", LastName="Lovelace1", Company=held)
    for entry in (
        {"from": "prospect.company.name", "default": default, "overwrite": policy},
        {"from": f"prospect.company.name || '{default}'", "overwrite": policy},
        {"from": ["prospect.company.name", f"'{default}'"], "overwrite": policy},
    ):
        assert written(org, lead, None, entry, {}) is None


@pytest.mark.parametrize("policy", ["if_ours", "always"])
def test_a_default_replaces_an_older_default_of_ours_and_no_real_value_of_ours(policy: str) -> None:
    org = FakeCrm(facts())
    lead = org.add("Lead", LastName="Lovelace1", Company="Old default")
    entry: Json = {"from": "prospect.company.name", "default": "New default", "overwrite": policy}
    ours: dict[str, Json] = {"Company": "Old default"}
    assert written(org, lead, None, entry, ours) is None
    assert written(org, lead, None, entry, {**ours, "#defaults": ["Company"]}) == "New default"


def test_what_a_person_typed_stays_and_what_a_person_chose_from_a_list_too() -> None:
    org = FakeCrm(facts())
    lead = org.add("Lead", LastName="Lovelace1", Company="Typed GmbH")
    entry: Json = {"from": "prospect.company.name", "default": "Private"}
    assert written(org, lead, {"name": "Real"}, entry, {}) is None


def test_a_placeholder_from_the_host_replaces_nothing() -> None:
    org = FakeCrm(facts())
    lead = org.add("Lead", LastName="Lovelace1", Company="Typed GmbH")
    entry: Json = {"from": "prospect.company.name", "overwrite": "always"}
    assert written(org, lead, {"name": "n/a"}, entry, {}) is None


@pytest.mark.parametrize(
    "company", [{"domain": "acme1.example"}, {"website": "http://acme1.example"}]
)
def test_a_company_without_a_name_is_matched_by_its_host(company: Json) -> None:
    org = FakeCrm(facts())
    account = org.add("Account", Name="Existing", Website="https://www.acme1.example/")
    *_, contact = outcome(org, purchase(prospect(1, company=company)), "contact").writes
    assert (contact.object, contact.values["AccountId"]) == ("Contact", account)


def test_a_company_without_a_name_is_not_created_and_the_story_says_so() -> None:
    company: Json = {"id": "c1", "domain": "acme1.example"}
    changes = outcome(FakeCrm(facts()), purchase(prospect(1, company=company)), "contact")
    assert [write.object for write in changes.writes] == ["Contact"]
    assert "no Account created: the event gives no company name" in map(step_text, changes.steps)


@pytest.mark.parametrize("channel", ["Email", " email ", "EMAIL"])
@pytest.mark.parametrize("table", ["email", "Email", " EMAIL"])
def test_channels_are_compared_without_case_and_blanks(channel: str, table: str) -> None:
    rule: dict[str, Json] = {table: {"Priority": {"value": "High"}}}
    made = plan(touchpoint(prospect(1), channel=channel), activity=rule)
    task = made.targets["Task"]
    assert [field.value for field in task.fields if field.field == "Priority"] == ["High"]
    assert [field.value for field in task.fields if field.field == "TaskSubtype"] == ["Email"]


@given(st.text(max_size=50))
def test_what_is_no_persons_name_names_no_company_either(text: str) -> None:
    assert is_placeholder("LastName", text) <= is_placeholder("Company", text)
