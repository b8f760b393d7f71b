"""A draft becomes the console's document: only what a person changed, only what differs from the layers
below."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.console.console_rules import console_document, rule_entry, with_console
from zsf_plugin.console.mapping.document import (
    digest_of,
    drafted,
)
from zsf_plugin.console.mapping.drafts import (
    MAX_ROWS,
    OVERWRITES,
    Draft,
    PostedRow,
    draft_of,
)
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.page import Tables, tables
from zsf_plugin.decision.merge import merge
from zsf_plugin.model import FieldRule, Json, JsonObject, Rule
from zsf_plugin.rulebook.files import check_document

SHIPPED: JsonObject = {
    "mode": "lead",
    "fields": {
        "Lead": {
            "LastName": ["prospect.last_name", "prospect.first_name"],
            "Email": "prospect.email",
            "Title": "prospect.title",
            "Company": {"from": "prospect.company.name", "default": "?"},
            "Industry": {
                "from": "prospect.company.industry",
                "values": {"Software": "Technology"},
                "misfit": "hold",
            },
            "LeadSource": {"value": "Zaplify", "overwrite": "on_create"},
        },
        "Contact": {"LastName": "prospect.last_name"},
    },
}
FILE: JsonObject = {
    "fields": {"Lead": {"Title": {"from": "prospect.title", "overwrite": "always"}, "Fax": False}}
}


def rules(console: JsonObject | None = None, *above: Rule) -> list[Rule]:
    own = [Rule("console", "console", console)] if console else []
    return [Rule("shipped/10.toml", "shipped", SHIPPED), *own, *above]


def row(key: str, to: str | None = None, **more: str) -> PostedRow:
    return PostedRow("Lead", key, key if to is None else to, **more)


def saved(*rows: PostedRow, console: JsonObject | None = None, above: Iterable[Rule] = ()) -> Json:
    made = drafted(rules(console, *above), Draft(rows=rows))
    assert made.refusals == ()
    return made.document.get("fields", {}).get("Lead", {}) if made.document else {}  # type: ignore[union-attr]


def test_a_changed_policy_is_saved_with_the_unchanged_keys_of_its_rule() -> None:
    assert saved(row("Industry", overwrite="always", was="if_blank")) == {
        "Industry": {
            "from": "prospect.company.industry",
            "values": {"Software": "Technology"},
            "misfit": "hold",
            "overwrite": "always",
        }
    }


def test_a_moved_field_keeps_its_rule_and_leaves_false_behind() -> None:
    assert saved(row("Company", "Employer__c")) == {
        "Company": False,
        "Employer__c": {"from": "prospect.company.name", "default": "?"},
    }


def test_a_field_that_moves_back_leaves_nothing() -> None:
    moved = {"fields": {"Lead": {"Email": False, "Mail__c": "prospect.email"}}}
    assert drafted(rules(moved), Draft(rows=(row("Mail__c", "Email"),))).document == {}


def test_two_fields_may_be_swapped() -> None:
    assert saved(row("Email", "Title"), row("Title", "Email")) == {
        "Title": "prospect.email",
        "Email": "prospect.title",
    }


def test_an_unmapped_row_is_false_if_shipped_and_removed_if_ours() -> None:
    assert saved(row("Email", "")) == {"Email": False}
    assert (
        saved(row("Mail__c", ""), console={"fields": {"Lead": {"Mail__c": "prospect.email"}}}) == {}
    )


def test_a_new_row_is_an_expression_or_a_fixed_value() -> None:
    assert saved(
        row("new-1", "LinkedIn__c", source="prospect.linkedin_url", overwrite="always"),
        row("new-2", "Origin__c", source="=", value=" Zaplify "),
        row("need-Basis__c", "Basis__c", source="=Legitimate interest", overwrite="on_create"),
        row("need-Other__c", "Other__c"),
    ) == {
        "LinkedIn__c": {"from": "prospect.linkedin_url", "overwrite": "always"},
        "Origin__c": {"value": "Zaplify"},
        "Basis__c": {"value": "Legitimate interest", "overwrite": "on_create"},
    }


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        (
            row("Email", "title"),
            "title is already filled by Job title. Choose another field for E-mail.",
        ),
        (row("new-1", "", source="prospect.phone"), "Choose a Salesforce field for Phone."),
        (row("new-1", "Phone"), "Choose what fills Phone."),
        (row("new-1", "Phone", source="="), "Enter the fixed value for Phone."),
        (row("Gone__c", "Phone"), "Lead.Gone__c is no longer mapped. Map it again."),
        (
            row("new-1", "Phone", source="prospect.phone ++"),
            "from the list. Other expressions need a rule file",
        ),
        (row("new-1", "Phone", source="prospect|[@,@]|[@,@]"), "from the list"),
        (row("new-1", "Phone", source="prospect.custom.a|[@,@]"), "from the list"),
        (row("new-1", "Phone", source='prospect.custom."a"|[@,@]|"b"'), "from the list"),
        (row("new-1", "Phone", source="prospect"), "from the list"),
        (
            row("new-1", "OwnerId", source="prospect.phone"),
            "Lead.OwnerId cannot be chosen: filled by Zaplify.",
        ),
        (row("Title", "Zaplify_Id__c"), "filled by Zaplify"),
        (
            row("new-1", "Phone", source="=", value="x" * 4001),
            "up to 4,000 characters; this one has 4,001.",
        ),
        (row("Title", values='{"a": "' + "x" * 100_000 + '"}'), "Too many mapped values"),
        (row("new-1", "Title\n", source="prospect.phone"), "/fields/Lead/Title"),
        (row("new-1", "No Field", source="prospect.phone"), "/fields/Lead/No Field"),
    ],
)
def test_an_invalid_row_says_why_and_changes_nothing(posted: PostedRow, words: str) -> None:
    made = drafted(rules(), Draft(rows=(posted,)))
    assert words in " ".join(made.refusals)
    assert (made.document, made.count) == ({}, 0)


@pytest.mark.parametrize(
    "posted",
    [row("Title", ""), row("Email", "Title"), row("new-1", "fax", source="prospect.phone")],
)
def test_a_key_that_a_rule_file_sets_is_refused_with_the_files_name(posted: PostedRow) -> None:
    made = drafted(rules(None, Rule("10-eu.toml", "config", FILE)), Draft(rows=(posted,)))
    assert [
        refusal.endswith("is set by 10-eu.toml. Change it in that file.")
        for refusal in made.refusals
    ] == [True]
    assert made.document == {}


def test_the_mode_is_saved_if_it_differs_and_refused_if_a_file_sets_it() -> None:
    assert drafted(rules(), Draft(mode="contact")).document == {"mode": "contact"}
    assert drafted(rules({"mode": "contact"}), Draft(mode="lead")).document == {}
    locked = drafted(
        rules(None, Rule("10-eu.toml", "config", {"mode": "lead"})), Draft(mode="contact")
    )
    assert (locked.document, len(locked.refusals)) == ({}, 1)


def test_switches_and_other_console_settings_stay() -> None:
    console: JsonObject = {
        "switches": {"sync_activities": False},
        "match": {"many": "oldest"},
        "mode": "contact",
    }
    made = drafted(rules(console), Draft(rows=(row("Email", ""),)))
    assert made.document == {**console, "fields": {"Lead": {"Email": False}}}
    assert digest_of(console) == digest_of({**console, "switches": {}}) != digest_of(made.document)


def test_changes_that_someone_else_saved_stay_beside_ours() -> None:
    theirs: JsonObject = {
        "fields": {"Lead": {"Title": False}, "Contact": {"Phone": "prospect.phone"}}
    }
    made = drafted(
        rules(theirs), Draft(rows=(row("Email", overwrite="always", was="if_blank"), row("Title")))
    )
    assert made.document == {
        "fields": {
            "Lead": {"Title": False, "Email": {"from": "prospect.email", "overwrite": "always"}},
            "Contact": {"Phone": "prospect.phone"},
        }
    }


def test_a_row_that_someone_else_unmapped_returns_if_we_changed_it() -> None:
    theirs: JsonObject = {"fields": {"Lead": {"Email": False}}}
    assert saved(row("Email", "Mail__c"), console=theirs) == {
        "Email": False,
        "Mail__c": "prospect.email",
    }


# Properties

EXPRESSIONS = st.sampled_from(
    ["prospect.email", "prospect.title", "lower(prospect.email)", "prospect.custom.a"]
)
ENTRIES: st.SearchStrategy[Json] = st.one_of(
    EXPRESSIONS,
    st.lists(EXPRESSIONS, min_size=1, max_size=3),
    st.just(False),
    st.fixed_dictionaries(
        {"from": EXPRESSIONS},
        optional={
            "default": st.text(min_size=1, max_size=5),
            "overwrite": st.sampled_from(OVERWRITES),
            "misfit": st.sampled_from(["hold", "leave_out"]),
            "values": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
        },
    ),
    st.fixed_dictionaries({"value": st.one_of(st.text(min_size=1), st.booleans(), st.integers())}),
)
NAMES = st.sampled_from(["Email", "email", "Title", "LastName", "Fax", "A__c", "B__c", "C__c"])
TABLES = st.dictionaries(NAMES, ENTRIES, max_size=5).filter(
    lambda table: len({n.lower() for n in table}) == len(table)
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["lead", "contact"]),
        "fields": st.dictionaries(st.sampled_from(["Lead", "Contact"]), TABLES),
    },
)


def as_posted(made: Tables) -> list[tuple[str, str]]:
    """The page's form as a browser sends it."""
    form = [("mode", made.mode), ("mode.was", made.mode_was)]
    for table in made.tables:
        for one in table.rows:
            if one.locked is None:
                values = {"to": one.field, "overwrite": one.overwrite, "was": one.was}
                form += [(f"{one.name}.{part}", value) for part, value in values.items()]
                if one.posted is not None:
                    form += [
                        (f"{one.name}.source", one.posted.source),
                        (f"{one.name}.value", one.posted.value),
                    ]
    return form


@given(DOCUMENTS, DOCUMENTS)
def test_saving_an_untouched_form_changes_nothing(console: JsonObject, file: JsonObject) -> None:
    all_rules = rules(console, Rule("10.toml", "config", file))
    made = drafted(all_rules, draft_of(as_posted(tables(MappingContext(all_rules)))))
    assert (made.document, made.count, made.refusals) == (console_document(all_rules), 0, ())


@given(DOCUMENTS, DOCUMENTS, st.data())
def test_the_posted_form_is_what_is_saved(
    console: JsonObject, file: JsonObject, data: st.DataObject
) -> None:
    all_rules = rules(console, Rule("10.toml", "config", file))
    form = dict(as_posted(tables(MappingContext(all_rules))))
    for name in data.draw(st.lists(st.sampled_from(sorted(form)), max_size=4, unique=True)):
        if name.endswith(".to"):
            form[name] = data.draw(st.one_of(NAMES, st.just("")))
        elif name.endswith(".overwrite"):
            form[name] = data.draw(st.sampled_from(OVERWRITES))
    made = drafted(all_rules, draft_of(form.items()))
    assert not made.document or check_document("console", made.document) == ()
    after = merge(with_console(all_rules, made.document))
    for posted, _ in made.changed:
        table = {name.lower(): rule for name, rule in after.fields.get(posted.object, {}).items()}
        if posted.to:
            assert table[posted.to.lower()].overwrite == posted.overwrite
        if posted.key.lower() not in {
            one.to.lower() for one, _ in made.changed if one.object == posted.object
        }:
            assert posted.key.lower() not in table
    again = drafted(
        with_console(all_rules, made.document),
        draft_of(as_posted(tables(MappingContext(with_console(all_rules, made.document))))),
    )
    assert again.document == made.document


@given(ENTRIES.filter(lambda entry: entry is not False))
def test_a_rewritten_entry_means_the_same(entry: Json) -> None:
    def read(one: Json) -> FieldRule:
        return merge([Rule("x", "console", {"fields": {"Lead": {"A__c": one}}})]).fields["Lead"][
            "A__c"
        ]

    assert read(rule_entry(read(entry))) == read(entry)


def test_a_draft_of_more_rows_than_a_page_has_changes_nothing() -> None:
    form = [(f"Lead.new-{number}.source", "prospect.phone") for number in range(50_000)]
    draft = draft_of(form)
    assert len(draft.rows) == MAX_ROWS + 1
    made = drafted(rules(), draft)
    assert (made.document, made.count) == ({}, 0)
    assert "up to 600 rows" in made.refusals[0]


def test_a_new_row_has_a_key_that_no_other_has() -> None:
    rows = (PostedRow("Lead", "new-1"), PostedRow("Account", "new-2"), PostedRow("Lead", "Title"))
    assert (Draft().free_key, Draft(rows=rows).free_key) == ("new-1", "new-3")


def test_a_row_replaces_the_one_of_the_same_name_and_comes_last() -> None:
    first, second = PostedRow("Lead", "new-1"), PostedRow("Lead", "new-2")
    chosen = first.with_field("Fax")
    assert Draft(rows=(first, second)).with_last(chosen).rows == (second, chosen)
    assert PostedRow("Lead", "need-Fax", "Fax").with_field("Title").to == "Fax"


def test_the_history_stores_changes_by_labels_and_api_names() -> None:
    posted = PostedRow("Lead", "new-1", "Fax", source="prospect.phone")
    fixed = PostedRow("Lead", "new-2", "City", "always", source="=Oslo")
    made = drafted([Rule("shipped/10.toml", "shipped", SHIPPED)], Draft(rows=(posted, fixed)))
    assert [edit.as_detail() for edit in made.changed] == [
        {"object": "Lead", "field": "Fax", "from": "Phone"},
        {"object": "Lead", "field": "City", "overwrite": "always"},
    ]
