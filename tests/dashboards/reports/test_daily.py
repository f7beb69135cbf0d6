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
from dashboards.reports.days import day_of, timelines_of
from dashboards.reports.errors import ReportError
from dashboards.reports.past import read_past
from readings.times import HOUR, parse_time

LINE = "cold-3"


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
    record = offer.daily(plant.site, "2026-12-02", LINE)
    air = record.limits[0]
    assert air.seconds["indeterminate"] == "4260"
    assert air.seconds["to_come"] == "59"
    assert [gap.seconds for gap in record.gaps] == ["4260", "4260"]
    assert [event.kind for event in record.events] == ["deviation", "monitoring_loss"]
    assert record.findings == ["deviation", "monitoring_loss", "gap", "open_case", "to_come"]
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
        until=from_utc.end,
        timelines=timelines,
        readings={},
    )
    assert spent(record) == [Decimal(hours * 3600)] * 2
    assert record.limits[0].seconds["deviation"] == "240"


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
        offer.daily(plant.site, "2027-01-01", LINE)


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
    said = "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(made)).pages)
    for fact in facts:
        assert fact.replace(" ", "") in said
    assert offer.daily_pdf(plant.site, "2026-12-01", LINE, tongue) == made
