"""Doubts about a plan that is well formed: what each rule in `rules/lint` says of it, and what the plan answers.

A fault makes a plan unusable (`rules.plan_check`). A doubt does not: it is a warning with a name, and a plan may answer it
with a reason (`accepts`) at the limit, control point or sensor it is about, or for the whole plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.control_point import Ccp, OnDeviation, Oprp
from rules.plan import Plan, limits_of
from rules.sensor import Sensor
from rules.strict_yaml import Path

if TYPE_CHECKING:
    from rules.limit import Limit
    from rules.recording import Recording

_LISTS = {
    "critical": "critical",
    "supporting": "supporting",
    "operating": "operating",
    "instrument": "instruments",
    "criterion": "criteria",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A limit and where it stands.

    Attributes:
        path: of the limit.
        at: path of its control point.
        rank: `critical`, `supporting`, `operating`, `instrument` or `criterion`.
    """

    path: Path
    at: Path
    point: Ccp | Oprp
    rank: str
    limit: Limit
    sensor: Sensor


@dataclass(frozen=True, slots=True)
class Subject:
    """What is doubted.

    Attributes:
        limits: of the plan, in their order; of sensors that there are.
        points: CCPs and OPRPs with their paths.
        recording: what readings showed, where there are some.
    """

    plan: Plan
    limits: tuple[Placed, ...]
    points: tuple[tuple[Path, Ccp | Oprp], ...]
    recording: Recording | None = None


Said = Iterator[tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a file in `rules/lint` offers as `RULE`.

    Attributes:
        name: as printed, and as a plan accepts it.
        about: what it warns of, in a sentence; the docs list it.
        find: gives the path of the key that is doubted, and why.
        needs_readings: nothing is found without a recording.
    """

    name: str
    about: str
    find: Callable[[Subject], Said]
    needs_readings: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Doubt:
    """One warning.

    Attributes:
        path: of the key that it is about.
        name: of the rule.
        message: what is doubtful and what to do.
    """

    path: Path
    name: str
    message: str

    def __str__(self) -> str:
        """As printed behind the place."""
        return f"warning [{self.name}]: {self.message}"


def subject_of(plan: Plan, recording: Recording | None = None) -> Subject:
    """A plan made ready for its rules."""
    points: list[tuple[Path, Ccp | Oprp]] = [
        (("ccps", number), point) for number, point in enumerate(plan.ccps)
    ]
    points += [(("oprps", number), point) for number, point in enumerate(plan.oprps)]
    at = {id(point): path for path, point in points}
    counts: dict[tuple[Path, str], int] = {}
    limits = []
    for point, rank, limit in limits_of(plan):
        place = at[id(point)]
        number = counts[place, rank] = counts.get((place, rank), -1) + 1
        sensor = plan.sensors.get(limit.of)
        if sensor is not None:
            limits.append(Placed((*place, _LISTS[rank], number), place, point, rank, limit, sensor))
    return Subject(plan, tuple(limits), tuple(points), recording)


def doubts(plan: Plan, rules: Mapping[str, Rule], recording: Recording | None = None) -> list[Doubt]:
    """What the rules say of a plan that it does not answer, and answers to what no rule says.

    Args:
        plan: without a fault.
        rules: by name.
        recording: what readings showed.
    """
    subject = subject_of(plan, recording)
    found: list[Doubt] = []
    used: set[tuple[Path, str]] = set()
    asked = [rule for rule in rules.values() if recording is not None or not rule.needs_readings]
    holders = list(_holders(subject))
    for rule in asked:
        for path, message in rule.find(subject):
            answer = [at for at, said in holders if path[: len(at)] == at and rule.name in said]
            if answer:
                used.add((max(answer, key=len), rule.name))
            else:
                found.append(Doubt(path, rule.name, message))
    found = list(dict.fromkeys(found))
    names = {rule.name for rule in asked}
    for at, said in holders:
        for name in said:
            if name in names and (at, name) not in used:
                message = f"accepts {name}, but there is nothing of the kind here: take it out"
                found.append(Doubt((*at, "accepts", name), "idle-answer", message))
    return found


def answers(plan: Plan) -> Iterator[tuple[Path, str]]:
    """Path of each answer of a plan, and the name of the warning that it answers."""
    for at, said in _holders(subject_of(plan)):
        for name in said:
            yield (*at, "accepts", name), name


def actions_of(point: Ccp | Oprp) -> tuple[str, OnDeviation | None]:
    """The key under which a control point says what is done when it does not hold, and what it says."""
    return ("on_deviation", point.on_deviation) if isinstance(point, Ccp) else ("on_breach", point.on_breach)


def sensor_path(plan: Plan, name: str) -> Path:
    """Where what has readings stands: what a device gives, or what people enter."""
    return ("by_hand", name) if name in plan.by_hand else ("sensors", name)


def _holders(subject: Subject) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """What may answer, from the plan down."""
    yield (), subject.plan.accepts
    for name, sensor in subject.plan.sensors.items():
        yield ("sensors", name), sensor.accepts
    for path, point in subject.points:
        yield path, point.accepts
    for placed in subject.limits:
        yield placed.path, placed.limit.accepts
