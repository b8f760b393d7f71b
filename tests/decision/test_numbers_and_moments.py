"""Numbers and moments as people and programs write them: what is certain fits, and nothing else."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.org import describe
from zsf_plugin.decision.fit import fit_value
from zsf_plugin.decision.fit_moments import instant
from zsf_plugin.model import FieldDescribe, Json

LEAD = describe("Lead")
ZONE = ZoneInfo("America/Los_Angeles")
WHOLE = FieldDescribe("F", "F", "int")
DECIMAL = FieldDescribe("F", "F", "currency", precision=18, scale=2)
PERCENT = FieldDescribe("F", "F", "percent", precision=5, scale=2)
DAY = FieldDescribe("F", "F", "date")
MOMENT = FieldDescribe("F", "F", "datetime")


def fitted(value: Json, field: FieldDescribe) -> tuple[Json, str | None]:
    found = fit_value(value, field, LEAD, ZONE)
    return found.value, found.misfit


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[
            ("250", 250),
            (" 250 ", 250),
            ("+250", 250),
            ("-250", -250),
            ("\u2212250", -250),
            ("0", 0),
        ],
        *[("007", 7), ("1.0", 1), ("250.00", 250), ("1000.000", 1000), ("1000.0000", 1000)],
        *[
            ("1 000", 1000),
            ("1\u00a0000", 1000),
            ("12\u202f345\u202f678", 12345678),
            ("1\u2009000", 1000),
        ],
        *[
            ("1'000", 1000),
            ("1\u2019000\u2019000", 1000000),
            ("1,000,000", 1000000),
            ("1.000.000", 1000000),
        ],
        *[("1,000.00", 1000), ("1.000,00", 1000), ("-1 000", -1000), ("1 000,0", 1000)],
    ],
)
def test_a_whole_number_is_taken_from_its_text(text: str, number: int) -> None:
    for field in (WHOLE, DECIMAL):
        value, misfit = fitted(text, field)
        assert (value, type(value), misfit) == (number, int, None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[
            ("12.5", 12.5),
            ("0.125", 0.13),
            ("-0.005", -0.01),
            ("1234.565", 1234.57),
            ("1.0055", 1.01),
        ],
        *[("1,000.50", 1000.5), ("1.000,50", 1000.5), ("1 000,5", 1000.5), ("1'234.5", 1234.5)],
        *[("1,234,567.891", 1234567.89), ("1.234.567,891", 1234567.89)],
    ],
)
def test_decimals_are_taken_from_a_text(text: str, number: float) -> None:
    assert fitted(text, DECIMAL) == (number, None)
    assert fitted(text, WHOLE) == (None, "not_whole_number")


@pytest.mark.parametrize(
    "text",
    [
        *("1,000", "1.000", "12.125", "-1.000", "999,999", "12,5", "1,5"),
        *("1e3", "1E3", "0x10", "1_000", "1k", "2.5M", "1 mio", "\u00bd", "5\u00b2"),
        *(
            "51-200",
            "51 - 200",
            "51\u2013200",
            "250+",
            "~250",
            "> 250",
            "ca. 250",
            "250 employees",
            "10,000+",
        ),
        *("\u20ac 5", "5 \u20ac", "$5", "5 USD", "12 %", "12%", "1/2", "(5)", "- 5", "5-"),
        *(
            "1 00",
            "12 34 567",
            "0 500",
            "1,00,000",
            "1.000.00",
            "1,000,00",
            "1 000 000 00",
            "1,000 000",
        ),
        *(".5", "5.", "1..5", "", "many", "NaN", "inf", "1,000.000,5", "1'000 000"),
    ],
)
def test_what_is_not_certainly_one_number_does_not_fit(text: str) -> None:
    assert fitted(text, WHOLE) == (None, "not_whole_number")
    assert fitted(text, DECIMAL) == (None, "not_number")


@pytest.mark.parametrize(
    ("text", "number"), [("12 %", 12), ("12%", 12), ("12.5 %", 12.5), ("-3%", -3), ("12", 12)]
)
def test_a_percentage_may_have_its_sign(text: str, number: float) -> None:
    assert fitted(text, PERCENT) == (number, None)


@pytest.mark.parametrize("text", ["%", "12 %%", "12 percent", "12-15 %", "1.000 %"])
def test_another_percentage_does_not_fit(text: str) -> None:
    assert fitted(text, PERCENT) == (None, "not_number")


@given(number=st.integers(-(10**9), 10**9), sign=st.sampled_from([" ", "\u00a0", "'", "_,"]))
def test_a_number_in_groups_is_always_the_number(number: int, sign: str) -> None:
    text = f"{number:,}".replace(",", sign[0]) if sign != "_," else f"{number:,}.0"
    if sign == "_," and abs(number) < 1000:
        return
    assert fitted(text, WHOLE) == (number, None)


@given(text=st.text("0123456789.,' -+%e", max_size=12))
def test_a_number_is_never_read_in_two_ways(text: str) -> None:
    """Whoever writes a comma for the point and the reverse reads the same number, or none."""
    swapped = text.translate({ord(","): ".", ord("."): ","})
    one, other = fitted(text, DECIMAL), fitted(swapped, DECIMAL)
    assert one[1] or other[1] or one == other


#: Text, and the moment it is.
MOMENTS = [
    *[
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
        ("2026-03-01t10:00z", "2026-03-01T10:00:00Z"),
    ],
    *[
        ("2026-03-01T24:00:00Z", "2026-03-02T00:00:00Z"),
        ("2026-12-31T24:00", "2027-01-01T00:00:00Z"),
    ],
    *[
        ("20260228T240000Z", "2026-03-01T00:00:00Z"),
        ("2026-03-01T24+01:00", "2026-03-01T23:00:00Z"),
    ],
    *[
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2016-12-31T15:59:60.9-08:00", "2016-12-31T23:59:59Z"),
    ],
    *[("2026-W09-7", "2026-03-01T00:00:00Z"), ("2026W097T100000Z", "2026-03-01T10:00:00Z")],
    *[
        ("2026-060", "2026-03-01T00:00:00Z"),
        ("2024-366", "2024-12-31T00:00:00Z"),
        ("2026-060T10:00Z", "2026-03-01T10:00:00Z"),
    ],
    *[
        ("2026-03-01T10:00:00,5Z", "2026-03-01T10:00:00Z"),
        ("2026-03-01T10:00:00.123456789Z", "2026-03-01T10:00:00Z"),
    ],
    *[
        ("2026-03-01T10:00+0100", "2026-03-01T09:00:00Z"),
        ("2026-03-01T10:00+01", "2026-03-01T09:00:00Z"),
    ],
    *[
        ("2026-03-01T10:00\u221205:00", "2026-03-01T15:00:00Z"),
        ("2026-03-01T10:00-00:00", "2026-03-01T10:00:00Z"),
    ],
    *[("20260301T100000Z", "2026-03-01T10:00:00Z"), ("2026-03-01T10+01", "2026-03-01T09:00:00Z")],
    *[
        ("2026-03-01 10:00:00", "2026-03-01T10:00:00Z"),
        ("2026-03-01 10:00:00 +0100", "2026-03-01T09:00:00Z"),
    ],
    *[
        ("2026-03-01 10:00:00 UTC", "2026-03-01T10:00:00Z"),
        ("2026-03-01T10:00 gmt", "2026-03-01T10:00:00Z"),
    ],
    *[("2026-03-01+02:00", "2026-02-28T22:00:00Z"), ("2026-03-01-10:00", "2026-03-01T10:00:00Z")],
    *[(1772359200, "2026-03-01T10:00:00Z"), (1772359200000, "2026-03-01T10:00:00Z")],
    *[
        ("1772359200", "2026-03-01T10:00:00Z"),
        ("1772359200999", "2026-03-01T10:00:00Z"),
        (1772359200.5, "2026-03-01T10:00:00Z"),
    ],
    *[("1712101200000", "2024-04-02T23:40:00Z")],
]


@pytest.mark.parametrize(("value", "moment"), MOMENTS)
def test_a_moment_fits_in_every_form_that_is_certain(value: Json, moment: str) -> None:
    assert fitted(value, MOMENT) == (moment, None)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        *[("2026-W09-7", "2026-03-01"), ("2026W097", "2026-03-01"), ("2026-060", "2026-03-01")],
        *[
            ("20260301", "2026-03-01"),
            ("2026-03-01+02:00", "2026-03-01"),
            ("2026-03-01-10:00", "2026-03-01"),
        ],
        *[("2026-03-01Z", "2026-03-01"), ("2026-03-01T24:00:00+02:00", "2026-03-02")],
        *[("2026-03-01T24:00:00Z", "2026-03-01"), ("2016-12-31T23:59:60Z", "2016-12-31")],
        *[("2026-03-01T00:30+0100", "2026-03-01"), ("2026-03-01 00:30 UTC", "2026-02-28")],
        *[
            (1772359200, "2026-03-01"),
            (1772323200000, "2026-02-28"),
            ("1772323200000", "2026-02-28"),
        ],
    ],
)
def test_a_day_fits_in_every_form_that_is_certain(value: Json, day: str) -> None:
    assert fitted(value, DAY) == (day, None)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "01/02/2026",
            "31/12/2026",
            "1.2.2026",
            "2026/03/01",
            "1 March 2026",
            "March 1, 2026",
            "today",
        ),
        *(
            "2026-03",
            "2026",
            "2026-3-1",
            "26-03-01",
            "2026-W09",
            "2026-W60-1",
            "2026-W09-8",
            "W09-7",
        ),
        *("2026-366", "2026-000", "2026060", "20260229", "2026-13-01T10:00Z"),
        *("2026-03-01T24:01Z", "2026-03-01T25:00Z", "2026-03-01T10:00:60Z", "2026-03-01T23:59:61Z"),
        *("2026-03-01T", "2026-03-01T10:5", "2026-03-01x10:00", "2026-03-01T10:00+25:00", "T10:00"),
        *(
            "2026-03-01T10:00 PST",
            "2026-03-01T10:00Z+1",
            "2026-03-01T10:00:00Z[Europe/Paris]",
            "10:00",
        ),
        *(
            "2026112010",
            "20261120101010",
            "177235920",
            "17723592000",
            "2772359200000",
            "0",
            "-1772359200",
        ),
        *("9999-12-31T24:00Z",),
    ],
)
def test_a_text_that_is_no_certain_moment_does_not_fit(value: str) -> None:
    for field in (DAY, MOMENT):
        assert fitted(value, field) == (None, "not_iso_date")


@pytest.mark.parametrize(
    "value", [0, 5, 46082, 2026, 20260301, 2026112010, -1772359200, 1e11, 1e300, True, False]
)
def test_a_number_that_is_no_certain_moment_does_not_fit(value: Json) -> None:
    for field in (DAY, MOMENT):
        assert fitted(value, field) == (None, "not_date")


@given(moment=st.datetimes(timezones=st.just(ZoneInfo("UTC"))), form=st.sampled_from("T "))
def test_a_moment_is_always_read_as_it_was_written(moment: object, form: str) -> None:
    assert instant(str(moment).replace(" ", form)) == moment


@given(value=st.text("0123456789-+:.,TWZ /", max_size=26) | st.integers() | st.floats())
def test_a_moment_that_fits_fits_unchanged(value: Json) -> None:
    for field in (DAY, MOMENT):
        written, misfit = fitted(value, field)
        assert misfit or fitted(written, field) == (written, None)
