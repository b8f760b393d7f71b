"""Narrowing down refused queries: whatever an org refuses, every lookup ends as answered or as
refused, and the calls are bounded."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.salesforce.support import described, facts_of, text
from zsf_plugin.errors import Rejected
from zsf_plugin.model import FieldDescribe, Lookup, OrgFacts
from zsf_plugin.salesforce.lookup_queries import LookupQuery, build_queries
from zsf_plugin.salesforce.narrowing import Narrower

FACTS = facts_of(
    [
        described(
            "Lead",
            FieldDescribe("Email", "Email", "email", length=80),
            text("LastName"),
            FieldDescribe("Website", "Website", "url", length=255),
        ),
        described("Account", text("Name"), FieldDescribe("Website", "Website", "url")),
    ]
)
SUBREQUESTS = 5


class Org:
    """An org that refuses searches by some columns, by LIKE, or for some values."""

    def __init__(
        self, columns: Sequence[str] = (), values: Sequence[str] = (), *, no_like: bool = False
    ) -> None:
        self.columns, self.values, self.no_like = columns, values, no_like
        self.calls = 0
        self.answered: set[Lookup] = set()

    def refuses(self, query: LookupQuery) -> bool:
        condition = query.statement.partition(" WHERE ")[2]
        names = {column.name for key in query.by_columns for column in key}
        is_named = not names.isdisjoint(f.partition(".")[2] for f in self.columns)
        is_barred = is_named and any(f.startswith(query.object) for f in self.columns)
        has_value = any(f"'{value}" in condition for value in self.values)
        return is_barred or has_value or (self.no_like and " LIKE " in condition)

    def run(self, queries: Sequence[LookupQuery], code: str) -> list[tuple[LookupQuery, Rejected]]:
        self.calls += ceil(len(queries) / SUBREQUESTS)
        refused = [(query, Rejected(code)) for query in queries if self.refuses(query)]
        for query in queries:
            if not self.refuses(query):
                self.answered.update(query.lookups)
        return refused


def narrow(
    org: Org, lookups: Sequence[Lookup], code: str = "INSUFFICIENT_ACCESS", **known: str
) -> Narrower:
    packed = build_queries(lookups, {}, FACTS, known)
    narrower = Narrower(FACTS, {}, dict(known), packed.refused, packed.undescribed, set())
    families = [[query] for query in packed.queries]
    while families:
        refusals = org.run([query for family in families for query in family], code)
        families = narrower.narrowed(families, refusals)
    return narrower


def emails(count: int, object_: str = "Lead") -> list[Lookup]:
    return [Lookup(object_, (("Email", "email", f"p{n}@x.example"),)) for n in range(count)]


def names(count: int) -> list[Lookup]:
    return [Lookup("Lead", (("LastName", "text", f"n{n}"),)) for n in range(count)]


def sites(count: int) -> list[Lookup]:
    return [Lookup("Account", (("Website", "domain", f"c{n}.example"),)) for n in range(count)]


@given(
    counts=st.tuples(*[st.integers(0, 30)] * 3),
    columns=st.lists(
        st.sampled_from(["Lead.Email", "Lead.LastName", "Account.Website"]), max_size=2
    ),
    values=st.lists(st.sampled_from([f"p{n}@x.example" for n in range(30)]), max_size=3),
    no_like=st.booleans(),
    code=st.sampled_from(["INVALID_FIELD", "MALFORMED_QUERY", "NOT_FOUND", "OPERATION_TOO_LARGE"]),
)
def test_every_lookup_is_either_answered_or_refused(
    counts: tuple[int, int, int], columns: list[str], values: list[str], no_like: bool, code: str
) -> None:
    asked = [*emails(counts[0]), *names(counts[1]), *sites(counts[2])]
    org = Org(columns, values, no_like=no_like)
    narrower = narrow(org, asked, code)
    assert org.answered | narrower.refused.keys() == set(asked)
    assert org.answered.isdisjoint(narrower.refused)
    for lookup in narrower.refused:
        (name, _, value) = lookup.parts[0]
        is_barred = f"{lookup.object}.{name}" in columns
        # where every part has such a value, it counts as the columns'
        assert is_barred or any(one in values for one in values) or code == "OPERATION_TOO_LARGE"
        assert is_barred or value in values or name == "Email"
    if no_like:
        found = {one for one in sites(counts[2]) if one in org.answered}
        assert found <= narrower.by_usual_forms <= set(sites(counts[2]))


@pytest.mark.parametrize("count", [1, 5, 24, 120, 600])
def test_one_bad_value_costs_a_call_for_each_division_by_five(count: int) -> None:
    org = Org(values=["p0@x.example"])
    narrower = narrow(org, emails(count))
    assert narrower.refused.keys() == set(emails(1))
    assert org.calls <= 2 + ceil(log(count, 5)) if count > 1 else org.calls == 1


@pytest.mark.parametrize("count", [1, 2, 50, 200])
def test_a_refused_column_costs_at_most_three_calls_however_many_lookups(count: int) -> None:
    org = Org(["Lead.Email"])
    narrower = narrow(org, [*emails(count), *names(count)])
    assert narrower.refused.keys() == set(emails(count))
    assert org.calls <= 3
    again = Org(["Lead.Email"])
    known = narrow(again, [*emails(count), *names(count)], **narrower.columns)
    assert known.refused.keys() == set(emails(count))
    assert again.calls == 1


def test_where_like_is_refused_equality_costs_one_call_more_and_nothing_later() -> None:
    org = Org(no_like=True)
    narrower = narrow(org, sites(40))
    assert (narrower.refused, org.calls) == ({}, 2)
    again = Org(no_like=True)
    assert narrow(again, sites(40), **narrower.columns).refused == {}
    assert again.calls == 1


def test_what_was_learned_counts_for_that_describe_only() -> None:
    org = Org(["Lead.Email"])
    learned = narrow(org, emails(3)).columns
    lead = FACTS.describes["Lead"]
    changed: dict[str, Any] = {**FACTS.describes}
    changed["Lead"] = described("Lead", *list(lead.fields.values())[1:], text("New__c"))
    object.__setattr__(changed["Lead"], "fingerprint", "another")
    packed = build_queries(emails(3), {}, OrgFacts("o", False, None, changed), learned)
    assert packed.refused == {}
    assert len(packed.queries) == 1
