"""The Held page without a browser: every cause in plain words, and only the visitor's own entries."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.console.outbox import ACME, keep, settle
from tests.fakes.events import prospect, purchase, touchpoint
from zsf_plugin.console.held import routes
from zsf_plugin.console.held.choosing import Choices, RecordChoice
from zsf_plugin.console.presenters.causes import HeldCause, held_cause, key_of, merged_by_cause
from zsf_plugin.decision import causes
from zsf_plugin.errors import DuplicateFound, Rejected
from zsf_plugin.explain.candidates import MatchCandidate
from zsf_plugin.messages.causes import REFUSALS
from zsf_plugin.model import (
    OWN_CODES,
    Cause,
    Connection,
    Event,
    Record,
    RecordSearch,
    Step,
    Unasked,
    UnaskedReason,
    prospect_name,
)
from zsf_plugin.ports import HeldGroup, HistoryLine
from zsf_plugin.wiring.apps import CommandApp, ConsoleApp

OWN = [
    causes.person_missing(),
    causes.several_match("Contact", ["Email"], "hold"),
    causes.required_empty("Contact", "Consent__c"),
    causes.required_empty("Lead", "Rating", {"misfit": "not_in_picklist"}),
    causes.does_not_fit("Account", "Industry", {"misfit": "not_in_picklist"}),
    causes.does_not_fit("Lead", "NumberOfEmployees", {"misfit": "not_whole_number"}),
    causes.object_hidden("Task"),
    causes.person_account("Account"),
    causes.no_closed_status(),
    causes.outcome_unclear("Lead"),
    causes.answers_lost("Task"),
    causes.invalid_event("/prospect/id", {"fault": "missing"}),
    causes.defect("KeyError"),
    causes.from_rejection(
        Rejected("GATEWAY_REFUSED", data={"status": 403, "answer": "page"}), "Lead"
    ),
    causes.shared_mailbox("Lead", ["Email"]),
]
SHARED = OWN[-1]
_SEARCH = RecordSearch("Contact", "match_key", (), ("Email",))
_REASONS: tuple[tuple[UnaskedReason, str | None], ...] = (
    ("object_hidden", None),
    ("hidden", None),
    ("encrypted", None),
    ("not_filterable", None),
    ("refused", "INVALID_FIELD"),
    ("gateway", None),
)
UNASKED = [
    causes.key_not_askable(_SEARCH, Unasked(reason, "Email", code)) for reason, code in _REASONS
]
DUPLICATE = causes.from_rejection(DuplicateFound("DUPLICATES_DETECTED", "", ()), "Lead")
CONNECTION = Connection(
    ACME, "00D1", "0051", "ada@acme.example", "production", "", "https://acme.example", "client",
    False, "68.0", 0.0,
)  # fmt: skip
REFUSED = [
    causes.from_rejection(Rejected(code, "their words", ("Industry",)), "Lead") for code in REFUSALS
]
UNKNOWN = causes.from_rejection(Rejected("NEVER_HEARD_OF"), "Contact")


def held_cause_of(cause: Cause) -> HeldCause:
    return held_cause(cause, lambda _, field: {"Consent__c": "Consent basis"}.get(field, field))


def hold(application: CommandApp, number: int, cause: Cause, workspace: str = ACME) -> str:
    store = application.store
    return settle(
        store,
        keep(store, purchase(prospect(number), f"event-{number}"), workspace),
        "held",
        cause=cause,
    )


def lock(application: CommandApp, text: str) -> None:
    """Write a rule file above the console."""
    folder = Path(application.settings.config_dir) / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "10-eu.toml").write_text(text)


def shown(client: FlaskClient, path: str = "/held") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("cause", [*OWN, *UNASKED, *REFUSED, UNKNOWN], ids=lambda cause: cause.code)
def test_every_cause_says_what_it_is_and_what_to_do_without_commands_or_code(cause: Cause) -> None:
    one = held_cause_of(cause)
    words = f"{one.title} {one.todo}"
    assert one.title
    assert one.todo.endswith((".", "?"))
    assert not re.search(r"zsf|`|KeyError|_c\b|\[match\]|\[owner\]|too_long|misfit", words), words


@pytest.mark.parametrize(
    ("cause", "title", "fix"),
    [
        (OWN[0], "The person is not in Salesforce yet", "nothing"),
        (OWN[1], "Several Contacts match one prospect", "choose"),
        (OWN[2], "Contact needs Consent basis, but it is empty", "fill"),
        (OWN[4], "A value is not in the picklist Account Industry", "picklist"),
        (OWN[11], "The event has no prospect ID, so it is not clear whom it is about", "report"),
        (causes.from_rejection(DuplicateFound("DUPLICATE_VALUE", "", ()), "Lead"), "A duplicate exists that the connected user cannot see", "retry"),
    ],
)  # fmt: skip
def test_causes_have_readable_titles(cause: Cause, title: str, fix: str) -> None:
    one = held_cause_of(cause)
    assert (one.title, one.fix) == (title, fix)


def test_groups_with_the_same_fix_are_one_cause_most_entries_first() -> None:
    industry = causes.does_not_fit("Account", "Industry", {"misfit": "not_in_picklist"})
    old = replace(industry, fingerprint="old rules")
    groups = [HeldGroup(OWN[0], 4, 50.0), HeldGroup(industry, 3, 20.0), HeldGroup(old, 2, 10.0)]
    made = merged_by_cause(groups, lambda _, field: field)
    assert [(one.entries, one.since) for one in made] == [(5, 10.0), (4, 50.0)]


def test_causes_have_keys_that_are_safe_in_a_url() -> None:
    assert re.fullmatch(r"[0-9a-f]{10}", key_of("INVALID_EVENT:/prospect/<script>\ud800"))


def test_the_page_counts_held_and_released_entries(
    client: FlaskClient, application: CommandApp
) -> None:
    for number in range(3):
        hold(application, number, OWN[2])
    application.store.release(ACME, entry_ids=["e1"], now=application.clock.now())
    html = shown(client)
    assert "2 entries are held" in html
    assert "Released in the last 7 days: 1 (0 automatically)" in html
    assert "Fill Consent__c" in html


def test_an_entry_that_is_held_again_does_not_count_as_released(
    client: FlaskClient, application: CommandApp
) -> None:
    entry = hold(application, 1, OWN[2])
    for _ in range(2):
        client.post("/held/retry", data={"entry": entry})
        assert "Released in the last 7 days: 1 (0 automatically)" in shown(client)
        settle(application.store, entry, "held", cause=OWN[2])
        assert "Released in the last 7 days" not in shown(client)


def test_one_entry_a_cause_or_all_are_released(
    client: FlaskClient, application: CommandApp
) -> None:
    ids = [
        hold(application, number, cause)
        for number, cause in enumerate([OWN[1], OWN[2], OWN[2], OWN[5]])
    ]
    counts = application.store.counts
    assert client.post("/held/retry", data={"entry": ids[0]}).status_code == 303
    assert counts(ACME).held == 3
    client.post("/held/retry", data={"cause": key_of(OWN[2].group)})
    assert counts(ACME).held == 1
    client.post("/held/retry", data={"all": "1"})
    assert counts(ACME).held == 0
    lines = application.store.history(ACME, codes=["released"])
    assert [(line.by, line.detail["entries"]) for line in lines] == [
        ("Ada Admin", 1),
        ("Ada Admin", 2),
        ("Ada Admin", 1),
    ]


def test_retry_all_leaves_out_in_doubt_and_invalid_entries(
    client: FlaskClient, application: CommandApp
) -> None:
    in_doubt = hold(application, 1, causes.outcome_unclear("Lead"))
    broken = hold(application, 2, OWN[11])
    hold(application, 3, OWN[2])
    html = shown(client)
    assert "3 entries are held" in html
    assert "1 entry with an unclear outcome stays held: check it in Salesforce first." in html
    client.post("/held/retry", data={"all": "1"})
    assert application.store.counts(ACME).held == 2
    client.post("/held/retry", data={"entry": in_doubt})
    client.post("/held/retry", data={"entry": broken})
    assert application.store.counts(ACME).held == 1


def test_releasing_entries_wakes_the_drain(
    client: FlaskClient, application: CommandApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(ConsoleApp, "wake", lambda _, workspace: woken.append(workspace))
    client.post("/held/retry", data={"entry": hold(application, 1, OWN[2])})
    assert woken == [ACME]


def test_the_policy_is_shown_with_what_sets_it(
    client: FlaskClient, application: CommandApp
) -> None:
    hold(application, 1, OWN[1])
    assert "</a>: hold the entry (shipped)" in shown(client)


def test_an_action_is_announced_after_its_redirect(
    client: FlaskClient, application: CommandApp
) -> None:
    entry = hold(application, 1, OWN[2])
    answer = client.post("/held/retry", data={"entry": entry}, follow_redirects=True)
    assert "1 entry released, to be sent with the next drain." in answer.get_data(as_text=True)


def test_a_part_comes_with_the_count_of_the_top_bar(
    client: FlaskClient, application: CommandApp
) -> None:
    entry = hold(application, 1, OWN[2])
    hold(application, 2, OWN[2])
    headers = {"HX-Request": "true", "HX-Target": "held"}
    html = client.post("/held/retry", data={"entry": entry}, headers=headers).get_data(as_text=True)
    assert "<html" not in html
    assert re.search(r'<span id="held-count" hx-swap-oob="true"[^>]*>1<', html)
    assert "1 entry released" in html


def test_another_workspaces_entries_are_out_of_reach(
    client: FlaskClient, application: CommandApp
) -> None:
    theirs = hold(application, 1, OWN[1], "globex")
    assert "held for" not in shown(client)
    client.post("/held/retry", data={"entry": theirs})
    client.post("/held/retry", data={"all": "1"})
    client.post("/held/drop", data={"entry": theirs})
    key = key_of(OWN[1].group)
    assert client.post("/held/retry", data={"cause": key}).status_code == 404
    assert client.get(f"/held/{key}/entries").status_code == 404
    for path, form in (
        ("candidates", {"entry": theirs, "cause": key}),
        ("connect", {"entry": theirs, "record": "x"}),
    ):
        assert client.post(f"/held/{path}", data=form).status_code == 404
    counts = application.store.counts("globex")
    assert (counts.held, counts.pending, counts.skipped) == (1, 0, 0)


def test_only_held_entries_are_dropped(client: FlaskClient, application: CommandApp) -> None:
    waiting, held = (
        keep(application.store, purchase(prospect(9), "e9")),
        hold(application, 1, OWN[2]),
    )
    client.post("/held/drop", data={"entry": waiting})
    client.post("/held/drop", data={"entry": held})
    counts = application.store.counts(ACME)
    assert (counts.pending, counts.skipped) == (1, 1)
    entry = application.store.entry(ACME, held)
    assert entry is not None
    assert entry.reason == Step("dropped")


@pytest.mark.parametrize("form", [{}, {"cause": ""}, {"entry": ""}])
def test_a_form_that_names_nothing_releases_nothing(
    client: FlaskClient, application: CommandApp, form: dict[str, str]
) -> None:
    hold(application, 1, OWN[2])
    assert client.post("/held/retry", data=form).status_code == 400
    assert application.store.counts(ACME).held == 1


def test_an_unknown_policy_changes_nothing(client: FlaskClient, application: CommandApp) -> None:
    hold(application, 1, OWN[1])
    client.post("/held/policy", data={"policy": "first", "cause": key_of(OWN[1].group)})
    assert application.store.console_rule(ACME) == ({}, 0)
    assert application.store.counts(ACME).held == 1


def test_a_policy_that_a_rule_file_sets_is_not_set_here(
    client: FlaskClient, application: CommandApp
) -> None:
    lock(application, '[match]\nmany = "hold"\n')
    hold(application, 1, OWN[1])
    answer = client.post(
        "/held/policy",
        data={"policy": "oldest", "cause": key_of(OWN[1].group)},
        follow_redirects=True,
    )
    assert "a rule file now sets this" in answer.text
    assert application.store.console_rule(ACME) == ({}, 0)
    assert application.store.counts(ACME).held == 1


def test_releasing_nothing_adds_no_history(client: FlaskClient, application: CommandApp) -> None:
    hold(application, 1, OWN[2])
    client.post("/held/retry", data={"entry": "e999"})
    assert not application.store.history(ACME)


def test_invalid_calls_are_named_and_wait_for_a_decision(
    client: FlaskClient, application: CommandApp
) -> None:
    store = application.store
    for number in range(2):
        cause = causes.invalid_event(
            "/prospect/email",
            {"fault": "wrong_type", "expected": ["string", "null"], "given": "array"},
        )
        settle(
            store,
            keep(store, Event("purchase", ACME, f"event-{number}", "", {})),
            "held",
            cause=cause,
        )
    html = shown(client)
    assert "A value that Zaplify sent is invalid: E-mail must be text" in html
    assert "They need your decision." in html
    assert "released by itself" not in html
    assert "<bdi>event-1</bdi>" in html
    assert "/prospect/email" not in re.sub(r'data-copy="[^"]*"', "", html)
    hold(application, 7, OWN[2])
    assert "automatically when their cause is fixed; 2 need your decision." in shown(client)
    client.post("/held/drop", data={"cause": key_of("INVALID_EVENT:/prospect/email")})
    assert (store.counts(ACME).held, store.counts(ACME).skipped) == (1, 2)


def test_a_cause_that_can_be_retried_is_not_dropped_as_a_whole(
    client: FlaskClient, application: CommandApp
) -> None:
    hold(application, 1, OWN[2])
    client.post("/held/drop", data={"cause": key_of(OWN[2].group)})
    assert application.store.counts(ACME).held == 1


def nameless(application: CommandApp, number: int) -> str:
    cause = causes.required_empty("Lead", "LastName", None)
    entry = keep(
        application.store,
        purchase(prospect(number, first_name=None, last_name=None), f"event-{number}"),
    )
    return settle(application.store, entry, "held", cause=cause)


NAMELESS = key_of("REQUIRED_EMPTY:Lead.LastName")


def test_a_default_value_is_entered_once_for_all_prospects(
    client: FlaskClient, application: CommandApp
) -> None:
    nameless(application, 1)
    html = shown(client)
    assert "which is empty for this prospect" in html or "This prospect has no last name" in html
    assert "but it is empty" not in html
    client.post("/held/fallback", data={"cause": NAMELESS, "value": "Unknown"})
    document, _ = application.store.console_rule(ACME)
    rule = application.rulebook.rules_for(ACME, {"workspace": ACME}).fields["Lead"]["LastName"]
    assert rule.default == "Unknown"
    assert rule.sources
    assert set(document) == {"fields"}
    assert application.store.counts(ACME).pending == 1


def test_a_default_value_is_refused_if_a_file_locks_the_field_or_no_value_is_entered(
    client: FlaskClient, application: CommandApp
) -> None:
    nameless(application, 1)
    client.post("/held/fallback", data={"cause": NAMELESS, "value": " "})
    client.post("/held/fallback", data={"cause": NAMELESS, "value": "x" * 300})
    lock(application, '[fields.Lead]\nLastName = "prospect.last_name"\n')
    client.post("/held/fallback", data={"cause": NAMELESS, "value": "Unknown"})
    assert application.store.console_rule(ACME) == ({}, 0)
    assert "10-eu.toml. Set its default in that file" in shown(client)


def test_an_unfilled_field_links_to_its_row(client: FlaskClient, application: CommandApp) -> None:
    hold(application, 1, OWN[2])
    assert "/mapping#row-Contact-need-Consent__c" in shown(client)


def test_entries_held_again_are_announced(client: FlaskClient, application: CommandApp) -> None:
    entries = [hold(application, number, OWN[1]) for number in range(2)]
    form = {"policy": "oldest", "cause": key_of(OWN[1].group)}
    html = client.post(
        "/held/policy", data=form, headers={"HX-Request": "true", "HX-Target": "held"}
    ).text
    poll = re.search(r'hx-get="(/held/news[^"]*)"', html)
    assert poll is not None
    address = poll.group(1).replace("&amp;", "&")
    assert "held again" not in shown(client, address)
    settle(application.store, entries[0], "held", cause=OWN[2])
    assert "Saved. 2 entries released, 1 held again" in shown(client, address)


def test_similarities_of_a_record_are_listed() -> None:
    person = {"FirstName": "Sam", "LastName": "Okoro", "Id": "003"}
    one = MatchCandidate(Record("Contact", "003", person), "Delta  harbour", ("oldest",))
    prospect_ = {"first_name": "Sam", "last_name": "OKORO", "company": {"name": "Delta Harbour"}}
    assert RecordChoice(one, prospect_).similarities == "Same name, same company, oldest"
    assert RecordChoice(one, {"first_name": "Sam"}).similarities == "Oldest"


def test_a_policy_keeps_what_the_console_set_before(
    client: FlaskClient, application: CommandApp
) -> None:
    before = {"mode": "contact", "match": {"alerts": "save"}}
    application.store.save_console_rule(
        ACME, before, expected_version=0, line=HistoryLine(0.0, "mode")
    )
    hold(application, 1, OWN[1])
    client.post("/held/policy", data={"policy": "oldest", "cause": key_of(OWN[1].group)})
    document, version = application.store.console_rule(ACME)
    assert (document, version) == (
        {"mode": "contact", "match": {"alerts": "save", "many": "oldest"}},
        2,
    )
    assert application.store.counts(ACME).pending == 1


def test_choosing_a_record_says_that_salesforce_could_not_be_reached(
    client: FlaskClient, application: CommandApp
) -> None:
    entry = hold(application, 1, OWN[1])
    form = {"entry": entry, "cause": key_of(OWN[1].group), "record": "003000000000001AAA"}
    for path in ("candidates", "connect"):
        answer = client.post(f"/held/{path}", data=form, follow_redirects=True)
        assert "Salesforce could not be reached" in answer.get_data(as_text=True)
    assert application.store.counts(ACME).held == 1


def test_matching_records_are_offered_under_the_name_of_their_prospect(
    client: FlaskClient, application: CommandApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = RecordChoice(
        MatchCandidate(Record("Contact", "003", {"LastName": "Okoro"}), None, ()), {}
    )
    monkeypatch.setattr(
        routes,
        "choices_of",
        lambda _, entry, cause, next_id: Choices(entry, cause, next_id, "Contact", (record,)),
    )
    entry = hold(application, 1, OWN[1])
    form = {"entry": entry, "cause": key_of(OWN[1].group)}
    html = client.post("/held/candidates", data=form).text
    named = application.store.entry(ACME, entry)
    assert named is not None
    assert prospect_name(named.payload["prospect"]) in html.partition('class="choices"')[2]


def test_entries_of_a_cause_unfold_by_its_address(
    client: FlaskClient, application: CommandApp
) -> None:
    for number in range(60):
        hold(application, number, OWN[2])
    key = key_of(OWN[2].group)
    html = shown(client, f"/held?cause={key}")
    assert html.count("Drop it</button>") == 50
    assert f"/held/{key}/entries?before=" in html
    assert "Drop it" not in shown(client, "/held?cause=nonsense")


def test_message_text_is_on_no_page(client: FlaskClient, application: CommandApp) -> None:
    store = application.store
    entry = keep(store, touchpoint(prospect(1), "t1", subject="SUBJECT_CANARY"))
    settle(store, entry, "held", cause=OWN[0])
    assert "CANARY" not in shown(client, f"/held?cause={key_of(OWN[0].group)}")


def test_the_message_from_salesforce_is_one_click_away_and_escaped(
    client: FlaskClient, application: CommandApp
) -> None:
    hold(
        application,
        1,
        causes.from_rejection(
            Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", "<img src=x> Fax first"), "Lead"
        ),
    )
    html = shown(client)
    assert "<img" not in html
    assert "&lt;img src=x&gt; Fax first" in html


def test_a_validation_rules_message_is_the_headline(
    client: FlaskClient, application: CommandApp
) -> None:
    refusal = Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", "EMEA leads need a region", ("City",))
    hold(application, 1, causes.from_rejection(refusal, "Lead"))
    html = shown(client)
    headline = re.search(r"<h2[^>]*>(.*?)</h2>", html.partition('class="cause"')[2], re.DOTALL)
    assert headline is not None
    assert "Lead City: EMEA leads need a region" in headline[1]
    assert "Message from Salesforce" not in html


#: What the section of a cause must offer besides a retry: a control that changes the outcome.
REMEDIES: dict[str, str] = {
    "SEVERAL_MATCH": "Show matching records",
    "SHARED_MAILBOX": "Show matching records",
    "KEY_NOT_ASKABLE": "Choose a policy for it",
    "DUPLICATES_DETECTED": "Choose a policy for it",
    "REQUIRED_EMPTY": "Fill |Save and release",
    "REQUIRED_FIELD_MISSING": "Fill |Save and release",
    "DOES_NOT_FIT": "Open field mapping",
    "OBJECT_HIDDEN": "See permissions",
    "NO_CLOSED_STATUS": "See permissions",
    "INVALID_EVENT": "Copy report for Zaplify",
    "DEFECT": "Copy report for Zaplify",
    "INVALID_TYPE": "See permissions",
    "INSUFFICIENT_ACCESS": "See permissions",
    "INSUFFICIENT_ACCESS_OR_READONLY": "See permissions",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "See permissions",
}
#: What a person must do elsewhere, in words, where the page cannot: the first of these that is said.
_ACTIONS = re.compile(
    r"\b(another match key|ask|check|choose|copy|correct|fill in|free up|give|make|map|merge|purchased|read|reactivate|"
    r"restore|share|wait|translate)\b",
    re.IGNORECASE,
)


def section_of(client: FlaskClient, cause: Cause) -> str:
    """The section of a cause as readable text."""
    html = (
        shown(client).partition(f'id="cause-{key_of(cause.group)}"')[2].partition("</section>")[0]
    )
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize("cause", [*OWN, *UNASKED, *REFUSED, UNKNOWN], ids=lambda cause: cause.code)
def test_every_cause_offers_something_that_changes_its_outcome(
    client: FlaskClient, application: CommandApp, cause: Cause
) -> None:
    hold(application, 1, cause)
    section = section_of(client, cause)
    expected = REMEDIES.get(cause.code)
    one = held_cause_of(cause)
    if expected is not None and one.fix != "picklist":
        assert re.search(expected, section)
    elif one.fix == "mapping":
        assert "Open field mapping" in section
    assert _ACTIONS.search(one.todo), one.todo


def test_all_of_our_own_causes_are_tried() -> None:
    assert {cause.code for cause in (*OWN, *UNASKED)} == set(OWN_CODES)


@pytest.mark.parametrize("cause", UNASKED, ids=lambda cause: str(cause.data["unasked"]))
def test_a_key_that_cannot_be_asked_by_says_what_to_change_in_setup(cause: Cause) -> None:
    todo = held_cause_of(cause).todo
    assert MAKE_ASKABLE_WORDS[str(cause.data["unasked"])] in todo
    assert "?" not in todo


MAKE_ASKABLE_WORDS = {
    "object_hidden": "give the connected user Read on Contact",
    "hidden": "give the connected user Read Access to the field Email of Contact",
    "encrypted": "encrypt Email with the deterministic, case-insensitive scheme",
    "not_filterable": "no setting of Salesforce changes that",
    "refused": "why INVALID_FIELD refuses the search",
    "gateway": "ask whoever runs the firewall or proxy",
}


def test_a_field_that_cannot_be_asked_by_opens_in_setup(
    client: FlaskClient, application: CommandApp
) -> None:
    application.store.save_connection(CONNECTION)
    hold(application, 1, UNASKED[2])
    html = shown(client)
    path = "lightning/setup/ObjectManager/Contact/FieldsAndRelationships/Email/view"
    assert f'href="https://acme.example/{path}"' in html
    assert "Open Email in Setup" in html


@pytest.mark.parametrize(
    ("cause", "setting", "value"),
    [
        (OWN[1], "many", "newest_activity"),
        (SHARED, "shared_mailbox", "connect"),
        (SHARED, "shared_mailbox", "next_key"),
        (UNASKED[2], "unasked", "create"),
        (DUPLICATE, "alerts", "save"),
    ],
)
def test_a_policy_is_set_in_place_and_can_be_undone_in_the_settings(
    client: FlaskClient, application: CommandApp, cause: Cause, setting: str, value: str
) -> None:
    lock_free = application.rulebook.rules_for(ACME, {"workspace": ACME})
    if getattr(lock_free, setting) == value:
        before = {"match": {setting: "hold"}}
        application.store.save_console_rule(
            ACME, before, expected_version=0, line=HistoryLine(0.0, "match")
        )
    hold(application, 1, cause)
    form = {"policy": value, "cause": key_of(cause.group)}
    client.post("/held/policy", data=form)
    document, version = application.store.console_rule(ACME)
    assert document == {"match": {setting: value}}
    assert application.store.counts(ACME).pending == 1
    undone = client.post(f"/configuration/matching/{setting}/undo", data={"version": version})
    assert undone.status_code == 303
    assert application.store.console_rule(ACME)[0] != document


def test_a_policy_that_is_in_force_is_not_offered_again(
    client: FlaskClient, application: CommandApp
) -> None:
    before = {"match": {"alerts": "save"}}
    application.store.save_console_rule(
        ACME, before, expected_version=0, line=HistoryLine(0.0, "match")
    )
    hold(application, 1, DUPLICATE)
    section = section_of(client, DUPLICATE)
    assert "Choose a policy" not in section
    assert "Duplicate alerts : save anyway (console)" in section


def test_a_search_by_a_link_is_held_by_no_policy() -> None:
    by_link = Cause("KEY_NOT_ASKABLE", "Lead", None, {"fields": ["Id"], "unasked": "refused"})
    assert held_cause_of(by_link).setting is None
    assert held_cause_of(UNASKED[2]).setting == "unasked"
