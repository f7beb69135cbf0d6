"""A signed end of production is shown to hold as long as it does, and no longer."""

from __future__ import annotations

import pytest

from dashboards.views.production import Signed
from dashboards.views.signed_end import Held, Void, held
from dashboards.views.verdicts import VerdictFold, VerdictSpan
from dashboards.views.watch import watches
from readings.times import parse_time
from rules.plan_check import load_plan

PLAN = load_plan(
    """
plan: filler-1
name: {zh: 灌装线, en: Filler}
site: {id: ZH, name: {zh: 水厂, en: Water}, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00:00+08:00
line:
  state: {from: mode, codes: {0: stopped, 1: running}}
  judged_when: running
  calendar: {production: ["Mon-Sat 07:00-19:00"], ends: signed}
sensors:
  mode: {unit: code, every: 60 s, silent_after: 3 min}
  o3: {unit: mg/L, resolution: 0.01, every: 60 s, silent_after: 3 min}
ccps:
  - id: CCP1
    critical: [{id: o3, kind: threshold, of: o3, at_least: 0.20 mg/L}]
""",
    "plan",
)
KEY = ("filler-1", "CCP1", "o3", "filler-1")


def at(clock: str) -> int:
    """A time of the first night, Tuesday to Wednesday: `19:02`, or `+07:00` on the next day."""
    day = "2026-12-02" if clock.startswith("+") else "2026-12-01"
    return parse_time(f"{day}T{clock.removeprefix('+')}:00+08:00")


def shown(signed: str, now: str, *spans: tuple[str, str | None, str]) -> Held | None:
    """What is shown at a time of a signature, after these spans: from, to, verdict."""
    fold = VerdictFold()
    fold.spans[KEY] = [
        VerdictSpan(at(start), None if end is None else at(end), verdict, "", at(start), None, "p", [], 1)
        for start, end, verdict in spans
    ]
    who = Signed(1, at(signed), True, "olga", "Olga", "operator")
    return held(PLAN, who, watches(PLAN), fold, at(now))


DAY = ("07:00", "18:55", "ok")


@pytest.mark.parametrize(
    ("now", "spans", "void", "since"),
    [
        ("23:00", [DAY, ("18:55", None, "suspended")], None, None),
        ("+07:30", [DAY, ("18:55", None, "suspended")], Void.HOURS, "+07:00"),
        ("23:00", [DAY, ("18:55", "21:10", "suspended"), ("21:10", None, "starting")], Void.RAN, "21:10"),
        (
            "23:00",
            [DAY, ("18:55", "21:10", "suspended"), ("21:10", "21:40", "ok"), ("21:40", None, "suspended")],
            Void.RAN,
            "21:10",
        ),
        ("23:00", [("07:00", "19:10", "ok"), ("19:10", None, "suspended")], Void.RAN, "19:02"),
        (
            "23:00",
            [DAY, ("18:55", "20:00", "suspended"), ("20:00", None, "indeterminate")],
            Void.NOT_SHOWN,
            "20:00",
        ),
    ],
    ids=["at rest", "hours began", "runs", "ran meanwhile", "still ran when signed", "silence is raised"],
)
def test_a_signature_holds_until_something_speaks_against_it(now, spans, void, since):
    """Hours that begin, a line that ran after it, silence that is raised all the same; the earliest is named."""
    found = shown("19:02", now, *spans)
    assert found is not None
    assert (found.void, found.since) == (void, None if since is None else at(since))


def test_until_when_it_holds_is_known_from_the_hours():
    """The next that begin: Wednesday at seven."""
    found = shown("19:02", "23:00", DAY, ("18:55", None, "suspended"))
    assert found is not None
    assert found.until == at("+07:00")


def test_signed_in_production_hours_it_holds_when_they_end():
    """Before that nothing is excused."""
    stopped = [("07:00", "18:40", "ok"), ("18:40", None, "suspended")]
    early, later = shown("18:45", "18:50", *stopped), shown("18:45", "20:00", *stopped)
    assert early is not None
    assert (early.void, early.since) == (Void.NOT_YET, at("19:00"))
    assert later is not None
    assert later.void is None


def test_a_begin_is_no_end():
    """Nothing is shown of what holds nothing."""
    who = Signed(1, at("19:02"), False, "olga", "Olga", "operator")
    assert held(PLAN, who, watches(PLAN), VerdictFold(), at("23:00")) is None
