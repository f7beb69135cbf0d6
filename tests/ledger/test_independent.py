"""A second verifier, written apart from the first: cryptography for keys, zipfile, its own trees.

It reads README.en.txt as its specification. A byte changed anywhere in a package must be refused by both.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger import prove
from ledger.checkpoint import SigningKey


class Unproven(Exception):  # noqa: N818 - its name is its meaning
    """The second verifier says no."""


def _demand(holds: object, what: str) -> None:
    if not holds:
        raise Unproven(what)


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    split = _split(len(leaves))
    return hashlib.sha256(b"\1" + _root(leaves[:split]) + _root(leaves[split:])).digest()


class _Partial:
    """A tree of which some leaves and some whole subtrees are known, taken as they come."""

    def __init__(self, run: dict[int, bytes], left: list[bytes], right: list[bytes]) -> None:
        self._run, self._left, self._right = run, left, right

    def root(self, start: int, end: int, size: int) -> bytes:
        first, last = (min(self._run), max(self._run)) if self._run else (0, -1)
        width = end - start
        whole = width & (width - 1) == 0
        if whole and end <= first:
            return self._left.pop(0)
        if whole and start > last and end <= size:
            return self._right.pop(0)
        if width == 1:
            return self._run[start]
        split = start + _split(width)
        return hashlib.sha256(b"\1" + self.root(start, split, size) + self.root(split, end, size)).digest()


def _climb(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root above a leaf, by the recursive definition of the path (RFC 6962, 2.1.1)."""
    if size == 1:
        _demand(not path, "path too long")
        return leaf
    _demand(path, "path too short")
    split = _split(size)
    *rest, other = path
    if index < split:
        return hashlib.sha256(b"\1" + _climb(leaf, index, split, rest) + other).digest()
    return hashlib.sha256(b"\1" + other + _climb(leaf, index - split, size - split, rest)).digest()


def _note(text: str, name: str, raw: bytes) -> str:
    body, _, tail = text.rpartition("\n\n")
    dash, named, encoded = tail.rstrip("\n").split(" ")
    data = base64.b64decode(encoded)
    id_ = hashlib.sha256(name.encode() + b"\n\1" + raw).digest()[:4]
    _demand((dash, named, data[:4]) == ("\N{EM DASH}", name, id_), "note of another key")
    again = f"{body}\n\n{dash} {named} {base64.b64encode(data).decode()}\n"
    _demand(again == text, "note written in another way")
    Ed25519PublicKey.from_public_bytes(raw).verify(data[4:], f"{body}\n".encode())
    return body + "\n"


def _files(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        _demand(archive.testzip() is None, "damaged")
        files = {name: archive.read(name) for name in archive.namelist()}
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files, key=str.encode):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, files[name])
    _demand(again.getvalue() == path.read_bytes(), "not the bytes that zipfile writes for these files")
    return files


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def verify(path: Path, public: str) -> dict[str, int]:
    """Check a package against a public key; counts of what was checked."""
    try:
        return _verify(path, public)
    except Exception as error:  # whatever stumbles has not proven
        raise Unproven(type(error).__name__) from error


def _verify(path: Path, public: str) -> dict[str, int]:
    name, _, rest = public.strip().partition("+")
    raw = base64.b64decode(rest.partition("+")[2])[1:]
    files = _files(path)
    _demand(files["site.pub"].decode() == public.strip() + "\n", "another key")
    digest = hashlib.sha256(files["manifest.json"]).hexdigest()
    _demand(_note(files["manifest.sig"].decode(), name, raw) == f"haccpline package\n{digest}\n", "manifest")
    manifest = json.loads(files["manifest.json"])
    listed = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
    _demand(set(listed) == set(files) - {"manifest.json", "manifest.sig"}, "files")
    for one, sha in listed.items():
        _demand(hashlib.sha256(files[one]).hexdigest() == sha, one)
    records = _tree(files, _note(files["checkpoint.txt"].decode(), name, raw))
    series, readings = _segments(files, manifest["site"], records)
    evidence = [
        (seq, record["body"]["evidence"]) for seq, record in records.items() if "evidence" in record["body"]
    ]
    for seq, claim in evidence:
        _demand(seq in manifest["incomplete"] or _evidence(series, claim), f"evidence {seq}")
    signatures = 0
    for record in records.values():
        body = record["body"]
        if record["kind"] == "plan.adopted":
            _demand(hashlib.sha256(files[f"plans/{body['hash']}.json"]).hexdigest() == body["hash"], "plan")
        if mark := body.pop("signature", None):
            _demand(hashlib.sha256(_canonical(body)).hexdigest() == mark["sha256"], "signature")
            signatures += 1
    return {
        "records": len(records),
        "readings": readings,
        "evidence": len(evidence),
        "signatures": signatures,
    }


def _tree(files: dict[str, bytes], checkpoint: str) -> dict[int, dict[str, Any]]:
    root = base64.b64decode(checkpoint.split("\n")[2])
    span = json.loads(files["range.json"])
    size = int(checkpoint.split("\n")[1])
    leaves = [bytes.fromhex(text) for text in files["leaves.txt"].decode().split()]
    run = dict(enumerate(leaves, span["first"]))
    left, right = ([bytes.fromhex(text) for text in span[side]] for side in ("left", "right"))
    _demand(len(leaves) == span["end"] - span["first"] and span["size"] == size, "range")
    _demand(_Partial(run, left, right).root(0, size, size) == root and not left and not right, "root")
    records = {}
    for line in files["records.jsonl"].splitlines():
        record = json.loads(line)
        index = record["seq"] - 1
        if index in run:
            _demand(run[index] == _leaf(line), f"record {index}")
        else:
            path = [bytes.fromhex(text) for text in span["outside"][str(index + 1)]]
            _demand(_climb(_leaf(line), index, size, path) == root, f"record {index}")
        _demand(_canonical(record) == line and index + 1 > max(records, default=0), "order")
        records[index + 1] = record
    return records


def _segments(
    files: dict[str, bytes], site: str, records: dict[int, dict[str, Any]]
) -> tuple[dict[str, list[dict[str, str]]], int]:
    series: dict[str, list[dict[str, str]]] = {}
    used = set()
    for entry in json.loads(files["chunks.json"])["segments"]:
        body = records[entry["sealed"]]["body"]
        for chunk in entry["chunks"]:
            if chunk["file"] is not None:
                _, line, number, sensor, point = chunk["file"].removesuffix(".csv").split("/")
                heading = f"{site}/{line}/{sensor}/{point}/{number}\n".encode()
                _demand((line, int(number)) == (body["line"], body["segment"]), "place")
                _demand(_leaf(heading + files[chunk["file"]]).hex() == chunk["leaf"], chunk["file"])
                text = files[chunk["file"]].decode()
                rows = [
                    {**row, "text": raw}
                    for row, raw in zip(csv.DictReader(io.StringIO(text)), text.splitlines()[1:], strict=True)
                ]
                series.setdefault(f"{line}/{sensor}/{point}", []).extend(rows)
                used.add(chunk["file"])
        _demand(
            _root([bytes.fromhex(chunk["leaf"]) for chunk in entry["chunks"]]).hex() == body["root"],
            "segment",
        )
    _demand(used == {name for name in files if name.startswith("segments/")}, "stray readings")
    return series, sum(map(len, series.values()))


def _evidence(series: dict[str, list[dict[str, str]]], claim: dict[str, Any]) -> bool:
    def nine(text: str) -> str:
        whole, _, part = text.rstrip("Z").partition(".")
        return f"{whole}.{part:0<9}Z"

    start, end, lines = nine(claim["from"]), nine(claim["to"]), []
    for name in sorted(claim["series"], key=lambda name: name.split("/")):
        rows = [
            row
            for row in series.get(name, ())
            if start <= row["time"] <= end and int(row["position"]) <= claim["position"]
        ]
        rows.sort(key=lambda row: (row["time"], int(row["position"])))
        lines += [f"{name},{row['text']}\n" for row in rows]
    return (
        len(lines) == claim["readings"]
        and hashlib.sha256("".join(lines).encode()).hexdigest() == claim["digest"]
    )


def _both_refuse(path: Path, public: str, what: str) -> None:
    with pytest.raises(Unproven):
        pytest.fail(f"the second verifier took {what}: {verify(path, public)}")
    with pytest.raises(prove.Refused):
        pytest.fail(f"prove.py took {what}: {prove.prove(path, public)}")


def test_both_agree(package: Path, key: SigningKey) -> None:
    """A package that holds is taken by both verifiers."""
    assert verify(package, key.public.text) == {
        "records": 14,
        "readings": 300,
        "evidence": 3,
        "signatures": 2,
    }
    assert prove.prove(package, key.public.text).size == 19


def _structure(data: bytes) -> set[int]:
    """Positions of everything that is not a file's content."""
    places = set(range(len(data)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            begin = info.header_offset + 30 + len(info.filename.encode())
            places.difference_update(range(begin, begin + info.file_size))
    return places


def test_every_byte(package: Path, key: SigningKey) -> None:
    """Each and every byte of the zip, changed: prove.py refuses; the second verifier at every structural one."""
    data = package.read_bytes()
    structure = _structure(data)
    assert len(structure) > 2000
    with package.open("r+b", buffering=0) as file:
        for at, byte in enumerate(data):
            file.seek(at)
            file.write(bytes([byte ^ 1 << at % 8]))
            if at in structure:
                _both_refuse(package, key.public.text, f"a change of byte {at}")
            else:
                with pytest.raises(prove.Refused):
                    pytest.fail(f"prove.py took a change of byte {at}: {prove.prove(package)}")
            file.seek(at)
            file.write(bytes([byte]))
    assert prove.prove(package, key.public.text).size == 19


def test_a_byte_of_any_file_with_the_zip_made_good(package: Path, key: SigningKey, container: Any) -> None:
    """A changed byte in a file whose check sum was made to fit again: both refuse, for each of the files."""
    with zipfile.ZipFile(package) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    chance = random.Random(7)
    for name, data in files.items():
        for at in {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(6))}:
            changed = bytearray(data)
            changed[at] ^= 1 << chance.randrange(8)
            spoilt = {**files, name: bytes(changed)}
            container(package, sorted((one.encode(), held) for one, held in spoilt.items()))
            _both_refuse(package, key.public.text, f"a change of byte {at} of {name}")


def test_a_file_renamed_removed_or_added(package: Path, key: SigningKey, container: Any) -> None:
    """A file under another name, without it, or one more: both refuse."""
    with zipfile.ZipFile(package) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for name, content in files.items():
        rest = {one: data for one, data in files.items() if one != name}
        for changed in (rest, {**rest, f"{name}x": content}, {**files, f"{name}x": b""}):
            container(package, sorted((one.encode(), data) for one, data in changed.items()))
            _both_refuse(package, key.public.text, f"a package without {name} or with more")
