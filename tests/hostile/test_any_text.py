"""Any text at any entry point: statements and patterns match exactly it, URLs and headers carry or
refuse it."""

from __future__ import annotations

import random
from unicodedata import normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.hostile import entry_points
from tests.hostile.oracles import SoqlParserJs, conditions, shape, values
from tests.hostile.texts import MAX_LENGTH, PIECES, TEXTS, as_single_line, as_stored, text
from zsf_plugin.decision.fit import fit
from zsf_plugin.errors import ReconnectRequired, Unavailable
from zsf_plugin.model import Lookup, PlannedField, Record, World
from zsf_plugin.model.text import utf16_length
from zsf_plugin.salesforce import addresses, headers, soql
from zsf_plugin.salesforce.literals import LIKE_COMPARISONS
from zsf_plugin.salesforce.lookup_queries import MAX_STATEMENT_BYTES, build_queries

FAST_TEST_EXAMPLES = settings(max_examples=100, deadline=None)
SLOW_TEST_EXAMPLES = settings(max_examples=30, deadline=None)


@FAST_TEST_EXAMPLES
@given(TEXTS)
@example("O'Neil\\")
@example("\\'; DELETE --")
@example("@{w0.id}")
@example("a\nb\tc\x00d\ud800\u2028")
@example("'" * MAX_LENGTH)
def test_a_literal_is_the_text_that_an_org_can_store_or_none(value: str) -> None:
    entry_points.check_literals([value])


@FAST_TEST_EXAMPLES
@given(TEXTS)
@example("100%_sure\\'")
@example("\\%")
@example("\\\\_")
def test_a_pattern_has_two_wildcards_and_matches_only_its_text(value: str) -> None:
    entry_points.check_patterns([value])


@SLOW_TEST_EXAMPLES
@given(st.lists(TEXTS, min_size=1, max_size=30))
def test_the_packer_queries_exactly_the_texts_that_a_field_can_store(
    values: list[str],
) -> None:
    entry_points.check_packed(values)


@SLOW_TEST_EXAMPLES
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=12))
def test_no_value_changes_the_shape_of_a_statement(rows: list[tuple[str, str, str]]) -> None:
    lookups = [
        Lookup("Lead", (("LastName", "text", last), ("Website", compare, site)))
        for last, site, _ in rows
        for compare in sorted(LIKE_COMPARISONS)
    ]
    lookups += [Lookup("Lead", (("LastName", "text", other),)) for _, _, other in rows]
    for query in build_queries(lookups, {}, entry_points.FACTS).queries:
        assert len(addresses.encoded(query.statement)) <= MAX_STATEMENT_BYTES
        assert set(shape(query.statement).replace("(", " ").replace(")", " ").split()) <= {
            *("LastName", "Website", "IN", "LIKE", "AND", "OR")
        }


@FAST_TEST_EXAMPLES
@given(TEXTS)
@example("ngozi+test@x.example&a=b#c")
def test_percent_encoding_round_trips(value: str) -> None:
    entry_points.check_encoding(value)


@FAST_TEST_EXAMPLES
@given(TEXTS)
@example("x\r\nAuthorization: Bearer y")
@example("Wed, 3 Jul 2013 19:43:31 GMT\r\nX: y")
def test_a_header_never_splits(value: str) -> None:
    entry_points.check_headers(value)


@FAST_TEST_EXAMPLES
@given(TEXTS)
@example("..")
@example("00Q5g000004TyUiEAK/../../tooling")
@example("/services/data/v68.0/query/0r8000000000001AAA-2000?q=SELECT")
def test_a_path_leads_to_the_intended_record_or_is_refused(value: str) -> None:
    entry_points.check_paths(value)


@FAST_TEST_EXAMPLES
@given(TEXTS)
def test_a_written_text_fits_its_field_and_its_body_is_json(value: str) -> None:
    entry_points.check_body(value)


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_each_piece_passes_each_check_at_every_relevant_length(piece: str) -> None:
    for length in (1, 80, 81, 255, 256, 4_000, 4_001):
        entry_points.check([(piece * length)[:length], piece])


def test_both_parsers_agree_on_a_thousand_texts_at_once() -> None:
    rng, oracle = random.Random(20261125), SoqlParserJs()
    for _ in range(20):
        entry_points.check([text(rng) for _ in range(50)], oracle)
    oracle.finish()
    assert oracle.failures == []
    assert oracle.statements >= 60


@pytest.mark.parametrize("given", ["\ud800", "tök", "a b", "a\r\nX: y", "", "a\x00b", "\u202eabc"])
def test_a_token_that_no_header_can_carry_needs_a_new_sign_in(given: str) -> None:
    with pytest.raises(ReconnectRequired, match="sign in again"):
        headers.authorized(given, {})


def test_a_date_from_a_response_is_sent_back_and_anything_else_is_omitted() -> None:
    date = "Wed, 3 Jul 2013 19:43:31 GMT"
    assert headers.if_modified_since(date) == {"If-Modified-Since": date}
    for other in (
        None,
        "",
        date + "\r\n",
        "yesterday",
        date.replace(",", "\uff0c"),
        date.replace("2013", "２０１３"),
    ):
        assert headers.if_modified_since(other) == {}


@pytest.mark.parametrize(
    "given",
    [
        "/services/data/v68.0/query/../sobjects",
        "/services/data/v68.0/query/%2e%2e/limits",
        "/services/data/v68.0/query/0r8000000000001AAA-2000?q=SELECT+Id+FROM+User",
        "/services/data/v68.0/query/0r8000000000001AAA-2000#x",
        "/services/data/v68.0/query//evil.example",
        "https://evil.example/services/data/v68.0/query/0r8000000000001AAA-2000",
        "//evil.example/services/data/v68.0/query/0r8000000000001AAA-2000",
        "@evil.example/query/0r8000000000001AAA-2000",
        "\\\\evil.example/query/0r8000000000001AAA-2000",
        "/services/data/v68.0/query/0r8000000000001AAA-2000\n",
        "",
    ],
)
def test_an_invalid_next_page_path_is_refused(given: str) -> None:
    with pytest.raises(Unavailable):
        addresses.next_page_path(given)


def test_a_next_page_keeps_its_resource_and_locator() -> None:
    assert addresses.next_page_path("/services/data/v58.0/queryAll/0r8xx3d3bxzTGHRAA2-500") == (
        "/queryAll/0r8xx3d3bxzTGHRAA2-500"
    )


@FAST_TEST_EXAMPLES
@given(TEXTS, TEXTS)
def test_a_written_text_is_found_by_itself_and_not_by_a_shortened_form(
    value: str, other: str
) -> None:
    """A text is queried, written and compared in the same form: a second purchase finds the record
    of the first and no other."""
    if not (whole := as_single_line(value)):
        return
    planned = PlannedField("LastName", value, "always", "leave_out", "shorten", "test")
    record = Record(
        "Lead",
        "00Q5g00000BvKcMEAV",
        {"LastName": fit(planned, entry_points.NAME, entry_points.LEAD).value},
    )
    world = World(entry_points.FACTS).with_records([record])
    assert world.matching("Lead", (("LastName", "text", value),)) == (
        (record,) if utf16_length(whole) <= 255 else ()
    )
    if utf16_length(whole) <= 255 and world.matching("Lead", (("LastName", "text", other),)):
        assert (
            normalize("NFC", as_single_line(other)).casefold() == normalize("NFC", whole).casefold()
        )


def test_values_longer_than_any_field_are_not_queried_but_others_are() -> None:
    too_long = [
        (("LastName", "text", value),)
        for value in ("Byron" * 52, "a" * MAX_LENGTH, "'" * MAX_LENGTH)
    ]
    too_many = tuple(("LastName", "text", "小" * 255) for _ in range(7))
    parts = [
        *too_long,
        (("LastName", "text", "Byron"),),
        too_many,
        (("Website", "domain", "a" * MAX_LENGTH),),
    ]
    queries = build_queries([Lookup("Lead", one) for one in parts], {}, entry_points.FACTS).queries
    assert [values(one) for query in queries for one in conditions(query.statement)] == [["Byron"]]


def test_a_query_too_long_to_send_is_not_reported_as_no_match() -> None:
    names = [f"A_field_with_quite_a_long_name_{number}__c" for number in range(400)]
    wide = entry_points.facts_of(
        [
            entry_points.described(
                "Lead", entry_points.NAME, *(entry_points.text(name) for name in names)
            )
        ]
    )
    lookup = Lookup("Lead", (("LastName", "text", "Byron"),))
    packed = build_queries([lookup], {"Lead": names}, wide)
    assert packed.queries == []
    assert packed.refused == {lookup: "HTTP_414"}


def test_text_that_looks_like_a_composite_reference_is_escaped() -> None:
    literal = soql.literal("Hello @{w0.id}")
    assert literal == "'Hello \\u0040{w0.id}'"
    assert as_stored("Hello @{w0.id}") in values(("Email", "IN", (literal,)))
