"""How the worksheet says what a plan says: names, quantities, times, phrases, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards.language import Language, Tongue, language
from dashboards.reports.words import plan_words, shown_unit
from readings.times import format_duration
from readings.units import UNITS
from rules.limit import Bounds
from rules.plan import Plan
from rules.quantities import Quantity
from rules.sensor import Sensor
from rules.strict_model import Strict

BOUNDS = {
    "at_least": "at least {value}",
    "above": "above {value}",
    "at_most": "at most {value}",
    "below": "below {value}",
}
_AMOUNTS = (
    "time",
    "temperature difference",
    "degree-time",
    "mass",
    "volume",
    "count",
)  # more or less, not higher or lower
LASTS = {
    "at_least": "no less than {value}",
    "above": "more than {value}",
    "at_most": "no more than {value}",
    "below": "less than {value}",
}
SPANS = {
    "ms": "{count} ms",
    "s": "{count} s",
    "min": "{count} min",
    "h": "{count} h",
    "d": "{count} d",
    "day": "{count} day",
    "days": "{count} days",
    "working day": "{count} working day",
    "working days": "{count} working days",
    "week": "{count} week",
    "weeks": "{count} weeks",
    "month": "{count} month",
    "months": "{count} months",
    "y": "{count} y",
    "year": "{count} year",
    "years": "{count} years",
}
_QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?) (\S.*)")
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_BESIDE_HAN = re.compile(r"(?<=[A-Za-z0-9%])(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])(?=[A-Za-z0-9])")
_PROCESS = re.compile(r"scheduled process (.+)")


@dataclass(frozen=True, slots=True)
class Teller:
    """Speaks of one plan.

    Attributes:
        plan: that is spoken of.
        speech: the reader's language, with the words of the worksheet.
    """

    plan: Plan
    speech: Language

    @classmethod
    def of(cls, plan: Plan, tongue: Tongue) -> Teller:
        """One who speaks of a plan in a language."""
        return cls(plan, language(tongue, Path(__file__).parent))

    def say(self, text: str, /, **values: object) -> str:
        """A text of the worksheet; in Chinese a space stands beside what is Latin, and none between Chinese characters."""
        said = self.speech.say(text, **values)
        return _BESIDE_HAN.sub(" ", _BETWEEN_HAN.sub("", said)) if self.speech.tongue == "zh" else said

    def sensor(self, name: str) -> str:
        """A sensor, or a value entered by hand, by the name that people know."""
        known = self.plan.sensors.get(name)
        return self.speech.name(known.name if known is not None else None, name)

    def phrase(self, text: str) -> str:
        """A phrase of the plan: in this language where it is a usual one, else as it stands there."""
        return self.speech.texts.get(text) or plan_words(text, self.speech)

    def basis(self, text: str) -> str:
        """What a limit rests on; a scheduled process in the reader's words."""
        match = _PROCESS.fullmatch(text)
        return self.say("scheduled process {id}", id=match[1]) if match is not None else self.phrase(text)

    def quantity(self, quantity: Quantity | str) -> str:
        """`-15.0 degC` as `-15.0 °C`."""
        number, _, unit = str(quantity).partition(" ")
        if unit in SPANS:
            return self.say(SPANS[unit], count=number)
        return f"{number} {shown_unit(unit)}".strip()

    def duration(self, ns: int) -> str:
        """A time, as the plan would write it, in this language."""
        return self.quantity(format_duration(ns))

    def bounds(self, bounds: Bounds) -> str:
        """`at least 60 kPa and at most 120 kPa`."""
        said = [
            self.say(
                (LASTS if given.unit.dimension in _AMOUNTS else BOUNDS)[name], value=self.quantity(given)
            )
            for name in BOUNDS
            if (given := getattr(bounds, name)) is not None
        ]
        return self.say(" and ").join(said)

    def measures(self, sensor: Sensor) -> str:
        """Unit and points of a sensor."""
        unit = self.quantity(f"1 {sensor.unit.name}").partition(" ")[2]
        unit = unit or {
            "truth": self.say("on or off"),
            "code": self.say("code"),
            "count": self.say("count"),
        }.get(sensor.unit.dimension, self.value(sensor.unit.name))
        zones = {zone: len(points) for zone, points in sensor.point_names().items()}
        if "" in zones:
            points = self.say("{count} points", count=zones[""]) if zones[""] > 1 else ""
        else:
            points = self.listed(f"{zone} × {count}" for zone, count in zones.items())
        optional = self.say("not always there") if sensor.optional else ""
        return "\n".join(each for each in (unit, points, optional) if each)

    def listed(self, texts: Iterable[str]) -> str:
        """Texts behind each other."""
        return ("、" if self.speech.tongue == "zh" else ", ").join(texts)

    def clauses(self, texts: Sequence[str]) -> str:
        """Parts of one sentence."""
        return ("；" if self.speech.tongue == "zh" else "; ").join(texts)

    def sentences(self, texts: Iterable[str]) -> str:
        """Sentences behind each other."""
        return ("" if self.speech.tongue == "zh" else " ").join(texts)

    def truth(self, true: bool, *, answered: bool = False) -> str:
        """What a signal must be: on or off; of one that people answer, yes or no."""
        if answered:
            return self.say("answered yes") if true else self.say("answered no")
        return self.say("on") if true else self.say("off")

    def value(self, value: object) -> str:  # noqa: PLR0911 - one exit per sort of value
        """Whatever stands behind a key, as `Plan.model_dump(mode="json")` has it.

        Args:
            value: text, number, truth, or a list of such.
        """
        if isinstance(value, bool):
            return self.say("yes") if value else self.say("no")
        if isinstance(value, list):
            if any(isinstance(each, dict) for each in value):
                return self.clauses([" ".join(self.pairs(each, colon=" ")) for each in value])
            return self.listed(self.value(each) for each in value)
        if isinstance(value, dict):
            return self.listed(self.pairs(value))
        text = str(value)
        if text in self.plan.sensors:
            return self.sensor(text)
        match = _QUANTITY.fullmatch(text)
        if match is not None and (match[2] in UNITS or match[2] in SPANS):
            return self.quantity(text)
        return self.phrase(text)

    def rest(self, model: Strict, told: Collection[str]) -> list[str]:
        """What a part of the plan says under keys that nothing has told yet, key by key: nothing is left out."""
        said = model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return self.pairs({key: value for key, value in said.items() if key not in (*told, "accepts")})

    def accepted(self, accepts: dict[str, str]) -> list[str]:
        """Doubts of `check` that the plan answers, each with its reason."""
        form = "Accepted, though doubtful ({warning}): {reason}."
        return [self.say(form, warning=name, reason=reason) for name, reason in accepts.items()]

    def pairs(self, said: dict[str, Any], *, colon: str = "") -> list[str]:
        """Keys with what stands behind them."""
        colon = colon or ("：" if self.speech.tongue == "zh" else ": ")
        return [f"{self.key(key)}{colon}{self.value(each)}" for key, each in said.items() if each is not None]

    def key(self, key: str) -> str:
        """A key of the language as a label; one that the catalogue does not know reads as it is written."""
        return self.speech.texts.get(key, key.replace("_", " "))
