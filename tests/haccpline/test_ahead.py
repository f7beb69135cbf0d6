"""Reading ahead changes nothing but when things are read."""

from __future__ import annotations

import threading

import pytest

from haccpline.ahead import ahead


def test_items_come_in_order_and_from_another_thread():
    """All of them, as they were; read in a thread of its own."""
    threads = set()

    def items():
        for number in range(10):
            threads.add(threading.current_thread().name)
            yield number

    assert list(ahead(items())) == list(range(10))
    assert threading.current_thread().name not in threads


def test_no_more_than_two_wait():
    """What is not taken is not read on and on: memory stays bounded."""
    read = []

    def items():
        for number in range(100):
            read.append(number)
            yield number

    taken = ahead(items())
    assert next(taken) == 0
    taken.close()
    assert len(read) <= 4


def test_a_fault_is_raised_where_the_item_would_be():
    """What was read before it is given out first."""

    def items():
        yield 1
        raise ValueError("damaged")

    taken = ahead(items())
    assert next(taken) == 1
    with pytest.raises(ValueError, match="damaged"):
        next(taken)
