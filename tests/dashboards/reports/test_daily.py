"""The daily record: every second of the day is accounted for, and nothing that was not seen is called in order."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from decimal import Decimal

import jsonschema
import pypdf
import pytest

from dashboards.reports import offer
from dashboards.reports.daily import daily_schema
from dashboards.reports.daily_builder import daily_record
from dashboards.reports.days import Reach, day_of, timelines_of
from dashboards.reports.errors import ReportError
from dashboards.reports.past import read_past
from ledger.clerk import Clerk
from readings.block import Block
from readings.inputs import Act
from readings.times import HOUR, MINUTE, parse_time

LINE = "cold-3"
EVENING = parse_time("2026-12-02T15:59:01Z")  # when the recording ends, a minute before midnight


def printed(pdf: bytes) -> str:
    """The text of a PDF, without its spaces."""
    return "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def spent(record) -> list[Decimal]:
    return [sum(map(Decimal, limit.seconds.values()), Decimal()) for limit in record.limits]


def test_the_day_adds_up_and_fits_its_schema(plant):
    """Both days: verdicts, time not recorded and time to come are 24 h exactly; the JSON is valid."""
    validator = jsonschema.Draft202012Validator(daily_schema())
    for day in ("2026-12-01", "2026-12-02"):
        record = offer.daily(plant.site, day, LINE)
        assert spent(record) == [Decimal(86400)] * 2
        validator.validate(json.loads(offer.daily_json(plant.site, day, LINE)))


def test_a_day_with_a_deviation(plant):
    """Four minutes of deviation, its worst value, its case opened and closed, the calibration that is due."""
    record = offer.daily(plant.site, "2026-12-01", LINE)
    air = record.limits[0]
    assert (air.limit.limit, air.limit.rank, air.worse) == ("air", "critical", "highest")
    assert (air.seconds["deviation"], air.seconds["ok"], air.seconds["not_recorded"]) == ("240", "86160", "0")
    assert air.highest is not None
    assert (air.highest.value, air.highest.at) == ("6.1", "2026-12-01T13:37:00Z")  # a defrost, excepted
    assert (air.readings, air.unusable) == (1440, 0)
    (event,) = record.events
    assert (event.kind, event.worst, event.lots) == ("deviation", "-4.4", ["D20261201-A"])
    (case,) = record.cases
    assert (case.stage, case.done[0], case.done[-1]) == ("closed", "acknowledge", "close")
    assert record.instruments[0].standing == "soon"
    assert record.findings == ["deviation"]
    assert record.complete
    assert record.checkpoint is not None


def test_a_day_with_a_gap_that_is_not_over(plant):
    """The gap is time in which nothing could be shown, a loss, and a finding; what is to come is not called good."""
    record = offer.daily(plant.site, "2026-12-02", LINE, now=EVENING)
    air = record.limits[0]
    assert air.seconds["indeterminate"] == "4260"
    assert air.seconds["to_come"] == "59"
    assert [gap.seconds for gap in record.gaps] == ["4260", "4260"]
    assert [event.kind for event in record.events] == ["deviation", "monitoring_loss"]
    assert record.findings == ["deviation", "monitoring_loss", "gap", "not_recorded", "open_case", "to_come"]
    [dark] = record.unrecorded
    assert (dark.start, dark.seconds) == ("2026-12-02T07:59:00Z", "4260")
    assert not record.complete


def test_a_day_before_the_record_is_not_recorded(plant):
    """A day of which nothing is known has no limit in order, and says that it is not recorded."""
    record = offer.daily(plant.site, "2026-11-29", LINE)
    assert record.limits == []
    assert record.findings == ["not_recorded"]


def test_a_day_that_the_record_began_in(plant):
    """Seen from a zone in which the record begins at noon, the hours before are not recorded; the sum still holds."""
    site = replace(plant.site, timezone="America/New_York")  # 2026-11-30T16:00Z is 11:00 there
    record = offer.daily(site, "2026-11-30", LINE)
    assert record.limits[0].seconds["not_recorded"] == str(11 * 3600)
    assert spent(record) == [Decimal(86400)] * 2
    assert "not_recorded" in record.findings


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)],
)
def test_days_on_which_clocks_change(plant, day, hours):
    """A day of 23 or 25 hours adds up to 23 or 25 hours: the recorded spans, shifted so that they cover it."""
    from_utc = day_of(day, "Europe/Berlin")
    assert from_utc.end - from_utc.start == hours * HOUR
    past = read_past(plant.ledger)
    shift = from_utc.start - parse_time("2026-12-01T00:00:00Z")
    for spans in past.verdicts.spans.values():
        for span in spans:
            span.start += shift
            span.end = None if span.end is None else span.end + shift
    timelines = timelines_of(past, LINE, from_utc)
    record = daily_record(
        LINE,
        from_utc,
        past=past,
        site=replace(plant.site, timezone="Europe/Berlin"),
        reach=Reach(from_utc.end, from_utc.end),
        timelines=timelines,
        readings={},
    )
    assert spent(record) == [Decimal(hours * 3600)] * 2
    assert record.limits[0].seconds["deviation"] == "240"


def test_what_the_clerk_has_not_come_to_is_not_called_good(while_it_lasts):
    """The journal goes on for two hours and the clerk stands still: they are not decided, whatever was decided last."""
    plant = while_it_lasts
    before = parse_time("2026-12-01T03:27:00Z")
    for minutes in range(0, 121, 10):
        plant.journal.append(Block(tick=before + minutes * MINUTE))
    record = offer.daily(plant.site, "2026-12-01", LINE, now=before + 120 * MINUTE)
    for limit in record.limits:
        assert limit.seconds["undecided"] == "7200"
        assert Decimal(limit.seconds["ok"]) <= (before - parse_time(record.start)) // 10**9
    assert spent(record) == [Decimal(86400)] * 2
    assert record.as_of == "2026-12-01T03:27:00Z"
    assert record.findings[-2:] == ["undecided", "to_come"]
    said = printed(offer.daily_pdf(plant.site, "2026-12-01", LINE, "en"))
    assert "Whatwasrecordedsince2026-12-0111:27:00isnotdecidedyet." in said


def test_a_record_that_ended_during_the_day_says_so_the_day_after(plant):
    """Time has passed by the wall clock and nothing was recorded: it is not to come, and nothing held."""
    later = EVENING + 30 * HOUR
    record = offer.daily(plant.site, "2026-12-02", LINE, now=later)
    air = record.limits[0]
    assert (air.seconds["to_come"], air.seconds["not_recorded"]) == ("0", "59")
    assert (record.complete, record.findings[-1]) == (False, "open_case")
    assert "not_recorded" in record.findings
    assert [each.seconds for each in record.unrecorded] == ["4260", "59"]
    whole = offer.daily(plant.site, "2026-12-03", LINE, now=later)
    assert {(each.seconds["ok"], each.seconds["to_come"]) for each in whole.limits} <= {("0", "0")}
    assert whole.unrecorded[0].seconds == "86400"


def test_no_verdict_is_credited_to_time_in_which_nothing_was_recorded(plant):
    """An hour without a reading that a patient limit bridges: it is not recorded, and a finding; a deviation stays one."""
    day, past = day_of("2026-12-01", "Asia/Shanghai"), read_past(plant.ledger)
    dark = (parse_time("2026-12-01T03:00:00Z"), parse_time("2026-12-01T04:00:00Z"))
    record = daily_record(
        LINE,
        day,
        past=past,
        site=plant.site,
        reach=Reach(day.end, day.end),
        timelines=timelines_of(past, LINE, day),
        readings={},
        unrecorded=[dark],
    )
    air = record.limits[0]
    assert (air.seconds["deviation"], air.seconds["not_recorded"]) == ("240", str(3600 - 240))
    assert spent(record) == [Decimal(86400)] * 2
    assert "not_recorded" in record.findings


def test_a_silence_that_became_no_case_is_among_the_notices(while_it_lasts):
    """Somebody was told; the day's record has it, and says that there is no case."""
    plant = while_it_lasts
    now = parse_time("2026-12-01T03:27:00Z")
    body = {
        "case": "",
        "event": "ab",
        "rung": 0,
        "again": None,
        "to": "li",
        "channel": "sms",
        "delivered": True,
    }
    plant.journal.append(Block(acts=(Act(now, "notice.sent", LINE, body=body, id="n"),), tick=now))
    clerk = Clerk("ZH-FZ", plant.ledger, plant.journal, plant.archive)
    clerk.resume()
    clerk.work(0, save=True)
    record = offer.daily(plant.site, "2026-12-01", LINE, now=now)
    assert [(each.case, each.to, each.delivered) for each in record.notices] == [(None, "li", True)]
    assert "asilence,nocase" in printed(offer.daily_pdf(plant.site, "2026-12-01", LINE, "en"))


def test_midnight_that_does_not_exist():
    """Where clocks go forward at midnight, the day begins at the change and has 23 hours."""
    day = day_of("2026-09-06", "America/Santiago")
    assert day.end - day.start == 23 * HOUR


def test_what_cannot_be_asked_for(plant):
    """No such day, no such line, a day to come: refused, with what there is."""
    with pytest.raises(ReportError, match="no day"):
        offer.daily(plant.site, "2026-13-01", LINE)
    with pytest.raises(ReportError, match="recorded are cold-3"):
        offer.daily(plant.site, "2026-12-01", "cold-4")
    with pytest.raises(ReportError, match="has not begun"):
        offer.daily(plant.site, "2027-01-01", LINE, now=EVENING)


@pytest.mark.parametrize(
    ("tongue", "facts"),
    [
        (
            "zh",
            (
                "每日食品安全检查记录",
                "2026年12月1日星期二",
                "23:56:00",
                "总局令第60号",
                "食品安全员",
                "人工检查",
            ),
        ),
        (
            "en",
            (
                "Daily food safety check record",
                "0:04:00",
                "order no. 60",
                "Checked by a person",
                "demo times",
            ),
        ),
    ],
)
def test_it_is_printed(plant, tongue, facts):
    """Title, day, hours, the rule that asks for it, places to sign, lines to fill in by hand; the same bytes."""
    made = offer.daily_pdf(plant.site, "2026-12-01", LINE, tongue)
    said = printed(made)
    for fact in facts:
        assert fact.replace(" ", "") in said
    assert offer.daily_pdf(plant.site, "2026-12-01", LINE, tongue) == made
