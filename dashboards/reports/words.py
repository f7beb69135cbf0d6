"""The words of the reports: English as message ids, which `zh.po` beside this file gives in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from dashboards.language import Language, Tongue, language
from dashboards.pages.words import UNIT_SIGNS, Words
from readings.times import SECOND, parse_time, zone

KINDS = {
    "deviation": "Deviation",
    "monitoring_loss": "Monitoring loss",
    "instrument_fault": "Instrument fault",
}
TITLES = {
    "deviation": "Deviation report",
    "monitoring_loss": "Monitoring loss report",
    "instrument_fault": "Instrument fault report",
}
STAGES = {
    "open": "open",
    "acknowledged": "acknowledged",
    "contained": "contained",
    "corrected": "corrected",
    "closed": "closed",
    "void": "void",
}
ACTIONS = {
    "acknowledge": "Acknowledged",
    "contain": "Contained",
    "correct": "Corrected",
    "dispose": "Disposed",
    "note": "Noted",
    "close": "Verified and closed",
    "void": "Voided",
    "refused": "Refused by the program",
}
ROLES = {
    "operator": "operator",
    "qa": "quality assurance",
    "engineer": "engineer",
    "auditor": "auditor",
    "regulator": "regulator",
}
RANKS = {
    "critical": "critical limit",
    "supporting": "supporting evidence",
    "operating": "operating limit",
    "criterion": "action criterion",
    "instrument": "instrument check",
}
VERDICTS = {
    "ok": "holds",
    "operating": "operating limit exceeded",
    "deviation": "deviation",
    "indeterminate": "indeterminate",
    "suspended": "suspended",
    "starting": "starting",
    "not_recorded": "not recorded",
    "undecided": "not decided yet",
    "to_come": "still to come",
}
MEANINGS = {"verified": "verified", "disposed": "disposition", "voided": "voided"}
QUALITIES = {"good": "good", "uncertain": "uncertain", "bad": "bad"}
STANDINGS = {
    "valid": "valid",
    "soon": "due within 30 days",
    "overdue": "overdue",
    "unknown": "not known",
}
ENTERED = {
    "text": "remark",
    "lots": "lots held",
    "correction": "correction",
    "cause": "cause",
    "control": "control regained",
    "recurrence": "corrective action",
    "product": "product",
    "made": "made",
    "held": "held",
    "shipped": "shipped",
    "lot": "lot",
    "disposition": "disposition",
    "evaluation": "evaluation",
    "verification": "verification",
    "separation": "separation of duties",
    "reason": "reason",
    "review_by": "opinion of",
    "action": "step",
    "entered": "entered",
}
HAZARDS = {"biological": "biological", "chemical": "chemical", "physical": "physical"}


def spoken(tongue: Tongue) -> Language:
    """A language with the words of the reports."""
    return language(tongue, Path(__file__).parent)


def named(speech: Language, names: Mapping[str, str], key: str) -> str:
    """The name of a coded word; the code itself where a later release brought a new one."""
    return speech.say(names[key]) if key in names else key


def coded(speech: Language, names: Mapping[str, str], key: str) -> str:
    """A code for whoever filters by it: as it is in English, by its name in Chinese."""
    return key if speech.tongue == "en" else named(speech, names, key)


def shown_unit(name: str) -> str:
    """A unit as it is printed: `°C`, `µg/L`, `mg·min/L`."""
    return UNIT_SIGNS.get(name, name)


def plan_words(text: str, speech: Language) -> str:
    """A phrase of a plan, in the reader's language where it is a usual one."""
    return Words(speech.tongue, "UTC").plan(text)


def reason_words(text: str, speech: Language) -> str:
    """Why a verdict is what it is, in the reader's language."""
    return Words(speech.tongue, "UTC").reason(text)


class Clock:
    """Times of one report, in the site's zone; the offset stands behind each where the zone changes its clocks."""

    def __init__(self, speech: Language, timezone: str, year_of: str) -> None:
        self._speech, self._zone = speech, timezone
        local, year = zone(timezone), int(year_of[:4])
        offsets = {
            datetime(year, month, 1, 12, tzinfo=UTC).astimezone(local).utcoffset() for month in (1, 4, 7, 10)
        }
        self._form = "yyyy-MM-dd HH:mm:ss" if len(offsets) == 1 else "yyyy-MM-dd HH:mm:ss xxx"
        sample = speech.time(parse_time(year_of), timezone, form="xxx")
        self.says = speech.say("Times are those of {zone}", zone=timezone) + (
            f" (UTC{sample})" if len(offsets) == 1 else ""
        )

    def at(self, time: str | None) -> str | None:
        """A time of a report; None stays None."""
        return None if time is None else self._speech.time(parse_time(time), self._zone, form=self._form)

    def lasted(self, seconds: str | None) -> str | None:
        """A duration in hours, minutes, seconds; None stays None."""
        if seconds is None:
            return None
        total = int(float(seconds) * SECOND) // SECOND
        hours, rest = divmod(total, 3600)
        minutes, left = divmod(rest, 60)
        parts = [(hours, "{count} h"), (minutes, "{count} min"), (left, "{count} s")]
        said = [self._speech.say(form, count=count) for count, form in parts if count]
        return " ".join(said) or self._speech.say("{count} s", count=0)
