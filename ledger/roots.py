"""What sealed segments are worth: worked out one after the other, beside what is heard, for the ledger to tell once each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

from ledger.canonical import Body
from ledger.segments import sealed_body
from readings.beside import Beside
from readings.errors import HaccplineError
from readings.ports import Archive
from readings.times import ALWAYS, SECOND

_AGAIN = 60 * SECOND


@dataclass(slots=True, eq=False)
class Roots:
    """See the module.

    Args:
        site: the site's id.
        archive: says which segments there are.
        beside: works them out.

    Attributes:
        sealed: number of the last segment that was told, by line.
        failed: why a line's next segment cannot be told of, by line; it is tried again a minute later.
    """

    site: str
    archive: Archive
    beside: Beside
    sealed: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    _again: dict[str, int] = field(default_factory=dict)
    _under_way: tuple[str, Future[Body]] | None = None

    def told(self, lines: Collection[str], position: int, monotonic: int) -> Iterator[Body]:
        """Bodies of `segment.sealed` that are worked out by now; nobody waits for the others.

        Args:
            lines: whose segments are meant.
            position: of the journal; only segments that end there or before.
            monotonic: ns of a clock that never goes back.
        """
        while under_way := self._under_way or self._next(lines, position, monotonic):
            line, root = self._under_way = under_way
            if not root.done():
                return
            self._under_way = None
            try:
                body = root.result()
            except (HaccplineError, OSError) as error:  # its file is missing or damaged: other lines go on
                self.failed[line], self._again[line] = str(error), monotonic + _AGAIN
                continue
            self.failed.pop(line, None)
            self.sealed[line] = body["segment"]
            yield body

    def _next(self, lines: Collection[str], position: int, monotonic: int) -> tuple[str, Future[Body]] | None:
        for line in lines:
            if monotonic < self._again.get(line, ALWAYS):
                continue
            for segment in self.archive.segments(line, self.sealed.get(line, 0)):
                if segment.last > position:
                    break
                return line, self.beside.submit(sealed_body, self.site, segment)
        return None
