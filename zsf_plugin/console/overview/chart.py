"""A chart of stacked columns, one a day: where everything is. Pure: the template draws it.

Places across are percentages of the chart's width, those up and down are in pixels. The table below
the chart has the same numbers.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.console.labels import count, day_of
from zsf_plugin.ports import DailyNumbers

#: The height of the columns' area, in pixels.
HEIGHT = 160.0
#: The part of a day's width that its column takes.
_COLUMN = 0.7
#: A part that is there is never too low to be seen.
_MIN_HEIGHT = 2.0
_LABEL_INTERVAL = 7
#: Ends of scales, before their zeros.
_STEPS = (1, 2, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the chart: its name in the style sheet, its words, and its sum."""

    name: str
    words: str
    total: int


@dataclass(frozen=True, slots=True)
class Part:
    """One series' part of a column."""

    name: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One day: its place, its parts, and its numbers in words; `label` is below it, if any."""

    x: float
    width: float
    parts: tuple[Part, ...]
    words: str
    label: str

    @property
    def middle(self) -> float:
        """The middle of the column."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class ScaleMark:
    """A line across the chart, and its number."""

    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole chart. `days` are the numbers of its table, oldest first; `also` the series that
    only the table has; `limit` is the height of the limit's line, if it is drawn."""

    series: tuple[Series, ...]
    also: tuple[Series, ...]
    columns: tuple[Column, ...]
    marks: tuple[ScaleMark, ...]
    days: Sequence[tuple[datetime.date, Mapping[str, int]]]
    limit: float | None = None

    @property
    def every_series(self) -> tuple[Series, ...]:
        """Those of the table."""
        return self.series + self.also

    @property
    def busiest(self) -> tuple[datetime.date, int]:
        """The day with the highest column, and its sum."""
        names = [series.name for series in self.series]
        sums = [(_sum(numbers, names), day) for day, numbers in self.days]
        highest, day = max(sums)
        return day, highest

    @property
    def total(self) -> int:
        """The sum of all columns."""
        return sum(series.total for series in self.series)

    @property
    def words(self) -> str:
        """The chart in words, for screen readers."""
        sums = ", ".join(f"{count(one.total)} {one.words.lower()}" for one in self.series)
        day, highest = self.busiest
        return f"{sums}. Most on {day_of(day)}: {count(highest)}. The table below has every day."


def chart_of(
    numbers: DailyNumbers,
    last: datetime.date,
    series: Mapping[str, str],
    also: Mapping[str, str] | None = None,
    *,
    days: int,
    limit: float | None = None,
) -> Chart:
    """The chart of the `days` up to `last`; `series` and `also` are words by name. The line of the
    limit is drawn only if the columns are at least a fifth as high."""
    first = last.toordinal() - days + 1
    dates = [datetime.date.fromordinal(first + number) for number in range(days)]
    shown = [(day, numbers.get(day, {})) for day in dates]
    highest = max(_sum(of_day, series) for _, of_day in shown)
    is_near = limit is not None and highest * 5 >= limit
    top = scale_end(max(highest, limit or 0) if is_near else highest)
    return Chart(
        series=_series(shown, series),
        also=_series(shown, also or {}),
        columns=tuple(_columns(shown, series, top)),
        marks=_marks(top),
        days=shown,
        limit=HEIGHT - HEIGHT * limit / top if limit is not None and is_near else None,
    )


def scale_end(highest: float) -> int:
    """The number at the upper end of a scale: the next even one that is easy to read."""
    size = 1
    while size * _STEPS[-1] < highest:
        size *= 10
    end = next(step * size for step in _STEPS if step * size >= highest)
    return max(end, 2) if end != 5 else 6  # half of it is a mark too


def short_count(number: int) -> str:
    """`9,000`, `20k`, `1.5M`."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= 10_000 and number >= size:
            return f"{number / size:g}{unit}"
    return count(number)


def _sum(numbers: Mapping[str, int], names: Sequence[str] | Mapping[str, str]) -> int:
    return sum(numbers.get(name, 0) for name in names)


def _series(
    shown: Sequence[tuple[datetime.date, Mapping[str, int]]], words: Mapping[str, str]
) -> tuple[Series, ...]:
    return tuple(
        Series(name, text, sum(numbers.get(name, 0) for _, numbers in shown))
        for name, text in words.items()
    )


def _marks(top: int) -> tuple[ScaleMark, ...]:
    """The upper end, the middle and zero."""
    numbers = (0, top // 2, top)
    return tuple(ScaleMark(HEIGHT - HEIGHT * one / top, short_count(one)) for one in numbers)


def _columns(
    shown: Sequence[tuple[datetime.date, Mapping[str, int]]], words: Mapping[str, str], top: int
) -> Iterator[Column]:
    whole = 100 / len(shown)
    for number, (day, numbers) in enumerate(shown):
        yield Column(
            x=whole * (number + (1 - _COLUMN) / 2),
            width=whole * _COLUMN,
            parts=tuple(_parts(numbers, words, top)),
            words=_in_words(day, numbers, words),
            label=_short(day) if (len(shown) - 1 - number) % _LABEL_INTERVAL == 0 else "",
        )


def _parts(numbers: Mapping[str, int], words: Mapping[str, str], top: int) -> Iterator[Part]:
    """The parts from the bottom up."""
    y = HEIGHT
    for name in words:
        if numbers.get(name):
            height = max(HEIGHT * numbers[name] / top, _MIN_HEIGHT)
            y -= height
            yield Part(name, y, height)


def _in_words(day: datetime.date, numbers: Mapping[str, int], words: Mapping[str, str]) -> str:
    """`12 Nov 2026: 31 created, 12 linked`."""
    parts = [f"{count(numbers[name])} {words[name].lower()}" for name in words if numbers.get(name)]
    return f"{day_of(day)}: {', '.join(parts) or 'none'}"


def _short(day: datetime.date) -> str:
    return f"{day.day} {day:%b}"
