"""Tables that loggers write: behind a preamble, below a row of units, one of several, short of fields; read row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gateway.errors import FileError
from gateway.file_rows import names_of, opened, refusing
from gateway.filemap import FileMap

_AT_ONCE = 1 << 16


class TableRows:
    """Rows of a table in a text file, as `gateway.file_rows.Rows`.

    Args:
        path: of the file.
        mapping: says where the table is.

    Raises:
        FileError: it is not there, has no header, or its units are others.
    """

    def __init__(self, path: Path, mapping: FileMap) -> None:
        self.path, self._map = path, mapping
        rows = self._rows()
        found = next(rows, None)
        if found is None:
            wanted = f" that begins with {mapping.header!r}" if mapping.header else ""
            which = f" (number {mapping.table})" if mapping.table > 1 else ""
            raise FileError(f"{path}:1: there is no header{wanted}{which}")
        self._header = found
        self.names = names_of(found[1], path, found[0])
        for name in (*mapping.units, *mapping.must):
            if name not in self.names:
                raise FileError(
                    f"{path}:{found[0]}: there is no column {name}; there are {', '.join(self.names)}"
                )
        if mapping.units:
            self._check_units(*(next(rows, None) or (found[0] + 1, [])))

    def _check_units(self, line: int, fields: Sequence[str]) -> None:
        for name, unit in self._map.units.items():
            at = self.names.index(name)
            said = fields[at].strip() if at < len(fields) else ""
            if said != unit:
                raise FileError(f"{self.path}:{line}: the unit of {name} is {said!r}; the map says {unit!r}")

    def batches(self, columns: Sequence[str], *, rows: int = _AT_ONCE) -> Iterator[Any]:
        """These columns, as texts.

        Raises:
            FileError: a row has fields too many or too few, or says something else than the map says it must.
        """
        import pyarrow as pa

        places = [self.names.index(name) for name in columns]
        most = max(1, min(rows, _AT_ONCE))
        taken: list[list[str]] = []

        def batch() -> Any:
            return pa.RecordBatch.from_arrays(
                [pa.array([row[place] for row in taken], pa.string()) for place in places], list(columns)
            )

        for _, fields in self._data():
            taken.append(fields)
            if len(taken) == most:
                yield batch()
                taken = []
        if taken:
            yield batch()

    def error(self, row: int, message: str) -> FileError:
        """Names the line."""
        line = next((line for number, (line, _) in enumerate(self._data()) if number == row), 0)
        return FileError(f"{self.path}:{line}: {message}")

    def _data(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header, each with its line and a field for each column."""
        rows, width = self._rows(), len(self.names)
        for _ in range(2 if self._map.units else 1):
            next(rows, None)
        must = [(self.names.index(name), name, said) for name, said in self._map.must.items()]
        for line, fields in rows:
            if fields == self._header[1]:
                continue
            if len(fields) < width and not self._map.ragged:
                raise FileError(
                    f"{self.path}:{line}: {len(fields)} fields where the header has {width}; mend the line, or say"
                    " `ragged: true` in a map"
                )
            if any(field.strip() for field in fields[width:]):
                raise FileError(f"{self.path}:{line}: {len(fields)} fields where the header has {width}")
            whole = fields + [""] * (width - len(fields))
            for place, name, said in must:
                if whole[place].strip() != said:
                    raise FileError(
                        f"{self.path}:{line}: {name} is {whole[place].strip()!r}; the map says that it must be {said!r}"
                    )
            yield line, whole

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows of the table with their lines, the header first."""
        with refusing(self.path), opened(self.path, self._map.encoding) as file:
            passed = self._map.skip
            if self._map.header is not None:
                header = self._to_header(file)
                if header is None:
                    return
                yield header
                passed = header[0]
            for _ in range(self._map.skip):
                file.readline()
            lines = csv.reader(file, delimiter=self._map.delimiter)
            for fields in lines:
                if any(field.strip() for field in fields):
                    yield passed + lines.line_num, fields
                elif self._map.header and not fields:
                    return

    def _to_header(self, file: Any) -> tuple[int, list[str]] | None:
        """The line and fields of the header; None where there is none."""
        number = seen = 0
        inside = False  # the same header further down in a table is none of another table
        while line := file.readline():
            number += 1
            text = line.removeprefix("\ufeff")
            if text.startswith(self._map.header or ""):
                seen += not inside
                inside = True
                if seen == self._map.table:
                    return number, next(csv.reader([text], delimiter=self._map.delimiter))
            elif not text.strip():
                inside = False
        return None
