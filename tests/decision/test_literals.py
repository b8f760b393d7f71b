"""Values of which a default is a part: nobody is matched by one, and it replaces no person's
word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase
from tests.fakes.org import facts
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.literals import constants_of, literal_part
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import Changes, Json, Link, World
from zsf_plugin.sync.lookup import look_up_records

WHOLE: dict[str, Json] = {
    "first": "Ada",
    "last": "Byron",
    "employees": 5,
    "country": "DE",
    "company": {"name": "Acme"},
}
GAPS: dict[str, Json] = {"last": "Byron", "employees": 5, "company": {}}


@pytest.mark.parametrize(
    ("source", "of_gaps"),
    [
        ("concat(first || 'Unknown', ' ', last)", "fallback"),
        ("concat(first || '-', ' ', last)", "fallback"),
        ("concat(first || '', ' ', last)", None),
        ("concat(first || ' ', last)", None),
        ("join(' ', [first || 'Unknown', last])", "fallback"),
        ("not_null(company.name, 'Unknown')", "fallback"),
        ("concat(not_null(company.name, 'Unknown'), ' - ', last)", "fallback"),
        ("concat(not_null(company.name, first, 'Unknown'), last)", "fallback"),
        ("lower(concat(first || 'Unknown', last))", "fallback"),
        ("concat((first || 'Unknown') | lower(@), ' ', last)", "fallback"),
        ("company.name || concat('Company of ', last)", "fallback"),
        ("concat(to_string(company.name || `7`), last)", "fallback"),
        ("concat([first, 'Unknown'][?@] | [0], ' ', last)", "fallback"),
        ("concat(merge({first: 'Unknown'}, @).first, ' ', last)", "fallback"),
        ("concat(map(&(name || 'Unknown'), [company])[0], '/', last)", "fallback"),
        ("concat(first && first || 'Unknown', ' ', last)", "fallback"),
        ("concat(first == `null` && 'Unknown' || first, ' ', last)", "fallback"),
        ("concat(employees < `9` && 'Small' || 'Big', ' ', last)", "chosen"),
        ("country == 'DE' && 'DACH' || country == 'FR' && 'France' || 'Rest'", "fallback"),
    ],
)
def test_what_a_value_is_made_of(source: str, of_gaps: str | None) -> None:
    assert literal_part(source, GAPS, evaluate(source, GAPS)) == of_gaps
    whole = literal_part(source, WHOLE, evaluate(source, WHOLE))
    assert whole == ("chosen" if "employees" in source or "DACH" in source else None)


@pytest.mark.parametrize(
    "source",
    [
        "concat('id-', last)",
        "concat(first, ' ', last)",
        "join(' - ', [first, last])",
        "first && concat('Family ', last)",
        "country == 'DE' && company.name",
        "last",
    ],
)
def test_text_around_a_value_and_what_only_decides_are_no_part_of_it(source: str) -> None:
    assert literal_part(source, WHOLE, evaluate(source, WHOLE)) is None


def test_a_placeholder_in_a_list_is_a_default_wherever_it_stands() -> None:
    assert literal_part("join(' ', [last, 'N/A'])", WHOLE, "Byron N/A") == "fallback"


#: Expressions of a small grammar, each with whether `Nobody` is a part of its value.
_MISSING = st.sampled_from(
    ["prospect.custom.x", "prospect.custom.y.z", "domain(prospect.custom.x)"]
)
_DEFAULTED = st.one_of(
    st.builds("({} || 'Nobody')".format, _MISSING),
    st.builds("not_null({}, 'Nobody')".format, _MISSING),
    st.builds("not_null({}, {}, 'Nobody')".format, _MISSING, _MISSING),
    st.builds("({} && 'x' || 'Nobody')".format, _MISSING),
    st.builds("([{}, 'Nobody'][?@] | [0])".format, _MISSING),
)
_PARTLY = st.recursive(
    _DEFAULTED,
    lambda inner: st.one_of(
        st.builds("lower({})".format, inner),
        st.builds("concat({}, ' ', prospect.last_name)".format, inner),
        st.builds("join('-', [prospect.last_name, {}])".format, inner),
        st.builds("(prospect.custom.x || {})".format, inner),
        st.builds("not_null(prospect.custom.y, {})".format, inner),
    ),
    max_leaves=4,
)
_TYPED = "Typed GmbH"


def outcome(org: FakeCrm, entry: Json, link: Link | None = None, **person: Json) -> Changes:
    made = plan(purchase(prospect(1, **person)), fields={"Lead": {"Company": entry}})
    world = World(org.org, {link.key: link} if link else {})
    return reconcile(made, look_up_records([made], world, org, "purchases"))[0]


@given(_PARTLY)
def test_a_default_part_never_joins_strangers(source: str) -> None:
    org = FakeCrm(facts())
    given_ = evaluate(source, {"prospect": prospect(1)})
    org.add("Lead", FirstName="Ada1", LastName="Lovelace1", Company=given_)
    (write,) = outcome(org, source, email=None, company=None).writes
    assert (write.action, write.values["Company"]) == ("create", given_)


@given(_PARTLY, st.sampled_from(["if_blank", "if_ours", "always"]))
def test_a_default_part_never_replaces_a_persons_word(source: str, policy: str) -> None:
    org = FakeCrm(facts())
    lead = org.add("Lead", LastName="Lovelace1", Company=_TYPED)
    link = Link("prospect", "p1", "Lead", lead, {})
    changes = outcome(org, {"from": source, "overwrite": policy}, link)
    assert all("Company" not in write.values for write in changes.writes)


@pytest.mark.parametrize(
    ("source", "name"),
    [("concat('id-', prospect.last_name)", "id-Lovelace1"), ("prospect.company.name", "Acme 1")],
)
def test_a_value_of_the_event_still_matches_and_overwrites(source: str, name: str) -> None:
    org = FakeCrm(facts())
    lead = org.add("Lead", FirstName="Ada1", LastName="Lovelace1", Company=name)
    assert {write.ref for write in outcome(org, source, email=None).writes} <= {lead}
    other = org.add("Lead", LastName="Lovelace1", Company=_TYPED)
    link = Link("prospect", "p1", "Lead", other, {})
    (write,) = outcome(org, {"from": source, "overwrite": "always"}, link).writes
    assert write.values["Company"] == name


@pytest.mark.parametrize("placeholder", ["N/A", "unknown", "-", "[not provided]"])
def test_a_placeholder_counts_as_blank_where_a_later_source_has_a_value(placeholder: str) -> None:
    entry: Json = ["prospect.company.name", "prospect.custom.employer"]
    changes = outcome(
        FakeCrm(facts()), entry, company={"name": placeholder}, custom={"employer": "Acme"}
    )
    assert changes.writes[0].values["Company"] == "Acme"
    assert any("says that there is no value" in step_text(step) for step in changes.steps)


def test_if_all_are_placeholders_the_first_is_written() -> None:
    entry: Json = ["prospect.company.name", "prospect.custom.employer"]
    changes = outcome(FakeCrm(facts()), entry, company={"name": "N/A"}, custom={"employer": "-"})
    assert changes.writes[0].values["Company"] == "N/A"


def test_a_placeholder_for_a_last_name_gives_way_to_the_first_name_written_once() -> None:
    lead = {
        field.field: field
        for field in plan(purchase(prospect(1, last_name="-"))).targets["Lead"].fields
    }
    assert "FirstName" not in lead
    changes = outcome(FakeCrm(facts()), "prospect.company.name", last_name="-")
    assert changes.writes[0].values["LastName"] == "Ada1"


@pytest.mark.parametrize("policy", ["if_ours", "always"])
@pytest.mark.parametrize("fallback", ["'0'", "'n/a'", "prospect.custom.x || '7'"])
def test_a_default_after_a_misfit_never_replaces_a_persons_word(policy: str, fallback: str) -> None:
    org = FakeCrm(facts())
    lead = org.add("Lead", LastName="Lovelace1", Company="A", NumberOfEmployees=40)
    link = Link("prospect", "p1", "Lead", lead, {})
    entry: Json = {"from": ["prospect.custom.size", fallback], "overwrite": policy}
    rule: dict[str, Json] = {"fields": {"Lead": {"NumberOfEmployees": entry}}}
    made = plan(purchase(prospect(1, custom={"size": "many"})), **rule)  # type: ignore[arg-type]
    world = look_up_records([made], World(org.org, {link.key: link}), org, "purchases")
    changes, _ = reconcile(made, world)
    assert all("NumberOfEmployees" not in write.values for write in changes.writes)


def test_a_constant_alone_fills_in_for_nothing_but_one_after_a_path_does() -> None:
    """The first may replace what a person entered, as a rule's `value` does."""
    assert constants_of(("'Web'",)) == (("Web", "Web"), (), False)
    assert constants_of(("prospect.title", "'Web'")).fallbacks == ("Web",)
