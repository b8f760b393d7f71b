"""The plan: what is there, what would be made, what cannot be, as a table of orgs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.metadata import SET_ID, FakeSetup, shape_of
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.model import FieldGrant, FieldSpec, MetadataFound
from zsf_plugin.provision.plan import ID_FIELDS, PERMISSION_SET, ProvisionItem, ProvisionPlan, plan

LEAD = ID_FIELDS[0]
ACTIVITY = ID_FIELDS[3]
NAME = LEAD.name
GRANTED = ("Lead", "Contact", "Account", "Task", "Event")


def planned(
    setup: FakeSetup, change: Callable[[MetadataFound], MetadataFound] = lambda found: found
) -> ProvisionPlan:
    found = setup.inspect(ID_FIELDS, PERMISSION_SET, setup.crm().facts())
    return plan(ID_FIELDS, PERMISSION_SET, change(found))


def with_fields(*specs: FieldSpec) -> dict[tuple[str, str], object]:
    return {(spec.object, spec.name): shape_of(spec) for spec in specs}


def provisioned(**changes: object) -> FakeSetup:
    grants = {
        f"{name}.{NAME}": FieldGrant(f"01k{name}", f"{name}.{NAME}", True, True) for name in GRANTED
    }
    setup = FakeSetup(with_fields(*ID_FIELDS), SET_ID, grants, True)  # type: ignore[arg-type]
    for name, value in changes.items():
        setattr(setup, name, value)
    return setup


def line(made: ProvisionPlan, kind: str, object_: str = "") -> ProvisionItem:
    (found,) = [one for one in made.lines if (one.kind, one.object) == (kind, object_)]
    return found


@dataclass(frozen=True)
class Case:
    name: str
    setup: FakeSetup
    kind: str
    object: str
    state: str
    words: str = ""


def seen_by_all(spec: FieldSpec, **changes: object) -> FakeSetup:
    """A field that an admin created manually and that everyone can see."""
    shape = shape_of(spec, **changes)
    return FakeSetup(
        {(spec.object, spec.name): shape}, visible={(o, spec.name): shape for o in spec.granted_on}
    )


CASES = [
    Case(
        "nothing is there",
        FakeSetup(),
        "field",
        "Lead",
        "add",
        "Text(64), unique, external ID, case-sensitive",
    ),
    Case("nothing is there", FakeSetup(), "permission_set", "", "add"),
    Case("nothing is there", FakeSetup(), "permission", "Event", "add", "read and edit"),
    Case("nothing is there", FakeSetup(), "assignment", "", "add"),
    Case("all is there", provisioned(), "field", "Activity", "present"),
    Case("all is there", provisioned(), "permission", "Task", "present"),
    Case(
        "a hidden field is there",
        FakeSetup(with_fields(LEAD)),
        "field",
        "Lead",
        "present",
        "hidden",
    ),  # type: ignore[arg-type]
    Case(
        "a hidden field wants its permission",
        FakeSetup(with_fields(LEAD)),
        "permission",
        "Lead",
        "add",
    ),  # type: ignore[arg-type]
    Case("created manually, visible to all", seen_by_all(LEAD), "field", "Lead", "present"),
    Case("created manually, visible to all", seen_by_all(LEAD), "permission", "Lead", "present"),
    Case("seen, but read only", seen_by_all(LEAD, createable=False), "permission", "Lead", "add"),
    Case(
        "not unique", seen_by_all(LEAD, unique=False), "field", "Lead", "cannot", "it is not Unique"
    ),
    Case(
        "no external ID",
        seen_by_all(LEAD, external_id=False),
        "field",
        "Lead",
        "cannot",
        "not an External ID",
    ),
    Case(
        "another type",
        seen_by_all(LEAD, type="double"),
        "field",
        "Lead",
        "cannot",
        "another API name",
    ),
    Case(
        "too short",
        seen_by_all(LEAD, length=20),
        "field",
        "Lead",
        "cannot",
        "its length is 20, not 64",
    ),
    Case(
        "not case-sensitive",
        seen_by_all(LEAD, case_sensitive=False),
        "field",
        "Lead",
        "present",
        "which is good enough",
    ),
    Case("longer than wanted", seen_by_all(LEAD, length=80), "field", "Lead", "present"),
    Case(
        "an object is hidden",
        FakeSetup(hidden_objects=frozenset({"Lead"})),
        "field",
        "Lead",
        "cannot",
        "Read, Create",
    ),
    Case(
        "Event is hidden",
        FakeSetup(hidden_objects=frozenset({"Event"})),
        "permission",
        "Event",
        "present",
        "not needed",
    ),
    Case(
        "Event is hidden",
        FakeSetup(hidden_objects=frozenset({"Event"})),
        "permission",
        "Task",
        "add",
    ),
    Case(
        "no look into setup",
        FakeSetup(may_look=False),
        "field",
        "Lead",
        "cannot",
        "no access to Setup",
    ),
    Case(
        "no look into setup",
        FakeSetup(may_look=False),
        "permission",
        "Lead",
        "cannot",
        "needs the field first",
    ),
    Case(
        "no look into setup",
        FakeSetup(may_look=False),
        "permission_set",
        "",
        "cannot",
        "needs the field first",
    ),
    Case(
        "no look into setup",
        FakeSetup(may_look=False),
        "assignment",
        "",
        "cannot",
        "needs the field first",
    ),
    Case("the set is not assigned", provisioned(assigned=False), "permission_set", "", "present"),
    Case(
        "the set is not assigned",
        provisioned(assigned=False),
        "permission",
        "Lead",
        "present",
        "not in effect",
    ),
    Case("the set is not assigned", provisioned(assigned=False), "assignment", "", "add"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}, {case.kind} {case.object}")
def test_a_line_says_add_present_or_cannot_and_why(case: Case) -> None:
    found = line(planned(case.setup), case.kind, case.object)
    assert found.state == case.state
    assert case.words in provision_text(found.reason)


def test_an_empty_org_gets_four_fields_five_permissions_a_set_and_its_assignment() -> None:
    made = planned(FakeSetup())
    kinds = [one.kind for one in made.todo]
    assert kinds == ["field"] * 4 + ["permission_set"] + ["permission"] * 5 + ["assignment"]
    assert made.calls == 12, "one each, and one for the describes"


def test_an_activity_is_granted_on_task_and_on_event() -> None:
    granted = [one.object for one in planned(FakeSetup()).lines if one.kind == "permission"]
    assert granted == list(GRANTED)


def test_a_complete_org_gets_nothing_for_no_calls() -> None:
    made = planned(provisioned())
    assert made.complete
    assert made.todo == ()
    assert made.calls == 0


def test_fields_that_everybody_sees_need_no_permission_set() -> None:
    setup = FakeSetup()
    for spec in ID_FIELDS:
        setup.visible |= seen_by_all(spec).visible
    made = planned(setup, lambda found: replace(found, permission_sets=False))
    assert made.complete
    assert "not needed" in provision_text(line(made, "permission_set").reason)


@given(
    visible=st.sets(st.sampled_from(range(4))),
    there=st.sets(st.sampled_from(range(4))),
    look=st.booleans(),
)
def test_a_plan_always_says_what_becomes_of_each_wish_once(
    visible: set[int], there: set[int], look: bool
) -> None:
    setup = FakeSetup(with_fields(*(ID_FIELDS[at] for at in there)), may_look=look)  # type: ignore[arg-type]
    for at in visible:
        setup.visible |= seen_by_all(ID_FIELDS[at]).visible
    made = planned(setup)
    assert len({one.key for one in made.lines}) == len(made.lines) == 11
    assert all(one.reason for one in made.lines if one.state != "present")
    seen = visible == set(range(4))
    assert made.complete == seen, "all is well where all is seen, and only there"
    assert ("not needed" in provision_text(line(made, "permission_set").reason)) == seen


def test_a_field_of_a_package_is_present_and_granted_by_its_own_name() -> None:
    name = f"acme__{NAME}"
    setup = FakeSetup(visible={("Lead", name): shape_of(LEAD, name=name, createable=False)})
    made = planned(setup)
    assert provision_text(line(made, "field", "Lead").reason) == "from a package"
    assert (line(made, "permission", "Lead").field, line(made, "permission", "Lead").state) == (
        name,
        "add",
    )


def test_one_field_that_waits_for_the_set_is_reason_enough_to_assign_it() -> None:
    setup = provisioned(assigned=False)
    for spec in ID_FIELDS[1:]:
        setup.visible |= seen_by_all(spec).visible
    made = planned(setup)
    assert [one.kind for one in made.todo] == ["assignment"]


def test_a_permission_of_ours_that_allows_less_is_widened() -> None:
    grants = {f"Lead.{NAME}": FieldGrant("01kLead", f"Lead.{NAME}", True, False)}
    setup = FakeSetup(with_fields(LEAD), SET_ID, grants, True)  # type: ignore[arg-type]
    found = line(planned(setup), "permission", "Lead")
    assert (found.state, found.held) == ("add", "01kLead")


def test_a_field_that_is_not_as_wanted_is_not_granted() -> None:
    wrong = {("Lead", NAME): shape_of(LEAD, unique=False)}
    found = line(planned(FakeSetup(wrong)), "permission", "Lead")
    assert (found.state, found.unfit) == ("cannot", True)


def test_another_field_is_planned_by_the_same_function() -> None:
    spec = FieldSpec("Lead", "Region__c", "Region", "Text", length=40)
    setup = FakeSetup()
    made = plan(
        (spec,), PERMISSION_SET, setup.inspect((spec,), PERMISSION_SET, setup.crm().facts())
    )
    assert [(one.kind, one.field) for one in made.todo[:1]] == [("field", "Region__c")]
    assert provision_text(made.todo[0].reason) == "Text(40)"
