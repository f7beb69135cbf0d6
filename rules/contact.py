"""How long water was in contact, by the parcel that leaves now: exactly, and never credited with more than is certain.

A parcel that leaves came in before so much water as the vessel holds. Walking back over windows of time, each with its
greatest flow, gives the shortest time that this can have taken; the window in which it leaves counts with its water and
with no time, for nobody knows when in it the parcel left. The baffling factor of it is T10, within which a tenth of the
water has passed (US EPA, Disinfection Profiling and Benchmarking Guidance Manual). A flow that steps up shortens the time
of water that is inside already.
"""

from __future__ import annotations

from rules.limit_unit import Contact

_FARTHEST = 2000  # windows back


def credited(  # noqa: PLR0913 - the vessel, and what went through it
    contact: Contact, flow: dict[int, tuple[int, int]], window: int, least: int, *, over: int, need: int
) -> int | None:
    """The least contact that the water leaving in a window can have had, in the steps in which it is judged.

    Args:
        contact: the vessel.
        flow: by window, (greatest flow in steps, readings).
        window: the number of the window.
        least: the least concentration in it, in steps.
        over: length of a window, ns.
        need: so many readings make a window of the flow known.

    Returns:
        Rounded down; None where the flow is not known far enough back, and what is known does not suffice.
    """
    left, scale = contact.volume.numerator, contact.volume.denominator
    left -= max(flow.get(window, (0, 0))[0], 0) * scale * over
    elapsed, whole = 0, left <= 0
    for number in range(window - 1, window - _FARTHEST, -1):
        greatest, count = flow.get(number, (0, 0))
        if whole:
            break
        if count < need:
            break
        passed = max(greatest, 0) * scale
        if passed * over >= left:
            elapsed, whole = elapsed + left // passed, True
            break
        left -= passed * over
        elapsed += over
    amount = contact.credit * elapsed * least
    value = amount.numerator // amount.denominator
    return value if whole or value >= contact.enough else None
