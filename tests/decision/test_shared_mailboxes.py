"""Two people may share a mailbox: whose record a record with the same e-mail address is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import facts
from zsf_plugin.decision.presence import presence_of
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.messages.text import cause_text, step_text
from zsf_plugin.model import Changes, Event, Json, Link, World
from zsf_plugin.model.mailboxes import MailboxKind, mailbox_kind
from zsf_plugin.sync.lookup import look_up_records


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("info@acme.example", "role"),
        ("INFO@acme.example", "role"),
        ("info+web@acme.example", "role"),
        ("info.de@acme.example", "role"),
        ("sales-emea@acme.example", "role"),
        ("office2@acme.example", "role"),
        ("no-reply@acme.example", "role"),
        ("customer.service@acme.example", "personal"),
        ("kontakt@acme.example", "role"),
        ("büro@acme.example", "role"),
        ("bokning@acme.example", "role"),
        ("kundtjänst@acme.example", "role"),
        ("accueil@acme.example", "role"),
        ("atencion.clientes@acme.example", "role"),
        ("info@gmail.com", "role"),
        ("noemail@acme.example", "role"),
        ("no.email@acme.example", "personal"),
        ("none@none.example", "role"),
        ("unknown@unknown.example", "role"),
        ("Test1@test.example", "role"),
        ("tester@acme.example", "personal"),
        ("ann@gmail.com", "free_mail"),
        ("ann.one@GMX.de", "free_mail"),
        ("ann@yahoo.co.uk", "free_mail"),
        ("ann@none.com", "role"),
        ("ann@noemail.com", "role"),
        ("ann@example.com", "role"),
        ("ann@yourcompany.de", "role"),
        ("ann@co.uk", "role"),
        ("ann@b\u00fccher.example", "personal"),
        ("ann@acme.example", "personal"),
        ("ann.sales@acme.example", "personal"),
        ("sales.ann@acme.example", "personal"),
        ("information.ann@acme.example", "personal"),
        ("infoann@acme.example", "personal"),
        ("@acme.example", "personal"),
        ("...@acme.example", "personal"),
        ("", "personal"),
    ],
)
def test_a_mailbox_is_a_roles_free_mail_or_personal(address: str, kind: MailboxKind) -> None:
    assert mailbox_kind(address) == kind


@given(st.text(max_size=40))
def test_any_text_has_a_kind(text: str) -> None:
    assert mailbox_kind(text) in ("role", "free_mail", "personal")


def org_with(object_: str = "Lead", **values: Json) -> FakeCrm:
    org = FakeCrm(facts())
    org.add(object_, **{"FirstName": "Ann", "LastName": "One", **values})
    return org


def outcome(org: FakeCrm, event: Event, mode: str = "lead", **rule: Json) -> Changes:
    made = plan(event, mode, **rule)  # type: ignore[arg-type]
    return reconcile(made, look_up_records([made], World(org.org), org, "purchases"))[0]


def person(first: str | None, last: str | None, email: str) -> dict[str, Json]:
    return prospect(1, first_name=first, last_name=last, email=email)


def linked(changes: Changes) -> str | None:
    found = [link.record_id for link in changes.links if link.kind == "prospect"]
    return found[0] if found and not found[0].startswith("new:") else None


def story(changes: Changes) -> str:
    return "\n".join(map(step_text, changes.steps))


#: First name, last name, and whether it is Ann One's mailbox by: a role's, a free-mail, a personal.
NAMES = [
    ("Ann", "One", True, True, True),
    ("ANN", "one", True, True, True),
    ("Ánn", "Oné", True, True, True),
    ("A.", "One", True, True, True),
    ("Ann Marie", "One", True, True, True),
    ("One", "Ann", True, True, True),
    (None, "One", True, True, True),
    ("Ann", None, True, True, True),
    (None, None, True, True, True),
    ("Bo", "One", False, True, True),
    ("Ann", "Two", False, True, True),
    ("Bo", "Two", False, False, True),
]


@pytest.mark.parametrize("object_", ["Lead", "Contact"])
@pytest.mark.parametrize(("first", "last", "by_role", "by_free", "by_person"), NAMES)
def test_whose_mailbox_it_is_depends_on_its_kind_and_the_names(
    object_: str,
    first: str | None,
    last: str | None,
    by_role: bool,
    by_free: bool,
    by_person: bool,
) -> None:
    addresses = ["office@acme.example", "anyone@gmail.com", "x@acme.example"]
    for email, is_hers in zip(addresses, (by_role, by_free, by_person), strict=True):
        org = org_with(object_, Email=email)
        changes = outcome(org, purchase(person(first, last, email)))
        assert (linked(changes) is not None) == is_hers


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("Søren", "Ærø"), ("Soren", "Aero")),
        (("Łukasz", "Żak"), ("Lukasz", "Zak")),
        (("Đorđe", "Œuvrard"), ("Dorde", "Oeuvrard")),
        (("Þóra", "Guðmundsdóttir"), ("Thora", "Gudmundsdottir")),
        (("Åsa", "Aakesson"), ("Aasa", "Åkesson")),
        (("Jürgen", "Strauß"), ("JUERGEN", "STRAUSS")),
        (("Jean-Luc", "O'Neil"), ("Jean Luc", "O’Neil")),
    ],
)
@pytest.mark.parametrize("turned", [True, False])
def test_letters_written_another_way_make_no_other_name(
    ours: tuple[str, str], theirs: tuple[str, str], turned: bool
) -> None:
    (first, last), held = (theirs, ours) if turned else (ours, theirs)
    org = org_with(Email="info@acme.example", FirstName=held[0], LastName=held[1])
    assert linked(outcome(org, purchase(person(first, last, "info@acme.example")))) is not None


def test_another_person_in_the_mailbox_gets_a_record_of_their_own_and_the_story_says_so() -> None:
    org = org_with(Email="info@acme.example")
    changes = outcome(org, purchase(person("Bo", "Two", "info@acme.example")))
    (write,) = changes.writes
    assert (write.action, write.values["LastName"]) == ("create", "Two")
    assert "another name" in story(changes)


def test_the_next_key_finds_the_persons_own_record() -> None:
    org = org_with(Email="info@acme1.example")
    own = org.add("Lead", FirstName="Bo", LastName="Two", Company="Acme 1")
    changes = outcome(org, purchase(person("Bo", "Two", "info@acme1.example")))
    assert linked(changes) == own


def test_of_several_records_in_a_mailbox_the_one_with_the_persons_name_is_theirs() -> None:
    org = org_with(Email="info@acme.example")
    own = org.add("Lead", FirstName="Bo", LastName="Two", Email="info@acme.example")
    assert linked(outcome(org, purchase(person("Bo", "Two", "info@acme.example")))) == own


def test_by_policy_the_entry_is_held_with_a_cause_that_says_why() -> None:
    org = org_with(Email="info@acme.example")
    event = purchase(person("Bo", "Two", "info@acme.example"))
    changes = outcome(org, event, match={"shared_mailbox": "hold"})
    assert changes.cause is not None
    assert changes.cause.code == "SHARED_MAILBOX"
    assert "another name" in cause_text(changes.cause)


def test_by_policy_the_record_is_connected_and_the_story_says_that_names_differ() -> None:
    org = org_with(Email="info@acme.example")
    event = purchase(person("Bo", "Two", "info@acme.example"))
    changes = outcome(org, event, match={"shared_mailbox": "connect"})
    assert linked(changes) is not None
    assert "the name in Salesforce differs: Lead.FirstName, LastName" in story(changes)


@pytest.mark.parametrize("is_linked", [False, True])
@pytest.mark.parametrize("overwrite", ["if_blank", "if_ours", "always"])
def test_what_another_person_in_the_mailbox_has_is_never_mixed_with_the_prospects(
    overwrite: str, is_linked: bool
) -> None:
    org = org_with(Email="info@acme.example")
    (record_id,) = org.rows["Lead"]
    title: Json = {"from": "prospect.title", "overwrite": overwrite}
    event = purchase(person("Bo", "Two", "info@acme.example"))
    rules: dict[str, Json] = {"match": {"shared_mailbox": "connect"}}
    made = plan(event, **rules, fields={"Lead": {"Title": title}})
    link = Link("prospect", "p1", "Lead", record_id, {})
    world = World(org.org, {link.key: link} if is_linked else {})
    changes, _ = reconcile(made, look_up_records([made], world, org, "purchases"))
    assert (linked(changes), changes.writes) == (record_id, ())
    assert "Lead left as it is" in story(changes)


def test_a_record_that_we_named_is_filled_though_a_person_renamed_it_since() -> None:
    org = org_with(Email="info@acme.example")
    (record_id,) = org.rows["Lead"]
    made = plan(
        purchase(person("Bo", "Two", "info@acme.example")), match={"shared_mailbox": "connect"}
    )
    link = Link("prospect", "p1", "Lead", record_id, {"LastName": "Two"})
    world = World(org.org, {link.key: link})
    changes, _ = reconcile(made, look_up_records([made], world, org, "purchases"))
    assert [write.action for write in changes.writes] == ["update"]


def test_a_personal_address_with_another_name_connects_and_the_story_says_so() -> None:
    org = org_with(Email="ann@acme.example", LastName="Maiden")
    changes = outcome(org, purchase(person("Ann", "Married", "ann@acme.example")))
    assert linked(changes) is not None
    assert "the name in Salesforce differs: Lead.LastName" in story(changes)
    assert "Maiden" not in story(changes)


def test_nothing_is_said_if_the_names_are_the_same() -> None:
    org = org_with(Email="ann@acme.example")
    changes = outcome(org, purchase(person("Ann", "One", "ann@acme.example")))
    assert "differs" not in story(changes)


@pytest.mark.parametrize("policy", ["next_key", "hold"])
def test_an_activity_is_not_logged_on_another_person_in_the_mailbox(policy: str) -> None:
    org = org_with(Email="info@acme.example")
    event = touchpoint(person("Bo", "Two", "info@acme.example"))
    changes = outcome(org, event, match={"shared_mailbox": policy})
    assert changes.writes == ()
    assert changes.cause is not None


#: A person's match key that coworkers share, and Bo's names that make him another than Ann One.
SHARED_KEYS: list[tuple[str, str, Json, Json]] = [
    ("Phone", "phone", "+46 8 123 45 67", "+46 (0)8 1234567"),
    ("Website", "domain", "https://www.acme1.example/", None),
]


@pytest.mark.parametrize("policy", ["next_key", "hold", "connect"])
@pytest.mark.parametrize(("name", "compare", "held", "phone"), SHARED_KEYS)
def test_a_coworker_with_the_same_number_or_website_is_another_person(
    name: str, compare: str, held: Json, phone: Json, policy: str
) -> None:
    org = org_with(**{name: held})
    bo = prospect(1, first_name="Bo", last_name="Two", email=None, phone=phone)
    match: Json = {"Lead": [{"field": name, "compare": compare}], "shared_mailbox": policy}
    changes = outcome(org, purchase(bo), match=match)
    if policy == "next_key":
        assert [write.values["LastName"] for write in changes.writes] == ["Two"]
        assert "another name" in story(changes)
    elif policy == "hold":
        assert changes.cause is not None
        assert changes.cause.code == "SHARED_MAILBOX"
    else:
        assert (linked(changes) is not None, changes.writes) == (True, ())
        assert "the name in Salesforce differs" in story(changes)


@pytest.mark.parametrize(("name", "compare", "held", "phone"), SHARED_KEYS)
def test_the_same_name_with_the_same_number_or_website_is_the_same_person(
    name: str, compare: str, held: Json, phone: Json
) -> None:
    org = org_with(**{name: held})
    ann = prospect(1, first_name="Ann", last_name="One", email=None, phone=phone)
    match: Json = {"Lead": [{"field": name, "compare": compare}]}
    changes = outcome(org, purchase(ann), match=match)
    assert linked(changes) is not None
    assert "differs" not in story(changes)


def test_a_number_is_kept_through_a_change_of_one_name_and_the_story_says_so() -> None:
    org = org_with(Phone="+46 70 123 45 67", LastName="Maiden")
    ann = prospect(1, first_name="Ann", last_name="One", email=None, phone="0046701234567")
    match: Json = {"Lead": [{"field": "Phone", "compare": "phone"}]}
    changes = outcome(org, purchase(ann), match=match)
    assert linked(changes) is not None
    assert "the name in Salesforce differs: Lead.LastName" in story(changes)


def test_a_link_is_kept_whatever_the_names_are() -> None:
    org = org_with(Email="info@acme.example")
    (record_id,) = org.rows["Lead"]
    made = plan(purchase(person("Bo", "Two", "info@acme.example")))
    link = Link("prospect", "p1", "Lead", record_id, {})
    world = World(org.org, {link.key: link})
    changes, _ = reconcile(made, look_up_records([made], world, org, "purchases"))
    assert linked(changes) == record_id


@pytest.mark.parametrize(
    ("policy", "status"), [("next_key", "missing"), ("hold", "unknown"), ("connect", "exists")]
)
def test_a_search_result_does_not_exist_because_another_person_shares_its_mailbox(
    policy: str, status: str
) -> None:
    org = org_with(Email="info@acme.example")
    event = purchase(person("Bo", "Two", "info@acme.example"))
    made = plan(event, match={"shared_mailbox": policy})
    world = look_up_records([made], World(org.org), org, "badges")
    assert presence_of(made, world).person.status == status


@pytest.mark.parametrize(
    "written", ["info@acme1.example", '"Office" <INFO@acme1.example>', "mailto:info@acme1.example"]
)
def test_the_mailbox_is_the_one_searched_for_though_the_converted_leads_contact_has_another(
    written: str,
) -> None:
    org = FakeCrm(facts())
    contact = org.add("Contact", FirstName="Bo", LastName="Two", Email="bo@else.example")
    lead = {"FirstName": "Bo", "LastName": "Two", "Email": "info@acme1.example"}
    org.add("Lead", **lead, IsConverted=True, ConvertedContactId=contact)
    assert linked(outcome(org, purchase(person("Ann", "One", written)))) is None
    assert linked(outcome(org, purchase(person("Bo", "Two", written)))) == contact
