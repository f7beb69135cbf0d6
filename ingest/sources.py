"""Which source of the site file each series comes from, and how many readings each source gave."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import numpy as np

from readings.block import I32
from readings.inputs import Series

NO_SOURCE = ""  # by hand, over HTTP, from a file; or from before sources were told apart


class SourceOfSeries:
    """The source of each series, by code.

    A series keeps its source until `bind` says otherwise; what is sealed stays counted for the source it came from.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT code, line, sensor, point, source FROM series ORDER BY code")
        self._series: list[Series] = []
        self._names = [NO_SOURCE]
        self._of: list[int] = []  # by code, index in `_names`
        self._bound: dict[Series, str] = {}
        self._known = np.empty(0, np.int32)
        for _, line, sensor, point, source in rows:
            self._add(Series(line, sensor, point), source)

    def bind(self, bound: Mapping[Series, str]) -> list[tuple[str, int]]:
        """From now on series belong to these sources; name and code of known ones that did not.

        Args:
            bound: source by series; those left out belong to none.
        """
        self._bound = dict(bound)
        changed = []
        for code, series in enumerate(self._series):
            name = self._bound.get(series, NO_SOURCE)
            if name != self._names[self._of[code]]:
                self._of[code] = self._index(name)
                changed.append((name, code))
        self._known = np.empty(0, np.int32)
        return changed

    def differs(self, bound: Mapping[Series, str]) -> bool:
        """Whether any known series belongs to another source than these say."""
        return any(
            bound.get(series, NO_SOURCE) != self._names[self._of[code]]
            for code, series in enumerate(self._series)
        )

    def meet(self, series: Series) -> None:
        """A series that is new: it gets the next code."""
        self._add(series, self._bound.get(series, NO_SOURCE))

    def name_of(self, code: int) -> str:
        """The source of a series."""
        return self._names[self._of[code]]

    def count(self, codes: I32) -> dict[str, int]:
        """How many of these rows each source gave.

        Args:
            codes: int32 [n], the series of each row.
        """
        if not len(codes):
            return {}
        if len(self._known) != len(self._of):
            self._known = np.array(self._of, np.int32)
        counts = np.bincount(self._known[codes], minlength=len(self._names)).tolist()
        return {name: count for name, count in zip(self._names, counts, strict=True) if count}

    def _add(self, series: Series, source: str) -> None:
        self._series.append(series)
        self._of.append(self._index(source))

    def _index(self, name: str) -> int:
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)
