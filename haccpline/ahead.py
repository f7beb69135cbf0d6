"""Reading ahead: what comes next is read in a thread, while what was read is worked on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

T = TypeVar("T")
_WAITING = 2


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, up to two of them waiting; what goes wrong in reading is raised where it would be."""
    iterator, over = iter(items), object()
    with ThreadPoolExecutor(1, "ahead") as reader:
        coming = deque(reader.submit(next, iterator, over) for _ in range(_WAITING))
        while (item := coming.popleft().result()) is not over:
            coming.append(reader.submit(next, iterator, over))
            yield cast("T", item)
