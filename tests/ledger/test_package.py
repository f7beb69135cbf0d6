"""What goes into a package, what does not, and when none is made."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ledger.canonical import canonical
from ledger.checkpoint import SigningKey
from ledger.errors import CheckpointError, PackageError
from ledger.package import Packed, write_package
from ledger.store import Ledger
from readings.block import Block
from readings.inputs import Series
from readings.times import MINUTE, parse_time

BEGIN = parse_time("2026-12-01T00:00:00Z")
AIR = Series("cold-3", "air", "CS1.1")


def _pack(plant: Any, path: Path, start: int = 0, end: int = 130, **changes: Any) -> Packed:
    given = {
        "ledger": plant.ledger,
        "archive": plant.archive,
        "key": plant.key,
        "site": "ZH-FZ",
        "lines": ["cold-3"],
        "start": BEGIN + start * MINUTE,
        "end": BEGIN + end * MINUTE,
    }
    return write_package(path, **{**given, **changes})


def _records(path: Path) -> dict[int, dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("records.jsonl").splitlines()
    return {record["seq"]: record for record in map(json.loads, lines)}


def test_a_whole_package(plant: Any, tmp_path: Path) -> None:
    """Records, readings, plan, people, key and prover are in it, and it says what is missing."""
    packed = _pack(plant, tmp_path / "p.zip")
    with zipfile.ZipFile(packed.path) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        people = json.loads(archive.read("people.json"))
        assert "证据包" in archive.read("README.zh.txt").decode()
        assert plant.key.public.fingerprint in archive.read("README.en.txt").decode()
    assert names == sorted(names)
    series = ["air/CS1.1.csv", "air/CS1.2.csv", "food/1.csv"]
    assert [name for name in names if "/" in name] == [
        f"plans/{_plan_hash(packed.path)}.json",
        f"plans/{_plan_hash(packed.path)}.yaml",
        *[f"segments/cold-3/{number}/{one}" for number in (1, 2, 3) for one in series],
    ]
    assert (packed.records, packed.segments, packed.readings) == (14, 3, 300)
    assert packed.unsealed == {"cold-3": 25}
    assert packed.incomplete == []
    assert manifest["unsealed"] == [{"line": "cold-3", "readings": 25}]
    assert people == {
        "people": [
            {"name": "Wang", "roles": ["qa"], "who": "wang"},
            {"name": "Zhang", "roles": ["qa"], "who": "zhang"},
        ]
    }
    assert "argon2" not in packed.path.read_bytes().decode("latin-1")


def _plan_hash(path: Path) -> str:
    return next(
        record["body"]["hash"] for record in _records(path).values() if record["kind"] == "plan.adopted"
    )


def test_the_same_bytes(plant: Any, tmp_path: Path) -> None:
    """The same arguments give the same bytes, from a reader's view of the ledger too."""
    first = _pack(plant, tmp_path / "a.zip").path.read_bytes()
    reader = Ledger(plant.ledger.path, read_only=True)
    assert _pack(plant, tmp_path / "b.zip", ledger=reader).path.read_bytes() == first
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.zip", "b.zip", "plant"]


def test_other_lines_stay_undisclosed(plant: Any, tmp_path: Path) -> None:
    """Of another line nothing is in the package but the hashes of its records in the run."""
    packed = _pack(plant, tmp_path / "p.zip")
    records = _records(packed.path)
    assert {record["line"] for record in records.values()} == {"cold-3", ""}
    assert "月台" not in packed.path.read_bytes().decode("utf-8", "replace")
    with zipfile.ZipFile(packed.path) as archive:
        leaves = archive.read("leaves.txt").decode().split()
        span = json.loads(archive.read("range.json"))
    hidden = [leaf for leaf in range(span["first"], span["end"]) if leaf + 1 not in records]
    assert [plant.ledger.record(leaf + 1).line for leaf in hidden] == ["dock", "dock"]
    assert [leaves[leaf - span["first"]] for leaf in hidden] == [
        plant.ledger.record(leaf + 1).leaf.hex() for leaf in hidden
    ]


def test_a_short_period_brings_its_story(plant: Any, tmp_path: Path) -> None:
    """For a few minutes: the open case whole, the verdict in force, the plan, the signers; no more."""
    records = _records(_pack(plant, tmp_path / "p.zip", 75, 78).path)
    kinds = [record["kind"] for record in records.values()]
    assert kinds == [
        "person.added",
        "person.added",
        "plan.adopted",
        "verdict",
        "deviation.opened",
        "case.opened",
        "case.acknowledged",
        "segment.sealed",
        "deviation.returned",
        "case.closed",
    ]
    assert [record["body"]["id"] for record in records.values() if record["kind"] == "person.added"] == [
        "zhang",
        "wang",
    ]
    assert (
        next(record for record in records.values() if record["kind"] == "verdict")["body"]["verdict"]
        == "deviation"
    )


def test_late_truth_about_the_period_is_in(plant: Any, tmp_path: Path) -> None:
    """What was decided again later about the period is disclosed with its proof from outside the run."""
    seq = plant.decide(
        BEGIN + 5000 * MINUTE,
        BEGIN,
        BEGIN + 5 * MINUTE,
        12,
        verdict="ok",
        **{"from": "2026-12-01T00:00:00Z", "to": "2026-12-01T00:05:00Z"},
    )
    assert seq in _records(_pack(plant, tmp_path / "p.zip", 0, 30).path)
    assert seq not in _records(_pack(plant, tmp_path / "q.zip", 60, 90).path)


def test_a_period_in_which_nothing_was_recorded(plant: Any, tmp_path: Path) -> None:
    """A package of a quiet hour proves as well: the plan and the verdict in force, and an empty run."""
    records = _records(_pack(plant, tmp_path / "p.zip", 900, 960).path)
    assert [record["kind"] for record in records.values()] == [
        "plan.adopted",
        "segment.sealed",
        "verdict",
        "segment.sealed",
    ]


def test_only_some_series(plant: Any, tmp_path: Path) -> None:
    """Readings of one series alone: the others by hash, and it is said which decisions cannot be checked."""
    packed = _pack(plant, tmp_path / "p.zip", series=[AIR])
    assert packed.readings == 120
    assert packed.incomplete == [6, 9, 15]
    with zipfile.ZipFile(packed.path) as archive:
        assert {name.rpartition("/")[2] for name in archive.namelist() if name.startswith("segments/")} == {
            "CS1.1.csv"
        }
    assert any("3 decisions (records 6, 9, 15)" in sentence for sentence in packed.proof.unproven)


def test_evidence_not_sealed_yet(plant: Any, tmp_path: Path) -> None:
    """A decision on readings that are not sealed is named as not to be checked, and the rest proves."""
    seq = plant.decide(BEGIN + 130 * MINUTE, BEGIN + 110 * MINUTE, BEGIN + 130 * MINUTE, 13, verdict="ok")
    assert _pack(plant, tmp_path / "p.zip", 0, 140).incomplete == [seq]


def test_plans_from_elsewhere(plant: Any, tmp_path: Path) -> None:
    """A plan named by a decision must be known, and be the one of its hash."""
    plan = canonical({"plan": "dock"})
    named = hashlib.sha256(plan).hexdigest()
    plant.record("verdict", BEGIN, plan=named)
    with pytest.raises(PackageError, match=f"name the plan {named}"):
        _pack(plant, tmp_path / "p.zip")
    with pytest.raises(PackageError, match="has another hash"):
        _pack(plant, tmp_path / "p.zip", plans={named: plan + b" "})
    packed = _pack(plant, tmp_path / "p.zip", plans={named: plan})
    assert any(f"who adopted the plan {named}" in sentence for sentence in packed.proof.unproven)


@pytest.mark.parametrize("change", [{"lines": []}, {"end": 0}, {"start": 9000}])
def test_nothing_to_export(plant: Any, tmp_path: Path, change: dict[str, Any]) -> None:
    """No line or no time: no package."""
    with pytest.raises(PackageError, match="at least one line"):
        _pack(plant, tmp_path / "p.zip", **change)
    assert not (tmp_path / "p.zip").exists()


def test_an_archive_that_was_altered(plant: Any, tmp_path: Path) -> None:
    """Readings that are not those that were sealed make no package, and the segment is named."""
    block = plant.archive.blocks[5]
    value = block.value.copy()
    value[4] += 0.1
    columns = {name: getattr(block, name) for name in Block.__slots__}
    plant.archive.blocks[5] = Block(**{**columns, "value": value})
    with pytest.raises(PackageError, match="segment 2 of cold-3 is not what was sealed in record 14"):
        _pack(plant, tmp_path / "p.zip")
    plant.archive.blocks[5] = block
    plant.archive.cuts["cold-3"].pop()
    with pytest.raises(PackageError, match="has lost segment 3"):
        _pack(plant, tmp_path / "p.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["plant"]


def test_evidence_that_was_never_so(plant: Any, tmp_path: Path) -> None:
    """A decision whose digest is not that of its readings makes no package."""
    evidence = {
        "series": ["cold-3/air/CS1.1"],
        "from": "2026-12-01T00:00:00Z",
        "to": "2026-12-01T00:05:00Z",
        "position": 1,
        "readings": 6,
        "digest": "0" * 64,
    }
    plant.record("verdict", BEGIN, evidence=evidence)
    with pytest.raises(PackageError, match="the archive is not what was judged"):
        _pack(plant, tmp_path / "p.zip")


def test_a_ledger_that_does_not_continue_what_was_signed(plant: Any, tmp_path: Path) -> None:
    """When an earlier checkpoint is of another history, nothing is exported."""
    other = Ledger(tmp_path / "other.db")
    with other.transaction() as tx:
        for _ in range(19):
            tx.append(kind="note.site", at=BEGIN, line="cold-3", body={})
    note = plant.ledger.checkpoints()[0]
    other._store.execute("INSERT INTO checkpoint (size, peaks, note) VALUES (19, x'', ?)", (note,))
    with pytest.raises(PackageError, match="does not continue what was signed at 19 records"):
        _pack(plant, tmp_path / "p.zip", ledger=other)
    with pytest.raises(CheckpointError):
        other.sign(plant.key)


@pytest.mark.parametrize(
    ("kind", "body", "complaint"),
    [
        ("case.closed", {"case": "d1"}, "closed case d1 without a signature"),
        ("case.close", {"case": "d1"}, "closed case d1 without a signature"),
        ("case.corrected", {"case": "d1", "signature": {"who": "a"}}, "signature"),
    ],
)
def test_what_would_not_prove_is_not_made(
    plant: Any, tmp_path: Path, kind: str, body: dict[str, Any], complaint: str
) -> None:
    """A package is proven before it gets its name; records that do not hold make none."""
    plant.record(kind, BEGIN + 120 * MINUTE, **body)
    with pytest.raises(PackageError, match=complaint):
        _pack(plant, tmp_path / "p.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["plant"]


def test_the_actor_does_not_verify(plant: Any, tmp_path: Path) -> None:
    """Who acted in a case cannot close it, unless the record says that they did so alone, the next day."""
    later = BEGIN + 125 * MINUTE
    plant.signed("case.contained", later, "wang", case="d2")
    plant.signed("case.closed", later, "wang", case="d2", separation="next day")
    packed = _pack(plant, tmp_path / "p.zip")
    assert any("Wang did so alone, the next day" in sentence for sentence in packed.proof.unproven)
    plant.record("case.contained", later, case="d3", who="wang")
    plant.signed("case.closed", later, "wang", case="d3")
    with pytest.raises(PackageError, match="Wang verified case d3, in which they had acted"):
        _pack(plant, tmp_path / "p.zip")


def test_a_refused_try_is_no_act(plant: Any, tmp_path: Path) -> None:
    """Who tried to close too early may still verify later: nothing was done."""
    later = BEGIN + 125 * MINUTE
    plant.record("case.contained", later, case="d2", who="zhang")
    plant.record("case.refused", later, case="d2", who="wang", action="close", reason="not returned")
    plant.signed("case.closed", later, "wang", case="d2")
    packed = _pack(plant, tmp_path / "p.zip")
    assert any(sentence.startswith("2 cases closed by somebody") for sentence in packed.proof.proven)


def test_an_act_of_nobody(plant: Any, tmp_path: Path) -> None:
    """Where a record does not name who acted, it is said that the separation cannot be shown."""
    later = BEGIN + 125 * MINUTE
    plant.record("case.contained", later, case="d2")
    plant.signed("case.closed", later, "wang", case="d2")
    packed = _pack(plant, tmp_path / "p.zip")
    assert any("who verified case d2 did not act in it" in sentence for sentence in packed.proof.unproven)


def test_signed_by_another_than_named(plant: Any, tmp_path: Path) -> None:
    """A record that names one person and bears the signature of another makes no package."""
    plant.signed("case.noted", BEGIN + 125 * MINUTE, "wang", case="d1", who="zhang")
    with pytest.raises(PackageError, match="names 'zhang', but wang has signed it"):
        _pack(plant, tmp_path / "p.zip")


def test_a_case_stays_open_when_its_event_returns(plant: Any, tmp_path: Path) -> None:
    """A quiet period in which a case still waits brings the case whole, with the other event in it."""
    at = BEGIN + 200 * MINUTE
    plant.record("deviation.opened", at, id="d7", limit="air")
    plant.record("case.opened", at, case="d7", event="d7")
    plant.record("deviation.opened", at + 1, id="d8", limit="food")
    plant.record("case.joined", at + 1, case="d7", event="d8")
    plant.record("deviation.returned", at + 2, id="d7")
    plant.record("deviation.returned", at + 2, id="d8")
    plant.record("case.returned", at + 2, case="d7", event="d8")
    plant.record("deviation.opened", at + 3, id="d9", limit="air")
    plant.record("case.opened", at + 3, case="d9", event="d9")
    plant.record("deviation.returned", at + 4, id="d9")
    plant.record("case.voided", at + 5, case="d9", who="wang")
    end = plant.record("case.noted", at + 900 * MINUTE, case="d7", who="zhang")
    records = _records(_pack(plant, tmp_path / "p.zip", 300, 360).path)
    told = [
        (record["kind"], record["body"].get("id", record["body"].get("case"))) for record in records.values()
    ]
    assert [one for one in told if one[0].startswith(("case", "deviation"))] == [
        ("deviation.opened", "d7"),
        ("case.opened", "d7"),
        ("deviation.opened", "d8"),
        ("case.joined", "d7"),
        ("deviation.returned", "d7"),
        ("deviation.returned", "d8"),
        ("case.returned", "d7"),
        ("case.noted", "d7"),
    ]
    assert end in records


def test_chinese_names(plant: Any, tmp_path: Path) -> None:
    """Lines, sensors and points may be named in Chinese, in the files' names too."""
    series = Series("三号库", "空气", "一")
    block = plant.archive.blocks[0]
    columns = {name: getattr(block, name) for name in Block.__slots__}
    named = tuple(series if one == AIR else one for one in block.series)
    plant.archive.blocks[0] = Block(**{**columns, "series": named})
    plant.seal("三号库", 1, 1, BEGIN)
    packed = _pack(plant, tmp_path / "p.zip", lines=["三号库"])
    with zipfile.ZipFile(packed.path) as archive:
        assert archive.read("segments/三号库/1/空气/一.csv").startswith(b"time,value")
    assert packed.readings == 10


def test_a_site_key_of_another_name(plant: Any, tmp_path: Path) -> None:
    """Whichever key signs, the package says which; its name is the ledger's."""
    key = SigningKey("plant.example/new", bytes(32))
    packed = _pack(plant, tmp_path / "p.zip", key=key)
    assert packed.proof.origin == "plant.example/new"
    assert np.all([plant.ledger.last_seq() == packed.proof.size])
