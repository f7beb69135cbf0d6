"""What the health page says: in the reader's language, of units what they did not give, and that the disk is full."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from dashboards.pages.findings import health_values
from dashboards.pages.render import html
from dashboards.pages.words import Words
from dashboards.views import disk
from dashboards.views.health import findings_of
from dashboards.views.plant import Plant
from dashboards.views.standing import Doubt, Standing

Page = Callable[..., str]
DOUBT = {"kind": "faint", "about": "cold-3/air/1", "facts": {"series": "cold-3/air/1", "raw": "2.3e-41"}}
OLDER = {"kind": "of tomorrow", "about": "", "facts": {}}


@pytest.fixture
def known(plant: Any) -> Iterator[Plant]:
    made = Plant(plant.view)
    yield made
    made.close()


@pytest.fixture
def page(known: Plant) -> Page:
    """page(language, what the record process says otherwise): the part of the page that changes."""

    def made(tongue: str, **more: Any) -> str:
        words, snap = Words(tongue, "Asia/Shanghai"), known.refresh()  # type: ignore[arg-type]
        said = msgspec.json.decode(msgspec.json.encode(snap.health.said | more))
        health = replace(snap.health, said=said, findings=tuple(findings_of(said, 0)))
        snap = replace(snap, health=health)
        return html("health_now.html", words, snap, **health_values(words, snap))

    return made


def test_a_doubt_is_said_in_the_readers_language(page: Page) -> None:
    """With its source; one of a kind that is not known in the record process's own words, marked as English."""
    trouble = [
        {"kind": "doubt", "words": "plc: cold-3/air/1 reads 2.3e-41, which", "source": "plc", "doubt": DOUBT},
        {"kind": "doubt", "words": "plc: something else", "source": "plc", "doubt": OLDER},
    ]
    chinese = page("zh", trouble=trouble)
    assert "plc：cold-3/air/1 的读数为 2.3e-41，任何仪表都测不出这样的值：请核对其类型和字节顺序" in chinese
    assert '<span lang="en">plc: something else</span>' in chinese
    assert "plc: cold-3/air/1 reads 2.3e-41, which no instrument measures" in page("en", trouble=trouble)


def test_units_say_what_was_asked_in_vain(page: Page, known: Plant) -> None:
    """By reason, and which addresses they refuse; of one where nothing was, none."""
    (source,) = known.refresh().health.said["sources"]
    one, other = source["units"]
    one |= {"errors": {"garbled": 1234, "illegal address": 2}, "refused": ["holding 10 to 17"]}
    other |= {"errors": {}, "refused": []}
    english = page("en", sources=[source])
    assert "garbled: 1\u202f234; illegal address: 2; refuses holding 10 to 17</td>" in english
    assert 'data-label="Requests without values">none</td>' in english
    assert "应答乱码: 1\u202f234; " in page("zh", sources=[source])


def test_a_full_disk_is_found_by_the_page_itself(known: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record process may not be able to say so any more; where it does, it is said once. Every disk is full here."""
    assert all(each.code != "disk" for each in known.refresh().health.findings)
    monkeypatch.setattr(disk, "FULL", 2**62)
    snap = known.refresh()
    assert (snap.health.findings[0].code, snap.health.findings[0].text) == ("disk", str(known.site.folder))
    assert not snap.health.well
    for tongue, text in (
        ("en", "The disk is full: nothing can be recorded"),
        ("zh", "磁盘已满：腾出空间之前无法记录"),
    ):
        words = Words(tongue, "Asia/Shanghai")  # type: ignore[arg-type]
        assert text in html("health_now.html", words, snap, **health_values(words, snap))


def test_a_full_disk_is_named_before_what_comes_from_it(known: Plant) -> None:
    """On the page Health, and on the board, where nothing is of now."""
    path = known.site.folder / "health.json"
    said = msgspec.json.decode(path.read_bytes())
    said["trouble"] = [{"kind": "commit", "words": "no space"}, {"kind": "disk", "words": "it is full"}]
    path.write_bytes(msgspec.json.encode(said))
    snap = known.refresh()
    assert [each.about for each in snap.health.findings if each.code == "said"] == ["disk", "commit"]
    assert snap.health.findings[0].about == "disk"
    words, stuck = Words("en", "Asia/Shanghai"), Standing(Doubt.STUCK, snap.at, snap.at)
    assert "The disk is full: nothing can be recorded until there is room. What stands below" in html(
        "state.html", words, replace(snap, standing=stuck)
    )


def test_one_is_counted_in_words_that_fit_any_number(page: Page) -> None:
    """Not "1 items lie"."""
    english = page(
        "en", quarantine={"reading": 1, "copy": 0}, started="2026-12-01T00:00:00Z", at=time.time_ns()
    )
    assert "In quarantine, waiting for a decision: 1." in english
    assert "waiting for a decision: 1</dd>" in english
