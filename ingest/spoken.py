"""What is not a number: states and acts, each once, kept for good."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import msgspec

from readings.block import Block
from readings.inputs import Act, State
from readings.times import NEVER

_decode = msgspec.msgpack.Decoder(Act).decode
_encode = msgspec.msgpack.Encoder().encode


def enter(connection: sqlite3.Connection, block: Block, position: int) -> Block:
    """Write down the states and acts that are new; the block without the others."""
    if not (block.states or block.acts):
        return block
    states = tuple(
        state
        for state in block.states
        if connection.execute(
            "INSERT OR IGNORE INTO state VALUES (?, ?, ?, ?, ?, ?, ?)",
            (state.line, state.name, state.zone, state.time, state.text, state.received, position),
        ).rowcount
    )
    acts = tuple(
        act
        for act in block.acts
        if connection.execute(
            "INSERT OR IGNORE INTO act (position, id, data) VALUES (?, ?, ?)",
            (position, act.id, _encode(act)),
        ).rowcount
    )
    return replace(block, states=states, acts=acts)


def acts(connection: sqlite3.Connection, after: int) -> list[tuple[int, Act]]:
    """All acts of blocks behind `after`, with their positions, in order."""
    rows = connection.execute("SELECT position, data FROM act WHERE position > ? ORDER BY number", (after,))
    return [(int(position), _decode(data)) for position, data in rows]


def states(
    connection: sqlite3.Connection, line: str, start: int, end: int, position: int = NEVER
) -> list[State]:
    """A line's states with start <= time < end, by time, then as they became known; of what stood so far."""
    rows = connection.execute(
        "SELECT time, line, name, text, zone, received FROM state"
        " WHERE line = ? AND time >= ? AND time < ? AND position <= ? ORDER BY time, position, name, zone, text",
        (line, start, end, position),
    )
    return [State(*row) for row in rows]


def standing(connection: sqlite3.Connection, line: str, at: int, position: int = NEVER) -> list[State]:
    """What each of a line's states said last before a time, by time; of what stood in blocks up to a position."""
    rows = connection.execute(
        "SELECT max(time), line, name, text, zone, received FROM state"
        " WHERE line = ? AND time < ? AND position <= ? GROUP BY name, zone ORDER BY 1, name, zone",
        (line, at, position),
    )
    return [State(*row) for row in rows]
