"""Any text at any door: statements mean it, patterns find it, addresses and headers carry it or
refuse it."""

from __future__ import annotations

import random
from unicodedata import normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.hostile import doors
from tests.hostile.judges import SoqlParserJs, conditions, shape, values
from tests.hostile.texts import LONGEST, PIECES, TEXTS, as_kept, in_a_line, text
from zsf_plugin.decision.fit import fit
from zsf_plugin.errors import ReconnectRequired, Rejected, Unavailable
from zsf_plugin.model import Lookup, PlannedField, Record, World
from zsf_plugin.model.text import utf16_length
from zsf_plugin.salesforce import addresses, headers, soql
from zsf_plugin.salesforce.questions import LIKE_COMPARISONS, MAX_STATEMENT_BYTES, pack

MANY = settings(max_examples=200, deadline=None)
FEW = settings(max_examples=60, deadline=None)


@MANY
@given(TEXTS)
@example("O'Neil\\")
@example("\\'; DELETE --")
@example("@{w0.id}")
@example("a\nb\tc\x00d\ud800\u2028")
@example("'" * LONGEST)
def test_a_literal_means_the_text_that_an_org_can_hold_or_is_none(value: str) -> None:
    doors.check_literals([value])


@MANY
@given(TEXTS)
@example("100%_sure\\'")
@example("\\%")
@example("\\\\_")
def test_a_pattern_has_two_wildcards_and_finds_just_that_text(value: str) -> None:
    doors.check_patterns([value])


@FEW
@given(st.lists(TEXTS, min_size=1, max_size=30))
def test_the_packer_asks_for_each_text_that_a_field_can_hold_and_for_nothing_else(
    values: list[str],
) -> None:
    doors.check_packed(values)


@FEW
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=12))
def test_no_value_changes_the_shape_of_a_statement(rows: list[tuple[str, str, str]]) -> None:
    lookups = [
        Lookup("Lead", (("LastName", "text", last), ("Website", compare, site)))
        for last, site, _ in rows
        for compare in sorted(LIKE_COMPARISONS)
    ]
    lookups += [Lookup("Lead", (("LastName", "text", other),)) for _, _, other in rows]
    for question in pack(lookups, {}, doors.FACTS):
        assert len(addresses.encoded(question.statement)) <= MAX_STATEMENT_BYTES
        assert set(shape(question.statement).replace("(", " ").replace(")", " ").split()) <= {
            *("LastName", "Website", "IN", "LIKE", "AND", "OR")
        }


@MANY
@given(TEXTS)
@example("ngozi+test@x.example&a=b#c")
def test_percent_encoding_round_trips(value: str) -> None:
    doors.check_encoded(value)


@MANY
@given(TEXTS)
@example("x\r\nAuthorization: Bearer y")
@example("Wed, 3 Jul 2013 19:43:31 GMT\r\nX: y")
def test_a_header_never_splits(value: str) -> None:
    doors.check_headers(value)


@MANY
@given(TEXTS)
@example("..")
@example("00Q5g000004TyUiEAK/../../tooling")
@example("/services/data/v68.0/query/0r8000000000001AAA-2000?q=SELECT")
def test_a_path_leads_to_what_was_meant_or_to_nothing(value: str) -> None:
    doors.check_paths(value)


@MANY
@given(TEXTS)
def test_a_written_text_fits_its_field_and_its_body_is_json(value: str) -> None:
    doors.check_body(value)


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_each_piece_passes_each_door_alone_and_at_every_length_that_matters(piece: str) -> None:
    for length in (1, 80, 81, 255, 256, 4_000, 4_001):
        doors.check([(piece * length)[:length], piece])


def test_both_parsers_agree_on_thousands_of_texts_at_once() -> None:
    rng, judge = random.Random(20261125), SoqlParserJs()
    for _ in range(60):
        doors.check([text(rng) for _ in range(50)], judge)
    judge.finish()
    assert judge.failures == []
    assert judge.statements >= 180


@pytest.mark.parametrize("given", ["\ud800", "tök", "a b", "a\r\nX: y", "", "a\x00b", "\u202eabc"])
def test_a_token_that_no_header_can_carry_asks_for_a_new_sign_in(given: str) -> None:
    with pytest.raises(ReconnectRequired, match="sign in again"):
        headers.authorized(given, {})


def test_a_date_of_an_answer_goes_back_and_anything_else_is_left_out() -> None:
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
def test_a_further_page_is_a_page_or_is_not_asked_for(given: str) -> None:
    with pytest.raises(Unavailable):
        addresses.next_page_path(given)


def test_a_further_page_keeps_its_resource_and_its_locator() -> None:
    assert addresses.next_page_path("/services/data/v58.0/queryAll/0r8xx3d3bxzTGHRAA2-500") == (
        "/queryAll/0r8xx3d3bxzTGHRAA2-500"
    )


@MANY
@given(TEXTS, TEXTS)
def test_what_was_written_of_a_text_is_found_by_it_and_by_nothing_shortened(
    value: str, other: str
) -> None:
    """Asked by, written and compared are one text: a second purchase finds the first one's record,
    and no other's."""
    if not (whole := in_a_line(value)):
        return
    planned = PlannedField("LastName", value, "always", "leave_out", "shorten", "test")
    record = Record(
        "Lead", "00Q5g00000BvKcMEAV", {"LastName": fit(planned, doors.NAME, doors.LEAD).value}
    )
    world = World(doors.FACTS).with_records([record])
    assert world.matching("Lead", (("LastName", "text", value),)) == (
        (record,) if utf16_length(whole) <= 255 else ()
    )
    if utf16_length(whole) <= 255 and world.matching("Lead", (("LastName", "text", other),)):
        assert normalize("NFC", in_a_line(other)).casefold() == normalize("NFC", whole).casefold()


def test_values_longer_than_any_field_are_asked_by_nowhere_and_their_neighbours_are() -> None:
    too_long = [
        (("LastName", "text", value),) for value in ("Byron" * 52, "a" * LONGEST, "'" * LONGEST)
    ]
    too_many = tuple(("LastName", "text", "小" * 255) for _ in range(7))
    parts = [
        *too_long,
        (("LastName", "text", "Byron"),),
        too_many,
        (("Website", "domain", "a" * LONGEST),),
    ]
    asked = pack([Lookup("Lead", one) for one in parts], {}, doors.FACTS)
    assert [values(one) for question in asked for one in conditions(question.statement)] == [
        ["Byron"]
    ]


def test_where_what_is_read_leaves_no_room_to_ask_nobody_says_that_none_was_found() -> None:
    names = [f"A_field_with_quite_a_long_name_{number}__c" for number in range(400)]
    wide = doors.facts_of(
        [doors.described("Lead", doors.NAME, *(doors.text(name) for name in names))]
    )
    with pytest.raises(Rejected, match="HTTP_414"):
        pack([Lookup("Lead", (("LastName", "text", "Byron"),))], {"Lead": names}, wide)


def test_what_a_composite_would_take_for_a_reference_is_written_as_a_number() -> None:
    literal = soql.literal("Hello @{w0.id}")
    assert literal == "'Hello \\u0040{w0.id}'"
    assert as_kept("Hello @{w0.id}") in values(("Email", "IN", (literal,)))
