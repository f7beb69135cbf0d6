"""Some of a device's values, which fall due together: from the answers to a block of readings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from gateway.columns import QUALITY_OF
from gateway.decoder import Decoder
from gateway.device import Device, Point, Reply
from gateway.requests import Span
from readings.block import I32, NO_SEQ, Block
from readings.inputs import LONE_POINT, State
from readings.quality import Quality, Reason
from readings.times import MS, US, arrival

_MOST = 100_000  # bad readings that one long silence makes of a share; a longer one is told at fewer moments
_KNOWN = 64  # sets of requests that are kept compiled


class Share:
    """Values of a device that are read in the same polls.

    Attributes:
        wanted: what must be read for them.
    """

    def __init__(self, device: Device, points: Sequence[Point]) -> None:
        """Take some of a device's values."""
        self.wanted = device.wanted(points)
        self._device = device
        texts = [point for point in points if point.meaning.gauge is None]
        numbers = [point for point in points if point.meaning.gauge is not None]
        self._texts = tuple(point.series for point in texts)
        self._series = tuple(point.series for point in numbers)
        self._which: I32 = np.arange(len(numbers), dtype=np.int32)
        self._meanings = [point.meaning for point in (*numbers, *texts)]
        self._compiled: dict[tuple[Span, ...], tuple[Decoder, np.ndarray]] = {}

    def block(self, replies: Mapping[Span, Reply]) -> Block:
        """Readings, one for each number whatever happened, and the texts that could be read.

        A reading has the device's time, or else the time of its own response; so has a text, if that time is in no doubt.

        Args:
            replies: for requests that together hold all that is wanted.

        Raises:
            KeyError: no request reads a value.
        """
        asked = sorted(replies, key=lambda request: isinstance(replies[request].answer, Reason))
        decoder, of = self._decoder(tuple(asked))
        given = [replies[request] for request in asked]
        said = decoder.read([reply.answer for reply in given])
        count = len(self._series)
        received = np.array([reply.time for reply in given], np.int64)[of]
        event, doubt = self._device.time_in(replies)
        came = arrival(received)
        time = came if event is None else np.full(len(of), event)
        received = received - received % MS
        # of each number value, raw and reason
        value, raw, reason = np.array(said[:count], np.float64).reshape(-1, 3).T
        why = reason.astype(np.uint8)
        if doubt is not Reason.NONE:
            why[QUALITY_OF[why] < doubt.quality] = doubt
            value = np.where(QUALITY_OF[why] == Quality.BAD, math.nan, value)
        return Block(
            series=self._series,
            which=self._which,
            time=time[:count],
            value=np.ascontiguousarray(value),
            raw=np.ascontiguousarray(raw),
            quality=QUALITY_OF[why],
            reason=why,
            received=received[:count],
            seq=np.full(count, self._device.counter_in(replies), np.int64),
            states=tuple(
                State(int(at), series.line, series.sensor, text, _zone(series.point), int(heard))
                for series, text, at, heard in zip(
                    self._texts,
                    said[count:],
                    (time if doubt is Reason.NONE else came)[count:],
                    received[count:],
                    strict=True,
                )
                if isinstance(text, str)
            ),
        )

    def _decoder(self, asked: tuple[Span, ...]) -> tuple[Decoder, np.ndarray]:
        found = self._compiled.get(asked)
        if found is None:
            decoder = Decoder(self._meanings, asked)
            found = decoder, np.array([places[0] for places in decoder.rests_on], np.intp)
            if len(self._compiled) >= _KNOWN:
                self._compiled.clear()
            self._compiled[asked] = found
        return found

    def fail(self, reason: Reason, times: Sequence[int], *, received: int) -> Block:
        """A bad reading of each number at each of these times.

        Where that were more than a hundred thousand, it is told at fewer of the times, the first and the last among
        them: what lies between bad readings is known to be bad as well.

        Args:
            reason: why there is no value.
            times: when there should have been one, ns UTC.
            received: when this became known, ns UTC.
        """
        count, most = len(self._series), max(2, _MOST // max(1, len(self._series)))
        if len(times) > most:
            times = [times[at] for at in np.linspace(0, len(times) - 1, most).round().astype(int).tolist()]
        moments = np.array(times, np.int64)
        rows = count * len(moments)
        return Block(
            series=self._series,
            which=np.tile(self._which, len(moments)),
            time=np.repeat(moments - moments % US, count),
            value=np.full(rows, math.nan),
            raw=np.full(rows, math.nan),
            quality=np.full(rows, Quality.BAD, np.uint8),
            reason=np.full(rows, reason, np.uint8),
            received=np.full(rows, received - received % MS, np.int64),
            seq=np.full(rows, NO_SEQ, np.int64),
        )


def _zone(point: str) -> str:
    return "" if point == LONE_POINT else point
