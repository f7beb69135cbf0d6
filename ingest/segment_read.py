"""Reading one file of the archive, run by run; what the disk has changed in it is told, never believed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.errors import ArchiveError
from ingest.segment_format import UNITS, VERSION, Runs, Shape
from ingest.segment_write import schema_of
from ingest.sheet import COLUMNS, EMPTY, Sheet

_END = b"PAR1"


class SegmentFile:
    """A file of the archive, open for reading; safe to use from several threads.

    Attributes:
        runs: where each series lies in it.
        shape: how its columns are written.
        damaged: whether it could not be read once: another may stand in its place since.

    Raises:
        ArchiveError: missing, damaged, or of a later release.
    """

    def __init__(self, path: Path, runs: Runs) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._path = path
        self._turn = threading.Lock()
        self.runs = runs
        self.damaged = False
        with self._told():
            # not mapped: what was read would stay resident, a cut file would kill
            self._file = pq.ParquetFile(path, page_checksum_verification=True)
            schema = self._file.schema_arrow
            about = json.loads((schema.metadata or {}).get(b"haccpline", b"{}"))
            if about.get("version") != VERSION:
                raise ArchiveError(f"{path}: of version {about.get('version')}; this release reads {VERSION}")
            unit = {name: schema.field(name).type.unit for name in ("time", "received")}
            self.shape = Shape(unit["time"], unit["received"], about["value"], about["raw"])
            if not schema.equals(schema_of(pa, about["line"], self.shape)):
                raise ValueError("its columns are not those of an archive")

    def sheet(self, wanted: npt.NDArray[np.bool_], columns: tuple[str, ...] = COLUMNS) -> Sheet:
        """The rows of the wanted runs, in file order; columns not asked for are empty.

        Raises:
            ArchiveError: the file is damaged.
        """
        runs = self.runs
        groups = np.unique(runs.group[wanted])
        if not groups.size:
            return EMPTY
        loaded = np.isin(runs.group, groups)
        ends = np.cumsum(runs.rows[loaded])
        keep = wanted[loaded]
        parts = [
            slice(end - rows, end)
            for end, rows in zip(ends[keep].tolist(), runs.rows[wanted].tolist(), strict=True)
        ]
        found: dict[str, Any] = {name: getattr(EMPTY, name) for name in COLUMNS}
        with self._told():
            table = self._read(groups.tolist(), [name for name in columns if name != "code"])
            if table.num_columns and table.num_rows != ends[-1]:
                raise ValueError(f"{table.num_rows} readings where the catalogue says {ends[-1]}")
            for name in table.column_names:
                column = _numbers(table.column(name))
                found[name] = np.concatenate([column[part] for part in parts]) if not keep.all() else column
        found["code"] = np.repeat(runs.code[wanted], runs.rows[wanted])
        return Sheet(**found)

    def _read(self, groups: list[int], columns: list[str]) -> Any:
        with self._turn:
            return self._file.read_row_groups(groups, columns=columns, use_threads=False)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever a library says of bytes that have changed is said of the file."""
        import pyarrow as pa

        try:
            yield
        except ArchiveError:
            raise
        except (
            OSError,
            pa.ArrowException,
            ArithmeticError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            self.damaged = True
            raise ArchiveError(f"{self._path}: {error}; restore it from the last backup") from error


def _numbers(column: Any) -> npt.NDArray[Any]:
    import pyarrow as pa

    if not pa.types.is_timestamp(column.type):
        return np.asarray(column.to_numpy())
    return np.asarray(column.cast(pa.int64()).to_numpy()) * UNITS[column.type.unit]


def is_whole(path: Path) -> bool:
    """Whether a file ends as a file of Parquet does: one that was cut has lost its end."""
    try:
        with path.open("rb") as file:
            file.seek(-len(_END), 2)
            return file.read() == _END
    except OSError:
        return False
