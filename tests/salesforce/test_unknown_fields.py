"""Refusals that name a field which the describes lack."""

from __future__ import annotations

from tests.fakes.clock import FakeClock
from tests.fakes.org import facts
from zsf_plugin.errors import Rejected
from zsf_plugin.salesforce.unknown_fields import PERIOD_S, UnknownFields

NEW = ("Contact", Rejected("REQUIRED_FIELD_MISSING", "", ("Consent_Basis__c",)))
KNOWN = ("Contact", Rejected("REQUIRED_FIELD_MISSING", "", ("lastname",)))
NO_FIELD = ("Contact", Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION"))
OTHER_OBJECT = ("Opportunity", Rejected("REQUIRED_FIELD_MISSING", "", ("Stage",)))


def test_a_field_that_the_describe_lacks_is_noticed_once_an_hour() -> None:
    clock = FakeClock()
    unknown = UnknownFields(clock.monotonic)
    assert [unknown.notice([NEW], facts()) for _ in range(3)] == [True, False, False]
    clock.sleep(PERIOD_S)
    assert unknown.notice([NEW], facts())


def test_fields_that_are_described_and_objects_that_are_not_are_no_news() -> None:
    unknown = UnknownFields(FakeClock().monotonic)
    assert not unknown.notice([KNOWN, NO_FIELD, OTHER_OBJECT], facts())
    assert unknown.notice([KNOWN, NEW], facts())
