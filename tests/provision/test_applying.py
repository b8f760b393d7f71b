"""Applying a plan: present items are never repeated, refused ones are reported, and an interrupted
run is continued."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.metadata import SET_ID, FakeSetup, shape_of
from zsf_plugin.errors import OutcomeUnknown, Rejected, Unavailable, ZsfError
from zsf_plugin.messages.provision import provision_text
from zsf_plugin.model import FieldGrant
from zsf_plugin.provision import ApplyResult, ItemOutcome, Provisioner
from zsf_plugin.provision.plan import ID_FIELDS

NAME = ID_FIELDS[0].name
OBJECTS = ("Lead", "Contact", "Account", "Task", "Event")
KINDS = ("none", "before", "after", "away", "dead before", "dead after")


class Killed(Exception):
    """The process ended."""


def provisioner(setup: FakeSetup) -> Provisioner:
    return Provisioner(setup.crm(), setup)


def apply(setup: FakeSetup) -> ApplyResult:
    made = provisioner(setup)
    return made.apply(made.inspect())


def complete() -> object:
    setup = FakeSetup()
    apply(setup)
    return setup.state()


def nothing() -> None:
    """No fault after the call."""


def faults_in_order(kinds: Iterator[str]) -> Callable[[str], Callable[[], None]]:
    """Inject the next fault into each call that creates something."""

    def after(error: Exception) -> Callable[[], None]:
        def fail() -> None:
            raise error

        return fail

    def before(_: str) -> Callable[[], None]:
        kind = next(kinds, "none")
        if kind == "before":
            raise OutcomeUnknown("lost")
        if kind == "away":
            raise Unavailable("away")
        if kind == "dead before":
            raise Killed
        return {"after": after(OutcomeUnknown("lost")), "dead after": after(Killed())}.get(
            kind, nothing
        )

    return before


def run(setup: FakeSetup) -> None:
    """One run, however it ends."""
    with suppress(ZsfError, Killed):
        apply(setup)


@given(runs=st.lists(st.lists(st.sampled_from(KINDS), max_size=14), max_size=4))
def test_after_any_failures_a_last_run_ends_in_the_same_org_with_nothing_created_twice(
    runs: list[list[str]],
) -> None:
    setup = FakeSetup()
    for kinds in runs:
        setup.inject_fault = faults_in_order(iter(kinds))
        run(setup)
    setup.inject_fault = lambda _: nothing
    assert apply(setup).complete
    assert setup.state() == complete()
    assert set(setup.made.values()) == {1}


@given(
    present=st.lists(st.sampled_from(range(4)), unique=True),
    granted=st.sets(st.sampled_from(OBJECTS)),
    set_=st.booleans(),
)
def test_applying_never_repeats_what_is_present(
    present: list[int], granted: set[str], set_: bool
) -> None:
    specs = [ID_FIELDS[at] for at in present]
    setup = FakeSetup(
        {(spec.object, spec.name): shape_of(spec) for spec in specs}, SET_ID if set_ else None
    )
    there = {object_ for spec in specs for object_ in spec.granted_on}
    for object_ in granted & there if set_ else ():
        setup.grants[f"{object_}.{NAME}"] = FieldGrant("01k", f"{object_}.{NAME}", True, True)
    expected = {f"field {spec.full_name}" for spec in ID_FIELDS} - {
        f"field {spec.full_name}" for spec in specs
    }
    expected |= {f"permission {object_}.{NAME}" for object_ in OBJECTS} - {
        f"permission {f}" for f in setup.grants
    }
    expected |= {"assignment"} if set_ else {"assignment", "set Zaplify_Sync"}
    assert apply(setup).complete
    assert set(setup.made) == expected
    assert apply(setup).steps == (), "a second time there is nothing to do"


def test_a_lost_write_is_looked_up_before_it_is_repeated() -> None:
    setup = FakeSetup()
    setup.inject_fault = faults_in_order(iter(["after", "before"]))
    steps = apply(setup).steps
    assert [(step.line.object, step.state) for step in steps[:2]] == [
        ("Lead", "present"),
        ("Contact", "made"),
    ]
    assert setup.made["field Contact.Zaplify_Id__c"] == 1


def test_answers_lost_twice_for_each_thing_end_no_run() -> None:
    setup = FakeSetup()
    setup.inject_fault = faults_in_order(iter(["before", "before", "none"] * 11))
    assert apply(setup).complete


def test_an_answer_lost_again_and_again_ends_the_run() -> None:
    setup = FakeSetup()
    setup.inject_fault = faults_in_order(iter(["before"] * 9))
    with pytest.raises(Unavailable, match="lost 3 times"):
        apply(setup)


def test_an_item_that_cannot_be_checked_after_a_lost_answer_is_not_reported_as_created() -> None:
    setup = FakeSetup()

    def lose_the_right(_: str) -> Callable[[], None]:
        setup.may_look = False
        raise OutcomeUnknown("lost")

    setup.inject_fault = lose_the_right
    done = apply(setup)
    assert not done.complete
    assert {line.state for line in done.plan.lines} == {"cannot"}
    assert provision_text(done.plan.lines[-1].reason) == "not created: run this again"


def test_a_field_that_cannot_be_granted_yet_is_retried_after_a_minute() -> None:
    setup = FakeSetup()
    setup.inject_fault = refusing("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "permission Task")
    (refused,) = [step for step in apply(setup).steps if step.state == "refused"]
    assert "wait a minute" in provision_text(refused.reason)


def test_an_unknown_refusal_shows_salesforces_message() -> None:
    setup = FakeSetup()
    setup.inject_fault = refusing("STRANGE_NEW_CODE", "assignment")
    (refused,) = [step for step in apply(setup).steps if step.state == "refused"]
    assert "STRANGE_NEW_CODE: in its words" in provision_text(refused.reason)


def test_an_item_that_someone_else_created_is_found_on_a_second_check() -> None:
    setup = FakeSetup()
    first = provisioner(setup)
    inspection = first.inspect()
    apply(setup)
    steps = first.apply(inspection).steps
    assert [step.state for step in steps] == ["present"] + ["visible"] * 4
    assert set(setup.made.values()) == {1}


def refusing(code: str, what: str) -> Callable[[str], Callable[[], None]]:
    def before(made: str) -> Callable[[], None]:
        if what in made:
            raise Rejected(code, "in its words")
        return nothing

    return before


def steps_of(setup: FakeSetup) -> list[tuple[str, str, str]]:
    return [(step.line.kind, step.line.object, step.state) for step in apply(setup).steps]


def test_without_the_right_to_create_fields_only_one_is_tried() -> None:
    setup = FakeSetup()
    tried: list[str] = []
    refuse = refusing("INSUFFICIENT_ACCESS", "field")
    setup.inject_fault = lambda what: (tried.append(what), refuse(what))[1]
    done = apply(setup)
    assert tried == ["field Lead.Zaplify_Id__c"]
    assert not done.complete
    assert [step.state for step in done.steps] == ["refused"] + ["skipped"] * 10
    assert all(line.state == "cannot" for line in done.plan.lines)
    assert "“Customize Application”" in provision_text(done.plan.lines[0].reason)


def test_without_the_right_to_grant_the_fields_are_still_created() -> None:
    setup = FakeSetup()
    setup.inject_fault = refusing("INSUFFICIENT_ACCESS", "set")
    done = apply(setup)
    assert len(setup.fields) == 4
    assert [line.kind for line in done.plan.lines if line.state == "cannot"] == [
        "permission_set",
        *["permission"] * 5,
        "assignment",
    ]


def test_a_field_that_has_no_room_does_not_hold_back_the_others() -> None:
    setup = FakeSetup()
    setup.inject_fault = refusing("CUSTOM_ENTITY_OR_FIELD_LIMIT", "field Contact")
    reported = steps_of(setup)
    assert ("field", "Contact", "refused") in reported
    assert ("permission", "Contact", "skipped") in reported
    assert ("permission", "Event", "made") in reported
    assert ("assignment", "", "made") in reported
    assert ("field", "Account", "visible") in reported


def test_a_taken_but_invisible_name_is_searched_among_deleted_fields() -> None:
    setup = FakeSetup()
    setup.inject_fault = refusing("DUPLICATE_DEVELOPER_NAME", "field Lead")
    done = apply(setup)
    (refused,) = [
        step for step in done.steps if step.state == "refused" and step.line.kind == "field"
    ]
    assert "Deleted Fields" in provision_text(refused.reason)


def test_fields_that_are_read_back_are_reported_as_they_are() -> None:
    setup = FakeSetup()
    made = provisioner(setup)
    inspection = made.inspect()
    create = setup.create_field

    def odd(spec: object) -> None:
        create(spec)  # type: ignore[arg-type]
        if spec is ID_FIELDS[3]:
            setup.fields[("Activity", NAME)] = shape_of(ID_FIELDS[3], unique=False)

    setup.create_field = odd  # type: ignore[method-assign]
    done = made.apply(inspection)
    assert [provision_text(step.reason) for step in done.steps if step.state == "wrong"] == [
        "it is not Unique"
    ]
    assert not done.complete


def test_a_field_that_is_not_visible_yet_is_reported() -> None:
    setup = FakeSetup()
    setup.assign = lambda _: None  # type: ignore[method-assign]  # it is done, and not in force yet
    done = apply(setup)
    late = [step for step in done.steps if step.state == "not_visible"]
    assert len(late) == 4
    assert "wait a minute" in provision_text(late[0].reason)
    assert done.complete


def test_each_step_is_reported_when_it_is_done() -> None:
    setup = FakeSetup()
    made = provisioner(setup)
    reported: list[ItemOutcome] = []
    done = made.apply(made.inspect(), reported.append)
    assert tuple(reported) == done.steps
