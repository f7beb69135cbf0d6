"""Whole quotients of products that are too great for 64 bits, exactly."""

from __future__ import annotations

import numpy as np

from readings.block import I64

MOST = 2**52  # where float64 still holds every whole number


def floor_ratio(value: I64, factor: int, divisor: I64) -> I64:
    """`value * factor / divisor`, rounded down; what lies beyond `MOST` either way is given as `MOST`.

    Where the product is too great it is long division: the factor is taken digit by digit, in digits so small that none is.

    Args:
        value: int64 [n].
        factor: not negative.
        divisor: int64 [n], 1 to 2 ** 60.
    """
    if not value.size:
        return value
    if factor < 2**62 and max(int(value.max()), -int(value.min())) * factor < 2**62:
        small: I64 = np.clip(value * factor // divisor, -MOST, MOST)
        return small
    about = value.astype(np.float64) * factor / divisor
    beyond = np.abs(about) >= MOST
    if beyond.any():
        value = np.where(beyond, 0, value)
    digit = 2**62 // int(divisor.max())
    digits = []
    while factor:
        factor, lowest = divmod(factor, digit)
        digits.append(lowest)
    base, part = np.divmod(value, divisor)
    whole, rest = np.zeros_like(value), np.zeros_like(value)
    for each in reversed(digits):
        carried, rest = np.divmod(rest * digit, divisor)
        more, over = np.divmod(part * each, divisor)
        rest += over
        again = rest >= divisor
        rest -= np.where(again, divisor, 0)
        whole = whole * digit + base * each + carried + more + again
    return np.where(beyond, np.where(about > 0, MOST, -MOST), whole) if beyond.any() else whole
