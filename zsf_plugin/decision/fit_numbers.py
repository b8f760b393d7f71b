"""Fit numbers to their fields, rounded as Salesforce stores them (salesforce-api.md §3.11
`precision`, `scale` and `digits`; §9 trap 57).

Of a text only what is one number wherever it was written is taken. Thousands may be in groups:
apart by blanks or apostrophes, by a separator that occurs twice, or beside another one for the
decimals. `1.000` and `1,000` are a thousand to some and one to others; a range, a currency, a unit
or an exponent makes no number either.
"""

from __future__ import annotations

import math
import re
import sys
from decimal import ROUND_HALF_UP, Context, Decimal

from zsf_plugin.decision.misfits import Fitted
from zsf_plugin.model import FieldDescribe, Json
from zsf_plugin.model.text import without_joiners

_MAX_FLOAT = sys.float_info.max
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")
#: A thousand to some, one to others.
_UNCERTAIN = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
#: Thousands in groups, so that the decimals are certain; they follow another separator.
_GROUPED = re.compile(
    r"([+-]?[1-9][0-9]{0,2})(?:((?: [0-9]{3})+|(?:'[0-9]{3})+)([.,][0-9]{1,18})?"
    r"|((?:,[0-9]{3})+)(\.[0-9]{1,18})|((?:\.[0-9]{3})+)(,[0-9]{1,18})"
    r"|((?:,[0-9]{3}){2,}|(?:\.[0-9]{3}){2,}))"
)
_NOT_DIGITS = re.compile(r"[^0-9]")
#: Minus as typesetters write it; blanks and apostrophes that part thousands.
_SIGNS = {0x2212: "-", 0xA0: " ", 0x2007: " ", 0x2009: " ", 0x202F: " ", 0x2019: "'"}
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
    """A number rounded half up to the field's decimals, within its digits before the point. A
    percentage may have its sign."""
    if field.type == "percent" and isinstance(value, str):
        value = without_joiners(value).removesuffix("%").rstrip()
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
    return _number_in(without_joiners(value)) if isinstance(value, str) else None


def _number_in(text: str) -> Decimal | None:
    """The number that is all of the text; None if there is none, or none that is certain."""
    text = text.translate(_SIGNS)
    if _NUMBER.fullmatch(text):
        return None if _UNCERTAIN.fullmatch(text) else Decimal(text)
    grouped = _GROUPED.fullmatch(text)
    if grouped is None:
        return None
    first, *groups = grouped.groups("")
    whole = "".join(groups[index] for index in (0, 2, 4, 6))
    decimals = "".join(groups[index] for index in (1, 3, 5))
    return Decimal(f"{first}{_NOT_DIGITS.sub('', whole)}.{decimals[1:] or 0}")


def _as_json(number: Decimal) -> int | float:
    """A whole number as such, so that none of its digits is lost in a double."""
    return int(number) if number == number.to_integral_value(context=_EXACT) else float(number)
