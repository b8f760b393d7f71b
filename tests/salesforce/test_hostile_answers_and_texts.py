"""Over real HTTP: texts that a composite would read as its own, sign-ins that no header carries,
ids that are none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.salesforce.support import AdapterBench, create
from zsf_plugin.errors import ReconnectRequired, Rejected
from zsf_plugin.model import Lookup, Reference, Write
from zsf_plugin.ports import Fact
from zsf_plugin.salesforce.answers import usage_of
from zsf_plugin.salesforce.http import HttpResponse

REFERENCES = ["@{w0.id}", "Hello @{first_name}", "@{", "@{c0[0].id}", "@{w0.id}" * 5]


def lead(number: int, last: str) -> Write:
    return create("Lead", number, {"LastName": last, "Company": "Acme"})


@pytest.mark.parametrize("text", REFERENCES)
def test_a_text_like_a_reference_is_written_as_it_is_in_one_call(
    bench: AdapterBench, text: str
) -> None:
    bench.calls()
    (outcome,) = bench.crm.write([lead(1, text)], "purchases")
    assert bench.calls() == 1
    assert bench.org.rows["Lead"][outcome.record_id]["LastName"] == text


@pytest.mark.parametrize("text", REFERENCES)
def test_an_update_with_such_a_text_too(bench: AdapterBench, text: str) -> None:
    made = bench.org.seed("Lead", {"LastName": "Byron", "Company": "Acme"})
    (outcome,) = bench.crm.write([Write("update", "Lead", made, {"Title": text})], "purchases")
    assert outcome.record_id == made
    assert bench.org.rows["Lead"][made]["Title"] == text


@pytest.mark.parametrize("people", [1, 40])
def test_true_references_still_lead_to_their_records(bench: AdapterBench, people: int) -> None:
    writes = []
    for number in range(people):
        name = f"@{{w0.id}} {number}" if number % 3 == 0 else f"Company {number}"
        writes.append(create("Account", number, {"Name": name}))
        values = {"LastName": f"@{{w1.id}} {number}", "AccountId": Reference(f"new:{number}")}
        writes.append(create("Contact", 1000 + number, values))
    bench.calls()
    outcomes = {outcome.token: outcome for outcome in bench.crm.write(writes, "purchases")}
    assert bench.calls() == (2 if people == 1 else 3)
    assert all(outcome.error is None for outcome in outcomes.values())
    for number in range(people):
        row = bench.org.rows["Contact"][outcomes[f"new:{1000 + number}"].record_id]
        assert row["LastName"] == f"@{{w1.id}} {number}"
        assert row["AccountId"] == outcomes[f"new:{number}"].record_id


def test_one_refused_standalone_write_blocks_no_other(bench: AdapterBench) -> None:
    outcomes = bench.crm.write(
        [lead(1, "@{x}"), create("Lead", 2, {"LastName": "@{y}"}), lead(3, "z")], "purchases"
    )
    assert [type(outcome.error) for outcome in outcomes] == [type(None), Rejected, type(None)]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after_commit", "html_503"])
def test_no_call_follows_a_failed_one(bench: AdapterBench, kind: str) -> None:
    bench.fault(kind, "/composite/sobjects")
    bench.calls()
    outcomes = bench.crm.write([lead(1, "@{x}"), lead(2, "plain")], "purchases")
    assert all(outcome.error is not None for outcome in outcomes)
    assert bench.calls() <= 1


@pytest.mark.parametrize("damage", ["\r\nX: y", "\u20ac", " ", "\x00"])
def test_a_damaged_token_requires_a_new_sign_in_and_sends_nothing(
    bench: AdapterBench, damage: str
) -> None:
    tokens = bench.store.tokens("w")
    assert tokens is not None
    bench.store.rotate_tokens(
        "w",
        replace(tokens, access=tokens.access + damage, version=tokens.version + 1),
        instance_url=bench.server.url,
        expected_version=tokens.version,
    )
    seen = len(bench.requests("/services/data"))
    with pytest.raises(ReconnectRequired, match="sign in again"):
        bench.crm.facts(refresh=True)
    assert len(bench.requests("/services/data")) == seen


def test_an_invalid_stored_date_is_left_out_and_the_describe_is_fetched_whole(
    bench: AdapterBench, clock: Any
) -> None:
    bench.warm()
    org, user = bench.connection().org_id, bench.connection().user_id
    name = f"describe:{user}:Lead"
    kept = bench.store.fact(org, name)
    assert kept is not None
    bench.store.save_fact(org, name, Fact(kept.body, kept.fetched_at, "yesterday\r\nX: y"))
    clock.sleep(4000.0)
    assert bench.crm.facts().describes.get("Lead") is not None
    renewed = bench.store.fact(org, name)
    assert renewed is not None
    assert str(renewed.last_modified).endswith("GMT")


@pytest.mark.parametrize(
    "reported",
    ["api-usage=" + "9" * 5000 + "/5", "api-usage=-1/5", "api-usage=1", "\x00", "x" * 10_000],
)
def test_an_impossible_usage_is_none(reported: str) -> None:
    assert usage_of(HttpResponse(200, {"sforce-limit-info": reported}, b"")) is None


def test_a_lookup_by_a_text_like_a_reference_finds_its_record(bench: AdapterBench) -> None:
    made = bench.org.seed("Lead", {"LastName": "@{q0.records[0].Id}", "Company": "Acme"})
    bench.org.seed("Lead", {"LastName": "Byron", "Company": "Acme"})
    lookups = [
        Lookup("Lead", (("LastName", "text", name),))
        for name in ("@{q0.records[0].Id}", "@{w0.id}")
    ]
    found = bench.crm.find(lookups, {"Lead": ["LastName"]}, "purchases").records
    assert [record.id for record in found] == [made]
