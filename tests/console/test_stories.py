"""Entry summaries: a sentence for each entry, never with message text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.events import prospect, purchase, touchpoint
from zsf_plugin.console.presenters.stories import EntrySummary, Waiting, story_of
from zsf_plugin.console.rich_text import At, Name, RichText
from zsf_plugin.decision import causes
from zsf_plugin.model import Availability, Event, Step
from zsf_plugin.ports import Entry

ADA = prospect(1, first_name="Ada", last_name="Lovelace", company={"id": "c", "name": "Acme"})
OWNED = Step("owned", "Contact", data={"user": "005000000000001AAA"})
NOW = 1_790_000_000.0
NOTHING = Waiting()


def entry(event: Event, state: str, *steps: Step, **changes: object) -> Entry:
    made = Entry("7", event, event.prospect_id, "done", NOW)
    return replace(made, state=state, steps=steps, **changes)  # type: ignore[arg-type]


def _text(sentence: RichText) -> str:
    """The sentence as text, without times."""
    return "".join(
        part.text if isinstance(part, Name) else part
        for part in sentence
        if not isinstance(part, At)
    )


def rendered(made: Entry, waiting: Waiting = NOTHING) -> tuple[str, str, str]:
    story = story_of(made, waiting)
    return _text(story.headline), _text(story.details), story.state_label


def test_a_created_contact_is_shown_with_its_owner_and_the_existing_account() -> None:
    steps = (
        Step("found", "Account", data={"by": "match_key", "fields": ["Website"], "record": "001"}),
        OWNED,
        Step("created", "Contact"),
    )
    assert rendered(entry(purchase(ADA), "done", *steps)) == (
        "Created Contact Ada Lovelace, owner Seller",
        "Acme, an existing Account",
        "Done",
    )


def test_a_created_account_is_shown_with_its_contact() -> None:
    steps = (
        Step("created", "Account"),
        OWNED,
        Step("created", "Contact"),
    )
    headline, details, _ = rendered(entry(purchase(ADA), "done", *steps))
    assert headline == "Created Account Acme and Contact Ada Lovelace, owner Seller"
    assert details == "Acme · Seller"


def test_a_missing_owner_is_mentioned_in_the_details() -> None:
    owner = Step("no_owner", "Lead", data={"why": "no_user"})
    headline, details, _ = rendered(entry(purchase(ADA), "done", owner, Step("created", "Lead")))
    assert headline == "Created Lead Ada Lovelace"
    assert details == "No Salesforce user with seller@zaplify.example: owner not set"


def test_no_owner_is_named_where_a_rule_takes_it_from_elsewhere() -> None:
    made = entry(purchase(ADA), "done", OWNED, Step("created", "Contact"))
    assert rendered(made, Waiting(sellers_own=False))[0] == "Created Contact Ada Lovelace"


def test_a_linked_person_shows_the_number_of_updated_fields_without_our_id() -> None:
    steps = (
        Step("found", "Contact", data={"by": "match_key", "fields": ["Email"], "record": "003"}),
        Step("updated", "Contact", data={"fields": ["Phone", "Title", "Zaplify_Id__c"]}),
    )
    assert (
        rendered(entry(purchase(ADA), "done", *steps))[0]
        == "Linked Ada Lovelace to a Contact, 2 fields updated"
    )


def test_the_number_of_updated_fields_is_shown() -> None:
    found = Step("found", "Lead", data={"by": "match_key", "fields": ["Email"], "record": "00Q"})
    one = entry(purchase(ADA), "done", found, Step("updated", "Lead", data={"fields": ["Phone"]}))
    none = entry(
        purchase(ADA), "done", found, Step("updated", "Lead", data={"fields": ["Zaplify_Id__c"]})
    )
    assert rendered(one)[0] == "Linked Ada Lovelace to a Lead, 1 field updated"
    assert rendered(none)[0] == "Linked Ada Lovelace to a Lead, no field to update"


@pytest.mark.parametrize(
    "step",
    [
        Step("unchanged"),
        Step("found", "Contact", data={"by": "link", "record": "003"}),
    ],
)
def test_a_person_who_was_up_to_date_says_so(step: Step) -> None:
    assert rendered(entry(purchase(ADA), "done", step)) == (
        "Ada Lovelace was already up to date",
        "Acme · Seller",
        "Done",
    )


def test_several_matches_are_counted() -> None:
    cause = causes.several_match("Contact", ["Email"], "hold")
    several = Step("several", "Contact", data={"count": 3, "fields": ["Email"]})
    assert rendered(entry(purchase(ADA), "held", several, cause=cause)) == (
        "Purchase of Ada Lovelace: 3 Contacts match",
        "Acme · Seller",
        "Held",
    )


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (causes.person_missing(), "the person is not in Salesforce yet"),
        (causes.required_empty("Contact", "Consent__c"), "Consent__c: required in Salesforce, but it is empty"),
        (causes.does_not_fit("Account", "Industry", {"misfit": "not_in_picklist"}), "Industry: not in the picklist"),
        (causes.object_hidden("Task"), "the connected user has no permission to create it"),
        (causes.outcome_unclear("Lead"), "the connection broke during the write"),
    ],
)  # fmt: skip
def test_every_cause_has_a_brief_text(cause: causes.Cause, words: str) -> None:
    assert (
        rendered(entry(purchase(ADA), "held", cause=cause))[0]
        == f"Purchase of Ada Lovelace: {words}"
    )


def test_a_held_entry_names_its_field_by_its_label() -> None:
    cause = causes.required_empty("Account", "Segment__c")
    waiting = Waiting(label=lambda object_, field: f"{object_} label of {field}")
    assert rendered(entry(purchase(ADA), "held", cause=cause), waiting)[0] == (
        "Purchase of Ada Lovelace: Account label of Segment__c: required in Salesforce, but it is "
        "empty"
    )


def test_an_incomplete_call_shows_its_event_and_no_name() -> None:
    broken = Event("purchase", "default", "e-83990", "", {})
    cause = causes.invalid_event("/prospect/id", {"fault": "missing"})
    headline, details, state = rendered(entry(broken, "held", cause=cause))
    assert headline == "A purchase: invalid data from Zaplify"
    assert (details, state) == ("Event e-83990", "Held")


def test_a_waiting_touchpoint_says_what_it_is_and_to_whom() -> None:
    assert rendered(entry(touchpoint(ADA, step=2), "pending")) == (
        "E-mail, step 2, to Ada Lovelace",
        "Acme · Seller",
        "Waiting",
    )


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("linkedin_visit", "LinkedIn visit of Ada Lovelace"),
        ("linkedin_message", "LinkedIn message to Ada Lovelace"),
        ("whatsapp", "WhatsApp message to Ada Lovelace"),
        ("fax", "Fax to Ada Lovelace"),
        ("video_note", "Video note to Ada Lovelace"),
        ("", "Activity to Ada Lovelace"),
    ],
)
def test_channels_have_readable_names(channel: str, words: str) -> None:
    assert rendered(entry(touchpoint(ADA, channel=channel, step=None), "pending"))[0] == words


def test_a_throttled_purpose_says_about_until_when() -> None:
    waiting = Waiting(NOW, throttled_until={"activities": NOW + 900})
    story = story_of(entry(touchpoint(ADA), "pending"), waiting)
    assert story.details == ("Activities paused until about ", At(NOW + 900))
    assert story_of(entry(purchase(ADA), "pending"), waiting).details != story.details


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        (
            Waiting(availability=Availability("not_connected")),
            "Waits for a connection to Salesforce",
        ),
        (
            Waiting(availability=Availability("previewing")),
            "Waits until you have seen the first preview and decided",
        ),
        (
            Waiting(availability=Availability("reconnect")),
            "Waits until someone signs in to Salesforce again",
        ),
        (
            Waiting(availability=Availability("quota", "", NOW, NOW + 9)),
            "The org’s API calls are used up; paused until about ",
        ),
    ],
)
def test_everything_that_a_workspace_waits_for_is_shown(waiting: Waiting, words: str) -> None:
    assert rendered(entry(purchase(ADA), "pending"), waiting)[1] == words


def test_an_entry_that_backs_off_says_when_it_is_retried() -> None:
    assert (
        rendered(entry(purchase(ADA), "pending", not_before=NOW + 30), Waiting(NOW))[1]
        == "Retried at about "
    )


def test_a_skipped_entry_shows_its_reason_without_a_stored_payload() -> None:
    skipped = Event("purchase", "default", "e1", "", {})
    made = replace(
        entry(skipped, "skipped", reason=Step("prospects_off")),
        lane="p1",
    )
    assert rendered(made) == (
        "Purchase of prospect p1",
        "The switch “sync prospects” was off when it was purchased",
        "Skipped",
    )


def test_a_completed_activity_says_whether_its_text_was_sent() -> None:
    logged = Step("logged", "Task", data={"person": "Contact", "record": "003"})
    without = touchpoint(ADA, subject=None, content=None)
    assert rendered(entry(without, "done", logged)) == (
        "Completed activity “E-mail, step 1” on Ada Lovelace",
        "Without its text · Seller",
        "Done",
    )
    assert rendered(entry(touchpoint(ADA), "done", logged))[1] == "With its text · Seller"


@pytest.mark.parametrize("state", ["pending", "writing", "done", "held", "skipped"])
def test_message_text_is_in_no_summary(state: str) -> None:
    sent = touchpoint(
        ADA, subject="SUBJECT_CANARY", content={"text": "CONTENT_CANARY", "html": "CONTENT_CANARY"}
    )
    made = entry(sent, state, cause=causes.person_missing(), reason=Step("dropped"))
    assert "CANARY" not in " ".join(rendered(made))


def test_names_are_separate_parts_to_isolate_their_direction() -> None:
    arabic = prospect(1, first_name="ليلى", last_name="حداد", company=None)
    headline = story_of(entry(purchase(arabic), "writing"), Waiting()).headline
    assert headline == ("Purchase of ", Name("ليلى حداد"))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"first_name": None}, "Lovelace1"),
        ({"first_name": " ", "last_name": None}, "someone at Acme 1"),
        ({"first_name": None, "last_name": None, "company": None}, "prospect p1"),
        ({"first_name": "A\ud83d\x00B\n", "last_name": None}, "AB"),
    ],
)
def test_a_person_without_a_name_still_has_a_label(changes: dict[str, object], name: str) -> None:
    person = prospect(1, **changes)  # type: ignore[arg-type]
    assert rendered(entry(purchase(person), "writing"))[0] == f"Purchase of {name}"


def test_a_very_long_name_is_cut_in_a_list() -> None:
    headline = rendered(entry(purchase(prospect(1, first_name="x" * 9000)), "writing"))[0]
    assert len(headline) < 150
    assert headline.endswith("…")


def test_an_entry_with_a_lost_answer_says_that_it_is_checked_first() -> None:
    assert (
        "checked before writing again" in rendered(entry(purchase(ADA), "writing", attempts=1))[1]
    )


def test_every_summary_has_its_entry_and_time() -> None:
    story: EntrySummary = story_of(entry(purchase(ADA), "done"), Waiting())
    assert (story.id, story.at) == ("7", NOW)
