"""Backup and restore of everything that is kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from haccpline.store import Store
from ledger.store import Ledger
from readings.errors import HaccplineError

MANIFEST = "backup.json"
_DATABASES = ("ledger.db", "completeness.db", "journal.db", "people.db", "inbox.db", "posted.db")


class BackupError(HaccplineError):
    """A backup cannot be made or put back."""


def back_up(store: Store, folder: Path, *, with_key: bool) -> Iterator[str]:
    """Copy a site's data while it runs: databases page by page as of one moment each, then the files they name.

    The ledger is copied first, and what was counted: whatever they name, the journal and the archive hold already.

    Yields:
        What was done, a sentence each.

    Raises:
        BackupError: the folder holds something, there is no data, or the copy does not hold.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is not an empty folder; name a new one")
    if not (store.folder / "ledger.db").exists():
        raise BackupError(f"{store.folder} holds no ledger; there is nothing to back up")
    folder.mkdir(parents=True, exist_ok=True)
    for name in _DATABASES:
        if (store.folder / name).exists():
            _copy_database(store.folder / name, folder / name)
            yield f"{name}: {(folder / name).stat().st_size} bytes"
    count = 0
    for path in sorted((store.folder / "segments").rglob("*.parquet")):
        target = folder / path.relative_to(store.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
        count += 1
    yield f"segments: {count} files"
    if with_key and (store.folder / "keys" / "site.key").exists():
        (folder / "keys").mkdir(mode=0o700)
        shutil.copy2(store.folder / "keys" / "site.key", folder / "keys" / "site.key")
        yield "the private key: guard this copy like the site"
    _check(folder)
    manifest = {
        "site": store.site,
        "files": {
            str(path.relative_to(folder)): _sha256(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    _sync(folder)
    yield f"checked: the ledger holds, and every file is listed in {folder / MANIFEST}"


def put_back(folder: Path, store: Store) -> Iterator[str]:
    """Put a backup in place of a site's data.

    Yields:
        What was done, a sentence each.

    Raises:
        BackupError: the backup does not hold or is another site's, or there is data already.
    """
    manifest = _manifest(folder)
    if manifest.site != store.site:
        raise BackupError(f"{folder} is a backup of {manifest.site}, not of {store.site}")
    for name, digest in manifest.files.items():
        path = folder / name
        if (
            Path(name).is_absolute()
            or ".." in Path(name).parts
            or not path.is_file()
            or _sha256(path) != digest
        ):
            raise BackupError(f"{path} is not the file that was backed up")
    if there := _in_the_way(store.folder, manifest):
        raise BackupError(
            f"{store.folder} holds {', '.join(there)}: move the whole folder away first; nothing is overwritten, and what"
            " lies beside a database would be read with it"
        )
    draft = store.folder.with_name(f".{store.folder.name}.restored")
    shutil.rmtree(draft, ignore_errors=True)
    for name in manifest.files:
        target = draft / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / name, target)
    _check(draft)
    _sync(draft)
    store.make()
    for part in draft.iterdir():
        part.replace(store.folder / part.name)
    draft.rmdir()
    yield f"{len(manifest.files)} files are back in {store.folder}"
    if not (store.folder / "keys" / "site.key").exists():
        yield "the private key was not in the backup: put keys/site.key back, or a new key will be made"


def _in_the_way(folder: Path, manifest: _Manifest) -> list[str]:
    """What a folder holds of a site's data: a log of another journal, say, would be taken for that of the restored one."""
    brought = {Path(name).parts[0] for name in manifest.files} | {"segments"}
    return sorted(path.name for path in folder.glob("*") if path.name in brought or ".db" in path.name)


class _Manifest(msgspec.Struct):
    site: str
    files: dict[str, str]


def _manifest(folder: Path) -> _Manifest:
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupError(f"{folder / MANIFEST} is not the list of a backup: {error}") from error


def _copy_database(source: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as reader,
        contextlib.closing(sqlite3.connect(target)) as writer,
    ):
        reader.backup(writer)


def _check(folder: Path) -> None:
    ledger = Ledger(folder / "ledger.db", read_only=True)
    try:
        ledger.check()
    finally:
        ledger.close()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
