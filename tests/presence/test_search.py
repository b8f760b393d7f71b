"""Reading a host's search results: their ids, whoever reads them."""

from __future__ import annotations

from collections import UserString
from decimal import Decimal
from enum import Enum, IntEnum
from uuid import UUID

import pytest

from zsf_plugin.model import all_unknown, search_answer
from zsf_plugin.presence.search import BadgeSearch


class Named(str, Enum):  # noqa: UP042 - as hosts write it; its `str` is not its value
    ADA = "p1"


class Numbered(IntEnum):
    ADA = 7


class Text(str):
    """A text of the host's own type."""


class Counted:
    """A whole number of another library's."""

    def __index__(self) -> int:
        return 7


IDS = [
    ("p1", "p1"),
    (7, "7"),
    (UUID(int=5), str(UUID(int=5))),
    (Named.ADA, "p1"),
    (Numbered.ADA, "7"),
    (Text("p2"), "p2"),
    (UserString("p3"), "p3"),
    (Decimal(7), "7"),
    (Counted(), "7"),
    (True, None),
    (1.5, None),
    (b"p4", None),
    (None, None),
    ("", None),
    pytest.param(10**5000, None, id="more digits than Python writes"),
]


@pytest.mark.parametrize(("given", "id_"), IDS)
def test_an_id_is_read_alike_where_badges_are_found_and_where_finding_them_failed(
    given: object, id_: str | None
) -> None:
    rows = [{"id": given}]
    search = BadgeSearch("default", rows, {}, lambda _: None)
    expected = [] if id_ is None else [id_]
    assert list(search.findings()) == expected
    assert all_unknown(rows) == search_answer(search.findings(), None)
