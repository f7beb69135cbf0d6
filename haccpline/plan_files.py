"""Plan files while the record runs: whether one says something else than when it was read."""

from __future__ import annotations

from pathlib import Path

from haccpline.site import Site, read_plan
from readings.errors import HaccplineError

_Stamp = tuple[int, int]  # when it was changed, ns; size


class PlanFiles:
    """The plan files of a site, as they were when the record began.

    Args:
        site: as its files said.
    """

    def __init__(self, site: Site) -> None:
        self._hashes = {path: plan.hash for plan, _, path in site.plans.values()}
        self._looked: dict[Path, tuple[_Stamp, str]] = {}

    @property
    def trouble(self) -> str | None:
        """Which of them have changed since, and what to do; None if none has. A file is read again when it changes."""
        found = [words for path in self._hashes if (words := self._changed(path))]
        return "; ".join(found) or None

    def _changed(self, path: Path) -> str:
        try:
            said = path.stat()
        except OSError as error:
            return f"{path}: {error.strerror}; the plan that was adopted goes on"
        stamp = (said.st_mtime_ns, said.st_size)
        known = self._looked.get(path)
        if known is None or known[0] != stamp:
            self._looked[path] = known = (stamp, self._read(path))
        return known[1]

    def _read(self, path: Path) -> str:
        try:
            plan, _ = read_plan(path)
        except HaccplineError as error:
            first = str(error).splitlines()[0]
            return f"{path} was changed and cannot be used; the plan that was adopted goes on: {first}"
        if plan.hash == self._hashes[path]:
            return ""
        return (
            f"{path} was changed: it says version {plan.hash[:12]}, which is not adopted;"
            " start the record again to have it take over from its effective_from on"
        )
