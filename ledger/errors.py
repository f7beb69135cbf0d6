"""The ledger's errors: each says what does not hold, where, and what to do."""

from __future__ import annotations

from readings.errors import HaccplineError


class LedgerError(HaccplineError):
    """Something about the record, its proofs or the people who sign it does not hold."""


class CanonicalError(LedgerError):
    """A body cannot be written in one way only, or a text was not written that way."""


class ProofError(LedgerError):
    """A Merkle proof does not lead to the root it claims."""


class CheckpointError(LedgerError):
    """A key, a signed note or a checkpoint is malformed, or its signature does not hold."""


class StoreError(LedgerError):
    """The ledger's store is damaged, of a later version, or was told to forget."""


class SegmentError(LedgerError):
    """Readings cannot be written as canonical chunks."""


class PeopleError(LedgerError):
    """A person or an API key cannot be entered as asked."""


class SignInRefused(LedgerError):  # noqa: N818 - a refusal is an answer, not a fault
    """Id or password is wrong, or too many tries; which of them is not said."""


class PackageError(LedgerError):
    """A package cannot be made of what there is."""
