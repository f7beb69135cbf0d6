"""Checkpoints and keys, against the Go implementation's example and against tampering."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from ledger.checkpoint import Checkpoint, PublicKey, SigningKey, open_checkpoint, sign_checkpoint, site_key
from ledger.errors import CheckpointError

# The example of the documentation of golang.org/x/mod/sumdb/note
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT + "\n\N{EM DASH} PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = SigningKey("plant.example/fz", bytes(range(32)))
CHECKPOINT = Checkpoint("plant.example/fz", 7, bytes(range(100, 132)))


def test_the_example_of_go() -> None:
    """Keys and notes are byte for byte those of the reference implementation."""
    key = SigningKey.of(GO_PRIVATE)
    assert (key.text, key.public.text) == (GO_PRIVATE, GO_PUBLIC)
    assert key.sign(GO_TEXT) == GO_NOTE
    assert PublicKey.of(GO_PUBLIC).open(GO_NOTE) == GO_TEXT


def test_the_example_of_the_specification() -> None:
    """The example checkpoint of c2sp.org/tlog-checkpoint is read, and written again as it was."""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = Checkpoint.of(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == text


def test_round_trip() -> None:
    """A signed checkpoint is opened by its key, and keys survive being written."""
    note = sign_checkpoint(CHECKPOINT, KEY)
    assert open_checkpoint(note, PublicKey.of(KEY.public.text)) == CHECKPOINT
    assert SigningKey.of(KEY.text).sign("x\n") == KEY.sign("x\n")


def test_every_byte_counts() -> None:
    """A note with any one byte changed is refused by the typed error."""
    note = sign_checkpoint(CHECKPOINT, KEY).encode()
    for at in range(len(note)):
        for flip in (0x01, 0x20, 0x80):
            changed = bytearray(note)
            changed[at] ^= flip
            with pytest.raises(CheckpointError):
                open_checkpoint(changed.decode("latin-1"), KEY.public)
            try:
                text = changed.decode()
            except UnicodeDecodeError:
                continue
            with pytest.raises(CheckpointError):
                open_checkpoint(text, KEY.public)


def test_every_character_of_a_key_counts() -> None:
    """A public key with any one character changed is refused."""
    for at, character in enumerate(KEY.public.text):
        changed = KEY.public.text[:at] + ("B" if character != "B" else "C") + KEY.public.text[at + 1 :]
        with pytest.raises(CheckpointError):
            PublicKey.of(changed)


def test_another_key_does_not_open() -> None:
    """A note of another key, even of the same name, is refused; a key signs for its own ledger alone."""
    other = SigningKey("plant.example/fz", bytes(32))
    with pytest.raises(CheckpointError, match="not signed by"):
        open_checkpoint(sign_checkpoint(CHECKPOINT, other), KEY.public)
    with pytest.raises(CheckpointError, match="does not sign for"):
        sign_checkpoint(Checkpoint("elsewhere", 1, bytes(32)), KEY)
    with pytest.raises(CheckpointError, match="the checkpoint is of elsewhere"):
        open_checkpoint(KEY.sign(Checkpoint("elsewhere", 1, bytes(32)).text), KEY.public)


def test_signatures_of_strangers_are_passed_over() -> None:
    """A witness may add its signature; ours must be there and hold."""
    note = sign_checkpoint(CHECKPOINT, KEY)
    witness = SigningKey("witness.example/w1", bytes(32))
    signed = note + witness.sign(CHECKPOINT.text).rpartition("\n\n")[2]
    assert open_checkpoint(signed, KEY.public) == CHECKPOINT
    assert KEY.public.signed(signed)
    with pytest.raises(CheckpointError):
        open_checkpoint(witness.sign(CHECKPOINT.text), KEY.public)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n1\nAA==\n",
        "\n1\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "a\n01\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "a\n-1\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "a\n1\n" + base64.b64encode(bytes(32)).decode() + "\nmore\n",
        "a\n1\n" + base64.b64encode(bytes(32)).decode(),
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    """Texts of another form are refused by the typed error."""
    with pytest.raises(CheckpointError):
        Checkpoint.of(text)


@pytest.mark.parametrize(
    "note", ["", "x", "x\n\n", "\n\n", "x\n\n\N{EM DASH} a b\n", "x\n\n- a AAAA\n", GO_NOTE[:-1]]
)
def test_what_is_no_note(note: str) -> None:
    """Texts that are no signed note are refused by the typed error."""
    with pytest.raises(CheckpointError):
        PublicKey.of(GO_PUBLIC).open(note)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "a\x07b"])
def test_names_that_cannot_be(name: str) -> None:
    """A key's name holds neither spaces nor plus nor control characters."""
    with pytest.raises(CheckpointError):
        SigningKey(name, bytes(32))


def test_the_key_file(tmp_path: Path) -> None:
    """A key is made once, for its owner's eyes alone, and is the same ever after."""
    path = tmp_path / "keys" / "site.key"
    key = site_key(path, name="plant.example/fz")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["site.key"]
    assert site_key(path, name="plant.example/fz").public == key.public
    with pytest.raises(CheckpointError, match=r"is the key of plant\.example/fz"):
        site_key(path, name="plant.example/other")
    os.chmod(path, 0o640)  # noqa: PTH101 - as a careless person would
    with pytest.raises(CheckpointError, match="chmod 600"):
        site_key(path, name="plant.example/fz")


def test_two_processes_make_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second takes the key of the first and leaves nothing behind."""
    path = tmp_path / "site.key"
    urandom = os.urandom

    def first_comes_another(size: int) -> bytes:
        monkeypatch.setattr(os, "urandom", urandom)
        path.touch(0o600)
        path.write_text(KEY.text + "\n")
        return bytes(size)

    monkeypatch.setattr(os, "urandom", first_comes_another)
    assert site_key(path, name="plant.example/fz").public == KEY.public
    assert [file.name for file in tmp_path.iterdir()] == ["site.key"]


def test_the_private_key_stays_private() -> None:
    """Neither the repr nor an error repeats the seed."""
    seed = KEY.text.rpartition("+")[2]
    assert seed not in repr(KEY)
    with pytest.raises(CheckpointError) as caught:
        SigningKey.of(KEY.text[:-3] + "AA=")
    assert seed[:20] not in str(caught.value)
