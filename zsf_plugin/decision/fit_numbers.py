"""Fit numbers to their fields, rounded as Salesforce stores them (salesforce-api.md §3.11
`precision`, `scale` and `digits`; §9 trap 57)."""

from __future__ import annotations

import math
import re
import sys
from decimal import ROUND_HALF_UP, Context, Decimal

from zsf_plugin.decision.misfits import Fitted
from zsf_plugin.model import FieldDescribe, Json
from zsf_plugin.model.text import without_joiners

_MAX_FLOAT = sys.float_info.max
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
#: Enough for any finite double and for every number that a field can hold.
_EXACT = Context(prec=400)
#: The bits of a whole number, by field type; other types have 32.
_BITS = {"long": 63}


def fit_integer(value: Json, field: FieldDescribe) -> Fitted:
    """A whole number within its type and the field's digits."""
    number = _number(value)
    if number is None or number != number.to_integral_value(context=_EXACT):
        return Fitted(misfit="not_whole_number")
    if abs(number) >= 2 ** _BITS.get(field.type, 31) or (
        field.digits and abs(number) >= 10**field.digits
    ):
        return Fitted(misfit="out_of_range")
    return Fitted(int(number))


def fit_decimal(value: Json, field: FieldDescribe) -> Fitted:
    """A number rounded half up to the field's decimals, within its digits before the point."""
    number = _number(value)
    if number is None:
        return Fitted(misfit="not_number")
    number = rounded(number, field)
    if field.precision and abs(number) >= 10 ** (field.precision - field.scale):
        return Fitted(misfit="out_of_range")
    return Fitted(_as_json(number))


def rounded(number: Decimal, field: FieldDescribe) -> Decimal:
    """The number rounded half up to the field's decimals, if the describe says how many."""
    if not field.precision:
        return number
    return number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP, _EXACT)


def is_same_number(held: float, fitted: float, field: FieldDescribe) -> bool:
    """Whether the org, which returns doubles, already holds that number: exactly, if the describe
    says how many decimals the field has."""
    if not field.precision:
        return math.isclose(held, fitted, rel_tol=1e-9)
    one, other = _number(held), _number(fitted)
    if one is None or other is None:
        return False
    return float(rounded(one, field)) == float(rounded(other, field))


def _number(value: Json) -> Decimal | None:
    """The exact number that a value means; None if it means none, or none that a double holds."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return Decimal(repr(value)) if abs(value) <= _MAX_FLOAT else None  # false for nan too
    if isinstance(value, str):
        text = without_joiners(value)
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    return None


def _as_json(number: Decimal) -> int | float:
    """A whole number as such, so that none of its digits is lost in a double."""
    return int(number) if number == number.to_integral_value(context=_EXACT) else float(number)
