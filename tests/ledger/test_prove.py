"""What prove.py says, and that it never says it of anything else."""

from __future__ import annotations

import ast
import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger import prove
from ledger.checkpoint import SigningKey

PROVE = Path(prove.__file__)


def _run(*arguments: object, cwd: Path | None = None, script: Path = PROVE) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", script, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_it_needs_the_standard_library_alone() -> None:
    """Every import of prove.py is of the standard library, whatever the path it runs on."""
    imports = [
        node
        for node in ast.walk(ast.parse(PROVE.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in imports
        for alias in node.names
    }
    assert {str(name).partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_an_older_python_reads_it() -> None:
    """Its text is Python 3.9, as it says."""
    ast.parse(PROVE.read_text(), feature_version=(3, 9))


def test_a_zip_and_an_unpacked_folder(package: Path, key: SigningKey, tmp_path: Path) -> None:
    """The zip, and the folder from inside by the copy that came with it, prove the same."""
    public = tmp_path / "site.pub"
    public.write_text(key.public.text + "\n")
    code, told = _run(package, "--key", public)
    assert code == 0
    assert "the checkpoint over 19 records is signed by plant.example/fz" in told
    assert "3 decisions rest on exactly the readings enclosed" in told
    assert "25 readings of cold-3 in the period, not sealed yet" in told
    assert "it came with the package" not in told
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    assert (folder / "prove.py").read_bytes() == PROVE.read_bytes()
    assert _run("--key", public, script=folder / "prove.py") == (0, told)
    assert _run(folder, "--key", public) == (0, told)


def test_without_a_key_from_outside(package: Path, key: SigningKey) -> None:
    """It says that the key came with the package, and gives the fingerprint to compare."""
    code, told = _run(package)
    assert code == 0
    assert "that the key is the site's: it came with the package" in told
    assert key.public.fingerprint in told


def test_another_key(package: Path, tmp_path: Path) -> None:
    """A key from outside that is not the package's refuses it; so does a text that is no key."""
    path = tmp_path / "site.pub"
    path.write_text(SigningKey("plant.example/fz", bytes(32)).public.text)
    code, told = _run(package, "--key", path)
    assert (code, told.count("\n")) == (1, 1)
    assert "signed by another key than the one given" in told
    path.write_text("no key")
    assert _run(package, "--key", path)[0] == 1
    assert _run(package, "--key", tmp_path / "none")[0] == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"PK\x05\x06" + bytes(18), os.urandom(5000), b"\0" * 70_000, b"PK\x05\x06" + b"\xff" * 18],
)
def test_garbage(tmp_path: Path, data: bytes) -> None:
    """What is no package is refused with one sentence, never a traceback."""
    path = tmp_path / "package.zip"
    path.write_bytes(data)
    code, told = _run(path)
    assert (code, told.count("\n")) == (1, 1)
    assert told.startswith("REFUSED: ")


def test_paths_that_are_none(tmp_path: Path) -> None:
    """A missing file, an empty folder and a folder of other things are refused with a sentence."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "site.pub").write_text("x")
    (tmp_path / "empty").mkdir()
    for name in ("none.zip", "empty", "other"):
        code, told = _run(tmp_path / name)
        assert (code, told[:9]) == (1, "REFUSED: ")


def test_cut_short(package: Path) -> None:
    """However much is missing at the end, or at the beginning, it is refused."""
    data = package.read_bytes()
    for length in [*range(100), *range(100, len(data), 4999), *range(len(data) - 100, len(data))]:
        for part in (data[:length], data[-length:] if length else b""):
            package.write_bytes(part)
            with pytest.raises(prove.Refused):
                prove.prove(package)
    package.write_bytes(data + b"\0")
    with pytest.raises(prove.Refused):
        prove.prove(package)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_packed_again(package: Path, method: int) -> None:
    """The same files in another zip are refused: there is one way to write a package, none that can grow."""
    with zipfile.ZipFile(package) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(package, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    with pytest.raises(prove.Refused, match="packed again"):
        prove.prove(package)


@pytest.mark.parametrize(
    "names",
    [
        [b"a", b"a"],
        [b"b", b"a"],
        [b"../a"],
        [b"/a"],
        [b"a/../../b"],
        [b"a//b"],
        [b"a/."],
        [b""],
        [b"a\\b"],
        [b"a\0b"],
        [b"a\nb"],
        [b"\xff"],
    ],
)
def test_names_that_would_mislead(tmp_path: Path, container: Any, names: list[bytes]) -> None:
    """Duplicate or unsorted names, and names that climb out of the folder, are refused."""
    path = tmp_path / "package.zip"
    container(path, [(name, b"x") for name in names])
    with pytest.raises(prove.Refused):
        prove.prove(path)


def test_links_and_strangers_in_a_folder(package: Path, tmp_path: Path) -> None:
    """In an unpacked folder, a link and a file that the manifest does not name are refused."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    prove.prove(folder)
    (folder / "more.txt").write_text("x")
    with pytest.raises(prove.Refused, match=r"more\.txt is not named in the manifest"):
        prove.prove(folder)
    (folder / "more.txt").unlink()
    (folder / "people.json").rename(tmp_path / "people.json")
    (folder / "people.json").symlink_to(tmp_path / "people.json")
    with pytest.raises(prove.Refused, match="is a link"):
        prove.prove(folder)


# RFC 8032, section 7.1, tests 1 to 3: public key, message, signature
RFC8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC8032)
def test_ed25519_of_the_rfc(key: str, message: str, signature: str) -> None:
    """The published signatures hold, and none of them with a bit changed."""
    parts = [bytes.fromhex(text) for text in (key, message, signature)]
    assert prove.ed25519_verify(*parts)
    for part in (0, 2):
        for at in (0, 17, len(parts[part]) - 1):
            changed = [bytearray(one) for one in parts]
            changed[part][at] ^= 4
            assert not prove.ed25519_verify(*map(bytes, changed))
    assert not prove.ed25519_verify(parts[0], parts[1] + b"x", parts[2])
    assert not prove.ed25519_verify(parts[0], parts[1], parts[2][:63])
    larger = int.from_bytes(parts[2][32:], "little") + 2**252 + 27742317777372353535851937790883648493
    assert not prove.ed25519_verify(parts[0], parts[1], parts[2][:32] + larger.to_bytes(32, "little"))


def test_ed25519_agrees_with_cryptography() -> None:
    """Keys, messages and damage at random: it says what OpenSSL says."""
    chance = random.Random(8032)
    for _ in range(60):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        message = chance.randbytes(chance.randrange(80))
        key, signature = private.public_key().public_bytes_raw(), bytearray(private.sign(message))
        if chance.random() < 0.6:
            signature[chance.randrange(64)] ^= 1 << chance.randrange(8)
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(bytes(signature), message)
            expected = True
        except InvalidSignature:
            expected = False
        assert prove.ed25519_verify(key, message, bytes(signature)) is expected


def test_enclosed_chunks(package: Path) -> None:
    """The readings of a proven package can be taken out, chunk by chunk."""
    found = list(prove.enclosed_chunks(prove.Package(package)))
    assert [(line, number, sensor, point) for line, number, sensor, point, _ in found][:3] == [
        ("cold-3", 1, "air", "CS1.1"),
        ("cold-3", 1, "air", "CS1.2"),
        ("cold-3", 1, "food", "1"),
    ]
    assert sum(data.count(b"\n") - 1 for *_, data in found) == 300


def test_segments_in_between() -> None:
    """Where segments are missing between those enclosed, or are sealed but not here, it says so."""
    sealed = {seq: {"line": "cold-3", "segment": seq - 10} for seq in range(11, 17)}
    proof = prove.Proof()
    prove._say_segments(sealed, {11, 14, 15}, 9, proof)
    assert proof.proven == ["9 readings of 3 segments are those that were sealed"]
    assert proof.unproven == [
        "the readings of cold-3 in between: segments 2, 3 are not enclosed",
        "the readings of segments sealed in records 12, 13, 16, which are not enclosed",
    ]
