"""The chart of the Overview page: where its columns are, and that no number is lost."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.console.overview.chart import HEIGHT, chart_of, scale_end, short_count

LAST = datetime.date(2026, 11, 30)
SERIES = {"created": "Created", "held": "Held"}
ALSO = {"skipped": "Skipped"}
DAYS = 30
#: Numbers of any days, some of them not in the chart.
NUMBERS = st.dictionaries(
    st.integers(0, 40).map(lambda ago: LAST - datetime.timedelta(ago)),
    st.dictionaries(st.sampled_from([*SERIES, *ALSO]), st.integers(1, 1_000_000)),
)


@given(NUMBERS)
def test_columns_are_always_inside_the_chart_beside_each_other_and_have_every_number(
    numbers: dict[datetime.date, dict[str, int]],
) -> None:
    chart = chart_of(numbers, LAST, SERIES, ALSO, days=DAYS)
    right = 0.0
    for column, (day, of_day) in zip(chart.columns, chart.days, strict=True):
        assert right <= column.x
        right = column.x + column.width
        bottom = HEIGHT
        for part in column.parts:
            assert part.height > 0
            assert part.y + part.height == pytest.approx(bottom)
            bottom = part.y
        assert bottom > -10  # small parts are drawn a little too high
        assert [part.name for part in column.parts] == [name for name in SERIES if of_day.get(name)]
        assert of_day == numbers.get(day, {})
    assert right <= 100
    assert [day for day, _ in chart.days] == [
        LAST - datetime.timedelta(DAYS - 1 - number) for number in range(DAYS)
    ]


def test_a_column_is_as_high_as_its_number() -> None:
    numbers = {LAST: {"created": 50, "held": 25}, LAST - datetime.timedelta(1): {"created": 100}}
    chart = chart_of(numbers, LAST, SERIES, days=DAYS)
    assert [(part.name, part.y, part.height) for part in chart.columns[-1].parts] == [
        ("created", HEIGHT / 2, HEIGHT / 2),
        ("held", HEIGHT / 4, HEIGHT / 4),
    ]
    assert chart.columns[-1].words == "30 Nov 2026: 50 created, 25 held"
    assert chart.columns[0].words == "1 Nov 2026: none"
    assert [(mark.y, mark.words) for mark in chart.marks] == [
        (HEIGHT, "0"),
        (HEIGHT / 2, "50"),
        (0, "100"),
    ]


def test_every_seventh_day_back_from_today_has_a_label() -> None:
    chart = chart_of({}, LAST, SERIES, days=DAYS)
    labels = [column.label for column in chart.columns if column.label]
    assert labels == ["2 Nov", "9 Nov", "16 Nov", "23 Nov", "30 Nov"]


def test_the_chart_says_in_words_what_it_shows() -> None:
    numbers = {LAST: {"created": 2}, LAST - datetime.timedelta(7): {"created": 1_200, "held": 1}}
    chart = chart_of(numbers, LAST, SERIES, days=DAYS)
    assert chart.words == (
        "1,202 created, 1 held. Most on 23 Nov 2026: 1,201. The table below has every day."
    )


@pytest.mark.parametrize(("limit", "line"), [(50.0, HEIGHT / 2), (500.0, 0.0), (501.0, None)])
def test_a_limit_is_drawn_if_it_would_not_flatten_the_columns(
    limit: float, line: float | None
) -> None:
    chart = chart_of({LAST: {"created": 100}}, LAST, SERIES, days=DAYS, limit=limit)
    assert chart.limit == (pytest.approx(line) if line is not None else None)


@given(st.integers(0, 10**9))
def test_a_scale_ends_at_an_even_number_that_is_not_much_higher(highest: int) -> None:
    end = scale_end(highest)
    assert end % 2 == 0
    assert highest <= end <= max(highest * 2, 2)


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (9_000, "9,000"), (10_000, "10k"), (15_500, "15.5k"), (2_000_000, "2M")],
)
def test_large_numbers_of_a_scale_are_short(number: int, words: str) -> None:
    assert short_count(number) == words
