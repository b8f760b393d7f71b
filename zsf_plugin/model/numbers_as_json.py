"""The numbers of a host, and of other libraries, as JSON's own."""

from __future__ import annotations

import math
import numbers
from decimal import Decimal

from zsf_plugin.model.json import Json

#: Decimals and whole numbers up to here are numbers, as floats are.
_MAX_EXPONENT = 308
MAX_BITS = 1024


def number_as_json(value: numbers.Number) -> Json:
    """The number as JSON's own, exactly: a decimal that no float equals is its text. Raises
    ValueError if JSON has none."""
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, numbers.Integral):
        return whole_number(int(value))
    if isinstance(value, numbers.Rational) and value.denominator == 1:
        return whole_number(int(value.numerator))
    if isinstance(value, numbers.Real) and math.isfinite(number := float(value)):
        return number
    raise ValueError


def whole_number(number: int) -> int:
    """The number. Raises ValueError if it has more digits than Python writes."""
    if number.bit_length() > MAX_BITS:
        raise ValueError
    return number


def _decimal(value: Decimal) -> Json:
    if not value.is_finite() or value.adjusted() > _MAX_EXPONENT:
        raise ValueError
    exact = exact_number(value)
    return str(value) if exact is None else exact


def exact_number(value: Decimal) -> int | float | None:
    """The whole number or the float that equals a finite decimal; None if none does."""
    if value == value.to_integral_value():
        return int(value)
    nearest = float(value)
    return nearest if Decimal(repr(nearest)) == value else None
