"""Holds a package of haccpline against itself and a public key. Needs Python 3.9 or later, nothing else.

    python prove.py PACKAGE.zip [--key site.pub]
    python prove.py [FOLDER] [--key site.pub]    unpacked; without a name, the folder of this file

Prints what it proved and what it could not. Exits 0 when all of it holds, 1 naming the first thing that
does not. This file shares no code with the program that wrote the package.
"""

from __future__ import annotations

import argparse
import base64
import bisect
import hashlib
import json
import mmap
import os
import re
import struct
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FORMAT = 1
MAX_BYTES = 2**32 - 1  # the classic zip format ends here
MAX_FILES = 2**16 - 2
MAX_JSON = 2**28  # one JSON file, 256 MiB
CSV_HEADER = b"time,value,raw,quality,reason,received,seq,position"
SEAL_TITLE = "haccpline package"  # first line of what is signed over the manifest
Chunk = tuple[str, str, str]  # line, sensor, point
Record = tuple[bytes, dict[str, Any]]  # the line that was hashed, and what it says
UNLISTED = ("manifest.json", "manifest.sig")  # the manifest names every other file
CLOSED = ("case.close", "case.closed")
UNACTED = (
    "case.opened",
    "case.joined",
    "case.returned",
    "case.reactivated",
    "case.refused",
)  # by the engine, or not done at all
REQUIRED = (
    "checkpoint.txt",
    "chunks.json",
    "leaves.txt",
    "people.json",
    "range.json",
    "records.jsonl",
    "site.pub",
)


class Refused(Exception):  # noqa: N818 - a refusal is the answer, not a fault of this program
    """The package does not hold; the message names the first thing that does not."""


@dataclass
class Proof:
    """What came out.

    Attributes:
        site: the site's id.
        lines: the plan's lines.
        start: of the period.
        end: of the period, not included.
        origin: the name of the ledger and of its key.
        fingerprint: SHA-256 of the public key.
        size: how many records the ledger held when it was signed.
        proven: what holds, a sentence each.
        unproven: what could not be proven, a sentence each.
    """

    site: str = ""
    lines: list[str] = field(default_factory=list)
    start: str = ""
    end: str = ""
    origin: str = ""
    fingerprint: str = ""
    size: int = 0
    proven: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)


# ---- Ed25519, RFC 8032, section 5.1 ----------------------------------------------------------------------

_Point = tuple[int, int, int, int]
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P


def _add(p: _Point, q: _Point) -> _Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    total: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _point(data: bytes) -> _Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_BASE = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def ed25519_verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the Ed25519 signature of the message under the 32 bytes of a public key."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r, s = _point(key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _L or _BASE is None:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _L
    left, right = _times(s, _BASE), _add(r, _times(h, a))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % _P or (left[1] * right[2] - right[1] * left[2]) % _P
    )


# ---- signed notes, c2sp.org/signed-note ------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A public key: its name and its 32 bytes."""

    name: str
    raw: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n\x01" + self.raw).digest()[:4]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key, in groups of four."""
        digest = hashlib.sha256(self.raw).hexdigest()
        return " ".join(digest[at : at + 4] for at in range(0, 64, 4))


def parse_key(text: str, where: str) -> Key:
    """The key of a line `name+id+base64`."""
    name, _, rest = text.strip().partition("+")
    given, _, encoded = rest.partition("+")
    data = _base64(encoded, where)
    key = Key(name, data[1:])
    if not re.fullmatch(r"[^\s+]+", name) or len(data) != 33 or data[0] != 1 or key.id.hex() != given:
        raise Refused(f"{where} is no Ed25519 key of a ledger, or is damaged")
    return key


def open_note(note: str, key: Key, where: str) -> str:
    """The text of a note, when this key has signed it."""
    text, blank, tail = note.rpartition("\n\n")
    match = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)\n", tail)
    if not blank or not match or match[1] != key.name or re.search(r"[\x00-\x09\x0b-\x1f]", note):
        raise Refused(f"{where} is no note signed by {key.name}")
    signature = _base64(match[2], where)
    if signature[:4] != key.id or not ed25519_verify(key.raw, (text + "\n").encode(), signature[4:]):
        raise Refused(f"{where}: the signature of {key.name} does not hold")
    return text + "\n"


def _base64(text: str, where: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused(f"{where}: {text[:80]!r} is not Base64") from error
    if base64.b64encode(data).decode() != text:
        raise Refused(f"{where}: {text[:80]!r} is not the one way to write this in Base64")
    return data


# ---- Merkle tree, RFC 6962, section 2.1 ------------------------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(parts: Sequence[tuple[int, bytes]]) -> bytes:
    """The root over complete subtrees (width, hash) that stand side by side, from the left."""
    stack: list[tuple[int, bytes]] = []
    for part in parts:
        stack.append(part)
        while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
            (width, right), (_, left) = stack.pop(), stack.pop()
            stack.append((2 * width, _node(left, right)))
    if not stack:
        return hashlib.sha256(b"").digest()
    root = stack.pop()[1]
    while stack:
        root = _node(stack.pop()[1], root)
    return root


def _widths(start: int, end: int) -> list[int]:
    widths = []
    while start < end:
        width = start & -start or 1 << end.bit_length()
        while start + width > end:
            width >>= 1
        widths.append(width)
        start += width
    return widths


def inclusion_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root to which an audit path leads; None when it is too short or too long."""
    if not 0 <= index < size:
        return None
    node, last, found = index, size - 1, leaf
    for other in path:
        if not last:
            return None
        if node & 1 or node == last:
            found = _node(other, found)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = _node(found, other)
        node, last = node >> 1, last >> 1
    return None if last else found


# ---- the container: a zip of stored files, written in one way only ---------------------------------------


def local_header(name: bytes, crc: int, size: int) -> bytes:
    """What stands before a file; APPNOTE 6.3, 4.3.7. Stored, 1980-01-01, as Python's zipfile writes it."""
    flags = 0 if name.isascii() else 0x800
    return (
        struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, flags, 0, 0, 0x21, crc, size, size, len(name), 0) + name
    )


def central_header(name: bytes, crc: int, size: int, offset: int) -> bytes:
    """A file's entry in the directory at the end; APPNOTE 6.3, 4.3.12. Mode 0644."""
    flags = 0 if name.isascii() else 0x800
    head = struct.pack("<4s6H3I", b"PK\x01\x02", 0x314, 20, flags, 0, 0, 0x21, crc, size, size)
    return head + struct.pack("<5H2I", len(name), 0, 0, 0, 0, 0o100644 << 16, offset) + name


def end_record(count: int, size: int, offset: int) -> bytes:
    """The end of the file; APPNOTE 6.3, 4.3.16. No comment."""
    return struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, size, offset, 0)


class Package:
    """The files of a package by name, from a zip or a folder. Nothing is unpacked, so nothing can grow."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folder = path.is_dir()
        self._data: Any = b""
        if self._folder:
            self._files = dict(_walk(path))
            return
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if not 22 <= size <= MAX_BYTES:
                raise Refused(f"{path} is no package: {size} bytes")
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._files = self._entries()

    @property
    def names(self) -> list[str]:
        """The names of all files, sorted."""
        return sorted(self._files)

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        if name not in self._files:
            raise Refused(f"{name} is missing")
        if self._folder:
            return self.path.joinpath(*name.split("/")).read_bytes()
        offset, size = self._files[name]
        return bytes(self._data[offset : offset + size])

    def text(self, name: str) -> str:
        """The text of a file."""
        try:
            return self.read(name).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused(f"{name} is not UTF-8") from error

    def json(self, name: str) -> dict[str, Any]:
        """The object in a file of canonical JSON."""
        if self._files.get(name, (0, 0))[1] > MAX_JSON:
            raise Refused(f"{name} is larger than {MAX_JSON} bytes")
        return load(self.read(name), name)

    def _entries(self) -> dict[str, tuple[int, int]]:
        data, files, offset, directory = self._data, {}, 0, b""
        wrong = Refused(f"{self.path} is no package, is cut short, or was packed again by another program")
        count, size, start = struct.unpack("<HII", data[-12:-2])
        if start + size + 22 != len(data):
            raise wrong
        at, last = start, b""
        for _ in range(count):
            head = data[at : at + 46]
            if len(head) < 46:
                raise wrong
            crc, length, name_size = struct.unpack("<I4xIH", head[16:30])
            name = data[at + 46 : at + 46 + name_size]
            before = local_header(name, crc, length)
            begin = offset + len(before)
            if name <= last or begin + length > start or data[offset:begin] != before:
                raise wrong
            if zlib.crc32(data[begin : begin + length]) != crc:
                raise Refused(f"{_safe(name)} was altered: its check sum differs")
            entry = central_header(name, crc, length, offset)
            directory += entry
            files[_safe(name)] = (begin, length)
            offset, at, last = begin + length, at + len(entry), name
        if offset != start or data[start:] != directory + end_record(count, len(directory), start):
            raise wrong
        return files


def _safe(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    parts = text.split("/")
    if (
        text.encode() != name
        or not text.isprintable()
        or "\\" in text
        or any(set(part) <= {"."} for part in parts)
    ):
        raise Refused(f"a file is named {text!r}, which no package contains")
    return text


def _walk(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise Refused(f"{path} is a link; a package holds files")
        if not path.is_dir():
            yield _safe(path.relative_to(folder).as_posix().encode()), (0, path.stat().st_size)


# ---- strict reading --------------------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _no_float(text: str) -> float:
    raise ValueError(f"the number {text}")


def load(data: bytes, where: str) -> dict[str, Any]:
    """The object that these canonical bytes stand for."""
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float)
        same = canonical(value) == data
    except (ValueError, RecursionError) as error:
        raise Refused(f"{where} is not canonical JSON: {error}") from error
    if not same or not isinstance(value, dict):
        raise Refused(f"{where} is not an object of canonical JSON")
    return value


def get(body: Mapping[str, Any], key: str, kind: Any, where: str) -> Any:
    """A value of this type in an object."""
    value = body.get(key)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise Refused(f"{where} has no {key}, or it is not {kind.__name__}")
    return value


def objects(body: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    """A list of objects in an object."""
    found: list[Any] = get(body, key, list, where)
    if not all(isinstance(entry, dict) for entry in found):
        raise Refused(f"{key} of {where} holds something that is no object")
    return found


def _hashes(values: Sequence[Any], where: str) -> list[bytes]:
    if not all(isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) for value in values):
        raise Refused(f"{where} holds something that is no SHA-256")
    return [bytes.fromhex(value) for value in values]


def nine(text: Any, where: str) -> str:
    """An RFC 3339 time in UTC with nine decimals, so that texts sort as times."""
    match = (
        re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{3}|\d{6}|\d{9}))?Z", text)
        if isinstance(text, str)
        else None
    )
    if not match:
        raise Refused(f"{where}: {text!r} is no time in UTC")
    return f"{match[1]}.{(match[2] or '').ljust(9, '0')}Z"


# ---- what is checked -------------------------------------------------------------------------------------


def check_files(package: Package, key: Key) -> dict[str, Any]:
    """The manifest is signed, names every file, and every file is what it names."""
    title, digest, *rest = open_note(package.text("manifest.sig"), key, "manifest.sig").split("\n")
    if (
        title != SEAL_TITLE
        or rest != [""]
        or hashlib.sha256(package.read("manifest.json")).hexdigest() != digest
    ):
        raise Refused("manifest.json is not the one that manifest.sig was signed over")
    manifest = package.json("manifest.json")
    if manifest.get("format") != FORMAT:
        raise Refused(f"the package has format {manifest.get('format')!r}; this prove.py reads {FORMAT}")
    listed: dict[str, str] = {}
    for entry in objects(manifest, "files", "manifest.json"):
        name = get(entry, "name", str, "a file in manifest.json")
        if name in listed:
            raise Refused(f"manifest.json names {name} twice")
        listed[name] = get(entry, "sha256", str, f"{name} in manifest.json")
    for name in package.names:
        if name not in UNLISTED and name not in listed:
            raise Refused(f"{name} is not named in the manifest")
    for name, digest in listed.items():
        if hashlib.sha256(package.read(name)).hexdigest() != digest:
            raise Refused(f"{name} is not the file that the manifest names: its SHA-256 differs")
    for name in REQUIRED:
        if name not in listed:
            raise Refused(f"{name} is missing")
    return manifest


def read_records(package: Package) -> list[Record]:
    """The disclosed records: the line that was hashed, and what it says."""
    *lines, rest = package.read("records.jsonl").split(b"\n")
    if rest:
        raise Refused("records.jsonl is cut short")
    records, last = [], 0
    for line in lines:
        record = load(line, f"the record behind {last} in records.jsonl")
        if set(record) != {"at", "body", "kind", "line", "seq"}:
            raise Refused(
                f"the record behind {last} in records.jsonl has other keys than at, body, kind, line, seq"
            )
        seq = get(record, "seq", int, "a record")
        where = f"record {seq}"
        if seq <= last:
            raise Refused(f"{where} stands behind record {last}")
        nine(record["at"], where)
        for part, kind in (("kind", str), ("line", str), ("body", dict)):
            get(record, part, kind, where)
        records.append((line, record))
        last = seq
    return records


def check_tree(package: Package, key: Key, records: Sequence[Record], proof: Proof) -> None:
    """The records are leaves of the tree whose root the checkpoint signs, and stand in one unbroken run."""
    lines = open_note(package.text("checkpoint.txt"), key, "checkpoint.txt").split("\n")
    if len(lines) != 4 or lines[0] != key.name or not re.fullmatch("[1-9][0-9]{0,18}", lines[1]):
        raise Refused("checkpoint.txt is no checkpoint of this ledger")
    size, root = int(lines[1]), _base64(lines[2], "checkpoint.txt")
    span = package.json("range.json")
    first, end = get(span, "first", int, "range.json"), get(span, "end", int, "range.json")
    if span.get("size") != size or not 0 <= first <= end <= size:
        raise Refused("range.json is of another tree than checkpoint.txt")
    leaves = _check_run(package, span, first, root)
    outside, beyond = get(span, "outside", dict, "range.json"), set()
    for line, record in records:
        seq = record["seq"]
        if first < seq <= end:
            if leaf_hash(line) != leaves[seq - 1 - first]:
                raise Refused(f"record {seq} was altered: it is not the leaf that was signed")
            continue
        path = _hashes(get(outside, str(seq), list, "range.json outside"), f"range.json outside {seq}")
        if inclusion_root(leaf_hash(line), seq - 1, size, path) != root:
            raise Refused(f"record {seq} is not in the ledger: its path does not lead to the signed root")
        beyond.add(str(seq))
    if beyond != set(outside):
        raise Refused("range.json proves records that are not enclosed")
    proof.size = size
    proof.proven.append(f"the checkpoint over {_n(size, 'record')} is signed by {key.name}")
    proof.proven.append(f"{_n(len(records), 'record')} are enclosed as they were signed")
    hidden = end - first - (len(records) - len(beyond))
    if end > first:
        proof.proven.append(
            f"records {first + 1} to {end} are one run: none is missing, moved or put in between"
        )
    if hidden:
        proof.unproven.append(
            f"what {_n(hidden, 'record')} of this run say that are not disclosed; their hashes stand in "
            "leaves.txt, and the site can show any of them later"
        )


def _check_run(package: Package, span: Mapping[str, Any], first: int, root: bytes) -> list[bytes]:
    """The leaves of the run, which lead to the root together with the subtrees beside them."""
    text = package.text("leaves.txt")
    leaves = _hashes(text.split("\n")[:-1], "leaves.txt")
    end, size = span["end"], span["size"]
    if len(text) != 65 * len(leaves) or len(leaves) != end - first:
        raise Refused(f"leaves.txt holds {len(leaves)} hashes where the range has {end - first}")
    before, behind = _widths(0, first), _widths(end, size)
    left = _hashes(get(span, "left", list, "range.json"), "range.json")
    right = _hashes(get(span, "right", list, "range.json"), "range.json")
    if len(left) != len(before) or len(right) != len(behind):
        raise Refused("range.json has too few or too many hashes")
    if root_of(_pairs(before, left) + [(1, leaf) for leaf in leaves] + _pairs(behind, right)) != root:
        raise Refused("leaves.txt and range.json do not lead to the root that checkpoint.txt signs")
    return leaves


def _pairs(widths: Sequence[int], hashes: Sequence[bytes]) -> list[tuple[int, bytes]]:
    return [(width, hashes[index]) for index, width in enumerate(widths)]


def check_segments(
    package: Package, site: str, records: Sequence[Record], proof: Proof
) -> dict[Chunk, list[str]]:
    """Every enclosed chunk belongs to a sealed segment; gives the files of each series in journal order."""
    sealed = {record["seq"]: record["body"] for _, record in records if record["kind"] == "segment.sealed"}
    series: dict[Chunk, list[tuple[int, str]]] = {}
    files: set[str] = set()
    seen: set[int] = set()
    rows = 0
    for entry in objects(package.json("chunks.json"), "segments", "chunks.json"):
        seq = get(entry, "sealed", int, "a segment in chunks.json")
        if seq not in sealed or seq in seen:
            raise Refused(
                f"chunks.json speaks of a segment sealed in record {seq}, which is not enclosed once"
            )
        seen.add(seq)
        where = f"the segment sealed in record {seq}"
        found, count = _check_segment(package, site, sealed[seq], objects(entry, "chunks", where), where)
        if files & set(found.values()):
            raise Refused(f"{where} shares a file with another segment")
        files |= set(found.values())
        rows += count
        for one, name in found.items():
            series.setdefault(one, []).append((sealed[seq]["segment"], name))
    for name in package.names:
        if name.startswith("segments/") and name not in files:
            raise Refused(f"{name} belongs to no sealed segment")
    _say_segments(sealed, seen, rows, proof)
    return {one: [name for _, name in sorted(found)] for one, found in series.items()}


def _say_segments(sealed: Mapping[int, Mapping[str, Any]], seen: set[int], rows: int, proof: Proof) -> None:
    if seen:
        proof.proven.append(f"{_n(rows, 'reading')} of {_n(len(seen), 'segment')} are those that were sealed")
    else:
        proof.unproven.append("readings: no sealed segment is enclosed")
    numbers: dict[str, set[int]] = {}
    for seq in seen:
        numbers.setdefault(sealed[seq]["line"], set()).add(sealed[seq]["segment"])
    for line, found in sorted(numbers.items()):
        if gaps := [number for number in range(min(found), max(found)) if number not in found]:
            proof.unproven.append(
                f"the readings of {line} in between: segments {_some(gaps)} are not enclosed"
            )
    if bare := sorted(set(sealed) - seen):
        proof.unproven.append(
            f"the readings of segments sealed in records {_some(bare)}, which are not enclosed"
        )


def _check_segment(
    package: Package, site: str, body: Mapping[str, Any], chunks: Sequence[Mapping[str, Any]], where: str
) -> tuple[dict[Chunk, str], int]:
    line, number = get(body, "line", str, where), get(body, "segment", int, where)
    leaves, found, count = [], dict[Chunk, str](), 0
    for chunk in chunks:
        (leaf,) = _hashes([chunk.get("leaf")], where)
        leaves.append((1, leaf))
        name = chunk.get("file")
        if name is None:
            continue
        parts = name.split("/") if isinstance(name, str) else []
        if len(parts) != 5 or parts[:3] != ["segments", line, str(number)] or parts[4][-4:] != ".csv":
            raise Refused(f"{name!r} in chunks.json is not a chunk of segment {number} of {line}")
        sensor, point, data = parts[3], parts[4][:-4], package.read(name)
        if leaf_hash(f"{site}/{line}/{sensor}/{point}/{number}\n".encode() + data) != leaf:
            raise Refused(f"{name} was altered: it is not the chunk that {where} names")
        if (line, sensor, point) in found:
            raise Refused(f"{name} stands in chunks.json twice")
        found[line, sensor, point] = name
        count += len(_csv_lines(data, name, body, where))
    if root_of(leaves).hex() != body.get("root") or len(leaves) != body.get("chunks"):
        raise Refused(f"{where}: its chunks do not lead to the root that was recorded")
    if len(found) == len(leaves) and count != body.get("rows"):
        raise Refused(f"{where} has {body.get('rows')} readings, {count} are enclosed")
    return found, count


def _csv_lines(data: bytes, name: str, body: Mapping[str, Any], where: str) -> list[bytes]:
    head, *lines = data.split(b"\n")
    if head != CSV_HEADER or not lines or lines.pop():
        raise Refused(f"{name} is no CSV of readings, or is cut short")
    first, last = get(body, "first", int, where), get(body, "last", int, where)
    for line in lines:
        position = line.rpartition(b",")[2]
        if (
            line.count(b",") != 7
            or not re.fullmatch(b"[0-9]{1,19}", position)
            or not first <= int(position) <= last
        ):
            raise Refused(f"{name} holds a row that is no reading of {where}")
    return lines


class Readings:
    """The enclosed readings, by series, in the order of evidence: time, position, place in the block."""

    def __init__(self, package: Package, files: Mapping[Chunk, Sequence[str]]) -> None:
        self._package, self._files = package, files
        self._lines: dict[Chunk, list[bytes]] = {}

    def rows(self, series: Chunk) -> list[bytes]:
        """All rows of a series."""
        if series not in self._lines:
            lines: list[bytes] = []
            for name in self._files.get(series, ()):
                lines += self._package.read(name).split(b"\n")[1:-1]
            lines.sort(key=lambda line: line[:30])  # the time; what is equal stays in journal order
            self._lines[series] = lines
        return self._lines[series]

    def digest(self, evidence: Mapping[str, Any], where: str) -> tuple[int, str]:
        """How many rows are this evidence, and their digest."""
        series = sorted(_series(name, where) for name in get(evidence, "series", list, where))
        start = nine(evidence.get("from"), where).encode()
        end = nine(evidence.get("to"), where).encode() + b"\xff"  # behind every row of that time
        position = get(evidence, "position", int, where)
        count, digest = 0, hashlib.sha256()
        for one in series:
            rows, name = self.rows(one), "/".join(one).encode() + b","
            for line in rows[bisect.bisect_left(rows, start) : bisect.bisect_right(rows, end)]:
                if int(line.rpartition(b",")[2]) <= position:
                    digest.update(name + line + b"\n")
                    count += 1
        return count, digest.hexdigest()


def _series(name: Any, where: str) -> Chunk:
    parts = name.split("/") if isinstance(name, str) else []
    if len(parts) not in (2, 3):
        raise Refused(f"{where}: {name!r} is no line/sensor/point")
    return parts[0], parts[1], parts[2] if len(parts) == 3 else "1"


def missing_evidence(readings: Readings, records: Sequence[Record]) -> tuple[int, list[int]]:
    """How many decisions have all their readings here, and the records whose readings are not all here.

    Raises:
        Refused: the readings are here and are not those that the decision was made on.
    """
    whole, missing = 0, []
    for _, record in records:
        evidence = record["body"].get("evidence")
        if not isinstance(evidence, dict):
            continue
        where = f"the evidence of record {record['seq']} ({record['kind']})"
        expected = get(evidence, "readings", int, where)
        count, digest = readings.digest(evidence, where)
        if count < expected:
            missing.append(record["seq"])
        elif count > expected or digest != evidence.get("digest"):
            raise Refused(
                f"{where} is not the enclosed readings: {expected} recorded, {count} found, or another digest"
            )
        else:
            whole += 1
    return whole, missing


def check_evidence(
    readings: Readings,
    manifest: Mapping[str, Any],
    records: Sequence[Record],
    proof: Proof,
) -> None:
    """Every decision was made on the readings enclosed, save those of which the manifest says so."""
    whole, missing = missing_evidence(readings, records)
    admitted = get(manifest, "incomplete", list, "manifest.json")
    for seq in missing:
        if seq not in admitted:
            raise Refused(f"readings are missing that record {seq} was decided on")
    if whole:
        proof.proven.append(f"{_n(whole, 'decision')} rest on exactly the readings enclosed")
    if missing:
        proof.unproven.append(
            f"the readings behind {_n(len(missing), 'decision')} (records {_some(missing)}): "
            "the manifest says that they are not all enclosed"
        )
    bare = [
        record["seq"]
        for _, record in records
        if record["kind"] == "verdict" and "evidence" not in record["body"]
    ]
    if bare:
        proof.unproven.append(
            f"the readings behind {_n(len(bare), 'verdict')} that name none (records {_some(bare)})"
        )


def check_plans(package: Package, records: Sequence[Record], proof: Proof) -> None:
    """Every decision names a plan that is enclosed, and each plan is what its hash says."""
    plans = {}
    for name in package.names:
        match = re.fullmatch(r"plans/([0-9a-f]{64})\.json", name)
        if match:
            plans[match[1]] = package.read(name)
            if hashlib.sha256(plans[match[1]]).hexdigest() != match[1]:
                raise Refused(f"{name} is not the plan of this hash")
    adopted = set()
    for _, record in records:
        body, where = record["body"], f"record {record['seq']} ({record['kind']})"
        if record["kind"] == "plan.adopted":
            named = get(body, "hash", str, where)
            text = package.read(f"plans/{named}.yaml") if isinstance(body.get("text"), str) else None
            if named not in plans or (text is not None and text != body["text"].encode()):
                raise Refused(f"the plan that {where} adopted is not the one enclosed")
            adopted.add(named)
        elif (
            isinstance(body.get("plan"), str)
            and re.fullmatch("[0-9a-f]{64}", body["plan"])
            and body["plan"] not in plans
        ):
            raise Refused(f"{where} was decided by the plan {body['plan']}, which is not enclosed")
    if plans:
        proof.proven.append(
            f"{_n(len(plans), 'plan')} enclosed, each the one of the hash that decisions name; {len(adopted)} as adopted"
        )
    for named in sorted(set(plans) - adopted):
        proof.unproven.append(f"who adopted the plan {named}, and when: its record is not enclosed")


def check_people(package: Package, records: Sequence[Record], proof: Proof) -> None:
    """Every signature stands under what was signed, and who verified a case did not act in it."""
    signed = 0
    people: dict[tuple[str, str], set[str]] = {}
    for _, record in records:
        body, where = record["body"], f"record {record['seq']} ({record['kind']})"
        if "signature" not in body:
            continue
        mark, of = get(body, "signature", dict, where), f"the signature of {where}"
        who, name, role = get(mark, "who", str, of), get(mark, "name", str, of), get(mark, "role", str, of)
        get(mark, "meaning", str, of)
        nine(mark.get("at"), of)
        under = canonical({key: value for key, value in body.items() if key != "signature"})
        if hashlib.sha256(under).hexdigest() != mark.get("sha256"):
            raise Refused(f"{of} by {name} is not under what this record says")
        if body.get("who", who) != who:
            raise Refused(f"{where} names {body['who']!r}, but {who} has signed it")
        people.setdefault((who, name), set()).add(role)
        signed += 1
    listed = [
        {"who": who, "name": name, "roles": sorted(roles)} for (who, name), roles in sorted(people.items())
    ]
    if package.json("people.json") != {"people": listed}:
        raise Refused("people.json does not name exactly those who signed")
    if signed:
        proof.proven.append(
            f"{_n(signed, 'signature')} of {_n(len(listed), 'name')} stand under exactly what the records say"
        )
        proof.unproven.append(
            "that a person is who the site says: a signature here means that their password was given"
        )
    _check_cases(records, proof)


def _check_cases(records: Sequence[Record], proof: Proof) -> None:
    actors: dict[str, dict[str, int]] = {}
    closed = 0
    for _, record in records:
        kind, body = record["kind"], record["body"]
        if not kind.startswith("case.") or kind in UNACTED:
            continue
        where = f"record {record['seq']} ({kind})"
        case = get(body, "case", str, where)
        mark = body.get("signature")
        who = mark["who"] if mark else body.get("who")
        acted = actors.setdefault(case, {})
        if kind not in CLOSED:
            acted[who if isinstance(who, str) else ""] = record["seq"]
            continue
        if not mark:
            raise Refused(f"{where} closed case {case} without a signature")
        if who in acted:
            if body.get("separation") != "next day":
                raise Refused(
                    f"{where}: {mark['name']} verified case {case}, in which they had acted themselves"
                )
            proof.unproven.append(
                f"that a second person verified case {case}: {mark['name']} did so alone, the next day, and says so"
            )
        elif "" in acted:
            proof.unproven.append(
                f"that who verified case {case} did not act in it: record {acted['']} does not name who acted"
            )
        else:
            closed += 1
    if closed:
        proof.proven.append(
            f"{_n(closed, 'case')} closed by somebody who, as recorded, did not act in it before"
        )


def _n(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _some(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (" ..." if len(numbers) > 5 else "")


def enclosed_chunks(package: Package) -> Iterator[tuple[str, int, str, str, bytes]]:
    """Line, segment, sensor, point and CSV of every enclosed chunk; of a package that was proven."""
    for name in package.names:
        if name.startswith("segments/"):
            _, line, number, sensor, point = name.split("/")
            yield line, int(number), sensor, point[:-4], package.read(name)


def prove(path: Path, key: str | None = None) -> Proof:
    """Hold a package against itself and, when one is given, against a public key from outside.

    Args:
        path: of the zip, or of the folder into which it was unpacked.
        key: the text of a `site.pub` that did not come with the package.

    Raises:
        Refused: naming the first thing that does not hold.
        OSError: the file cannot be read.
    """
    package, proof = Package(path), Proof()
    public = parse_key(package.text("site.pub"), "site.pub")
    if package.text("site.pub") != package.text("site.pub").strip() + "\n":
        raise Refused("site.pub is not one line")
    if key is not None and parse_key(key, "the key given") != public:
        raise Refused(f"the package is signed by another key than the one given: {public.fingerprint}")
    manifest = check_files(package, public)
    proof.site, proof.start, proof.end = (
        get(manifest, part, str, "manifest.json") for part in ("site", "start", "end")
    )
    proof.lines = [str(line) for line in get(manifest, "lines", list, "manifest.json")]
    proof.origin, proof.fingerprint = public.name, public.fingerprint
    proof.proven.append(f"{_n(len(package.names), 'file')}, each the one that {public.name} signed")
    records = read_records(package)
    check_tree(package, public, records, proof)
    readings = Readings(package, check_segments(package, proof.site, records, proof))
    check_evidence(readings, manifest, records, proof)
    check_plans(package, records, proof)
    check_people(package, records, proof)
    for entry in objects(manifest, "unsealed", "manifest.json"):
        count, line = get(entry, "readings", int, "manifest.json"), get(entry, "line", str, "manifest.json")
        proof.unproven.append(
            f"{_n(count, 'reading')} of {line} in the period, not sealed yet when the package was made"
        )
    if key is None:
        proof.unproven.append(
            "that the key is the site's: it came with the package; compare its fingerprint, or give --key"
        )
    proof.unproven.append("that a sensor told the truth, or that nothing happened which was never entered")
    return proof


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what holds; 0 when all of it does, else 1."""
    parser = argparse.ArgumentParser(description="Prove a package of haccpline, offline, with Python alone.")
    parser.add_argument(
        "package", nargs="?", type=Path, default=Path(__file__).resolve().parent, help="zip or folder"
    )
    parser.add_argument(
        "--key", type=Path, help="the site's public key (site.pub) from another source than the package"
    )
    given = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        text = None
        if given.key is not None:
            text = given.key.read_text(encoding="utf-8")
        proof = prove(given.package, text)
    except Refused as error:
        print(f"REFUSED: {error}")
        return 1
    except Exception as error:  # noqa: BLE001 - an auditor gets a sentence, never a traceback
        print(f"REFUSED: {given.package} cannot be read: {type(error).__name__}: {error}")
        return 1
    print(
        f"site    {proof.site}, lines {', '.join(proof.lines)}\nperiod  {proof.start} to {proof.end}, not included"
    )
    print(f"ledger  {proof.origin}, {_n(proof.size, 'record')}\nkey     {proof.fingerprint}\n\nproven")
    print("\n".join(f"  + {sentence}" for sentence in proof.proven))
    print("\nnot proven")
    print("\n".join(f"  - {sentence}" for sentence in proof.unproven))
    return 0


if __name__ == "__main__":
    sys.exit(main())
