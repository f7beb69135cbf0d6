"""Checkpoints: the root of the tree at a size, signed, in a form that fits into an e-mail or on paper.

The text is a C2SP tlog-checkpoint (origin, size, root), signed as a C2SP signed-note with Ed25519 (RFC
8032); keys are written as the Go package sumdb/note writes them. https://c2sp.org/tlog-checkpoint,
https://c2sp.org/signed-note
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import CheckpointError
from ledger.merkle import HASH_SIZE

_ED25519 = b"\x01"
_DASH = "\N{EM DASH} "
_PRIVATE = "PRIVATE+KEY+"
_MAX_SIGNATURES = 100
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME = re.compile(r"[^\s+]+")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The ledger at a size.

    Attributes:
        origin: which ledger: the name of the site's key, such as `plant.example.cn/ledger`.
        size: how many records it holds.
        root: 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def of(cls, text: str) -> Checkpoint:
        """The checkpoint of these lines; extension lines are refused.

        Raises:
            CheckpointError: not three lines of the form that `text` has.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0] or not _SIZE.fullmatch(lines[1]):
            raise CheckpointError("this text is no checkpoint: it is not origin, size and root, a line each")
        return cls(lines[0], int(lines[1]), _decoded(lines[2], HASH_SIZE, "root"))


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A site's public key: what an auditor holds in order to trust no one.

    Attributes:
        name: of the key, equal to the ledger's origin.
        raw: the 32 bytes of RFC 8032.
    """

    name: str
    raw: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    @property
    def text(self) -> str:
        """One line: name, key id, key."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.raw).decode()}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key's 32 bytes, in groups of four, to be compared by eye."""
        digest = hashlib.sha256(self.raw).hexdigest()
        return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))

    @classmethod
    def of(cls, text: str) -> PublicKey:
        """The key written as `text`.

        Raises:
            CheckpointError: malformed, of another kind, or its id does not belong to it.
        """
        name, _, rest = text.strip().partition("+")
        given, _, encoded = rest.partition("+")
        key = cls(_named(name), _key_bytes(encoded))
        if key.id.hex() != given:
            raise CheckpointError(
                f"the public key of {name} is damaged: its id is {key.id.hex()}, not {given}"
            )
        return key

    def signed(self, note: str) -> bool:
        """Whether a note carries a signature in this key's name; not whether it holds."""
        return any(name == self.name and sig[:4] == self.id for name, sig in _split(note)[1])

    def open(self, note: str) -> str:
        """The text of a note that this key has signed; signatures of other keys are passed over.

        Raises:
            CheckpointError: malformed, not signed by this key, or the signature does not hold.
        """
        text, signatures = _split(note)
        mine = [sig[4:] for name, sig in signatures if name == self.name and sig[:4] == self.id]
        if not mine:
            raise CheckpointError(f"the note is not signed by {self.name} ({self.id.hex()})")
        try:
            for signature in mine:
                Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text.encode())
        except (InvalidSignature, ValueError) as error:
            raise CheckpointError(
                f"the signature of {self.name} does not hold: the note was altered"
            ) from error
        return text


class SigningKey:
    """A site's private key. Its file belongs to one user alone."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(_named(name), self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"<SigningKey {self.public.name} {self.public.id.hex()}>"

    @property
    def text(self) -> str:
        """One line that must stay secret: name, key id, seed."""
        public = self.public
        seed = base64.b64encode(_ED25519 + self._private.private_bytes_raw()).decode()
        return f"{_PRIVATE}{public.name}+{public.id.hex()}+{seed}"

    @classmethod
    def of(cls, text: str) -> SigningKey:
        """The key written as `text`.

        Raises:
            CheckpointError: malformed; the message never repeats the key.
        """
        line = text.strip()
        if not line.startswith(_PRIVATE):
            raise CheckpointError("this is no private key of a ledger")
        name, _, rest = line.removeprefix(_PRIVATE).partition("+")
        given, _, encoded = rest.partition("+")
        key = cls(name, _key_bytes(encoded))
        if key.public.id.hex() != given:
            raise CheckpointError(f"the private key of {name} is damaged: its id does not belong to it")
        return key

    def sign(self, text: str) -> str:
        """The text as a note signed by this key; the same bytes each time."""
        if not text.endswith("\n") or any(ch < " " and ch != "\n" for ch in text):
            raise CheckpointError("a note ends in a newline and holds no other control characters")
        signature = base64.b64encode(self.public.id + self._private.sign(text.encode())).decode()
        return f"{text}\n{_DASH}{self.public.name} {signature}\n"


def site_key(path: Path, *, name: str) -> SigningKey:
    """The key in this file; a new one, readable by its owner alone, where there is no file.

    Raises:
        CheckpointError: the file is readable by others, malformed, or of another site.
    """
    try:
        return _stored_key(path, name)
    except FileNotFoundError:
        key = SigningKey(name, os.urandom(32))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # whole or not at all, and never over another
    except FileExistsError:
        return _stored_key(path, name)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return key


def _stored_key(path: Path, name: str) -> SigningKey:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise CheckpointError(f"{path} can be read by others; it holds the private key: chmod 600 {path}")
    key = SigningKey.of(path.read_text())
    if key.public.name != name:
        raise CheckpointError(f"{path} is the key of {key.public.name}, not of {name}")
    return key


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> str:
    """The checkpoint as a signed note.

    Raises:
        CheckpointError: the key belongs to another ledger.
    """
    if checkpoint.origin != key.public.name:
        raise CheckpointError(f"the key of {key.public.name} does not sign for {checkpoint.origin}")
    return key.sign(checkpoint.text)


def open_checkpoint(note: str, key: PublicKey) -> Checkpoint:
    """The checkpoint in a note that this key has signed for its own ledger.

    Raises:
        CheckpointError: malformed, of another ledger, or the signature does not hold.
    """
    checkpoint = Checkpoint.of(key.open(note))
    if checkpoint.origin != key.name:
        raise CheckpointError(f"the checkpoint is of {checkpoint.origin}, the key of {key.name}")
    return checkpoint


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, blank, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or not text or lines.pop() or not lines or len(lines) > _MAX_SIGNATURES:
        raise CheckpointError("this is no signed note: a text, an empty line and signatures")
    if any(ch < " " and ch != "\n" for ch in note):
        raise CheckpointError("this is no signed note: it holds control characters")
    signatures = []
    for line in lines:
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not _NAME.fullmatch(name):
            raise CheckpointError(f"this is no signature line of a note: {line!r}")
        signature = _decoded(encoded, None, "signature")
        if len(signature) < 5:
            raise CheckpointError("a signature of the note is too short")
        signatures.append((name, signature))
    return text + "\n", signatures


def _named(name: str) -> str:
    if not _NAME.fullmatch(name) or not name.isprintable():
        raise CheckpointError(
            f"{name!r} cannot name a key; write it without spaces and plus: plant.example.cn/ledger"
        )
    return name


def _key_bytes(encoded: str) -> bytes:
    data = _decoded(encoded, 33, "key")
    if data[:1] != _ED25519:
        raise CheckpointError("the key is not an Ed25519 key")
    return data[1:]


def _decoded(encoded: str, size: int | None, what: str) -> bytes:
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CheckpointError(f"the {what} is not Base64") from error
    # two texts of the same bytes would let one be altered unseen
    if base64.b64encode(data).decode() != encoded or (size is not None and len(data) != size):
        raise CheckpointError(f"the {what} is not the Base64 of {size or 'some'} bytes")
    return data
