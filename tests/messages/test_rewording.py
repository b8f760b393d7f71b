"""Words are at the edge: other words change what is read, and nothing else."""

from __future__ import annotations

from typing import cast

import pytest

from tests.fakes.events import prospect, purchase
from zsf_plugin.console.presenters.causes import fix_of, held_cause
from zsf_plugin.console.presenters.records import findings
from zsf_plugin.console.presenters.stories import Waiting, story_of
from zsf_plugin.console.rich_text import Name, RichText
from zsf_plugin.decision import causes
from zsf_plugin.messages import steps
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import Step
from zsf_plugin.ports import Entry

OWNED = Step("owned", "Lead", data={"user": "005000000000001AAA"})
CREATED = Step("created", "Lead")
LINKED = Step("found", "Lead", data={"by": "link", "record": "00Q000000000001AAA"})
FILLED = Step("updated", "Lead", data={"fields": ["Phone", "Zaplify_Id__c"]})
NOBODY = Step("no_owner", "Lead", data={"why": "no_user"})


def entry(*reported: Step) -> Entry:
    return Entry("e1", purchase(prospect(1)), "p1", "done", 1.0, steps=reported)


def headline(one: Entry) -> tuple[RichText, RichText]:
    story = story_of(one, Waiting())
    return story.headline, story.details


def other_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the text of every step and misfit by a nonsense word."""
    for table in (steps.STEPS, steps.MISFITS, steps.NO_OWNER, steps.FOUND_BY):
        for code in table:
            monkeypatch.setitem(cast(dict[str, str], table), code, "xyzzy")


def test_an_owner_is_named_in_every_wording(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = entry(OWNED, CREATED)
    before, found = headline(made), findings(made.steps, (), None)
    assert Name("Seller") in before[0]
    assert step_text(OWNED) == "owned by user 005000000000001AAA"
    monkeypatch.setitem(cast(dict[str, str], steps.STEPS), "owned", "belongs to {user}")
    assert step_text(OWNED) == "belongs to 005000000000001AAA"
    assert headline(made) == before
    assert findings(made.steps, (), None) == found


@pytest.mark.parametrize(
    "reported", [(OWNED, CREATED), (NOBODY, CREATED), (LINKED,), (LINKED, FILLED)], ids=str
)
def test_stories_and_findings_come_from_data(
    monkeypatch: pytest.MonkeyPatch, reported: tuple[Step, ...]
) -> None:
    made = entry(*reported)
    story, found = headline(made), [(one.found, one.url) for one in findings(made.steps, (), None)]
    other_words(monkeypatch)
    assert headline(made) == story
    assert [(one.found, one.url) for one in findings(made.steps, (), None)] == found


def test_the_fix_of_a_cause_comes_from_data(monkeypatch: pytest.MonkeyPatch) -> None:
    industry = causes.does_not_fit("Lead", "Industry", {"misfit": "not_in_picklist"})
    title = held_cause(industry, lambda _, field: field).title
    other_words(monkeypatch)
    assert fix_of(industry) == "picklist"
    assert held_cause(industry, lambda _, field: field).title == title
