"""A control point of the plan: its limits, who watches them, and what is done when one does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from rules.accepted import Accepted
from rules.kinds import KINDS
from rules.limit import Limit
from rules.quantities import Duration, Name, Names, QuantityText
from rules.silence import Silence
from rules.strict_model import Strict
from rules.transit import Transit

if TYPE_CHECKING:
    AnyLimit = Limit
else:  # every kind that there is, told apart by its name
    AnyLimit = Annotated[Union[tuple(kind.model for kind in KINDS.values())], Field(discriminator="kind")]  # noqa: UP007


class Monitoring(Strict):
    """What is watched, how, how often, by whom, and who evaluates it (Codex CXC 1-1969).

    Attributes:
        what: is watched.
        how: by which means.
        every: how often: a time, or words.
        by: who watches.
        evaluated_by: who evaluates what was seen.
    """

    what: Names
    how: Names
    every: Duration | str
    by: str
    evaluated_by: str | None = None


class Step(Strict):
    """One step of what to do.

    Attributes:
        do: what.
        by: whom.
        within: how long after the case opened.
        when: only then, in words.
        one_of: a decision between these.
        signed_by: roles that sign it.
        samples: so many are measured.
        at_most, at_least: what a measurement must give.
        attach: papers that belong to it.
    """

    do: str
    by: str | None = None
    within: Duration | None = None
    when: str | None = None
    one_of: list[str] = []
    signed_by: list[str] = []
    samples: int | None = None
    at_most: QuantityText | None = None
    at_least: QuantityText | None = None
    attach: list[str] = []


class OnDeviation(Strict):
    """What is done when a limit did not hold or could not be shown to.

    Attributes:
        affected: which product, in words. Kept.
        steps: what is done, in order. Kept.
    """

    affected: str | None = None
    steps: list[Step]


class Ccp(Strict):
    """A critical control point.

    Attributes:
        id: unique among the CCPs.
        name: as people read it.
        step: of the process.
        hazards: kind and what it is: `{biological: Listeria}`.
        critical: limits; a breach is a deviation.
        supporting: evidence beside the critical limits, such as a lethality in probed batches; a breach is a deviation.
        operating: tighter limits; a breach warns.
        instruments: limits that hold an instrument against another; a breach is an instrument fault.
        monitoring: what is watched, how, how often, by whom.
        silence: what follows when a sensor is silent.
        transit: how long product takes from here to where its lots are counted; none where that is here.
        one_case_for: ids of limits that make one case together.
        on_deviation: what is done.
        accepts: warnings of `check` that stand, each with its reason.
    """

    id: Name
    name: Names | None = None
    step: str | None = None
    hazards: list[dict[str, str]] = []
    critical: list[AnyLimit] = Field(min_length=1)
    supporting: list[AnyLimit] = []
    operating: list[AnyLimit] = []
    instruments: list[AnyLimit] = []
    monitoring: Monitoring | None = None
    silence: Silence = Silence()
    transit: Transit | None = None
    one_case_for: list[str] = []
    on_deviation: OnDeviation | None = None
    accepts: Accepted = {}


class Oprp(Strict):
    """An operational prerequisite programme: never mixed with the CCPs.

    Attributes:
        id: unique among the OPRPs.
        name: as people read it.
        step: of the process.
        hazards: kind and what it is: `{biological: Listeria}`.
        criteria: limits; a breach is a deviation from a criterion.
        monitoring: what is watched, how, how often, by whom.
        silence: what follows when a sensor is silent.
        transit: how long product takes from here to where its lots are counted; none where that is here.
        on_breach: what is done.
        accepts: warnings of `check` that stand, each with its reason.
    """

    id: Name
    name: Names | None = None
    step: str | None = None
    hazards: list[dict[str, str]] = []
    criteria: list[AnyLimit] = Field(min_length=1)
    monitoring: Monitoring | None = None
    silence: Silence = Silence()
    transit: Transit | None = None
    on_breach: OnDeviation | None = None
    accepts: Accepted = {}
