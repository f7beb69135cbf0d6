"""What is done to see that we do what the plan says."""

from __future__ import annotations

from rules.calendar_length import Often
from rules.quantities import QuantityText
from rules.strict_model import Strict


class Verification(Strict):
    """Something done to see that we do what the plan says.

    Attributes:
        id: unique in its list.
        what: calibration, laboratory, review of the records, and the like.
        of: sensors or values entered by hand that it is about.
        every: how often: `30 d`, `1 y`, or words such as `lot`.
        by: whom.
        against: which reference or method.
        tolerance: a calibration passes within it.
        analyte: what a laboratory looks for.
        at_most: what it may find.
        when_failed: what follows when it does not pass.
        within: how soon after what it is about: `1 working day`.
        before: what must wait for it.
        per: batch, lot, or what else it is done for.
        evidence: what shows that it was done.
        basis: standard or clause that asks for it.
    """

    id: str
    what: str
    of: list[str] = []
    every: Often | None = None
    by: str | None = None
    against: str | None = None
    tolerance: QuantityText | None = None
    analyte: str | None = None
    at_most: QuantityText | None = None
    when_failed: str | None = None
    within: Often | None = None
    before: str | None = None
    per: str | None = None
    evidence: str | None = None
    basis: str | None = None
