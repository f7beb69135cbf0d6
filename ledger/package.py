"""The package: a part of the record that anyone can prove without us.

It is written to a folder beside its place, packed in the one way there is, proven as its reader will
prove it, and only then given its name.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ledger import prove
from ledger.canonical import canonical
from ledger.checkpoint import Checkpoint, SigningKey, sign_checkpoint
from ledger.container import write_container
from ledger.disclosure import ADOPTED, Disclosure, disclose, plans_named, sealed_segments, span_of
from ledger.enclosure import Enclosed, enclose_segments
from ledger.errors import PackageError
from ledger.merkle import Tree
from ledger.package_text import readme
from ledger.record import Record
from ledger.store import Ledger
from readings.inputs import Series
from readings.ports import Archive
from readings.times import format_time


@dataclass(frozen=True, slots=True)
class Packed:
    """What went into a package.

    Attributes:
        path: where it is.
        records: how many are disclosed.
        segments: how many sealed segments are enclosed, in whole or in part.
        readings: how many readings are enclosed.
        unsealed: by line, how many readings of the period were not sealed yet and are not enclosed.
        incomplete: records decided on readings that are not all enclosed.
        proof: what its reader will be told.
    """

    path: Path
    records: int
    segments: int
    readings: int
    unsealed: Mapping[str, int]
    incomplete: Sequence[int]
    proof: prove.Proof


def write_package(  # noqa: PLR0913 - everything that a package is made of
    path: Path,
    *,
    ledger: Ledger,
    archive: Archive,
    key: SigningKey,
    site: str,
    lines: Collection[str],
    start: int,
    end: int,
    plans: Mapping[str, bytes] | None = None,
    series: Collection[Series] | None = None,
) -> Packed:
    """Write a package and prove it. The same ledger, archive and arguments give the same bytes.

    Args:
        path: of the zip; replaced if it is there.
        ledger: may be open for reading only.
        archive: of the readings.
        key: the site's; signs the checkpoint and the manifest.
        site: the site's id, as in the chunks' headings.
        lines: the plan's lines.
        start: of the period, ns UTC.
        end: of the period, not included, ns UTC.
        plans: canonical bytes by hash, for plans whose adoption record has no `model`.
        series: disclose the readings of these alone; of the others only the hash.

    Raises:
        PackageError: nothing to export, a plan is unknown, the archive is not what was sealed, or the period
            is too large.
    """
    lines, size = sorted(set(lines)), ledger.last_seq()
    if not lines or not start < end or not size:
        raise PackageError(
            "a package has at least one line, a start before its end, and a ledger with records"
        )
    leaves = ledger.leaves(size)
    tree = Tree(leaves)
    note = _checkpoint(ledger, tree, key)
    told = disclose(ledger, lines=lines, start=start, end=end, size=size)
    sealed = {line: sealed_segments(ledger, line, size) for line in lines}
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as scratch:
        files = _Files(Path(scratch) / "files")
        enclosed = [
            enclose_segments(
                files.add,
                archive=archive,
                site=site,
                line=line,
                sealed=sealed[line],
                spans=[(start, end - 1), *_evidence_spans(told.records, line)],
                period=(start, end),
                series=series,
            )
            for line in lines
        ]
        records = _with_seals(told, enclosed)
        files.add("checkpoint.txt", note.encode())
        files.add("site.pub", key.public.text.encode() + b"\n")
        files.add("records.jsonl", b"".join(record.text + b"\n" for record in records))
        files.add(
            "leaves.txt",
            "".join(leaf.hex() + "\n" for leaf in leaves[told.first : told.end]).encode(),
        )
        files.add("range.json", canonical(_range(tree, told, records)))
        files.add(
            "chunks.json", canonical({"segments": [entry for part in enclosed for entry in part.chunks]})
        )
        files.add("people.json", canonical({"people": _signers(records)}))
        files.add("prove.py", Path(prove.__file__).read_bytes())
        _add_plans(files, records, plans or {})
        period = {"start": format_time(start), "end": format_time(end)}
        for language in ("en", "zh"):
            text = readme(
                language,
                site=site,
                origin=key.public.name,
                lines=lines,
                size=size,
                fingerprint=key.public.fingerprint,
                **period,
            )
            files.add(f"README.{language}.txt", text)
        incomplete = _incomplete(files.folder, enclosed, records)
        unsealed = {part.line: part.unsealed for part in enclosed if part.unsealed}
        manifest = canonical(
            {
                "format": prove.FORMAT,
                "program": version("haccpline"),
                "site": site,
                "origin": key.public.name,
                "lines": lines,
                **period,
                "incomplete": incomplete,
                "unsealed": [{"line": line, "readings": count} for line, count in unsealed.items()],
                "files": [{"name": name, "sha256": digest} for name, digest in sorted(files.digests.items())],
            }
        )
        files.add("manifest.json", manifest)
        seal = key.sign(f"{prove.SEAL_TITLE}\n{hashlib.sha256(manifest).hexdigest()}\n")
        files.add("manifest.sig", seal.encode())
        draft = Path(scratch) / "package.zip"
        write_container(draft, files.paths)
        proof = _proven(draft, key)
        draft.replace(path)
    return Packed(
        path=path,
        records=len(records),
        segments=sum(len(part.chunks) for part in enclosed),
        readings=sum(part.readings for part in enclosed),
        unsealed=unsealed,
        incomplete=incomplete,
        proof=proof,
    )


class _Files:
    """The files of a package while it is made, on disk, for there may be many."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: dict[str, Path] = {}
        self.digests: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        """Add a file.

        Raises:
            PackageError: there is one of this name.
        """
        if name in self.paths:
            raise PackageError(f"two files of the package would be named {name}")
        path = self.folder.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.paths[name] = path
        self.digests[name] = hashlib.sha256(data).hexdigest()


def _checkpoint(ledger: Ledger, tree: Tree, key: SigningKey) -> str:
    for note in ledger.checkpoints():
        signed = Checkpoint.of(note.rpartition("\n\n")[0] + "\n")
        if signed.size > len(tree) or tree.root(signed.size) != signed.root:
            raise PackageError(
                f"the ledger does not continue what was signed at {signed.size} records; "
                "export nothing, run a check and restore the last backup"
            )
    return sign_checkpoint(Checkpoint(key.public.name, len(tree), tree.root()), key)


def _evidence_spans(records: Iterable[Record], line: str) -> list[tuple[int, int]]:
    contents = (record.content.get("evidence") for record in records if record.line == line)
    return [span for evidence in contents if isinstance(evidence, dict) and (span := span_of(evidence))]


def _with_seals(told: Disclosure, enclosed: Sequence[Enclosed]) -> list[Record]:
    found = {record.seq: record for record in told.records}
    found.update({record.seq: record for part in enclosed for record in part.sealed})
    return [found[seq] for seq in sorted(found)]


def _range(tree: Tree, told: Disclosure, records: Iterable[Record]) -> dict[str, Any]:
    compact = tree.compact_range(told.first, told.end)
    return {
        "first": told.first,
        "end": told.end,
        "size": len(tree),
        "left": [hash_.hex() for hash_ in compact.left],
        "right": [hash_.hex() for hash_ in compact.right],
        "outside": {
            str(record.seq): [hash_.hex() for hash_ in tree.inclusion(record.seq - 1)]
            for record in records
            if not told.first < record.seq <= told.end
        },
    }


def _signers(records: Iterable[Record]) -> list[dict[str, Any]]:
    people: dict[tuple[str, str], set[str]] = {}
    for record in records:
        signature = record.content.get("signature")
        if isinstance(signature, dict):
            who, name, role = (str(signature.get(part)) for part in ("who", "name", "role"))
            people.setdefault((who, name), set()).add(role)
    return [
        {"who": who, "name": name, "roles": sorted(roles)} for (who, name), roles in sorted(people.items())
    ]


def _add_plans(files: _Files, records: Sequence[Record], given: Mapping[str, bytes]) -> None:
    known, texts = dict(given), {}
    for record in records:
        if record.kind == ADOPTED:
            content = record.content
            model = content.get("model")
            if model is not None:
                known[content["hash"]] = model.encode() if isinstance(model, str) else canonical(model)
            if isinstance(content.get("text"), str):
                texts[content["hash"]] = content["text"].encode()
    for named in sorted(plans_named(records)):
        if named not in known:
            raise PackageError(f"records name the plan {named}, which was not given: add it to the plans")
        if hashlib.sha256(known[named]).hexdigest() != named:
            raise PackageError(f"the plan given as {named} has another hash")
        files.add(f"plans/{named}.json", known[named])
        if named in texts:
            files.add(f"plans/{named}.yaml", texts[named])


def _incomplete(folder: Path, enclosed: Sequence[Enclosed], records: Sequence[Record]) -> list[int]:
    chunks = {one: names for part in enclosed for one, names in part.files.items()}
    readings = prove.Readings(prove.Package(folder), chunks)
    lines = [(record.text, prove.load(record.text, f"record {record.seq}")) for record in records]
    try:
        return prove.missing_evidence(readings, lines)[1]
    except prove.Refused as error:
        raise PackageError(f"the archive is not what was judged: {error}") from error


def _proven(draft: Path, key: SigningKey) -> prove.Proof:
    try:
        return prove.prove(draft, key.public.text)
    except prove.Refused as error:
        raise PackageError(f"the package would not prove, so it was not made: {error}") from error
