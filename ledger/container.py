"""The one way to write a package's zip: stored, sorted, without times; the same files give the same bytes."""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from pathlib import Path

from ledger.errors import PackageError
from ledger.prove import MAX_BYTES, MAX_FILES, central_header, end_record, local_header


def write_container(path: Path, files: Mapping[str, Path]) -> None:
    """Write these files, by their names in the package, with fsync.

    Raises:
        PackageError: more or larger than a package can be.
    """
    total = sum(file.stat().st_size + 2 * len(name.encode()) + 100 for name, file in files.items())
    if len(files) > MAX_FILES or total > MAX_BYTES:
        raise PackageError(
            f"{len(files)} files of {total} bytes are more than a package can hold; "
            "export a shorter period or one line"
        )
    directory = b""
    with path.open("wb") as out:
        for name in sorted(files, key=str.encode):
            data = files[name].read_bytes()
            encoded, crc, offset = name.encode(), zlib.crc32(data), out.tell()
            out.write(local_header(encoded, crc, len(data)))
            out.write(data)
            directory += central_header(encoded, crc, len(data), offset)
        start = out.tell()
        out.write(directory)
        out.write(end_record(len(files), len(directory), start))
        out.flush()
        os.fsync(out.fileno())
