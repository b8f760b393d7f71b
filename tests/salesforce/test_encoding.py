"""Bodies of requests."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.model import Json
from zsf_plugin.salesforce import encoding
from zsf_plugin.salesforce.encoding import encoded_body

_TEXTS = st.text(st.characters(), max_size=5)
_VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS
_BODIES = st.recursive(
    _VALUES, lambda inner: st.lists(inner) | st.dictionaries(_TEXTS, inner), max_leaves=12
)


def test_a_body_is_utf8_without_lone_surrogates() -> None:
    assert encoded_body({"Name": "é\ud800"}) == '{"Name":"é"}'.encode()


@given(_BODIES)
def test_a_body_is_always_what_json_writes_in_one_piece(value: Json) -> None:
    whole = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    assert encoded_body(value) == whole.encode("utf-8", "ignore")


def test_hooks_go_on_between_the_records_of_a_large_body(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Json] = []

    def noted(items: list[Json]) -> list[Json]:
        seen.extend(items)
        return items

    monkeypatch.setattr(encoding, "give_way_between", noted)
    records: list[Json] = [{"attributes": {"type": "Lead"}, "LastName": name} for name in "abc"]
    body: Json = {"compositeRequest": [{"method": "POST", "body": {"records": records}}]}
    encoded_body(body)
    assert [record for record in seen if record in records] == records
