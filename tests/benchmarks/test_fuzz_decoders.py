"""What atheris is given to drive, without it: each target takes its seeds, whole and spoilt, and no judge finds fault."""

from __future__ import annotations

import random

import pytest

from benchmarks.fuzz_decoders import TARGETS, numbers_held, numbers_in

SPOILT = 30  # inputs for each seed


def spoilt(data: bytes, draw: random.Random) -> bytes:
    """With some bytes overwritten, dropped or doubled."""
    made = bytearray(data)
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(len(made) + 1)
        how = draw.randrange(3)
        if how == 0:
            made[at : at + 1] = draw.randbytes(1)
        elif how == 1:
            del made[at : at + draw.randrange(1, 5)]
        else:
            made[at:at] = made[at : at + draw.randrange(1, 9)]
    return bytes(made)


@pytest.mark.parametrize("name", sorted({*TARGETS} - {"plan", "site"}))
def test_a_target_takes_what_it_is_given(name: str) -> None:
    """Nothing at all, its seeds, and each of them spoilt thirty times: no failure, and no value that is not there."""
    target, draw = TARGETS[name], random.Random(1)
    target.feed(b"")
    for seed in target.seeds():
        target.feed(seed)
        for _ in range(SPOILT):
            target.feed(spoilt(seed, draw))


@pytest.mark.parametrize("name", ["plan", "site"])
def test_a_file_is_refused_or_taken(name: str) -> None:
    """The smallest file of the examples, whole and spoilt three times."""
    target, draw = TARGETS[name], random.Random(1)
    seed = min(target.seeds(), key=len)
    for data in (seed, *(spoilt(seed, draw) for _ in range(3))):
        target.feed(data)


def test_numbers_in_json_by_hand() -> None:
    """A number, a text that is one, a truth value, one that a second of its name hides; not a word."""
    assert {-18.5, 3.0, 1.0, 7.0} <= set(
        numbers_in(b'{"a": -18.5, "b": ["3", true, "x"], "c": 7, "c": null}')
    )


def test_numbers_in_protocol_buffers_by_hand() -> None:
    """Field 10 as 65518 is -18 in 16 bits; field 13 of eight bytes is 1.5; both one message deep as field 2."""
    inner = b"\x50\xee\xff\x03" + b"\x69\x00\x00\x00\x00\x00\x00\xf8\x3f"
    found = set(numbers_held(b"\x12" + bytes([len(inner)]) + inner))
    assert {-18.0, 65518.0, 1.5} <= found
    assert -17.0 not in found
