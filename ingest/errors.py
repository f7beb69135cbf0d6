"""What can go wrong on the way home, in words a person can act on."""

from __future__ import annotations

from readings.errors import HaccplineError


class StoreError(HaccplineError):
    """A database file cannot be used: damaged, missing, of a later version, or held by another process."""


class ArchiveError(HaccplineError):
    """A file of the archive is missing or does not hold what the catalogue says."""


class UnansweredError(ArchiveError, OSError):
    """Whether readings are known, a file of the archive cannot say: whoever offers them keeps them and tries again."""


class LineProtocolError(HaccplineError):
    """A name cannot be written as a tag of InfluxDB's line protocol."""


class InfluxError(HaccplineError):
    """InfluxDB answered something that a person has to look at."""


class InfluxUnreachableError(InfluxError):
    """InfluxDB did not answer, or asked to wait; trying again later is all there is to do."""


class QuarantineError(HaccplineError):
    """An item of the quarantine cannot be settled: unknown, settled already, or of the other kind."""


class JournalFullError(StoreError, OSError):
    """The journal is at its bound and takes no readings: whoever offers some keeps them and tries again."""


class PostedFullError(StoreError, OSError):
    """Too much that was handed in waits for the record process: whoever hands in keeps it and tries again."""


class PostedOtherwiseError(HaccplineError):
    """Another post came with the same key before."""


class LostError(StoreError):
    """The journal lacks blocks that were acknowledged."""
