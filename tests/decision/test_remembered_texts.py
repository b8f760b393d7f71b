"""What is remembered of the texts of a long backlog: little, but the texts of a batch."""

from __future__ import annotations

import tracemalloc

from zsf_plugin.model import text as text_module
from zsf_plugin.model.no_companies import names_no_company
from zsf_plugin.model.text import normal_form

BACKLOG, BATCHES = 9_000, 2_000


def compare(number: int) -> None:
    """What is compared of a prospect whose company is its own."""
    company = f"company {number}"
    assert normal_form("email", f"ada.byron.{number}@company-{number}.se") is not None
    assert normal_form("domain", f"company-{number}.se") is not None
    assert normal_form("text", company) == company
    assert not names_no_company(company)


def test_a_long_backlog_leaves_little_in_memory() -> None:
    compare(BACKLOG)  # loads its tables
    tracemalloc.start()
    for number in range(BACKLOG):
        compare(number)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 4 * 2**20


def test_a_batch_and_the_one_planned_ahead_compare_each_text_once() -> None:
    for _ in range(2):
        before = text_module._remembered_form.cache_info().misses
        for number in range(BACKLOG, BACKLOG + BATCHES):
            compare(number)
    assert text_module._remembered_form.cache_info().misses == before
