"""Judging by plans that held one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from haccpline.replay import Judge
from ledger.turns import Turn
from readings.block import Block


def hear_up_to(judge: Judge, turn: Turn, block: Block) -> Block:
    """Hear a block up to where the next plan takes over, and let it; what is behind it.

    What is of that very time is both: it ends what the old plan judged, and is judged by the new one.
    """
    judge.hear(_part(block, block.time < turn.start, lambda time: time < turn.start))
    judge.follow(
        turn.plan, turn.start, _part(block, block.time == turn.start, lambda time: time == turn.start)
    )
    return _part(block, block.time >= turn.start, lambda time: time >= turn.start)


def _part(block: Block, rows: npt.NDArray[np.bool_], said: Callable[[int], bool]) -> Block:
    return replace(block.take(rows), states=tuple(each for each in block.states if said(each.time)))
