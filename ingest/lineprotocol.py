"""InfluxDB's line protocol, from columns; the schema is in docs/data-dictionary.md and does not change.

Source of the rules: InfluxDB 2 reference, "Line protocol"; where 1.6.7 is stricter, what it takes.
"""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np

from ingest.errors import LineProtocolError
from readings.block import I64, NO_SEQ, Block
from readings.inputs import Series
from readings.quality import REASON_TEXT, Quality
from readings.written import doubles_written, written

READING = "reading"
VERDICT = "verdict"
HEALTH = "health"
WHOLE_SITE = "-"  # the tag `source` of what health says of the whole site
_TAG = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_TEXT = str.maketrans({'"': r"\"", "\\": "\\\\"})


def tag(value: str) -> str:
    """A tag's value, escaped.

    Raises:
        LineProtocolError: empty, with a line break, or with a backslash at its end: no InfluxDB can read it.
    """
    if not value or value.endswith("\\") or not value.isprintable():
        raise LineProtocolError(
            f"{value!r} cannot be a tag in InfluxDB: it must not be empty, hold line breaks or control"
            " characters, or end in a backslash; give it another name"
        )
    return value.translate(_TAG)


def text(value: str) -> str:
    """A text field's value, quoted; line breaks become spaces, for a line ends with one."""
    return f'"{" ".join(value.splitlines()).translate(_TEXT)}"'


def series_tags(site: str, series: Series) -> str:
    """The tags of a series: line, point, sensor, site.

    Raises:
        LineProtocolError: a name cannot be a tag.
    """
    return f"line={tag(series.line)},point={tag(series.point)},sensor={tag(series.sensor)},site={tag(site)}"


@lru_cache(maxsize=65_536)
def _series_head(site: str, series: Series) -> str:
    return f"{READING},{series_tags(site, series)} "


REASONS = {code: REASON_TEXT.get(code, f"reason {code}") for code in range(256)}


def reading_lines(block: Block, site: str) -> list[bytes]:
    """A line for each reading of the block, in its order.

    Measurement `reading`, tags line, point, sensor, site; fields value and raw where there is a number,
    quality, reason, received (ns), seq where there is one. A bad reading has no value.

    Raises:
        LineProtocolError: a series has a name that cannot be a tag.
    """
    if not len(block):
        return []
    heads = np.array([_series_head(site, series) for series in block.series], np.object_)
    value = np.where(np.isfinite(block.value) & (block.quality != Quality.BAD), block.value, np.nan)
    raw = np.where(np.isfinite(block.raw), block.raw, np.nan)
    columns = (
        heads[block.which].tolist(),
        doubles_written(value, partial(_field, "value")),
        doubles_written(raw, partial(_field, "raw")),
        written(block.quality * np.int64(256) + block.reason, _provenances),
        written(block.received, lambda some: [f"{time}i" for time in some.tolist()]),
        written(block.seq, lambda some: ["" if seq == NO_SEQ else f",seq={seq}i" for seq in some.tolist()]),
        written(block.time, lambda some: [f" {time}" for time in some.tolist()]),
    )
    return "\n".join(map("".join, zip(*columns, strict=True))).encode().split(b"\n")


def _field(name: str, numbers: list[float]) -> list[str]:
    return ["" if math.isnan(number) else f"{name}={number!r}," for number in numbers]


def _provenances(codes: I64) -> list[str]:
    """What is said of readings whose codes are quality * 256 + reason."""
    return [
        f"quality={text(Quality(code >> 8).name.lower())},reason={text(REASONS[code & 0xFF])},received="
        for code in codes.tolist()
    ]


def verdict_line(  # noqa: PLR0913 - the schema has so many
    *,
    site: str,
    line: str,
    ccp: str,
    limit: str,
    unit: str,
    time: int,
    verdict: str,
    revision: int,
    worst: float | None = None,
    reason: str = "",
) -> bytes:
    """A line for one change of a verdict.

    Measurement `verdict`, tags ccp, limit, line, site, unit; fields verdict, revision, worst where there is
    one, reason. A revision is written at the time of every change point that it supersedes.

    Args:
        site: the site's name.
        line: the plan's line.
        ccp: the critical control point.
        limit: the limit's name.
        unit: the unit of product; `-` for a line that has none.
        time: since when the verdict holds, ns UTC.
        verdict: ok, operating, deviation, indeterminate, suspended or starting.
        revision: 0 for the first decision.
        worst: the worst value of the span.
        reason: in words.

    Raises:
        LineProtocolError: a name cannot be a tag.
    """
    tags = _verdict_tags(site, line, ccp, limit, unit)
    number = f"worst={float(worst)!r}," if worst is not None and np.isfinite(worst) else ""
    fields = f"verdict={text(verdict)},revision={int(revision)}i,{number}reason={text(reason)}"
    return f"{VERDICT},{tags} {fields} {int(time)}".encode()


def worst_line(*, site: str, line: str, ccp: str, limit: str, unit: str, time: int, worst: float) -> bytes:  # noqa: PLR0913 - the tags are so many
    """A line that gives a verdict point the worst value of its whole span, once that is over; the rest stays.

    Args:
        site: as in `verdict_line`, and so on.
        line: the plan's line.
        ccp: the critical control point.
        limit: the limit's name.
        unit: the unit of product.
        time: since when the verdict holds, ns UTC.
        worst: finite.

    Raises:
        LineProtocolError: a name cannot be a tag.
    """
    return (
        f"{VERDICT},{_verdict_tags(site, line, ccp, limit, unit)} worst={float(worst)!r} {int(time)}".encode()
    )


def _verdict_tags(site: str, line: str, ccp: str, limit: str, unit: str) -> str:
    return f"ccp={tag(ccp)},limit={tag(limit)},line={tag(line)},site={tag(site)},unit={tag(unit)}"
