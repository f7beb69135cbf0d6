"""Columns as text: what comes again is written once.

Readings repeat themselves: a sensor's values are steps of its resolution, its quality hardly changes, and many arrive in the
same millisecond. Writing a number takes ten times what looking it up takes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from readings.block import F64, I64, U8


def written(numbers: I64 | U8, write: Callable[[I64], list[str]]) -> list[str]:
    """The text of each number.

    Args:
        numbers: shape (n,).
        write: the texts of numbers, shape (m,), in their order.
    """
    distinct, which = np.unique(numbers, return_inverse=True)
    if 2 * len(distinct) > len(numbers):  # most come but once
        return write(numbers.astype(np.int64, copy=False))
    found: list[str] = np.array(write(distinct.astype(np.int64, copy=False)), np.object_)[which].tolist()
    return found


def doubles_written(numbers: F64, write: Callable[[list[float]], list[str]]) -> list[str]:
    """The text of each double; those are the same whose bits are, so that -0.0 is not 0.0.

    Args:
        numbers: shape (n,).
        write: the texts of doubles, in their order.
    """
    bits = np.ascontiguousarray(numbers).view(np.int64)
    return written(bits, lambda some: write(some.view(np.float64).tolist()))
