"""The printed reports: Chinese without a system font, the same bytes, texts of people never read as source."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from functools import cache

import pypdf
import pytest

from dashboards.reports import glyphs, offer, typeset
from dashboards.reports.deviation_paper import deviation_paper
from dashboards.reports.errors import ReportError
from dashboards.reports.words import spoken

HOSTILE = (
    '#import "x": * $x^2$ \\ #sys.exit() </svg> `raw` *bold* _it_ @ref <label> // /* 😀 ' + "W" * 300
)  # as in conftest


def read(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(data))


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(data).pages)


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def printed(plant):
    """The text of the report of a case, in a language, printed once."""
    return cache(lambda case, tongue: text_of(offer.deviation_pdf(plant.site, plant.cases[case], tongue)))


@pytest.mark.parametrize(
    ("tongue", "facts"),
    [
        (
            "zh",
            (
                "偏离报告",
                "统一社会信用代码",
                "91350100M000100Y43",
                "福州速冻食品有限公司",
                "-4.4 °C",
                "盖章",
            ),
        ),
        (
            "en",
            (
                "Deviation report",
                "SC11334160230808",
                "Fuzhou Frozen Foods Ltd",
                "-4.4 °C",
                "2026-12-01 11:25:00",
            ),
        ),
    ],
)
def test_the_facts_are_printed(printed, tongue, facts):
    """A reader finds firm, code, worst value and time, what people entered, seal and opinion; in Chinese and English."""
    said = flat(printed(0, tongue))
    for fact in (*facts, "更换门封条；每周检查", "D20261130-C", "TE-301", "K-2026-118"):
        assert flat(fact) in said


def test_the_warning_of_the_plan_stands_on_every_page(plant):
    """`marked` and `draft` are printed at the top of each page."""
    for page in read(offer.deviation_pdf(plant.site, plant.cases[1], "en")).pages:
        assert "demo times" in page.extract_text()
        assert "Draft: the case is open" in page.extract_text()


def test_a_person_decides_and_the_paper_says_so(printed):
    """No report pretends to have been sent."""
    assert "decided by a responsible person" in printed(0, "en")
    assert "是否报送监管部门由责任人决定" in flat(printed(0, "zh"))


def test_what_is_missing_is_printed_as_missing(printed):
    """Not entered stands where a fact is expected; a full report has none."""
    assert printed(1, "zh").count("未填写") > 5
    assert "未填写" not in printed(0, "zh")


def test_all_fonts_are_inside_and_it_is_pdf_a(plant):
    """Every font is embedded, and the file says that it is PDF/A-3b."""
    reader = read(offer.deviation_pdf(plant.site, plant.cases[0], "zh"))
    names = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            described = below["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(described)
            names.add(str(below["/BaseFont"]))
    assert any("NotoSansSC" in name for name in names)
    said = reader.xmp_metadata.stream.get_data().decode()
    assert re.search(r"pdfaid:part>?=?\"?3", said)
    assert reader.pages[0].mediabox.width == pytest.approx(595, abs=1)


def test_the_data_is_attached(plant):
    """The JSON of the report travels in the PDF, unchanged."""
    reader = read(offer.deviation_pdf(plant.site, plant.cases[0], "zh"))
    ((name, (data,)),) = reader.attachments.items()
    assert name.startswith("ZH-FZ-")
    assert data == offer.deviation_json(plant.site, plant.cases[0])
    assert HOSTILE in json.loads(data)["done"][0]["entered"]["text"]


def test_the_same_report_is_the_same_bytes(plant):
    """Nothing of the clock or the machine gets into it."""
    first = offer.deviation_pdf(plant.site, plant.cases[0], "zh")
    assert offer.deviation_pdf(plant.site, plant.cases[0], "zh") == first


def test_texts_of_people_are_never_source(printed):
    """Typst commands, markup and markers in what an operator typed are printed as they are; an emoji as its code."""
    said = flat(printed(0, "en"))
    assert '#import"x":*$x^2$\\#sys.exit()</svg>`raw`*bold*_it_@ref<label>' in said
    assert "[U+1F600]" in said
    assert "W" * 300 in said


def test_hostile_names_everywhere(plant):
    """The firm's and the site's own names may hold anything printable."""
    enterprise = plant.site.enterprise.model_copy(
        update={"name": {"zh": HOSTILE}, "contact": "]#panic() \u202e"}
    )
    site = replace(plant.site, enterprise=enterprise, name={"zh": "#{1/0} 😀"})
    said = text_of(offer.deviation_pdf(site, plant.cases[0], "zh"))
    assert "]#panic() [U+202E]" in said
    assert "#{1/0} [U+1F600]" in said


def test_a_word_without_a_break_stays_on_the_page(plant):
    """A word of 300 letters is broken within its column: no glyph lies beyond the page's margin."""
    from_left = []
    for page in read(offer.deviation_pdf(plant.site, plant.cases[0], "en")).pages:
        page.extract_text(
            visitor_text=lambda text, cm, tm, *_: from_left.append(cm[4] + tm[4]) if text.strip() else None
        )
    assert max(from_left) < 595 - 40


def paper(plant, **changed):
    return replace(deviation_paper(offer.deviation(plant.site, plant.cases[0]), [], spoken("zh")), **changed)


def test_a_glyph_that_is_missing_is_an_error(plant, monkeypatch):
    """Were the marking of glyphs to fail, the paper would not be printed with holes."""
    monkeypatch.setattr(typeset, "printable", lambda value: value)
    with pytest.raises(ReportError, match="could not be displayed"):
        typeset.typeset(paper(plant, title="😀"), attached="{}", name="x.json", made=0)


def test_a_font_that_is_missing_is_an_error(plant, monkeypatch, tmp_path):
    """Without the font nothing is printed, and the message says what to install."""
    monkeypatch.setattr(glyphs, "find_spec", lambda _: None)
    with pytest.raises(ReportError, match="zhplot"):
        typeset.typeset(paper(plant), attached="{}", name="x.json", made=0)
    monkeypatch.setattr(typeset, "font_folder", lambda: tmp_path)
    monkeypatch.setattr(typeset, "printable", lambda value: value)
    with pytest.raises(ReportError, match=r"(?i)noto sans sc"):
        typeset.typeset(paper(plant), attached="{}", name="x.json", made=0)


def test_the_chart_is_in_it(printed):
    """The curve is drawn with its limit, in the reader's words."""
    assert "critical limit ≤ -15.0 °C" in printed(0, "en")
    assert "关键限值 ≤ -15.0 °C" in printed(0, "zh")
