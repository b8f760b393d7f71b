"""Fingerprints: they change with what could make a cause go away, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.org import facts
from zsf_plugin.model import DEFECT, OUTCOME_UNCLEAR, PERSON_MISSING, Cause, OrgFacts
from zsf_plugin.sync import fingerprint as module
from zsf_plugin.sync.fingerprint import fingerprint_of

REFUSED = Cause("refused", object="Lead")


def of(cause: Cause, rules: str = "rules", at: float = 1.0, org: OrgFacts | None = None) -> str:
    return fingerprint_of(cause, rules, at, org or facts())


def redescribed(object_: str) -> OrgFacts:
    """The org with another describe of that object."""
    org = facts()
    changed = replace(org.describes[object_], fingerprint="another")
    return replace(org, describes={**org.describes, object_: changed})


def test_equal_inputs_give_equal_texts_of_sixteen_characters() -> None:
    assert of(REFUSED) == of(REFUSED)
    assert len(of(REFUSED)) == 16


def test_other_rules_another_sign_in_and_another_describe_change_it() -> None:
    texts = {of(REFUSED), of(REFUSED, rules="other"), of(REFUSED, at=2.0)}
    texts.add(of(REFUSED, org=redescribed("Lead")))
    assert len(texts) == 4


@pytest.mark.parametrize(
    "cause", [REFUSED, Cause("refused"), Cause(PERSON_MISSING, object="Contact")]
)
def test_the_describe_of_what_the_cause_does_not_depend_on_does_not_change_it(
    cause: Cause,
) -> None:
    assert of(cause) == of(cause, org=redescribed("Contact"))


def test_an_object_that_is_not_described_is_no_obstacle() -> None:
    assert of(Cause("refused", object="Case"))


def test_another_version_of_us_changes_that_of_a_defect_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    defect = Cause(DEFECT)
    before = of(defect), of(REFUSED)
    monkeypatch.setattr(module, "__version__", "99")
    assert of(defect) != before[0]
    assert of(REFUSED) == before[1]


def test_what_only_a_person_can_judge_has_none() -> None:
    assert of(Cause(OUTCOME_UNCLEAR, object="Lead")) == ""
