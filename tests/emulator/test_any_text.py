"""Whatever text is written is found again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.client import Client
from zsf_plugin.emulator import Emulator, OrgSpec

PRINTABLE = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
NAMES = (
    st.text(PRINTABLE | st.sampled_from("'\\%_\"&+#"), min_size=1, max_size=80)
    .map(str.strip)
    .filter(lambda text: 0 < len(text.encode("utf-16-le")) // 2 <= 80)
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    with Emulator(OrgSpec.stock()) as server:
        client = Client(server.url)
        client.sign_in()
        yield client
        client.close()


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@settings(max_examples=120, deadline=None)
@given(name=NAMES)
def test_any_last_name_that_is_written_is_found_by_an_escaped_equality(
    shared: Client, name: str
) -> None:
    made = shared.create("Lead", LastName=name, Company="C")
    (row,) = shared.rows(
        f"SELECT Id, LastName FROM Lead WHERE LastName = {quoted(name)} AND Id = '{made}'"
    )
    assert (row["Id"], row["LastName"]) == (made, name)


@settings(max_examples=60, deadline=None)
@given(name=NAMES)
def test_any_last_name_is_found_by_an_escaped_like(shared: Client, name: str) -> None:
    made = shared.create("Lead", LastName=name, Company="C")
    pattern = quoted(name).replace("%", "\\%").replace("_", "\\_")
    found = shared.rows(f"SELECT Id FROM Lead WHERE LastName LIKE {pattern} AND Id = '{made}'")
    assert [row["Id"] for row in found] == [made]
