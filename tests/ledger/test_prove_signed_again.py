# ruff: noqa: E501 - a table reads best a line each
"""What a site could write wrongly and sign all the same: files changed, manifest and its signature made anew."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger import prove
from ledger.canonical import canonical
from ledger.checkpoint import SigningKey

Change = Callable[[dict[str, bytes]], None]


def _json(name: str, change: Callable[[dict[str, Any]], object]) -> Change:
    def apply(files: dict[str, bytes]) -> None:
        body = json.loads(files[name])
        change(body)
        files[name] = canonical(body)

    return apply


def _replace(name: str, old: bytes, new: bytes) -> Change:
    def apply(files: dict[str, bytes]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return apply


def _line(name: str, at: int) -> Change:
    def apply(files: dict[str, bytes]) -> None:
        lines = files[name].splitlines(keepends=True)
        del lines[at]
        files[name] = b"".join(lines)

    return apply


def _swap(files: dict[str, bytes]) -> None:
    lines = files["records.jsonl"].splitlines(keepends=True)
    lines[4], lines[5] = lines[5], lines[4]
    files["records.jsonl"] = b"".join(lines)


def _more(name: str, data: bytes) -> Change:
    return lambda files: files.update({name: data})


def _without(name: str) -> Change:
    def apply(files: dict[str, bytes]) -> None:
        del files[name]

    return apply


def _plan(ending: str, more: bytes | None) -> Change:
    def apply(files: dict[str, bytes]) -> None:
        name = next(name for name in files if name.startswith("plans/") and name.endswith(ending))
        data = files.pop(name)
        if more is not None:
            files[name] = data + more

    return apply


def _withheld(files: dict[str, bytes]) -> None:
    _json("chunks.json", lambda body: body["segments"][1]["chunks"][0].update(file=None))(files)
    del files[AIR_CSV]


AIR_CSV = "segments/cold-3/2/air/CS1.1.csv"
WRONG: dict[str, tuple[Change, str]] = {
    "a record's text": (_replace("records.jsonl", b"deviation", b"deviatioN"), "was altered|not the leaf|path"),
    "a record's time": (_replace("records.jsonl", b"T01:00:00Z", b"T01:00:01Z"), "was altered"),
    "a record twice": (_replace("records.jsonl", b"", b'{"at":"2026-12-01T00:00:00Z","body":{},"kind":"x","line":"","seq":1}\n'), "stands behind|path"),
    "records swapped": (_swap, "stands behind"),
    "a record taken from outside the run": (_line("records.jsonl", 0), "proves records that are not enclosed"),
    "the plan's adoption withheld": (_line("records.jsonl", 2), "not enclosed"),
    "a sealed segment's record withheld": (_line("records.jsonl", 4), "which is not enclosed"),
    "no last newline": (lambda files: files.update({"records.jsonl": files["records.jsonl"][:-1]}), "cut short"),
    "not canonical": (_replace("records.jsonl", b'{"at":', b'{"at": '), "canonical"),
    "a leaf": (_replace("leaves.txt", b"a", b"b"), "signed root|root that checkpoint|was altered"),
    "a leaf more": (lambda files: files.update({"leaves.txt": files["leaves.txt"] + b"0" * 64 + b"\n"}), "hashes where"),
    "a leaf less": (_line("leaves.txt", 3), "hashes where"),
    "a shorter run": (_json("range.json", lambda body: body.update(end=body["end"] - 1)), "hashes where"),
    "another size": (_json("range.json", lambda body: body.update(size=18)), "another tree"),
    "a hash beside": (_json("range.json", lambda body: body["left"].reverse()), "root that checkpoint"),
    "a hash beside withheld": (_json("range.json", lambda body: body["right"].pop()), "too few or too many"),
    "a path": (_json("range.json", lambda body: body["outside"]["1"].pop()), "path does not lead"),
    "a path of nothing": (_json("range.json", lambda body: body["outside"].update({"5": []})), "not enclosed"),
    "hashes that are none": (_json("range.json", lambda body: body["left"].append(7)), "no SHA-256"),
    "a reading": (_replace(AIR_CSV, b"-18.4", b"-18.5"), r"air/CS1\.1\.csv was altered"),
    "a reading less": (_line(AIR_CSV, 5), "was altered"),
    "a chunk's leaf": (_json("chunks.json", lambda body: body["segments"][0]["chunks"][0].update(leaf="0" * 64)), "was altered"),
    "a chunk withheld": (_json("chunks.json", lambda body: body["segments"][1]["chunks"].pop()), "do not lead to the root"),
    "chunks in another order": (_json("chunks.json", lambda body: body["segments"][1]["chunks"].reverse()), "do not lead to the root"),
    "a segment twice": (_json("chunks.json", lambda body: body["segments"].append(body["segments"][0])), "not enclosed once"),
    "a segment of another record": (_json("chunks.json", lambda body: body["segments"][0].update(sealed=14)), "was altered|is not a chunk|not enclosed once"),
    "another segment's file": (_json("chunks.json", lambda body: body["segments"][0]["chunks"][0].update(file=AIR_CSV)), "is not a chunk of segment 1"),
    "a path that climbs": (_json("chunks.json", lambda body: body["segments"][0]["chunks"][0].update(file="../x")), "is not a chunk"),
    "readings withheld quietly": (_withheld, "readings are missing that record 9"),
    "a stray file of readings": (_more("segments/cold-3/9/air/1.csv", b"x"), "belongs to no sealed segment"),
    "a plan": (_plan(".yaml", b" "), "not the one enclosed"),
    "a plan's model": (_plan(".json", b" "), "not the plan of this hash"),
    "a plan withheld": (_plan(".json", None), "not the one enclosed|not enclosed"),
    "a name": (_replace("people.json", b"Zhang", b"Zhong"), "exactly those who signed"),
    "a signer more": (_json("people.json", lambda body: body["people"].append({})), "exactly those who signed"),
    "the checkpoint's size": (_replace("checkpoint.txt", b"\n19\n", b"\n18\n"), "signature"),
    "no checkpoint": (_without("checkpoint.txt"), "checkpoint.txt is missing"),
    "no leaves": (_without("leaves.txt"), "leaves.txt is missing"),
    "no people": (_without("people.json"), "people.json is missing"),
    "another site": (_replace("manifest.json", b'"site":"ZH-FZ"', b'"site":"ZH-FY"'), "was altered"),
    "another format": (_replace("manifest.json", b'"format":1', b'"format":2'), "format 2"),
}  # fmt: skip


def _sign_again(path: Path, key: SigningKey, container: Any, change: Change) -> None:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    manifest = json.loads(files["manifest.json"])
    listed = sorted(name for name in files if name not in prove.UNLISTED)
    manifest["files"] = [{"name": name, "sha256": hashlib.sha256(files[name]).hexdigest()} for name in listed]
    files["manifest.json"] = canonical(manifest)
    digest = hashlib.sha256(files["manifest.json"]).hexdigest()
    files["manifest.sig"] = key.sign(f"{prove.SEAL_TITLE}\n{digest}\n").encode()
    container(path, sorted((name.encode(), data) for name, data in files.items()))


def test_signed_again_unchanged(package: Path, key: SigningKey, container: Any) -> None:
    """The way in which the next test signs anew gives the very same package when nothing is changed."""
    before = package.read_bytes()
    _sign_again(package, key, container, lambda _: None)
    assert package.read_bytes() == before


@pytest.mark.parametrize("what", WRONG)
def test_the_site_itself_cannot(package: Path, key: SigningKey, container: Any, what: str) -> None:
    """With the right key over the manifest, what the checkpoint signed still cannot be changed or withheld."""
    change, complaint = WRONG[what]
    _sign_again(package, key, container, change)
    with pytest.raises(prove.Refused, match=complaint):
        prove.prove(package, key.public.text)


def test_a_manifest_of_another_shape(package: Path, key: SigningKey, container: Any) -> None:
    """A signed manifest with anything else in the place of anything is refused by a sentence."""
    original = package.read_bytes()
    with zipfile.ZipFile(package) as archive:
        parts = list(json.loads(archive.read("manifest.json")))
    told = set()
    for part in parts:
        for value in (None, 0, "x", [], [7], {}):
            package.write_bytes(original)

            def change(files: dict[str, bytes], part: str = part, value: Any = value) -> None:
                files["manifest.json"] = canonical({**json.loads(files["manifest.json"]), part: value})

            _sign_again(package, key, container, change)
            try:
                prove.prove(package, key.public.text)
            except prove.Refused as error:
                told.add((part, str(error)[:4]))
    assert {part for part, _ in told} >= {"format", "site", "incomplete", "unsealed"}
