"""Noise that is a function of the time alone: any span of it is the same as a longer one gives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
U64 = npt.NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_STREAM = 0xD1B54A32D192ED03  # odd, so that streams of one seed never meet


def _mixed(seed: int, time: I64, stream: int) -> U64:
    """64 random bits per time (splitmix64, Steele, Lea and Flood 2014)."""
    x = time.astype(np.uint64) + np.uint64((seed * _GOLDEN + stream * _STREAM) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(x ^ (x >> np.uint64(31)), np.uint64)


def uniform(seed: int, time: I64, *, stream: int = 0) -> F64:
    """Uniform in [0, 1), one per time.

    Args:
        seed: another one is another plant.
        time: int64 [n].
        stream: another one is another sensor.
    """
    return np.asarray(_mixed(seed, time, stream) / 2.0**64, np.float64)


def flutter(seed: int, time: I64, *, stream: int) -> F64:
    """Triangular in (-1, 1) with mean 0, independent from time to time: what a transmitter adds."""
    bits = _mixed(seed, time, stream)
    halves = (bits >> np.uint64(32)).astype(np.float64) + (bits & np.uint64(0xFFFFFFFF)).astype(np.float64)
    return np.asarray(halves / 2.0**32 - 1.0, np.float64)


def wander(seed: int, time: I64, *, stream: int, every: int) -> F64:
    """In (-1, 1), smooth: drawn anew every `every` ns, eased in between; what a process does by itself."""
    if not len(time):
        return np.empty(0, np.float64)
    knot = time // every
    first = int(knot.min())
    drawn = 2.0 * uniform(seed, np.arange(first, int(knot.max()) + 2, dtype=np.int64), stream=stream) - 1.0
    part = (time - knot * every) / every
    eased = part * part * (3.0 - 2.0 * part)
    index = knot - first
    return np.asarray(drawn[index] * (1.0 - eased) + drawn[index + 1] * eased, np.float64)
