"""Exact decimal arithmetic: what an amount may be, sums, quotients, and splits that lose no cent.

Nothing here reads or changes the host's decimal context. Inside sums an amount is a whole number of *grains* (10 to the
power of -18), so adding is exact, fast and the same in every order. Source: rule M2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import Final

from quota_engine.errors import InvalidValue, TooLarge, invalid, mistyped, shown

WHOLE_DIGITS: Final = 30
PLACES: Final = 18
QUOTIENT_DIGITS: Final = 34
ONE: Final = 10**PLACES  # in grains
_TOO_MANY: Final = 10**WHOLE_DIGITS
Grains = int | Fraction
_QUOTIENTS: Final = Context(prec=QUOTIENT_DIGITS, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_LONGEST_TEXT = 64
_ADMISSIBLE: Final = f"an amount of at most {WHOLE_DIGITS} digits before the point and {PLACES} after it"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
# ISO 4217, table A.1: the currencies in use whose minor unit is not a hundredth.
_MINOR_UNITS: Final = (
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
)


def exact(value: object, field: str = "amount") -> Decimal:
    """Return an amount as a `Decimal`, unchanged: a finite `Decimal`, an `int`, or text such as "-1250.50".

    Amounts have at most 30 digits before the point and 18 after it. Trailing zeros are kept, and a finer value than the
    currency has coins for is kept as it is: nothing is ever rounded here.

    Raises:
        InvalidType: a `float` (which cannot hold a cent exactly), a bool, or another type.
        InvalidValue: empty, not a plain ASCII number, not finite (`non_finite`), or out of range (`out_of_range`);
            bounds are checked before any conversion.

    >>> exact("51200.00")
    Decimal('51200.00')
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= _TOO_MANY:
            raise invalid(field, value, _ADMISSIBLE, code="out_of_range")
        return Decimal(value)
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, str):
        number = _from_text(value, field)
    elif value is None:
        raise mistyped(field, value, "an amount", code="required")
    else:
        raise mistyped(field, value, "an amount as Decimal, int or text, never a float or a bool")
    if not number.is_finite():
        raise invalid(field, value, "a finite amount", code="non_finite")
    if not _is_admissible(number):
        raise invalid(field, value, _ADMISSIBLE, code="out_of_range")
    return number


def _from_text(value: str, field: str) -> Decimal:
    if not value:
        raise invalid(field, value, "an amount", code="required")
    if len(value) > _LONGEST_TEXT:
        raise TooLarge(
            f"{field}: expected an amount of at most {_LONGEST_TEXT} characters, got {shown(value)}",
            code="too_long",
            field=field,
            value=shown(value),
        )
    if not _NUMBER.fullmatch(value):
        expected = "a plain number such as 1250.50, without separators or spaces"
        code = "non_finite" if value.strip("+-").lower() in {"nan", "inf", "infinity"} else "not_a_number"
        raise invalid(field, value, expected, code=code)
    return Decimal(value)


def _is_admissible(number: Decimal) -> bool:
    """Whether a finite number stays within the digits of `exact`; decided on exponents first, so that it never works long."""
    _, digits, exponent = number.as_tuple()
    if len(digits) > _LONGEST_TEXT or not -_LONGEST_TEXT <= int(exponent) < WHOLE_DIGITS:
        return False
    if number and number.adjusted() >= WHOLE_DIGITS:
        return False
    return int(exponent) >= -PLACES or ONE % number.as_integer_ratio()[1] == 0


def target(value: object, field: str = "target") -> Decimal:
    """Return a target: an amount that is zero or more (rule P2)."""
    number = exact(value, field)
    if number < 0:
        raise invalid(field, value, "a target of zero or more", code="negative")
    return number


def currency(value: object, field: str = "currency") -> str:
    """Return a currency's code: three capital letters, such as EUR (ISO 4217)."""
    if not isinstance(value, str):
        raise mistyped(field, value, "a currency code of three capital letters, such as EUR")
    if not _CURRENCY.fullmatch(value):
        raise invalid(field, value, "a currency code of three capital letters, such as EUR", code="invalid_currency")
    return value


def minor_units(code: str) -> int:
    """Return the decimal places of a currency's smallest coin: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217)."""
    return next((places for places, codes in _MINOR_UNITS if code in codes.split()), 2)


def grains(amount: Decimal) -> int:
    """Return an admissible amount (see `exact`) as a whole number of grains."""
    numerator, denominator = amount.as_integer_ratio()
    return numerator * (ONE // denominator)


def from_grains(count: Grains) -> Decimal:
    """Return the amount of some grains in its shortest form: exactly where its decimals end, else as `quotient` gives it."""
    return _scaled(count, PLACES) if isinstance(count, int) else from_fraction(count / ONE)


def from_share(count: Grains, parts: Grains) -> Decimal:
    """Return some grains divided by a number above zero, as `from_grains` does."""
    if isinstance(count, int) and isinstance(parts, int):
        if count % parts == 0:
            return _scaled(count // parts, PLACES)
        if _factored(parts // gcd(count, parts))[0] != 1:
            return quotient(count, parts * ONE)
    return from_grains(Fraction(count, parts))


def _scaled(count: int, places: int) -> Decimal:
    """Return count x 10 to the power of -places, without trailing decimal zeros; no context has a say in it."""
    whole, rest = divmod(count, 10**places)
    if not rest:
        return Decimal(whole)
    digits = str(count)
    kept = digits.rstrip("0")
    return Decimal(f"{kept}E{len(digits) - len(kept) - places}")


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum of amounts, the same in every order and under every decimal context.

    >>> total([Decimal("1e27"), Decimal("0.5"), Decimal("0.5")])
    Decimal('1000000000000000000000000001')
    """
    return from_grains(sum(map(grains, amounts)))


def from_fraction(number: Fraction) -> Decimal:
    """Return a fraction as a `Decimal`: exactly where its decimals end, else as `quotient` gives it."""
    if ONE % number.denominator == 0:
        return _scaled(number.numerator * (ONE // number.denominator), PLACES)
    rest, twos, fives = _factored(number.denominator)
    if rest != 1:
        return quotient(number.numerator, number.denominator)
    places = max(twos, fives)
    return _scaled(number.numerator * (10**places // number.denominator), places)


def _factored(divisor: int) -> tuple[int, int, int]:
    """Return what is left of a divisor without its factors 2 and 5 (1 where decimals end), and how many it has of each."""
    rest, twos, fives = divisor, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return rest, twos, fives


def quotient(number: Grains, divisor: Grains = 1) -> Decimal:
    """Return a fraction, or a quotient, to 34 significant digits, half even (rule P2), in its shortest form.

    >>> quotient(1, 3)
    Decimal('0.3333333333333333333333333333333333')
    """
    above, below = number.numerator * divisor.denominator, number.denominator * divisor.numerator
    context = _QUOTIENTS.copy()
    found = context.divide(Decimal(above), Decimal(below)).normalize(context)
    return Decimal(format(found, "f"))


def plain(amount: Decimal) -> str:
    """Return an amount as text in its shortest form, without an exponent: "51200", "0.3", "-250.05"."""
    return format(from_fraction(Fraction(amount)), "f")


def rounded(amount: Decimal, places: int) -> Decimal:
    """Return an amount rounded half up (away from zero at a tie) to decimal places. For display only, never in a sum."""
    return amount.quantize(Decimal((0, (1,), -places)), rounding=ROUND_HALF_UP, context=_unbounded())


def rounded_down(amount: Decimal, places: int) -> Decimal:
    """Return an amount rounded to decimal places toward zero. For display only, never in a sum."""
    return amount.quantize(Decimal((0, (1,), -places)), rounding=ROUND_DOWN, context=_unbounded())


def times(amount: Decimal, factor: int) -> Decimal:
    """Return an amount multiplied by a whole number, exactly."""
    return from_fraction(Fraction(amount) * factor)


def _unbounded() -> Context:
    return Context(prec=MAX_PREC, Emax=MAX_EMAX, clamp=0, traps=[])


def split(whole: Decimal, weights: Sequence[Decimal | Grains], *, places: int = 2) -> tuple[Decimal, ...]:
    """Split an amount by weights so that not a cent is lost: the parts sum to `whole` exactly.

    Each part is the ideal share rounded down to `places` decimals; what is left goes, one unit each, to the parts with the
    largest remainders, at a tie to the earlier. A weight of zero gets zero. A `whole` finer than `places` is split in units
    of its own last decimal.

    Raises:
        InvalidValue: no weights, a negative weight, or weights that are all zero.

    >>> split(Decimal(100), [Decimal(1)] * 3)
    (Decimal('33.34'), Decimal('33.33'), Decimal('33.33'))
    """
    if any(weight < 0 for weight in weights):
        raise invalid("weights", min(weights), "weights of zero or more", code="negative")
    ratios = [weight.as_integer_ratio() for weight in weights]
    scale = lcm(*(below for _, below in ratios))
    shares = [above * (scale // below) for above, below in ratios]
    everything = sum(shares)
    if not everything:
        raise InvalidValue("weights: expected at least one weight above zero", code="required", field="weights")
    places = max(places, -int(from_grains(grains(whole)).as_tuple().exponent))
    units = abs(grains(whole)) // 10 ** (PLACES - places)
    floors = [units * share // everything for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: -(units * shares[index] % everything))
    for index in by_remainder[: units - sum(floors)]:
        floors[index] += 1
    sign = -1 if whole < 0 else 1
    return tuple(_scaled(sign * floor, places) for floor in floors)
