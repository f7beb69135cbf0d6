"""How the pages say things: verdicts, values, limits, times, reasons, in the reader's language and the site's zone."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from dashboards.language import Language, Tongue, language
from dashboards.pages.demands import demand_words
from dashboards.pages.judged import Shown, judged_shown, judged_value, stands
from dashboards.plain_times import in_seconds
from dashboards.views.board import Level, Row
from dashboards.views.watch import BoundView, Watch
from readings.quality import REASON_TEXT
from readings.times import SECOND
from readings.units import Unit, decimal_text
from rules.calendar import Hours
from rules.limit import difference_of
from rules.quantities import Names

CATALOGUE = Path(__file__).parent

VERDICTS = {
    "ok": "holds",
    "operating": "warning",
    "deviation": "deviation",
    "indeterminate": "cannot be judged",
    "suspended": "not judged now",
    "starting": "starting",
    "": "no verdict yet",
}
KINDS = {
    "deviation": "Deviation",
    "monitoring_loss": "Monitoring loss",
    "instrument_fault": "Instrument fault",
}
STAGES = {
    "open": "open",
    "acknowledged": "acknowledged",
    "contained": "contained",
    "corrected": "corrected",
    "closed": "closed",
    "void": "void",
}
RANKS = {
    "critical": "critical limit",
    "supporting": "supporting evidence",
    "operating": "operating limit",
    "criterion": "action criterion",
    "instrument": "instrument check",
}
ROLES = {
    "operator": "operator",
    "qa": "quality (QA)",
    "engineer": "engineer",
    "auditor": "auditor",
    "regulator": "regulator",
}
UNIT_SIGNS = {
    "degC": "°C",
    "degF": "°F",
    "delta_degF": "°F",
    "kelvin": "K",
    "percent": "%",
    "mg.min/L": "mg·min/L",
    "mg.s/L": "mg·s/L",
    "m3/h": "m³/h",
    "m3": "m³",
    "g/m3": "g/m³",
    "mW/cm2": "mW/cm²",
    "uW/cm2": "µW/cm²",
    "W/m2": "W/m²",
    "mJ/cm2": "mJ/cm²",
    "J/m2": "J/m²",
    "ug/L": "µg/L",
    "uS/cm": "µS/cm",
    "K.min": "K·min",
    "K.h": "K·h",
    "K.s": "K·s",
    "one": "",
    "code": "",
    "count": "",
    "bool": "",
    "text": "",
}
JUDGED = (Level.DEVIATION, Level.WARNING, Level.OK)
_SIGNS = {"at_most": "≤", "below": "<", "at_least": "≥", "above": ">"}


@dataclass(frozen=True, slots=True)
class Words:
    """The pages' words.

    Attributes:
        tongue: `zh` or `en`.
        timezone: of the site.
    """

    tongue: Tongue
    timezone: str

    @property
    def language(self) -> Language:
        """With the texts of the pages."""
        return language(self.tongue, CATALOGUE)

    def say(self, text: str, /, **values: object) -> str:
        """A text of the pages."""
        return self.language.say(text, **values)

    def plan(self, text: str) -> str:
        """A phrase of a plan: in this language where it is a usual one, else as the plan has it."""
        return self.language.texts.get(text, text)

    def name(self, names: Names | None, otherwise: str = "") -> str:
        """A name of the plan, or its id."""
        return self.language.name(names, otherwise)

    # -- times ----------------------------------------------------------------------------------------------------

    def time(self, ns: int) -> str:
        """Day and time to the second."""
        return self.language.time(ns, self.timezone)

    def date(self, ns: int) -> str:
        """The day, as the API names it."""
        return self.language.time(ns, self.timezone, form="yyyy-MM-dd")

    def short(self, ns: int, now: int) -> str:
        """Time of today; day and time of another day."""
        same = self.language.time(ns, self.timezone, form="yyyyMMdd") == self.language.time(
            now, self.timezone, form="yyyyMMdd"
        )
        return self.language.time(ns, self.timezone, form="HH:mm:ss" if same else "MM-dd HH:mm")

    def duration(self, ns: int) -> str:
        """A length of time in its two largest units."""
        return self.language.duration(ns)

    # -- numbers --------------------------------------------------------------------------------------------------

    def sign(self, unit: Unit) -> str:
        """A unit as people write it."""
        return UNIT_SIGNS.get(unit.name, unit.name)

    def number(self, value: float | Fraction, digits: int) -> str:
        """A number in the sensor's digits, with a true minus sign."""
        text = f"{float(value):.{digits}f}"
        if float(text) == 0:
            text = text.lstrip("-")
        return text.replace("-", "−")

    def value(self, watch: Watch, value: float) -> str:
        """A value of a sensor, without its unit; a signal is on or off."""
        if watch.sensor.unit.name == "bool":
            return self.say("on") if value else self.say("off")
        state = watch.plan.line.state
        if state is not None and state.from_ == watch.model.of and not math.isnan(value):
            return self.plan(state.codes.get(f"{value:.0f}", f"{value:.0f}"))
        return self.number(value, watch.digits)

    def bound(self, bound: BoundView) -> str:
        """A bound, such as `≤ −15.0 °C`."""
        if bound.unit.name == "bool":
            on = (bound.value > 0) != bound.upper
            return self.say("must be on") if on else self.say("must be off")
        written = bound.written.rpartition(" ")[0]
        same = Fraction(written) == bound.value
        number = written if same else decimal_text(bound.value)
        sign = self.sign(bound.unit)
        return f"{_SIGNS[bound.word]} {number.replace('-', '−')}{f' {sign}' if sign else ''}"

    def lasting(self, bound: BoundView) -> str:
        """A bound of a time, such as `≤ 14 min`."""
        return f"{_SIGNS[bound.word]} {self.duration(round(bound.value * bound.unit.factor * SECOND))}"

    def demand(self, watch: Watch) -> str:
        """What must hold, without what is tolerated of it."""
        if not watch.direct:
            return demand_words(watch, self)
        return ", ".join(self.bound(bound) for bound in watch.bounds)

    def limit(self, watch: Watch) -> str:
        """A limit in full: its bounds, and what is tolerated of it."""
        text = self.demand(watch)
        for name, bounds in watch.beside:
            beside = self.name(watch.plan.sensors[name].name, name)
            text += f"; {beside} {', '.join(self.bound(bound) for bound in bounds)}"
        if watch.guard:
            wide = f"{decimal_text(watch.guard)} {self.sign(difference_of(watch.sensor.unit))}"
            text += self.say(", guard band {wide}", wide=wide.strip())
        if watch.model.hold:
            longer = self.say("tolerated up to {time}", time=self.duration(watch.model.hold))
            text = f"{text}, {longer}" if text else longer
        return text

    def margin(self, row: Row) -> tuple[str, str]:
        """How far the value is from its limit, and how that is to look: `beyond`, `tolerated`, `excused`, or plainly.

        Nothing where the limit is not judged now, whatever the value is.
        """
        margin, watch = row.now.margin, row.watch
        if margin is None or watch.sensor.unit.name == "bool" or row.level not in JUDGED:
            return "", ""
        unit = self.sign(watch.sensor.unit)
        far = f"{self.number(abs(margin), watch.digits)} {unit}".strip()
        if margin >= 0:
            return self.say("{far} to the limit", far=far), ""
        if row.reason.startswith("exception"):
            return self.say("{far} beyond, excused", far=far), "excused"
        if row.level == Level.OK:
            return self.say("{far} beyond, tolerated so far", far=far), "tolerated"
        return self.say("{far} beyond the limit", far=far), "beyond"

    def reading(self, watch: Watch) -> str:
        """What the sensor of a limit measures: its reading is not what is judged."""
        return self.say("reading of {sensor}", sensor=self.name(watch.sensor_name, watch.model.of))

    def judged(self, row: Row) -> Shown:
        """What a row shows of what is judged, where that is no reading."""
        return judged_shown(row, self)

    def stands(self, row: Row) -> str:
        """The verdict of a row in a word."""
        return stands(row, self)

    def worst(self, value: float | None, watch: Watch | None) -> str:
        """The worst of a span, in the unit of what is judged."""
        if value is None or watch is None or watch.direct:
            return self.plain(value, watch)
        return " ".join(judged_value(watch, value, self)).strip()

    def plain(self, value: float | None, watch: Watch | None) -> str:
        """A value of the sensor with its unit."""
        if value is None:
            return "–"
        if watch is None:
            return f"{value:g}".replace("-", "−")
        return f"{self.value(watch, value)} {self.sign(watch.sensor.unit)}".strip()

    # -- verdicts and reasons ----------------------------------------------------------------------------------------

    def verdict(self, verdict: str) -> str:
        """What can be said of a limit."""
        return self.say(VERDICTS.get(verdict, verdict))

    def kind(self, kind: str) -> str:
        """What a case is about."""
        return self.say(KINDS.get(kind, kind))

    def stage(self, stage: str) -> str:
        """How far people have come."""
        return self.say(STAGES.get(stage, stage))

    def rank(self, rank: str) -> str:
        """Which sort of limit."""
        return self.say(RANKS.get(rank, rank))

    def role(self, role: str) -> str:
        """A role."""
        return self.say(ROLES.get(role, role))

    def where(self, watch: Watch) -> str:
        """Line, control point, limit and unit of product."""
        parts = [
            self.name(watch.line_name, watch.line),
            self.name(watch.ccp_name, watch.ccp),
            self.what(watch),
        ]
        return " · ".join(parts)

    def what(self, watch: Watch) -> str:
        """The limit, and the unit of product where the line has several."""
        name = self.name(watch.limit_name) or self.name(watch.sensor_name) or watch.limit
        return name if watch.unit == watch.line else self.say("{name}, {unit}", name=name, unit=watch.unit)

    def hours(self, hours: Hours) -> str:
        """Hours of some days of the week."""
        names = [self.say(day) for day in DAYS]
        runs = [
            names[first]
            if first == last
            else self.say("{first} to {last}", first=names[first], last=names[last])
            for first, last in hours.runs
        ]
        return f"{self.say(', ').join(runs)} {hours.clocks}"

    def reason(self, reason: str, watch: Watch | None = None) -> str:
        """A reason of the engine or the gateway, in the reader's language."""
        reason = in_seconds(reason)
        if self.tongue == "en" or not reason:
            return reason
        for pattern, text in REASONS:
            match = pattern.fullmatch(reason)
            if match is not None:
                values = match.groupdict()
                if "sensor" in values and watch is not None:
                    sensor = watch.plan.sensors.get(values["sensor"])
                    values["sensor"] = self.name(sensor.name if sensor else None, values["sensor"])
                if watch is not None and not watch.direct and values.get("bounds") == watch.model.words:
                    values["bounds"] = self.demand(watch)
                if "rest" in values:
                    values["rest"] = self.reason(values["rest"], watch)
                if "state" in values:
                    values["state"] = self.plan(values["state"])
                return self.say(text, **values)
        return self.plan(reason)


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _reason(text: str) -> tuple[re.Pattern[str], str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(text))), text


# As the engine writes them (rules.advance, rules.course, rules.signals); the braces stand for what varies.
REASONS = tuple(
    _reason(text)
    for text in (
        "no reading yet of point {point}",
        "no reading yet",
        "no reading: may have been {rest}",
        "stuck: unchanged for {time}",
        "exception: {sensor}",
        "by hand ({sensor})",
        "not entered",
        "bridged {time}: {rest}",
        "{rest}, every other point stayed good",
        "every other point stayed good",
        "at least {low} and at most {high}",
        "at least {low}",
        "at most {high}",
        "stuck: may have been {rest}",
        "calibration failed: {sensor} was off by {error}; it cannot be shown what held",
        "no whole window before the end",
        "ended before it could be judged",
        "not in the plan that holds from here on",
        "{rest}; its cycle ended before that time",
        "under way",
        "began before it was watched",
        "its state was not known",
        "another version of the plan took over",
        "the state of the line fell silent",
        "the line was in a state that the plan does not name",
        "nobody said which batch it is",
        "not measured in this cycle",
        "cannot be shown: {rest}",
        "{time} not read, may have come to {amount}",
        "{time} not read",
        "corrected in process: {rest}",
        "a dip at {time} after {span}",
        "{n} dips, the last at {time} after {span}",
        "no production: end signed by {who} at {time}",
        "no production: {state} at {time}",
        "nothing was made: {sensor} stood at {count}",
        "{sensor}: {rest}",
        "{sensor} not {bounds} for more than {time}",
        "{rest} for more than {time}",
        "{states} together lasted {rest}",
        "{state} lasted {rest}",
        "{sensor} spent more than {amount} above {level} in {time}",
        "{sensor} spent more than {amount} below {level} in {time}",
        "mean kinetic temperature of {sensor} {rest} over {time}",
        "lethality at {sensor} {rest} (reference {reference}, z {z})",
        "{sensor} got {rest} by {formula}",
        "{rest} inactivation of {target} credited to {sensor} by {table}",
        "{sensor} changed by {rest} over {time}",
        "{sensor} changed by {rest}",
        "{sensor} gave {rest}, intensity times time, the {counts} with a sensor {place}",
        "{sensor} may come above {bound} within {time}",
        "{sensor} may come below {bound} within {time}",
        "{sensor} may come up to {bound} within {time}",
        "{sensor} may come down to {bound} within {time}",
        "more than {high} or less than {low}",
        "more than {bound}",
        "less than {bound}",
        "{bound} or more",
        "{bound} or less",
        "{sensor} not {bounds}",
        "settling after {state}",
        *(text for text in REASON_TEXT.values() if text),
        "no reading",
        "silent",
        "exception",
        "stuck",
    )
)

LEVELS = {
    Level.DEVIATION: "deviation",
    Level.UNKNOWN: "unknown",
    Level.WARNING: "warning",
    Level.WAITING: "waiting",
    Level.OK: "ok",
    Level.SUSPENDED: "suspended",
}
