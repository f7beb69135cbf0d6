"""What other systems handed in with evidence, as the deviation report prints it."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from dashboards.reports import offer
from dashboards.reports.deviation import HandedIn
from dashboards.reports.deviation_paper import deviation_paper
from dashboards.reports.handed_in import handed_in_part
from dashboards.reports.typeset import typeset
from dashboards.reports.words import Clock, spoken

SNAPSHOT = HandedIn(
    record=5,
    at="2026-12-01T03:25:30Z",
    sensor="air",
    value="-4.4",
    note="#door <open>",
    url="https://nvr.plant.example/cameras/north/2026/12/01/snapshot-000000881.jpg",
    sha256="0123456789abcdef" * 4,
    source="nvr",
)


@pytest.mark.parametrize(
    ("tongue", "title"),
    [("en", "Handed in by other systems with evidence"), ("zh", "其他系统提交的事件及佐证")],
)
def test_address_and_hash_are_printed_whole(plant, tongue, title):
    """The address and all 64 digits stand on the page, as text; the time is the site's."""
    report = offer.deviation(plant.site, plant.cases[0]).model_copy(update={"handed_in": [SNAPSHOT]})
    paper = deviation_paper(report, [], spoken(tongue))
    data = typeset(paper, attached="{}", name="report.json", made=0)
    text = "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())
    for part in (title, SNAPSHOT.url, SNAPSHOT.sha256, SNAPSHOT.note, "11:25"):
        assert "".join(part.split()) in text


def test_where_nothing_was_handed_in_nothing_is_said(plant):
    """No part of the report."""
    report = offer.deviation(plant.site, plant.cases[0])
    assert report.handed_in == []
    assert handed_in_part(report, spoken("en"), Clock(spoken("en"), report.timezone, report.as_of)) == []
