"""Rows of a CSV or Parquet file, batch by batch, as Arrow columns; and where in the file a row stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from gateway.errors import FileError
from gateway.filemap import FileMap

_CSV_BYTES = 4 << 20  # of text in a batch; several are read ahead
_PARQUET_ROWS = 1 << 20


class RowError(Exception):
    """Something is wrong in a row, counted from 0 in its file."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


class Rows(Protocol):
    """A file of rows.

    Attributes:
        path: the file.
        names: its columns.
    """

    path: Path
    names: tuple[str, ...]

    def batches(self, columns: Sequence[str], *, rows: int) -> Iterator[Any]:
        """These columns as pyarrow.RecordBatch, of about so many rows at most, in the file's order."""

    def error(self, row: int, message: str) -> FileError:
        """The error that says where the row stands."""


def open_rows(path: Path, mapping: FileMap | None) -> Rows:
    """The rows of a file: Parquet by its name, everything else CSV, unpacked where its name says so.

    Raises:
        FileError: missing, empty, or not what its name says.
    """
    if not path.is_file():
        raise FileError(
            f"{path}: " + ("it is a folder; name a file" if path.is_dir() else "there is no such file")
        )
    if path.suffix in (".parquet", ".pq"):
        return ParquetRows(path)
    if mapping is not None and mapping.on_foot:
        from gateway.file_tables import TableRows

        return TableRows(path, mapping)
    return CsvRows(path, mapping)


def opened(path: Path, encoding: str) -> io.TextIOWrapper:
    """The text of a file, unpacked where its name says so; what is none is replaced."""
    import pyarrow as pa

    return io.TextIOWrapper(pa.input_stream(str(path)), encoding=encoding, errors="replace", newline="")


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Reads from a file.

    Raises:
        FileError: it ends too soon, cannot be unpacked or is otherwise not what its name says.
    """
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException, csv.Error) as error:
        raise FileError(f"{path}: the file is damaged, or not what its name says: {error}") from error


def names_of(header: Sequence[str], path: Path, line: int) -> tuple[str, ...]:
    """The names of columns.

    Raises:
        FileError: none, or one twice.
    """
    names = tuple(name.strip().removeprefix("\ufeff") for name in header)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice or not any(names):
        wrong = (
            f"columns named twice: {', '.join(twice)}" if twice else "no header; expected names of columns"
        )
        raise FileError(f"{path}:{line}: {wrong}")
    return names


class ParquetRows:
    """Rows of a Parquet file."""

    def __init__(self, path: Path) -> None:
        """Read the schema.

        Raises:
            FileError: not Parquet.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowException, OSError) as error:
            raise FileError(f"{path}: not a Parquet file: {error}") from error
        self.names = tuple(schema.names)
        text = (pa.types.is_string, pa.types.is_large_string)
        self._texts = [field.name for field in schema if any(kind(field.type) for kind in text)]

    def batches(self, columns: Sequence[str], *, rows: int = _PARQUET_ROWS) -> Iterator[Any]:
        """These columns; texts come dictionary-encoded.

        Raises:
            FileError: it is damaged.
        """
        import pyarrow.parquet as pq

        texts = [name for name in self._texts if name in columns]
        with refusing(self.path), pq.ParquetFile(self.path, read_dictionary=texts) as file:
            yield from file.iter_batches(batch_size=min(rows, _PARQUET_ROWS), columns=list(columns))

    def error(self, row: int, message: str) -> FileError:
        """Names the row from 1, for Parquet has no lines."""
        return FileError(f"{self.path}: row {row + 1}: {message}")


class CsvRows:
    """Rows of a CSV file; every field is a text."""

    def __init__(self, path: Path, mapping: FileMap | None) -> None:
        """Read the header.

        Raises:
            FileError: no header, one name twice, or damaged.
        """
        self.path = path
        self._skip = mapping.skip if mapping else 0
        self._delimiter = mapping.delimiter if mapping else ","
        with refusing(path), self._text() as file:
            for _ in range(self._skip):
                file.readline()
            header = next(csv.reader(file, delimiter=self._delimiter), [])
        self.names = names_of(header, path, self._skip + 1)

    def _text(self) -> io.TextIOWrapper:
        return opened(self.path, "utf-8")

    def batches(self, columns: Sequence[str], *, rows: int = 1 << 20) -> Iterator[Any]:
        """These columns, as texts.

        Raises:
            FileError: a row has fields too many or too few, or the file is damaged.
        """
        with refusing(self.path):
            yield from self._batches(columns, rows)

    def _batches(self, columns: Sequence[str], rows: int) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import csv as pacsv

        try:
            with pacsv.open_csv(
                pa.input_stream(str(self.path)),
                read_options=pacsv.ReadOptions(
                    column_names=list(self.names), skip_rows=self._skip + 1, block_size=_CSV_BYTES
                ),
                parse_options=pacsv.ParseOptions(delimiter=self._delimiter),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(self.names, pa.string()),
                    include_columns=list(columns),
                    strings_can_be_null=False,
                ),
            ) as reader:
                for batch in reader:
                    for start in range(0, len(batch), rows):
                        yield batch.slice(start, rows)
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            raise self._malformed(error) from error

    def _malformed(self, error: Exception) -> FileError:
        """The first row of another length, found by reading on foot."""
        with self._text() as file:
            for _ in range(self._skip):
                file.readline()
            rows = csv.reader(file, delimiter=self._delimiter)
            for row in rows:
                if row and len(row) != len(self.names):
                    return FileError(
                        f"{self.path}:{self._skip + rows.line_num}: {len(row)} fields where the header has "
                        f"{len(self.names)}; mend the line, or say `ragged: true` in a map"
                    )
        return FileError(f"{self.path}: {error}")

    def error(self, row: int, message: str) -> FileError:
        """Names the line."""
        with self._text() as file:
            for _ in range(self._skip):
                file.readline()
            rows = csv.reader(file, delimiter=self._delimiter)
            data = (rows.line_num for each in rows if each)
            next(data, None)  # the header
            line = next((number for index, number in enumerate(data) if index == row), 0)
        return FileError(f"{self.path}:{self._skip + line}: {message}")
