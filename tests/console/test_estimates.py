"""The rows of an estimate, in the order of the page."""

from __future__ import annotations

from zsf_plugin.console.connection.estimates import estimate_rows
from zsf_plugin.explain import Estimate

ESTIMATE = Estimate(
    waiting=30,
    looked_at=30,
    connected=4,
    created={"Lead": 20},
    updated={"Contact": 2},
    activities=1,
    held={"Industry is unknown": 1, "Several match": 3},
    nothing=1,
    calls=9,
)


def test_actions_come_first_then_causes_by_frequency_then_the_unchanged() -> None:
    assert list(estimate_rows(ESTIMATE)) == [
        ("Link to an existing record", 4),
        ("Create a Lead", 20),
        ("Create a Contact", 0),
        ("Create an Account", 0),
        ("Update a Lead", 0),
        ("Update a Contact", 2),
        ("Update an Account", 0),
        ("Add a completed activity", 1),
        ("Hold: Several match", 3),
        ("Hold: Industry is unknown", 1),
        ("No changes", 1),
    ]
