"""Writes a tree into a folder, and never over what somebody else put or changed there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from dashboards.grafana.errors import GrafanaError

MARK = ".haccpline-grafana.json"


def write_tree(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Write the files; those of an earlier tree that are no longer made are removed.

    Args:
        folder: new, empty, or written by this function before.
        files: by path from the folder.

    Returns:
        The paths that were written or removed.

    Raises:
        GrafanaError: it holds what is not ours, or what somebody changed.
        OSError: it cannot be written.
    """
    known = _known(folder)
    found = _found(folder)
    foreign = sorted(path for path in found if path not in known and found[path] != _sum(files.get(path)))
    if foreign:
        raise GrafanaError(
            f"{folder} holds what haccpline did not write there: {', '.join(foreign[:5])}; give an empty folder"
        )
    changed = sorted(
        path for path in found if path in known and found[path] not in (known[path], _sum(files.get(path)))
    )
    if changed:
        raise GrafanaError(
            f"changed since haccpline wrote it in {folder}: {', '.join(changed[:5])}. What is to be shown stands in"
            " the plan; move these files away, or give an empty folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    gone = [path for path in found if path not in files]
    new = [path for path, content in files.items() if found.get(path) != _sum(content)]
    for path in new:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[path])
    for path in gone:
        (folder / path).unlink()
    sums = {path: _sum(content) for path, content in sorted(files.items())}
    (folder / MARK).write_text(
        json.dumps({"sha256": sums}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    return sorted([*new, *gone])


def _found(folder: Path) -> dict[str, str | None]:
    """Digest of each file in the folder, by path."""
    return {
        path.relative_to(folder).as_posix(): _sum(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MARK
    }


def _known(folder: Path) -> dict[str, str]:
    mark = folder / MARK
    if not mark.exists():
        return {}
    try:
        return {str(path): str(digest) for path, digest in json.loads(mark.read_bytes())["sha256"].items()}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise GrafanaError(f"{mark} is not what haccpline wrote there; give an empty folder") from error


def _sum(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()
