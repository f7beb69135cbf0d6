"""The deviation report as data: everything the record knows, nothing made up, nothing that looks complete and isn't."""

from __future__ import annotations

import json

import jsonschema
import pytest

from dashboards.reports import offer
from dashboards.reports.deviation import deviation_schema
from dashboards.reports.deviation_paper_events import events_parts
from dashboards.reports.errors import ReportError
from dashboards.reports.words import Clock, spoken
from ingest.journal import SqliteJournal
from ledger.checkpoint import Checkpoint
from ledger.segments import evidence_digest
from readings.inputs import Series
from readings.ports import Rows
from readings.times import parse_time


def test_every_report_fits_its_schema(plant):
    """JSON of closed, contained and open cases validates against the schema that is printed."""
    jsonschema.Draft202012Validator.check_schema(deviation_schema())
    validator = jsonschema.Draft202012Validator(deviation_schema())
    for case in plant.cases:
        validator.validate(json.loads(offer.deviation_json(plant.site, case)))
    spoiled = json.loads(offer.deviation_json(plant.site, plant.cases[0])) | {"extra": 1}
    assert not validator.is_valid(spoiled)


def test_a_closed_case_is_final_and_lacks_nothing(plant):
    """Firm, product, limit, worst value and its time, instrument, answers, dispositions and signatures are there."""
    report = offer.deviation(plant.site, plant.cases[0])
    assert (report.status, report.missing) == ("final", [])
    assert report.marked == {"zh": "演示时间", "en": "demo times"}
    assert report.firm.credit_code == "91350100M000100Y43"
    assert report.lots_seen == ["D20261201-A"]
    (event,) = report.events
    assert event.worst is not None
    assert (event.worst.value, event.worst.unit, event.worst.at) == ("-4.4", "degC", "2026-12-01T03:25:00Z")
    (limit,) = report.limits
    assert limit.says["at_most"] == "-15.0 degC"
    assert limit.basis == "validated against the product simulant, report CS-2026-02"
    (instrument,) = report.instruments
    assert (instrument.id, instrument.calibration, instrument.standing) == ("TE-301", "K-2026-118", "soon")
    assert [(lot.lot, lot.disposition, lot.name) for lot in report.lots or ()] == [
        ("D20261201-A", "release", "陈静"),
        ("D20261130-C", "destroy", "陈静"),
    ]
    assert report.quantities.model_dump() == {
        "made": "1 200 箱",
        "held": "1 180 箱",
        "shipped": "20 箱，已召回",
    }
    assert [each.meaning for each in report.signatures] == ["disposed", "disposed", "verified"]
    assert report.signatures[-1].name == "王敏"
    (review,) = report.reviews
    assert (review.by, review.recorded_by) == ("仓山区市场监督管理局", "陈静")


def test_a_look_back_names_every_limit_that_is_decided_again(plant):
    """Its fault names the first; the report all of them, each once, in a row of its own."""
    report = offer.deviation(plant.site, plant.cases[0])
    (event,) = report.events
    assert event.looked_back_on == []
    looked = event.model_copy(update={"looked_back_on": ["CCP1/air", "CCP1/near"]})
    speech = spoken("zh")
    (facts,) = events_parts(
        report.model_copy(update={"events": [looked]}), speech, Clock(speech, report.timezone, event.start)
    )
    assert ("重新判定的限值", "CCP1/air, CCP1/near") in facts.rows


def test_what_is_affected_reaches_from_the_last_good_to_the_first_good_reading(plant):
    """The span is a range: from first to last beyond at least, from last good to first good at most."""
    affected = offer.deviation(plant.site, plant.cases[0]).events[0].affected
    assert affected.model_dump() == {
        "last_good": "2026-12-01T03:23:00Z",
        "first_beyond": "2026-12-01T03:24:00Z",
        "last_beyond": "2026-12-01T03:27:00Z",
        "first_good": "2026-12-01T03:28:00Z",
        "shortest_seconds": "180",
        "longest_seconds": "300",
        "counted_from": "2026-12-01T03:23:00Z",
        "counted_to": "2026-12-01T03:28:00Z",
        "counted_at": None,
        "flow_unknown": None,
    }
    loss = offer.deviation(plant.site, plant.cases[2]).events[0]
    assert (loss.kind, loss.worst) == ("monitoring_loss", None)
    assert loss.affected.last_good == loss.affected.first_beyond == "2026-12-02T07:59:00Z"
    assert loss.affected.longest_seconds == "4260"


def test_an_open_case_gives_a_draft_that_says_what_is_missing(plant):
    """Contained but not corrected: draft, each answer named as missing, null in the data."""
    report = offer.deviation(plant.site, plant.cases[1])
    assert report.status == "draft"
    assert report.answers.cause is None
    assert report.answers.correction == "关门"
    assert {"answers.cause", "quantities.shipped", "lots.disposition"} <= set(report.missing)
    untouched = offer.deviation(plant.site, plant.cases[2])
    assert untouched.lots is None
    assert {"lots", "answers.correction"} <= set(untouched.missing)


def test_while_it_lasts_the_worst_is_that_so_far(while_it_lasts):
    """A draft made in the middle of a deviation has the worst reading until now, and no end."""
    plant = while_it_lasts
    report = offer.deviation(plant.site, plant.cases[0])
    (event,) = report.events
    assert (event.end, event.affected.first_good, event.affected.longest_seconds) == (None, None, None)
    assert event.worst is not None
    assert (event.worst.value, event.worst.at) == ("-4.4", "2026-12-01T03:25:00Z")
    assert offer.deviation_pdf(plant.site, plant.cases[0], "zh").startswith(b"%PDF")


def test_a_site_without_its_firm_says_so(plant):
    """Without `enterprise` in the site file each of its fields is missing, by name."""
    from dataclasses import replace

    report = offer.deviation(replace(plant.site, enterprise=None), plant.cases[0])
    assert report.missing[:3] == ["firm.name", "firm.credit_code", "firm.licence"]


def test_the_report_can_be_found_and_proven(plant):
    """Its records stand in the ledger, under a checkpoint that covers them; its evidence digest is that of the readings."""
    report = offer.deviation(plant.site, plant.cases[0])
    assert [plant.ledger.record(seq).kind.partition(".")[0] for seq in report.records]
    assert report.checkpoint is not None
    assert report.checkpoint.size >= report.records[-1]
    named = Checkpoint.of(report.checkpoint.note.partition("\n\n")[0] + "\n")
    assert plant.ledger.root(named.size) == named.root
    (rests,) = report.events[0].evidence
    series = Series("cold-3", "air", "CS1.1")
    rows = plant.archive.read([series], parse_time(rests.start), parse_time(rests.end) + 1)
    known = rows.position <= rests.position
    assert evidence_digest(Rows(rows.block.take(known), rows.position[known])) == rests.digest
    assert rests.readings == int(known.sum())


def test_the_same_case_gives_the_same_bytes(plant):
    """JSON does not depend on when it is made, nor on what the ledger holds of other cases."""
    first = offer.deviation_json(plant.site, plant.cases[0])
    assert offer.deviation_json(plant.site, plant.cases[0]) == first
    assert json.loads(first)["as_of"] == "2026-12-01T05:00:00Z"


def test_a_closed_case_stays_as_it_is_while_time_goes_on(plant, monkeypatch):
    """Hours later the PDF of a case that is over has the same bytes, its chart included."""
    pdf = offer.deviation_pdf(plant.site, plant.cases[0], "zh")
    monkeypatch.setattr(SqliteJournal, "tick", lambda _: parse_time("2026-12-01T05:00:01Z"))
    assert offer.deviation_pdf(plant.site, plant.cases[0], "zh") == pdf


def test_no_such_case(plant):
    """An unknown case is refused, and the last known ones are named."""
    with pytest.raises(ReportError, match=plant.cases[2]):
        offer.deviation(plant.site, "nothing")


def test_nothing_was_recorded(plant, tmp_path):
    """A site without a ledger has nothing to report, and is told so."""
    from dataclasses import replace

    with pytest.raises(ReportError, match=r"ledger\.db is not there"):
        offer.deviation(replace(plant.site, folder=tmp_path), plant.cases[0])
